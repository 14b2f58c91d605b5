"""The stage `score`: from the parts of a run to `scores.json`.

Distances are computed here, of rows; what a system says of them is only held against that. What a
system made nothing of is missed, at every threshold. The same run gives the same bytes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from hashguard.errors import ResultsError
from hashguard.files import replace_file
from hashguard.robustness import metrics
from hashguard.robustness.false_matches import Limit, Pictures, costs, limits
from hashguard.robustness.gather import Gathered, gather
from hashguard.robustness.metrics import Counts, counted, wilson
from hashguard.robustness.results import PHOTO, STRANGER, Run, read_run
from hashguard.robustness.same import TO_JUDGE, Numbers, judge_text, read_same, still_there, written
from hashguard.robustness.scores import (
    SCHEMA,
    Overall,
    Rate,
    Scores,
    SettingScore,
    SystemScore,
    read_scores,
    write_scores,
)
from hashguard.robustness.shown_pairs import closest, missed, reason_of
from hashguard.robustness.system import Reason
from hashguard.robustness.unrelated import Unrelated

LIST_SIZE = 1_000_000  # hashes; what lists of today hold
ONE_IN = (1_000_000, 10_000)  # unrelated pairs, of which one may match


def score(
    folder: Path,
    *,
    list_size: int = LIST_SIZE,
    same: Path | None = None,
    one_in: Sequence[int] = ONE_IN,
    advance: Callable[[], None] = lambda: None,
) -> Scores:
    """Score the run in `folder`; write `scores.json`, and `pairs-to-judge.csv` for a person.

    list_size: see `Scores`. same: a file of pairs that are no false matches, see same.py; None
    for those of the scores that are there, if any: what a person judged is not thrown away.
    one_in: at which rates of false matches a threshold is chosen. advance: called after each
    system. Raises ResultsError if a picture is not measured yet or `same` is wrong, and OSError.
    """
    run = read_run(folder)
    if not run.of_role(PHOTO):
        raise ResultsError("there are no photographs in this run; run it again")
    pairs = read_same(same, run) if same is not None else _judged_before(folder, run)
    systems = []
    for gathered in gather(folder, run, pairs):
        systems.append(_scored(run, gathered, pairs, one_in, list_size))
        advance()
    scores = Scores(
        schema=SCHEMA,
        run=_key(run),
        list_size=list_size,
        same=tuple((written(run, one), written(run, other)) for one, other in pairs),
        systems=tuple(systems),
    )
    closest_pairs = ((one.name, pair) for one in systems for pair in one.closest)
    judged = judge_text(run, closest_pairs).encode("utf-8", errors="surrogateescape")
    replace_file(folder / TO_JUDGE, judged)
    write_scores(folder, scores)
    return scores


def scores_for(folder: Path) -> Scores | None:
    """The scores in `folder` if they are of the run there; else None, and `score` makes them.

    Raises ResultsError if there is no run.
    """
    key = _key(read_run(folder))
    try:
        scores = read_scores(folder)
    except ResultsError:
        # None there, or of another version: both are made anew.
        return None
    return scores if scores.run == key else None


def is_current(folder: Path) -> bool:
    """Whether `scores.json` is of the run in `folder`. Raises ResultsError if there is none."""
    return scores_for(folder) is not None


def _judged_before(folder: Path, run: Run) -> tuple[Numbers, ...]:
    try:
        return still_there(read_scores(folder).same, run)
    except ResultsError:
        return ()


def _key(run: Run) -> str:
    """SHA-256, in hex, of the configuration and of which pictures there are, in their order."""
    lines = [f"{one.role} {one.digest} {one.name!r}\n" for one in run.pictures]
    return hashlib.sha256("".join([run.digest, "\n", *lines]).encode()).hexdigest()


def _scored(
    run: Run,
    gathered: Gathered,
    same: Iterable[Numbers],
    one_in: Sequence[int],
    list_size: int,
) -> SystemScore:
    """One system.

    1. Unrelated pairs first: some thresholds are chosen by them. 2. What each threshold costs.
    3. What each finds.
    """
    scale = gathered.scale
    unrelated = Unrelated(gathered.uploads, gathered.references, scale, same)
    counts = unrelated.counts()
    listed = limits(gathered.record, scale, counts, one_in)
    among = _among(run, gathered, unrelated, counts)
    false_matches, tail = costs(listed, among, scale, list_size)
    first = listed[0].step
    return SystemScore(
        name=gathered.record.name,
        thresholds=tuple(limit.threshold for limit in listed),
        references=_references(run, gathered),
        unchanged=_found(gathered, 0, first),
        settings=_settings(run, gathered, listed),
        overall=_overall(gathered, counts),
        false_matches=false_matches,
        tail=tail,
        copies=metrics.histogram(_copies(gathered), scale),
        unrelated=metrics.histogram(counts, scale),
        attacked=metrics.histogram(gathered.attacked, scale),
        missed=missed(run, gathered, first),
        closest=closest(run, gathered, unrelated, counts),
        claims_checked=gathered.claims_checked,
        claims_wrong=gathered.claims_wrong,
        listed=gathered.reference_reasons.count(Reason.NONE.value),
        refused=_reasons(gathered.upload_reasons[number] for number in _strangers(run)),
    )


def _among(run: Run, gathered: Gathered, unrelated: Unrelated, counts: Counts) -> Pictures:
    nothing = Reason.NONE.value
    made = [number for number in _strangers(run) if gathered.upload_reasons[number] == nothing]
    return Pictures(
        unrelated=unrelated,
        counts=counts,
        nearest=unrelated.nearest(made),
        pictures=min(
            gathered.reference_reasons.count(nothing), gathered.upload_reasons.count(nothing)
        ),
    )


def _settings(run: Run, gathered: Gathered, listed: Sequence[Limit]) -> tuple[SettingScore, ...]:
    photos = [number for number, one in enumerate(run.pictures) if one.role == PHOTO]
    references = [gathered.reference_reasons[number] for number in photos]
    scores = []
    for column, (attack, strength) in enumerate(run.settings, start=1):
        own = gathered.copy_reasons[:, column].tolist()
        reasons = Counter(reason_of(*both) for both in zip(own, references, strict=True))
        del reasons[""]
        scores.append(
            SettingScore(
                attack=attack.name,
                strength=strength,
                recall=tuple(_found(gathered, column, limit.step) for limit in listed),
                reasons=dict(sorted(reasons.items())),
                quartiles=metrics.quartiles(gathered.copies[:, column], gathered.scale),
            )
        )
    return tuple(scores)


def _overall(gathered: Gathered, unrelated: Counts) -> Overall:
    copies = _copies(gathered)
    wrong = gathered.attacked + gathered.strange
    return Overall(
        area=metrics.area(copies, unrelated),
        equal_error=metrics.equal_error(copies, unrelated),
        average_precision=metrics.average_precision(copies, wrong),
        recall_at_precision=metrics.recall_at_precision(copies, wrong),
        copies=int(copies.sum()),
        unrelated=int(unrelated[:-1].sum()),
        roc=metrics.roc(copies, unrelated),
    )


def _copies(gathered: Gathered) -> Counts:
    """The copies of all settings; not the photographs as they are, which would flatter."""
    return counted(gathered.copies[:, 1:], gathered.scale)


def _found(gathered: Gathered, column: int, step: int) -> Rate:
    """The copies of a setting within a step, of all photographs; column 0: as they are."""
    steps = gathered.copies[:, column]
    return wilson(int((steps <= step).sum()), len(steps))


def _references(run: Run, gathered: Gathered) -> Rate:
    reasons = [
        reason
        for reason, picture in zip(gathered.reference_reasons, run.pictures, strict=True)
        if picture.role == PHOTO
    ]
    return wilson(reasons.count(Reason.NONE.value), len(reasons))


def _reasons(numbers: Iterable[int]) -> dict[str, int]:
    """How many times each reason, but for none."""
    counts = Counter(Reason(number).text for number in numbers if number != Reason.NONE.value)
    return dict(sorted(counts.items()))


def _strangers(run: Run) -> list[int]:
    return [number for number, one in enumerate(run.pictures) if one.role == STRANGER]
