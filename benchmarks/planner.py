"""Does the planner take the fastest way? All ways timed over a grid, beside the one it takes.

    python -m benchmarks.planner [--largest N] [--corpus FOLDER] [--rounds N]

Every radius and number of probes. *strangers*: random codes of all sizes up to the largest, asked
random codes, as most uploads to a service match nothing. *copies*: the same codes, three of four
probes within the radius of a listed one, which is what an attack looks like. *real*: two sizes of
hashes of photographs, asked in that way, too.

First `hashguard index calibrate` is done, on codes of its own; then all ways answer the same probes
in turn, round after round. In each cell stands what `build_index` and the index it makes would do
with the costs just measured, and with those it ships.

A way is left out of a cell if it is expected to take 50 times as long as the one expected to be
fastest, or took 20 times as long as the fastest in a first search, which counts for nothing else.
Writes out/planner.json; judges nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.codes import CODE_BYTES, queries_near, real_codes
from benchmarks.common import PHOTOS, SEED, pin_to_one_core, write_result
from hashguard import Codes
from hashguard.index import Costs, Index, PlannedIndex
from hashguard.index import scan as compiled
from hashguard.index.calibrate import calibrate, costs_of
from hashguard.index.costs import DEFAULT_COSTS
from hashguard.index.flat import FlatIndex
from hashguard.index.multi_index import MultiIndex
from hashguard.index.pigeonhole import Layout
from hashguard.index.plan import LAYOUTS, Way, choose, ways

SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
REAL_SIZES = (100_000, 1_000_000)
RADII = (15, 31, 47, 63)  # bits
PROBES = (1, 8, 64)  # in one search
HOPELESS = 50  # times the fastest expectation; not tried
SLOW = 20  # times the fastest first search; not tried again
TURN_S = 0.02  # the fastest way searches about as long in one turn,
MOST_SEARCHES = 16  # but no more often than that
DRAWS = 64  # sets of probes for a cell, used again when they are through

Draw = Callable[[int, int], Codes]
"""Probes for one search, made for a radius and a number of them."""


@dataclass(frozen=True, slots=True)
class Built:
    """A list with every index over it; tables serve all radii."""

    codes: Codes
    flat: FlatIndex
    multi: Mapping[Layout, MultiIndex]

    @classmethod
    def of(cls, codes: Codes) -> Built:
        """All indexes, exact up to the largest radius."""
        made = {
            layout: MultiIndex(codes, max_distance=max(RADII), layout=layout) for layout in LAYOUTS
        }
        return cls(codes, FlatIndex(codes), made)

    def indexes(self, radius: int) -> dict[str, Index]:
        """Every way to search at that radius, by its label."""
        found: dict[str, Index] = {"flat": self.flat}
        if compiled.available():
            found["scan"] = compiled.ScanIndex(self.codes, usual=[radius])
        return found | {_layout_label(layout): index for layout, index in self.multi.items()}

    def expected(self, costs: Costs, radius: int, probes: int) -> list[Way]:
        """What the planner expects of every way before anything is built."""
        return ways(
            costs.at(len(self.codes)),
            self.codes.shape[1],
            probes,
            radius,
            layouts=LAYOUTS,
            fast=compiled.available(),
        )

    def taken(self, costs: Costs, radius: int, probes: int) -> Way:
        """What `build_index` and the index it makes would do, with the tables that are there."""
        layout = choose(self.expected(costs, radius, probes), None).layout
        made = PlannedIndex(
            self.codes,
            max_distance=radius,
            probes=probes,
            costs=costs,
            multi=self.multi[layout] if layout else None,
        )
        return made.explain().chosen


def label(way: Way) -> str:
    """A short name, such as `flat` or `32+8`: the bits of a chunk and of the extra byte."""
    return _layout_label(way.layout) if way.layout else way.name


def _layout_label(layout: Layout) -> str:
    return f"{layout.chunk_bits}+{layout.extra_bits}"


def strangers(rng: np.random.Generator) -> Draw:
    """Random probes."""
    return lambda _radius, probes: rng.integers(0, 256, (probes, CODE_BYTES), dtype=np.uint8)


def copies(codes: Codes, rng: np.random.Generator) -> Draw:
    """Probes of which three quarters are near a listed code."""
    return lambda radius, probes: queries_near(codes, radius, probes, rng)


def _asked(index: Index, draws: Sequence[Codes], radius: int) -> float:
    """Seconds of one search, on average."""
    started = perf_counter()
    for queries in draws:
        index.range_search(queries, radius)
    return (perf_counter() - started) / len(draws)


def measure(
    indexes: Mapping[str, Index], draws: Sequence[Codes], radius: int, rounds: int
) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Seconds of one search for every way in every round; and for those given up, of the first."""
    first: dict[str, float] = {}
    for name, index in indexes.items():
        _asked(index, draws[:1], radius)  # plans are made, caches filled
        first[name] = _asked(index, draws[1:2], radius)
    fastest = min(first.values())
    slow = {name: seconds for name, seconds in first.items() if seconds > SLOW * fastest}
    together = min(max(round(TURN_S / fastest), 1), MOST_SEARCHES, len(draws))
    times: dict[str, list[float]] = {name: [] for name in indexes if name not in slow}
    for number in range(rounds):
        start = number * together % (len(draws) - together + 1)
        # Who goes first changes, for each finds the caches that the one before it leaves.
        order = list(times)[number % len(times) :] + list(times)[: number % len(times)]
        for name in order:
            times[name].append(_asked(indexes[name], draws[start : start + together], radius))
    return times, slow


