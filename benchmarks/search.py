"""Where the multi-index beats looking at every code: list sizes, radii, queries at once.

    python -m benchmarks.search [--largest N] [--rounds N]

Codes are random, and so is one query of four; the others are listed codes with bits flipped up
to the radius, so that there is something to find. Both indexes must give the same answer, or
the run fails. Also times PDQ hashes of crops of the photographs, whose bits are not random.
Justifies the two numbers in hashguard/index/build.py. Writes out/search.json.
"""

from __future__ import annotations

import argparse
import sys
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.codes import queries_near
from benchmarks.common import PHOTOS, SEED, pin_to_one_core, write_result
from hashguard import Algorithm, Codes, DecodeLimits, hasher_for
from hashguard.decode import decode
from hashguard.index import Index, RangeResult
from hashguard.index.flat import FlatIndex
from hashguard.index.multi_index import MultiIndex
from hashguard.index.plan import LAYOUTS

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
RADII = (31, 39, 47, 55, 63)  # bits
TOGETHER = (1, 8)  # queries in one call: plain PDQ, PDQ in all orientations
SETS = 4  # different sets of queries for each figure
CROPS = 20_000


def crop_codes(count: int, rng: np.random.Generator) -> Codes:
    """(count, 32): PDQ of random crops of the photographs."""
    hasher = hasher_for(Algorithm.PDQ)
    photographs = []
    for path in sorted(PHOTOS.glob("*.jpg")):
        (frame, *_) = decode(path.read_bytes(), DecodeLimits()).frames
        photographs.append(frame.pixels)
    codes = np.empty((count, 32), np.uint8)
    for row in range(count):
        pixels = photographs[row % len(photographs)]
        height, width = (int(rng.integers(128, 257)) for _ in range(2))
        top = int(rng.integers(0, pixels.shape[0] - height))
        left = int(rng.integers(0, pixels.shape[1] - width))
        crop = pixels[top : top + height, left : left + width]
        codes[row] = hasher.hash_pixels(crop).hash.code
    return codes


def same(one: RangeResult, other: RangeResult) -> bool:
    """Whether two answers are equal."""
    return (
        np.array_equal(one.lims, other.lims)
        and np.array_equal(one.rows, other.rows)
        and np.array_equal(one.distances, other.distances)
    )


def _timed(index: Index, queries: Codes, radius: int) -> tuple[float, RangeResult]:
    started = perf_counter()
    found = index.range_search(queries, radius)
    return perf_counter() - started, found


def compare(codes: Codes, kind: str, rounds: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Both indexes on the same queries, in turn. Raises RuntimeError if answers differ."""
    started = perf_counter()
    flat = FlatIndex(codes)
    flat_built = perf_counter() - started
    records: list[dict[str, Any]] = []
    started = perf_counter()
    multi = MultiIndex(codes, max_distance=max(RADII), layout=LAYOUTS[0])
    multi_built = perf_counter() - started
    for radius in RADII:
        for together in TOGETHER:
            flats, multis = [], []
            for _ in range(SETS):
                queries = queries_near(codes, radius, together, rng)
                for number in range(-1, rounds):
                    flat_time, expected = _timed(flat, queries, radius)
                    multi_time, found = _timed(multi, queries, radius)
                    if not same(found, expected):
                        raise RuntimeError(f"the indexes differ at radius {radius}")
                    if number >= 0:
                        flats.append(flat_time)
                        multis.append(multi_time)
            records.append(
                {
                    "kind": kind,
                    "codes": len(codes),
                    "radius": radius,
                    "queries": together,
                    "flat": flats,
                    "multi": multis,
                    "flat_build": flat_built,
                    "multi_build": multi_built,
                }
            )
    return records


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--largest", type=int, default=SIZES[-1])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    pin_to_one_core()
    rng = np.random.default_rng(SEED)
    records = []
    for size in (size for size in SIZES if size <= options.largest):
        codes = rng.integers(0, 256, (size, 32), dtype=np.uint8)
        records += compare(codes, "random", options.rounds, rng)
        print(f"{size} random codes: done", file=sys.stderr)
    crops = crop_codes(min(CROPS, options.largest), rng)
    # Each crop in 50 near versions: crowded buckets, as real lists have them.
    noise = rng.random((50, 256)) < 0.25
    near = (crops[None] ^ np.packbits(noise, axis=1)[:, None]).reshape(-1, 32)
    for count in (len(crops), len(near)):
        records += compare(near[:count], "crops", options.rounds, rng)
    write_result("search", {"records": records})
    return 0


if __name__ == "__main__":
    sys.exit(main())
