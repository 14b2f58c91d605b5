"""How often unrelated pictures come near each other: what false matches are estimated from.

The share of (upload, reference) pairs whose nearest probe is within d bits falls off about
exponentially below the distances at which it can be counted: a line for its logarithm, and above
it another one, the upper end of its 95 % interval. There is a row for each kind of probing, each
band of quality of the upload and, where that is known, of the listed picture. How the rows were
measured: benchmarks/unrelated.py. Pure but for the table that comes with the package.

The bits of a row are plain, or weighed by how clear the upload is about each (`hashes.weighed`).

Distances of hashes without ties are even, so what is within 31 bits is within 30. The lines were
fitted through even distances and are read at odd ones as well: that is right for a pair of which
one hash has an odd weight, and says a little too much, never too little, for all others.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from hashguard.errors import ResultsError
from hashguard.strict_json import no_constant

SCHEMA = "hashguard-unrelated/2"
MAX_TABLE_BYTES = 2**18  # a table of four kinds has 10 KB
MAX_ROWS = 512
MAX_PROBES = 100_000  # of one upload; the most thorough tier has some thousands
MAX_RADIUS = 63
"""Bits. Beyond it even plain PDQ meets unrelated pictures: of 115 million pairs one at 68."""

CROPPINGS, RATIOS = "croppings", "ratios"
"""The kinds of probing that a grid of croppings is, and a picture as the middle of wider ones.

The distances of their weighed rows are with the handicap of the upload (probes/cohort.py).
"""

LISTED_QUALITY = 50
"""Of listed pictures of which nothing else is known: the least that PDQ's authors recommend."""

_BITS = 256
_BASE_PROBES = 1
_ROUNDING = 1e-9  # of a logarithm: lines made equal by calculation may differ by this