def cells(built: Built, kind: str, costs: Costs, rounds: int, draw: Draw) -> list[dict[str, Any]]:
    """One record for each radius and number of probes."""
    records = []
    for radius in RADII:
        indexes = built.indexes(radius)
        for probes in PROBES:
            expected = {label(way): way.seconds for way in built.expected(costs, radius, probes)}
            least = min(expected.values())
            tried = {n: i for n, i in indexes.items() if expected[n] <= HOPELESS * least}
            draws = [draw(radius, probes) for _ in range(DRAWS)]
            times, slow = measure(tried, draws, radius, rounds)
            records.append(
                {
                    "kind": kind,
                    "codes": len(built.codes),
                    "radius": radius,
                    "probes": probes,
                    "times": times,
                    "slow": slow,
                    "expected": expected,
                    "taken": label(built.taken(costs, radius, probes)),
                    "taken_by_default": label(built.taken(DEFAULT_COSTS, radius, probes)),
                }
            )
    return records


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--largest", type=int, default=SIZES[-1])
    parser.add_argument("--corpus", type=Path, default=PHOTOS, help="default: fixtures/photos")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    pin_to_one_core()
    rng = np.random.default_rng(SEED)
    started = perf_counter()
    costs = costs_of(list(calibrate(perf_counter, rng, largest=options.largest)))
    spent = perf_counter() - started
    print(f"calibrated in {spent:.0f} s", file=sys.stderr)
    records: list[dict[str, Any]] = []
    for size in (size for size in SIZES if size <= options.largest):
        built = Built.of(rng.integers(0, 256, (size, CODE_BYTES), dtype=np.uint8))
        records += cells(built, "strangers", costs, options.rounds, strangers(rng))
        records += cells(built, "copies", costs, options.rounds, copies(built.codes, rng))
        print(f"{size:,} random codes: done", file=sys.stderr)
    for size in (size for size in REAL_SIZES if size <= options.largest):
        built = Built.of(real_codes(size, options.corpus))
        records += cells(built, "real", costs, options.rounds, copies(built.codes, rng))
        print(f"{size:,} real codes: done", file=sys.stderr)
    known = {"calibration_s": spent, "costs": costs.dumps(), "searches": MOST_SEARCHES}
    write_result("planner", {**known, "records": records})
    return 0


if __name__ == "__main__":
    sys.exit(main())
