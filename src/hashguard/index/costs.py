"""What a search costs on this machine: a small model, and the constants in it.

A cost is a sum of products of counts (codes, words, queries, buckets, suspects) and of rates
in nanoseconds. Rates depend on how far from the processor the codes lie, so they are stated for
several list sizes and interpolated. `hashguard index calibrate` measures them (calibrate.py).
"""

from __future__ import annotations

import json
from bisect import bisect_left
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from math import isfinite, log

from hashguard.errors import IndexFileError
from hashguard.index.pigeonhole import Layout, bucket_count, plan_for

FORMAT = "hashguard-costs"
VERSION = 1
MAX_COSTS_BYTES = 16_384  # five sizes take under 2,000
_MAX_SIZES = 32
_MAX_BUCKETS = 1_000_000  # to visit for one query; looking at every code is far cheaper then


@dataclass(frozen=True, slots=True)
class Rates:
    """Nanoseconds, for a list of `codes` codes.

    *_call: once a search. flat: for each word of 64 bits and query. scan_read: for each word.
    scan_word: for each word of the prefix and query. visit: for each bucket. suspect: for each
    entry in it. passed: for each entry that gets past the bits in its word. survivor: for each
    entry that is compared in full.
    """

    codes: int
    flat_call: float
    flat: float
    scan_call: float
    scan_read: float
    scan_word: float
    multi_call: float
    visit: float
    suspect: float
    passed: float
    survivor: float


@dataclass(frozen=True, slots=True)
class Costs:
    """Rates for several list sizes, smallest first."""

    rates: tuple[Rates, ...]

    def __post_init__(self) -> None:
        sizes = [one.codes for one in self.rates]
        if not sizes or len(sizes) > _MAX_SIZES or sizes != sorted(set(sizes)) or sizes[0] < 1:
            raise ValueError(f"rates must be for 1 to {_MAX_SIZES} rising list sizes")
        for one in self.rates:
            if not all(isfinite(value) and 0 <= value < 1e12 for value in asdict(one).values()):
                raise ValueError("rates must be finite numbers of nanoseconds, at least 0")

    def at(self, count: int) -> Rates:
        """The rates for a list of `count` codes, in between linear in the logarithm of the size."""
        sizes = [one.codes for one in self.rates]
        above = bisect_left(sizes, count)
        if above in (0, len(sizes)):
            # Beyond the sizes that were measured, the nearest one tells best.
            return replace(self.rates[max(above - 1, 0)], codes=count)
        low, high = self.rates[above - 1], self.rates[above]
        part = log(count / low.codes) / log(high.codes / low.codes)
        mixed = {
            field.name: (1 - part) * getattr(low, field.name) + part * getattr(high, field.name)
            for field in fields(Rates)
            if field.name != "codes"
        }
        return Rates(codes=count, **mixed)

    def dumps(self) -> str:
        """As JSON, one object."""
        rates = [asdict(one) for one in self.rates]
        return json.dumps({"format": FORMAT, "rates": rates, "version": VERSION}, indent=1) + "\n"

    @classmethod
    def loads(cls, text: str) -> Costs:
        """The inverse of `dumps`. Raises IndexFileError."""
        try:
            found = json.loads(text)
            if not isinstance(found, dict) or found.get("format") != FORMAT:
                raise IndexFileError("foreign: these are not the costs of a search")
            if found.get("version") != VERSION:
                raise IndexFileError("newer: these costs were written by another version")
            return cls(tuple(_rates(one) for one in found["rates"]))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise IndexFileError("altered: the costs of a search; calibrate again") from error


def _rates(found: dict[str, object]) -> Rates:
    for name, value in found.items():
        wanted = int if name == "codes" else int | float
        if isinstance(value, bool) or not isinstance(value, wanted):
            raise TypeError(f"{name} must be a number")
    return Rates(**found)  # type: ignore[arg-type]


def flat_seconds(rates: Rates, words: int, queries: int) -> float:
    """Looking at every code of `words` words with FAISS."""
    return 1e-9 * (rates.flat_call + rates.flat * rates.codes * words * queries)


def scan_seconds(rates: Rates, words: int, queries: int, prefix: int) -> float:
    """Looking at every code once for all queries; `prefix`: words that most codes are cut at."""
    each = rates.scan_read * words + rates.scan_word * prefix * queries
    return 1e-9 * (rates.scan_call + rates.codes * each)


def multi_seconds(
    rates: Rates,
    layout: Layout,
    code_bytes: int,
    queries: int,
    max_distance: int,
    *,
    crowding: float = 1.0,
) -> float:
    """Looking into the buckets that a layout visits; infinite if there are far too many."""
    if bucket_count(layout, code_bytes, max_distance) > _MAX_BUCKETS:
        return float("inf")
    visits, entries = bucket_count(layout, code_bytes, max_distance), rates.codes * crowding
    passed, compared = sifted(layout, rates.codes, code_bytes, max_distance)
    each = (
        rates.visit * visits
        + rates.suspect * entries * visits / layout.buckets
        + rates.passed * entries * passed
        + rates.survivor * entries * compared
    )
    return 1e-9 * (rates.multi_call + queries * each)


@lru_cache(maxsize=512)
def sifted(layout: Layout, count: int, code_bytes: int, max_distance: int) -> tuple[float, float]:
    """Entries that get past the bits in their words, and those compared in full.

    Both as shares of `count` evenly spread codes.
    """
    plan = plan_for(layout, code_bytes, max_distance)
    first, second = layout.sifts(count)
    passed = plan.passing(layout, first)
    # Where the word has bits of one half and the extra byte those of the other, the first sift
    # can be the finer one; what both leave is no more than that.
    return passed, min(passed, plan.passing(layout, first + second))


def _measured(codes: int, *rates: float) -> Rates:
    names = [field.name for field in fields(Rates)][1:]
    return Rates(codes=codes, **dict(zip(names, rates, strict=True)))


DEFAULT_COSTS = Costs(
    (
        _measured(1_000, 10_000, 0.19, 15_000, 0.8, 0.1, 80_000, 23, 8, 150, 0),
        _measured(10_000, 11_000, 0.21, 15_000, 0.85, 0.095, 80_000, 25, 8, 150, 0),
        _measured(100_000, 10_000, 0.29, 15_000, 0.93, 0.1, 85_000, 42, 4.8, 52, 0),
        _measured(1_000_000, 11_000, 0.32, 15_000, 1.15, 0.12, 88_000, 95, 4.2, 40, 4),
        _measured(4_000_000, 10_000, 0.55, 15_000, 2.4, 0.09, 95_000, 215, 3.7, 23, 15),
    )
)
"""`hashguard index calibrate` on one core of a rented server with AVX-512, rounded.

But scan_call, measured 4,000: more is asked of a scan, because compiling takes half a second and
small lists are searched in microseconds either way.
"""
