"""From the parts of all uploads to `verdicts.json`. The same parts give the same bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from hashguard.errors import ResultsError
from hashguard.files import replace_file
from hashguard.robustness.metrics import wilson
from hashguard.robustness.results import PHOTO, Run
from hashguard.robustness.same import Numbers, judge_text, read_same, still_there, written
from hashguard.robustness.scores import Pair, Rate
from hashguard.robustness.verdicts import parts
from hashguard.robustness.verdicts.parts import Part
from hashguard.robustness.verdicts.records import (
    GRADES,
    SCHEMA,
    Asked,
    ClosePair,
    Near,
    PolicyRecord,
    PolicyVerdicts,
    Seen,
    SettingVerdicts,
    StrangerVerdicts,
    Verdicts,
    read_verdicts,
    write_verdicts,
)
from hashguard.verdict import Outcome

SHOWN = 24  # pairs of each kind and policy
TO_JUDGE = "verdicts-to-judge.csv"


def summarise(folder: Path, asked: Asked, *, same: Path | None = None) -> Verdicts:
    """Count what is in the parts; write `verdicts.json`, and `verdicts-to-judge.csv` for a person.

    same: a file of pairs that are no wrong matches, see same.py; None for those of the verdicts
    that are there, if any. Raises ResultsError if a picture is not asked about yet or `same` is
    wrong, and OSError.
    """
    run = asked.run
    pairs = read_same(same, run) if same is not None else _judged_before(folder, run)
    left_out = {frozenset(pair) for pair in pairs}
    policies = tuple(_policy(folder, asked, record, left_out) for record in asked.policies)
    verdicts = Verdicts(
        schema=SCHEMA,
        asked=asked,
        same=tuple((written(run, one), written(run, other)) for one, other in pairs),
        policies=policies,
    )
    close = (
        (record.name, one.pair)
        for record, policy in zip(asked.policies, policies, strict=True)
        for one in (*policy.wrong, *policy.nearest)
    )
    text = judge_text(run, close).encode("utf-8", errors="surrogateescape")
    replace_file(folder / TO_JUDGE, text)
    write_verdicts(folder, verdicts)
    return verdicts


def _judged_before(folder: Path, run: Run) -> tuple[Numbers, ...]:
    try:
        return still_there(read_verdicts(folder).same, run)
    except ResultsError:
        return ()


_OnWhite: TypeAlias = bool
_Ranked: TypeAlias = tuple[tuple[float, ...], ClosePair]


def _policy(
    folder: Path, asked: Asked, record: PolicyRecord, same: set[frozenset[int]]
) -> PolicyVerdicts:
    """One policy: photographs by setting, strangers, then the pairs to look at."""
    columns: list[list[tuple[_OnWhite, Seen]]] = [[] for _ in range(1 + len(asked.run.settings))]
    strangers: list[Seen] = []
    close: dict[frozenset[int], _Ranked] = {}
    for place in asked.uploads:
        part = _part(folder, asked, record, place)
        seen = [_without(one, place, same) for one in part.seen]
        if asked.run.pictures[place].role == PHOTO:
            for column, one in zip(columns, seen, strict=True):
                column.append((part.on_white, one))
        else:
            strangers += seen
        for number, one in enumerate(seen):
            for near in one.near:
                ranked = (_rank(record, near, place, number), _pair(asked.run, place, number, near))
                ends = frozenset((place, near.picture))
                close[ends] = min(close.get(ends, ranked), ranked, key=_first)
    as_is, *attacked = columns
    ordered = [pair for _, pair in sorted(close.values(), key=_first)]
    return PolicyVerdicts(
        unchanged=_setting("", 0.0, as_is),
        settings=tuple(
            _setting(attack.name, strength, column)
            for column, (attack, strength) in zip(attacked, asked.run.settings, strict=True)
        ),
        strangers=_strangers(strangers),
        wrong=tuple(one for one in ordered if one.grade is not None)[:SHOWN],
        nearest=tuple(one for one in ordered if one.grade is None)[:SHOWN],
    )


def _setting(
    attack: str, strength: float, seen: Sequence[tuple[_OnWhite, Seen]]
) -> SettingVerdicts:
    every = [one for _, one in seen]
    others = [one for on_white, one in seen if not on_white]
    undecided = [one for one in every if one.outcome == Outcome.UNDECIDED.value]
    return SettingVerdicts(
        attack=attack,
        strength=strength,
        found=_found(every),
        not_on_white=_found(others),
        grades=_by_grade(one.right for one in every),
        wrong=_by_grade(one.wrong for one in every),
        undecided=len(undecided),
        reasons=dict(sorted(Counter(one.reason or "" for one in undecided).items())),
    )


def _found(seen: Sequence[Seen]) -> Rate:
    return wilson(sum(one.right is not None for one in seen), len(seen))


def _part(folder: Path, asked: Asked, record: PolicyRecord, place: int) -> Part:
    picture = asked.run.pictures[place]
    path = parts.part_path(folder, record, picture)
    part = parts.read_part(path, digest=record.digest, picture=picture.digest)
    files = 1 + (len(asked.run.settings) if picture.role == PHOTO else 0)
    if part is None or len(part.seen) != files:
        raise ResultsError("not all uploads are checked yet; run it again")
    return part


def _without(seen: Seen, place: int, same: set[frozenset[int]]) -> Seen:
    """Without pictures that are the same as the one that was uploaded."""
    kept = tuple(one for one in seen.near if frozenset((place, one.picture)) not in same)
    return replace(seen, near=kept)


def _strangers(seen: Sequence[Seen]) -> StrangerVerdicts:
    wrong = _by_grade(one.wrong for one in seen)
    at_least, count = {}, 0
    for grade in GRADES:
        count += wrong.get(grade, 0)
        at_least[grade] = wilson(count, len(seen))
    return StrangerVerdicts(n=len(seen), wrong=wrong, at_least=at_least)


def _by_grade(grades: Iterator[str | None]) -> dict[str, int]:
    """How many of each grade there is, the surest first."""
    counts = Counter(grades)
    return {grade: counts[grade] for grade in GRADES if counts[grade]}


def _rank(record: PolicyRecord, near: Near, place: int, number: int) -> tuple[float, ...]:
    """What matched first; under a budget the surest, else the nearest; then by place."""
    upper = 0.0 if record.per_million is None else near.upper
    return (near.grade is None, upper, near.distance, place, number)


def _first(ranked: _Ranked) -> tuple[float, ...]:
    return ranked[0]


def _pair(run: Run, place: int, number: int, near: Near) -> ClosePair:
    """number: of the setting, from 1; 0 for the file as it is."""
    attack, strength = "", 0.0
    if number:
        setting, strength = run.settings[number - 1]
        attack = setting.name
    query, reference = run.pictures[place], run.pictures[near.picture]
    pair = Pair(
        query=query.name,
        query_role=query.role,
        attack=attack,
        strength=strength,
        reference=reference.name,
        reference_role=reference.role,
        distance=float(near.distance),
        reason="",
    )
    return ClosePair(
        pair=pair, way=near.way, weighed=near.weighed, upper=near.upper, grade=near.grade
    )
