"""How many cases there were: figures that point at nobody. Pure.

Counts below `least` are not hidden but joined: neighbours in a fixed order are added up until
each number that is shown stands for at least so many cases. Hidden cells can be worked out from
totals and from the rule by which they were hidden; of what was joined, every part may be any
number from 0 to `least` - 1 or more, also to those who know the rule. Each table adds up to the
same total, so no two of them say more than each. What is left, and cannot be mended here, is to
compare two publications: see docs/bank.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Row:
    """A count of cases. labels: what it counts; several where they were joined."""

    labels: tuple[str, ...]
    cases: int


@dataclass(frozen=True, slots=True)
class Table:
    """Counts that add up to all cases. name: what they are counted by."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts of the cases that were received in whole months, `first` to `last`, `2025-01`.

    least: no count is smaller. cases: None if there were fewer; then there are no tables.
    platforms: for each that answered in at least so many cases, how it did.
    """

    first: str
    last: str
    least: int
    cases: int | None
    tables: tuple[Table, ...]
    platforms: tuple[Table, ...]


def joined(counts: Sequence[tuple[str, int]], *, least: int) -> tuple[Row, ...]:
    """Rows in the order given, neighbours joined until each counts at least `least`.

    What is left at the end joins the row before. No rows if all together are fewer.
    """
    rows: list[Row] = []
    labels: list[str] = []
    cases = 0
    for label, count in counts:
        labels.append(label)
        cases += count
        if cases >= least:
            rows.append(Row(tuple(labels), cases))
            labels, cases = [], 0
    if labels and rows:
        last = rows.pop()
        rows.append(Row((*last.labels, *labels), last.cases + cases))
    return tuple(rows)


def month_of(time: int) -> str:
    """The month of unix seconds, UTC, as `2025-01`."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m")


def month_start(month: str) -> int:
    """Unix seconds of the beginning of a month."""
    year, number = map(int, month.split("-"))
    return int(datetime(year, number, 1, tzinfo=UTC).timestamp())


def months(first: str, after: str) -> list[str]:
    """Every month from the first to the one before `after`."""
    year, number = map(int, first.split("-"))
    found: list[str] = []
    while (month := f"{year:04}-{number:02}") < after:
        found.append(month)
        year, number = (year, number + 1) if number < 12 else (year + 1, 1)
    return found


def joined_labels(row: Row) -> str:
    """What a row counts: `2025-01`, `2025-01 to 2025-03`, `withdrawn or deleted`."""
    first, last = row.labels[0], row.labels[-1]
    if first[:1].isdigit():
        return first if first == last else f"{first} to {last}"
    return " or ".join(row.labels)
