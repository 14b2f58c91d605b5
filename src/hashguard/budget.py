"""How many wrong matches a platform accepts, and the radius that follows from it. Pure.

A wrong match is a pair of unrelated pictures within the radius. How many are to be expected of a
million uploads follows from the length of the list and from how often unrelated pictures come that
near (chance.py). It is an estimate, nearly always of what has never been seen: grades and radii
go by its upper end.
"""

from __future__ import annotations

import enum
import functools
import math
from dataclasses import dataclass

from hashguard.chance import MAX_RADIUS, Row

_MILLION = 1_000_000
_RAREST = 1e12  # uploads; no measurement says anything of what is rarer
_NAMES = ((10**9, " billion"), (10**6, " million"))


@functools.total_ordering
class Grade(enum.Enum):
    """How sure a match is; the surer, the greater. None of them is proof: a person decides.

    By wrong matches expected of a million uploads, if everything as near as this one matched.
    """

    REVIEW = "review"
    PROBABLE = "probable"
    CERTAIN = "certain"

    @property
    def per_million(self) -> float:
        """Wrong matches per million uploads: at most this many."""
        return _AT_MOST[self]

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Grade):
            return NotImplemented
        return self.per_million > other.per_million


_AT_MOST = {Grade.CERTAIN: 0.01, Grade.PROBABLE: 1.0, Grade.REVIEW: 100.0}


@dataclass(frozen=True, slots=True)
class Expected:
    """Wrong matches to be expected of a million uploads.

    upper: the upper end of the 95 % interval of `per_million`.
    extrapolated: whether no unrelated pair was seen so near when it was measured.
    """

    per_million: float
    upper: float
    extrapolated: bool


def expected(distance: int, list_size: int, row: Row) -> Expected:
    """What it costs if everything within `distance` bits of an upload matches.

    list_size: active entries. Each entry in reach counts, so an upload may count several times.
    """
    if not 0 <= distance <= 256:
        raise ValueError(f"a distance is 0 to 256 bits, not {distance}")
    if list_size < 0:
        raise ValueError(f"a list has no less than 0 entries, not {list_size}")
    comparisons = list_size * _MILLION
    return Expected(
        per_million=10 ** row.line.at(distance) * comparisons,
        upper=10 ** row.upper.at(distance) * comparisons,
        extrapolated=distance < row.nearest,
    )


def grade_of(cost: Expected) -> Grade | None:
    """The grade of a match by what it costs; None if it is not even worth a review."""
    return next(
        (grade for grade in sorted(Grade, reverse=True) if cost.upper <= grade.per_million), None
    )


@dataclass(frozen=True, slots=True)
class Budget:
    """How many wrong matches a million uploads may cost, above 0. Raises ValueError.

    The cost of a radius, not of a verdict: what is nearer than the radius is usually much surer.
    """

    per_million: float

    def __post_init__(self) -> None:
        if not (0 < self.per_million < math.inf):
            raise ValueError(f"a budget is a number above 0, not {self.per_million}")

    def radius(self, list_size: int, row: Row) -> int | None:
        """The largest distance, 0 to MAX_RADIUS bits inclusive, that stays within the budget.

        None: pictures so plain that not even equal hashes say that two of them are the same.
        """
        # From the far end, because the cost grows with the distance.
        for distance in range(MAX_RADIUS, -1, -1):
            if expected(distance, list_size, row).upper <= self.per_million:
                return distance
        return None


def odds_text(cost: Expected) -> str:
    """How often an unrelated picture comes this near, as a person reads it; the upper estimate.

    Such as "by chance, an unrelated picture comes this near at most about once in 4 billion
    uploads; extrapolated, for no unrelated pair was seen so near".
    """
    rate = cost.upper / _MILLION
    if rate == 0:
        return "there is nothing on the list that an unrelated picture could come near to"
    if rate > 0.5:
        entries = _count(math.ceil(rate))
        return f"by chance, about {entries} of the list may come this near to any upload"
    often = _count(1 / rate)
    if 1 / rate > _RAREST:
        often = f"{_count(_RAREST)} uploads or more rarely"
    else:
        often += " uploads"
    text = f"by chance, an unrelated picture comes this near at most about once in {often}"
    if cost.extrapolated:
        text += "; extrapolated, for no unrelated pair was seen so near"
    return text


def _count(number: float) -> str:
    """Two digits, never more than the number: "190", "4.7 billion"."""
    whole = math.floor(number * (1 + 1e-12))
    step = 10 ** max(len(str(whole)) - 2, 0)
    whole -= whole % step
    for unit, name in _NAMES:
        if whole >= unit:
            return (
                f"{whole / unit:,.10g}{name}" if whole < 10 * unit else f"{whole // unit:,}{name}"
            )
    return f"{whole:,}"
