"""The answer in sentences, made of the scores. Pure; true of any run, or left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hashguard.printable import shown
from hashguard.robustness.report import words
from hashguard.robustness.report.joined import MOSTLY_FOUND, MOSTLY_LOST, Column, Joined, Point
from hashguard.robustness.results import PHOTO, STRANGER, AttackRecord, Run
from hashguard.robustness.scores import Rate

_EXAMPLES = 3  # of attacks in a sentence


def answer(joined: Joined) -> list[str]:
    """Paragraphs: what the first system survives and at what price, then how others compare."""
    if not joined.columns:
        return ["No system was measured."]
    first = joined.columns[0]
    paragraphs = [" ".join([*_survival(joined, first), *_price(joined, first)])]
    compared = list(_comparison(joined))
    return [*paragraphs, " ".join(compared)] if compared else paragraphs


def measured(run: Run) -> str:
    """What was measured, in a line."""
    return ", ".join(
        [
            words.counted(len(run.of_role(PHOTO)), "photograph"),
            words.counted(len(run.of_role(STRANGER)), "unrelated picture"),
            words.counted(len(run.attacks), "attack"),
            words.counted(len(run.settings), "setting"),
            words.counted(len(run.systems), "system"),
        ]
    )


def warnings(joined: Joined) -> list[str]:
    """What a reader must know before believing a figure."""
    found = []
    for column in joined.columns:
        score = column.score
        if score.claims_wrong:
            found.append(
                f"{shown(score.name)} gave distances that are not those of its own rows: "
                f"{score.claims_wrong:,} of the {score.claims_checked:,} that were checked. "
                "The figures here use the distances computed from the rows."
            )
        if score.references.count == 0:
            found.append(
                f"{shown(score.name)} made nothing of any photograph, so that it can find no copy."
            )
        elif score.references.count < score.references.n:
            missing = score.references.n - score.references.count
            found.append(
                f"{shown(score.name)} made nothing of {missing:,} of "
                f"{words.counted(score.references.n, 'photograph')}; their copies count as missed."
            )
    return found


def _survival(joined: Joined, column: Column) -> Iterator[str]:
    run = words.distance(column.first.max_distance, column.record)
    rates = list(joined.typical(column, 0))
    if not rates:
        yield (
            f"{shown(column.score.name)} was measured on pictures as they are only, "
            f"without attacks: it found {words.exact_percent(column.score.unchanged)} of them."
        )
        return
    survived = [(attack, rate) for attack, rate in rates if rate.value >= MOSTLY_FOUND]
    lost = [(attack, rate) for attack, rate in rates if rate.value < MOSTLY_LOST]
    yield (
        f"At {run}, the distance it is run at, {shown(column.score.name)} survives "
        f"{_of(len(survived), len(rates))} at their typical strength: it finds at least "
        f"{100 * MOSTLY_FOUND:g} % of the copies{_examples(survived)}."
    )
    if lost:
        yield (f"After {len(lost):,} it finds less than {100 * MOSTLY_LOST:g} %{_examples(lost)}.")
    between = len(rates) - len(survived) - len(lost)
    if between:
        yield f"The other {between:,} {'is' if between == 1 else 'are'} in between."


def _examples(group: Sequence[tuple[AttackRecord, Rate]]) -> str:
    """One of each family, in the order of the run: what comes first is what is common."""
    by_family: dict[str, tuple[AttackRecord, Rate]] = {}
    for attack, rate in group:
        by_family.setdefault(attack.family, (attack, rate))
    chosen = list(by_family.values())[:_EXAMPLES]
    if not chosen:
        return ""
    told = [
        f"\N{LEFT DOUBLE QUOTATION MARK}{shown(attack.name)}, "
        f"{shown(attack.label(attack.typical))}\N{RIGHT DOUBLE QUOTATION MARK} "
        f"{words.exact_percent(rate)}"
        for attack, rate in chosen
    ]
    return f"{', such as ' if len(group) > len(told) else ': '}{words.listing(told)}"


def _price(joined: Joined, column: Column) -> Iterator[str]:
    cost = column.false_matches(column.first)
    if cost is None or not cost.pairs.n:
        yield "There were no unrelated pairs, so that nothing is known of its false matches."
        return
    pairs = words.large(cost.pairs.n)
    within = words.distance(cost.max_distance, column.record)
    near = [one.distance for one in column.score.closest if one.distance is not None]
    nearest = words.distance(min(near), column.record) if near else ""
    if cost.pairs.count == 0:
        beyond = f"; the nearest two are {nearest} apart" if nearest else ""
        yield f"Of {pairs} pairs of unrelated pictures none is within {within}{beyond}."
    else:
        are = "is" if cost.pairs.count == 1 else "are"
        yield (
            f"Of {pairs} pairs of unrelated pictures {cost.pairs.count:,} {are} within {within}."
        )
    size = words.large(joined.scores.list_size)
    if words.says_nothing(cost):
        yield f"What that means for a list of {size} hashes cannot be told from so few pairs."
        return
    of_uploads = f"A million unrelated uploads against a list of {size} hashes make"
    source = ", by the fitted tail of the distances" if cost.extrapolated else ""
    high = words.few(cost.per_million_high)
    if cost.per_million is None:
        yield f"{of_uploads} at most {high} false matches{source}."
        return
    low = words.few(cost.per_million_low)
    yield (
        f"{of_uploads} {words.few(cost.per_million)} false matches "
        f"(95 % interval {low} to {high}){source}."
    )


def _comparison(joined: Joined) -> Iterator[str]:
    if len(joined.columns) < 2 or not joined.run.attacks:
        return
    as_run = [(joined.survived(one, 0), one) for one in joined.columns]
    most, best = max(as_run, key=_first)
    cost = best.false_matches(best.first)
    # What survives most may be what matches everything.
    price = ""
    if cost is not None and cost.pairs.n and [count for count, _ in as_run].count(most) == 1:
        price = f"; {words.count_of(cost.pairs)} unrelated pairs match at its distance"
    yield (
        f"Of the {len(joined.columns)} systems as they are run, {_best(as_run)} "
        f"the most attacks: {_of(most, len(joined.run.attacks))}{price}."
    )
    point = joined.equal_price()
    if point is not None and point.false_rate is not None:
        yield _at_equal_price(joined, point, point.false_rate)


def _at_equal_price(joined: Joined, point: Point, false_rate: float) -> str:
    counts = [
        (joined.survived(column, number), column)
        for column, number in zip(joined.columns, point.thresholds, strict=True)
        if number is not None
    ]
    most = max(counts, key=_first)[0]
    return (
        f"At the same price, each at the distance at which {words.one_in(false_rate)} unrelated "
        f"pairs match, {_best(counts)} the most: {most:,}."
    )


def _best(counts: Sequence[tuple[int, Column]]) -> str:
    """`A survives`, or `A and B survive`, those with the most."""
    most = max(counts, key=_first)[0]
    names = [shown(one.score.name) for count, one in counts if count == most]
    return f"{words.listing(names)} {'survives' if len(names) == 1 else 'survive'}"


def _first(pair: tuple[int, Column]) -> int:
    return pair[0]


def _of(number: int, whole: int) -> str:
    """`34 of 60 attacks`."""
    return f"{number:,} of {words.counted(whole, 'attack')}"
