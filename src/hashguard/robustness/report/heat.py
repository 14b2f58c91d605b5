"""The table attack x system that the page colours. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from hashguard.printable import shown
from hashguard.robustness.report import words
from hashguard.robustness.report.joined import Column, Family, Joined, Point
from hashguard.robustness.results import AttackRecord
from hashguard.robustness.scores import Rate


@dataclass(frozen=True, slots=True)
class Cell:
    """Recall of one setting with one system.

    text: in per cent. about: what the number is of, with n. shade: 0 for nothing found to 10 for
    all; None where there is no number.
    """

    text: str
    interval: str
    about: str
    shade: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """An attack at one strength, one cell for each system."""

    attack: str
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What a reader chooses by a tab.

    title: of the tab. about: a sentence. heads: each system and its distance.
    """

    title: str
    about: str
    heads: tuple[tuple[str, str], ...]
    groups: tuple[Group, ...]


def tables(joined: Joined) -> list[Table]:
    """One for each point at which systems are compared; attacks at their typical strength."""
    return [_table(joined, point) for point in joined.points()]


def strengths(joined: Joined, family: Family) -> list[Row]:
    """Every attack of a family at every strength, each system at the distance it is run at."""
    first = joined.points()[0]
    return [
        _row(joined, first, attack, strength)
        for attack in family.attacks
        for strength in attack.strengths
    ]


def heads(joined: Joined, point: Point) -> tuple[tuple[str, str], ...]:
    """Each system, and the distance it is compared at."""
    return tuple(
        (
            shown(column.score.name),
            "none" if number is None else words.at(column.score.thresholds[number], column.record),
        )
        for column, number in zip(joined.columns, point.thresholds, strict=True)
    )


def _table(joined: Joined, point: Point) -> Table:
    groups = tuple(
        Group(
            shown(family.name),
            tuple(_row(joined, point, one, one.typical) for one in family.attacks),
        )
        for family in joined.families()
    )
    title, about = _told(joined, point)
    return Table(title, about, heads(joined, point), groups)


def _told(joined: Joined, point: Point) -> tuple[str, str]:
    """Title and sentence of a table."""
    if point.false_rate is None:
        return "as they are run", "Each system at the distance it is run at."
    rate = words.one_in(point.false_rate)
    counted = joined.is_counted(point)
    if not any(counted):
        return "without a false match", (
            f"There are too few unrelated pairs to count {rate}: each system at the largest "
            "distance at which none of them match."
        )
    about = (
        f"Each system at the largest distance at which no more than {rate} unrelated pairs match: "
        "what they find at the same price."
    )
    if not all(counted):
        names = [
            shown(column.score.name)
            for column, enough in zip(joined.columns, counted, strict=True)
            if not enough
        ]
        about += f" Too few pairs to count that, so at none that match: {words.listing(names)}."
    return f"at {rate} false matches", about


def _row(joined: Joined, point: Point, attack: AttackRecord, strength: float) -> Row:
    label = shown(attack.label(strength))
    cells = []
    for column, number in zip(joined.columns, point.thresholds, strict=True):
        if number is None:
            cells.append(Cell(words.NOTHING, "", _NONE, None))
        else:
            rate = column.recall(attack, strength, number)
            cells.append(_cell(rate, column, f"{shown(attack.name)}, {label}"))
    return Row(shown(attack.name), label, tuple(cells))


_NONE = "no distance keeps this rate of false matches"


def _cell(rate: Rate, column: Column, setting: str) -> Cell:
    about = (
        f"{shown(column.score.name)}; {setting}: {words.count_of(rate)} found, "
        f"{words.exact_percent(rate)}"
    )
    shade = int(rate.value * 10 + 1e-9) if rate.n else None
    return Cell(words.percent(rate), words.interval(rate), about, shade)