@dataclass(frozen=True, slots=True)
class Line:
    """log10 of the share of pairs within d bits: intercept + slope * d, but at most 0.

    intercept: -100 to 0. slope: above 0 to 1. Raises ValueError.
    """

    intercept: float
    slope: float

    def __post_init__(self) -> None:
        if not (-100 <= self.intercept <= 0 and 0 < self.slope <= 1):
            raise ValueError("a line has an intercept of -100 to 0 and a slope above 0 and up to 1")

    def at(self, distance: float) -> float:
        """log10 of the share of pairs within `distance` bits."""
        return min(self.intercept + self.slope * distance, 0.0)

    def times(self, factor: float) -> Line:
        """The line of a share that is so many times as large."""
        return Line(min(self.intercept + math.log10(factor), 0.0), self.slope)

    def above(self, other: Line) -> Line:
        """A line below neither of both from 0 to MAX_RADIUS bits; itself if that is one."""
        if self.lies_above(other):
            return self
        ends = [line.intercept + line.slope * MAX_RADIUS for line in (self, other)]
        start = max(self.intercept, other.intercept)
        return Line(start, (max(ends) - start) / MAX_RADIUS)

    def lies_above(self, other: Line) -> bool:
        """Whether it lies nowhere below the other from 0 to MAX_RADIUS bits, but for rounding."""
        # Not only at both ends: lines that were cut off at 0 are bent.
        return all(self.at(d) >= other.at(d) - _ROUNDING for d in range(MAX_RADIUS + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The lower tail of one kind of probing, for uploads and references of some quality.

    probing: its name; probes: how many of each upload are looked up.
    quality_from, listed_from: of the upload (of its probe), and of the listed picture: at least
    this, 0 to 100. From 0: the list is taken to hold nothing but pictures as plain as the upload.
    line, upper: the estimate, and the upper end of its 95 % interval.
    nearest, farthest: bits; of the nearest unrelated pair seen, and up to which it was fitted.
    pairs, pictures: how many were measured. weighed: whether its bits are; see above.
    measured: False for a row that was multiplied or raised, see `Unrelated.of`.
    Raises ValueError.
    """

    probing: str
    probes: int
    quality_from: int
    listed_from: int
    line: Line
    upper: Line
    nearest: int
    farthest: int
    pairs: int
    pictures: int
    weighed: bool = False
    measured: bool

    def __post_init__(self) -> None:
        if not (0 < len(self.probing) <= 64 and self.probing.isprintable()):
            raise ValueError("a kind of probing has a name of 1 to 64 printable characters")
        if not 1 <= self.probes <= MAX_PROBES:
            raise ValueError(f"a kind of probing has 1 to {MAX_PROBES} probes")
        if not (0 <= self.quality_from <= 100 and 0 <= self.listed_from <= 100):
            raise ValueError("quality is 0 to 100")
        if not 0 <= self.nearest <= self.farthest <= _BITS:
            raise ValueError(f"distances are 0 to {_BITS} bits, the nearest first")
        if not (self.pairs >= 1 and self.pictures >= 2):
            raise ValueError("a row is measured with at least two pictures")
        if not self.upper.lies_above(self.line):
            raise ValueError("the upper line of a row lies above its line")

    def times(self, factor: float) -> Row:
        """Of uploads with so many times as many probes: their shares can at most add up.

        The union bound: an upload is within d bits if one of its probes is. It is too cautious by
        as much as its probes resemble each other. factor: at least 1, or nothing changes.
        """
        if factor <= 1:
            return self
        return replace(
            self, line=self.line.times(factor), upper=self.upper.times(factor), measured=False
        )

    def above(self, other: Row) -> Row:
        """This row, raised until neither of its lines lies below that of the other."""
        line, upper = self.line.above(other.line), self.upper.above(other.upper)
        if (line, upper) == (self.line, self.upper):
            return self
        return replace(self, line=line, upper=upper.above(line), measured=False)


@dataclass(frozen=True, slots=True)
class Unrelated:
    """The rows of all kinds of probing, of PDQ. Made by `of`, `loads` or `shipped`.

    Every kind has a row for the same pairs of `quality_from` and `listed_from`, (0, 0) among them;
    more probes and less quality never lower the upper line, among plain rows and among weighed
    ones but for `CROPPINGS` and `RATIOS`. Raises ValueError.
    """

    source: str
    date: str
    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.rows) <= MAX_ROWS:
            raise ValueError(f"a table has 1 to {MAX_ROWS} rows")
        keys = {(row.quality_from, row.listed_from) for row in self.rows}
        cells = {(row.probing, row.quality_from, row.listed_from) for row in self.rows}
        kinds = {(row.probing, row.probes) for row in self.rows}
        if (0, 0) not in keys:
            raise ValueError("a table begins with quality 0")
        if not len(self.rows) == len(cells) == len(kinds) * len(keys):
            raise ValueError("every kind of probing has one row for each quality")
        if min(probes for _, probes in kinds) != _BASE_PROBES:
            raise ValueError("a table has the rows of a single probe")
        for row in self.rows:
            if not all(
                row.upper.lies_above(other.upper) for other in self.rows if _bound(row, other)
            ):
                raise ValueError("fewer probes or more quality never come nearer by chance")

    @classmethod
    def of(cls, rows: Iterable[Row], *, source: str, date: str) -> Unrelated:
        """A table of measured rows, those of a single probe among them, and what follows of them.

        1. A kind without a row for a quality gets that of a single probe, multiplied. 2. A row
        that chance put below one with fewer probes or more quality is raised to it.
        """
        given = list(rows)
        base = {_key(row): row for row in given if row.probes == _BASE_PROBES}
        kinds = {row.probing: row.probes for row in given}
        there = {(row.probing, *_key(row)) for row in given}
        for name, probes in kinds.items():
            given += [
                replace(row.times(probes), probing=name, probes=probes)
                for key, row in base.items()
                if (name, *key) not in there
            ]
        # Each is raised to those before it, which are as they stay.
        ordered: list[Row] = []
        for row in sorted(given, key=lambda one: (one.probes, -one.quality_from, -one.listed_from)):
            raised = row
            for other in ordered:
                raised = raised.above(other) if _bound(row, other) else raised
            ordered.append(raised)
        return cls(source, date, tuple(ordered))

    @classmethod
    def loads(cls, data: bytes) -> Unrelated:
        """The table in the bytes of a file. Raises ResultsError, which says what is wrong."""
        if len(data) > MAX_TABLE_BYTES:
            raise ResultsError(f"a table of unrelated pairs has at most {MAX_TABLE_BYTES} bytes")
        try:
            return _table(json.loads(data, parse_constant=no_constant))
        except (ValueError, OverflowError, RecursionError) as error:
            raise ResultsError(f"this is no table of unrelated pairs: {error}") from error

    @classmethod
    def shipped(cls) -> Unrelated:
        """The table that comes with this version."""
        return _shipped()

    def dumps(self) -> bytes:
        """The file: `loads(x.dumps()) == x`."""
        fields = {
            "algorithm": "pdq",
            "date": self.date,
            "rows": [_fields(row) for row in self.rows],
            "schema": SCHEMA,
            "source": self.source,
        }
        return (json.dumps(fields, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()

    def row(
        self,
        quality: int,
        *,
        probing: str,
        probes: int,
        listed: int = LISTED_QUALITY,
        weighed: bool = False,
    ) -> Row:
        """The row for uploads of a quality that are looked up by so many probes.

        probing: a kind that was measured; with another name, or more probes than it had, a row is
        multiplied (see `Row.times`): that of the kind, or of a single probe.
        quality: of the probe, for a crop of a picture can be plainer than the picture.
        listed: at least this is the quality of the listed picture. weighed: whether distances can
        be, for it is known how clear the probe is; without, a kind measured so is as good as none.
        """
        if probes < 1:
            raise ValueError(f"probes must be at least 1, not {probes}")
        mine = [row for row in self.rows if row.probing == probing]
        if not weighed and any(row.weighed for row in mine):
            mine = []
        rows = mine or [row for row in self.rows if row.probes == _BASE_PROBES]
        fitting = [r for r in rows if r.quality_from <= quality and r.listed_from <= listed]
        if not fitting:
            raise ValueError(f"quality is 0 to 100, not {min(quality, listed)}")
        row = max(fitting, key=_key)
        return row.times(probes / row.probes)


def _key(row: Row) -> tuple[int, int]:
    return row.quality_from, row.listed_from


def _bound(row: Row, other: Row) -> bool:
    """Whether `row` must not lie below `other`.

    Kinds with as many probes may differ, and those with a handicap from all others: in their bits,
    uploads to which everything is near are farther away.
    """
    handicapped = row.weighed and not {CROPPINGS, RATIOS}.isdisjoint({row.probing, other.probing})
    return (
        row.weighed is other.weighed
        and (row.probing == other.probing or (row.probes > other.probes and not handicapped))
        and row.quality_from <= other.quality_from
        and row.listed_from <= other.listed_from
    )


def _fields(row: Row) -> dict[str, Any]:
    return {
        "farthest": row.farthest,
        "line": [row.line.intercept, row.line.slope],
        "listed_from": row.listed_from,
        "measured": row.measured,
        "nearest": row.nearest,
        "pairs": row.pairs,
        "pictures": row.pictures,
        "probes": row.probes,
        "probing": row.probing,
        "quality_from": row.quality_from,
        "upper": [row.upper.intercept, row.upper.slope],
        "weighed": row.weighed,
    }


_WHOLE = ("farthest", "listed_from", "nearest", "pairs", "pictures", "probes", "quality_from")
_FLAGS = ("measured", "weighed")
_ROW_KEYS = {*_WHOLE, *_FLAGS, "line", "probing", "upper"}


def _table(fields: Any) -> Unrelated:
    """Raises ValueError."""
    if not isinstance(fields, dict) or fields.get("schema") != SCHEMA:
        raise ValueError(f"its schema is not {SCHEMA}")
    if set(fields) != {"algorithm", "date", "rows", "schema", "source"}:
        raise ValueError("it has other fields")
    if fields["algorithm"] != "pdq":
        raise ValueError("its algorithm is not pdq")
    if not all(isinstance(fields[name], str) for name in ("date", "source")):
        raise ValueError("date and source are texts")
    if not isinstance(fields["rows"], list) or len(fields["rows"]) > MAX_ROWS:
        raise ValueError(f"its rows are no list of at most {MAX_ROWS}")
    return Unrelated(fields["source"], fields["date"], tuple(_row(one) for one in fields["rows"]))


def _row(fields: Any) -> Row:
    if not isinstance(fields, dict) or set(fields) != _ROW_KEYS:
        raise ValueError("a row has other fields")
    # A bool is an int to isinstance.
    if not all(type(fields[name]) is int for name in _WHOLE):
        raise ValueError("a row has something else in place of a whole number")
    if any(type(fields[name]) is not bool for name in _FLAGS) or type(fields["probing"]) is not str:
        raise ValueError("a row does not say what was measured")
    return Row(**{**fields, "line": _line(fields["line"]), "upper": _line(fields["upper"])})


def _line(numbers: Any) -> Line:
    if not (
        isinstance(numbers, list)
        and len(numbers) == 2
        and all(type(one) in (int, float) for one in numbers)
    ):
        raise ValueError("a line is two numbers")
    return Line(float(numbers[0]), float(numbers[1]))


@functools.cache
def _shipped() -> Unrelated:
    data = resources.files("hashguard").joinpath("data/unrelated.json").read_bytes()
    return Unrelated.loads(data)
