"""The worker that asks hashguard or FAISS, see serving.py.

    python -m benchmarks.large_ours SYSTEM CODES.npy RADIUS PROBES QUESTIONS.npy...

Builds one index over the codes and says how long that took and what it added to resident memory,
codes included. Questions are (n, k, 32): each is k codes to look up at once; those of all files
are numbered through. Linux only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple

import faiss
import numpy as np
from numpy.typing import NDArray

from benchmarks.common import forget_peak, kept, pin_to_one_core, resident, versions
from benchmarks.serving import serve
from hashguard import Codes
from hashguard.index import PlannedIndex, RangeResult, build_index, scan
from hashguard.index.flat import FlatIndex

BITS = 256
BUILDS, OFTEN = 5, 1_000_000  # indexes over up to that many codes are built that often
CHUNKS = 16  # of 16 bits each: MultiHash 16 x 16

Triples = list[tuple[int, int, int]]
"""(query, distance, row) of every neighbour, ascending."""


class System(NamedTuple):
    """An index ready to be asked at one radius. neighbours: makes triples of what it answers."""

    search: Callable[[Any], Any]
    neighbours: Callable[[Any], Triples]
    index: Any


def hashguard(codes: Codes, radius: int, probes: int) -> System:
    """`build_index` as its documentation says."""
    index = build_index(codes, max_distance=radius, probes=probes)
    return System(lambda queries: index.range_search(queries, radius), _triples, index)


def hashguard_flat(codes: Codes, radius: int, probes: int) -> System:
    """What the planner has for wide radii without the extra `fast`."""
    del probes
    index = FlatIndex(codes)
    return System(lambda queries: index.range_search(queries, radius), _triples, index)


def hashguard_text(codes: Codes, radius: int, probes: int) -> System:
    """From a hash in hexadecimal to a list of pairs, as threatexchange takes and gives them."""
    index = build_index(codes, max_distance=radius, probes=probes)

    def search(text: str) -> list[tuple[int, int]]:
        query = np.frombuffer(bytes.fromhex(text), np.uint8)[None]
        found = index.range_search(query, radius)
        return list(zip(found.distances.tolist(), found.rows.tolist(), strict=True))

    return System(search, lambda found: [(0, distance, row) for distance, row in found], index)


def faiss_flat(codes: Codes, radius: int, probes: int) -> System:
    """FAISS looking at every code."""
    del probes
    index = faiss.IndexBinaryFlat(BITS)
    index.add(codes)
    # FAISS keeps distances strictly below the radius.
    return System(lambda queries: index.range_search(queries, radius + 1), _faiss_triples, index)


def faiss_multihash(codes: Codes, radius: int, probes: int) -> System:
    """FAISS's multi-index hashing; with nflip = radius // 16 every neighbour is in some bucket."""
    del probes
    index = faiss.IndexBinaryMultiHash(BITS, CHUNKS, BITS // CHUNKS)
    index.add(codes)
    index.nflip = radius // CHUNKS
    return System(lambda queries: index.range_search(queries, radius + 1), _faiss_triples, index)


SYSTEMS = {
    "hashguard": hashguard,
    "hashguard-flat": hashguard_flat,
    "hashguard-text": hashguard_text,
    "faiss-flat": faiss_flat,
    "faiss-multihash": faiss_multihash,
}


def _triples(found: RangeResult) -> Triples:
    columns = (found.queries, found.distances, found.rows)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _faiss_triples(found: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]) -> Triples:
    lims, distances, rows = found
    queries = np.repeat(np.arange(len(lims) - 1), np.diff(lims).astype(np.int64))
    columns = (queries, distances.astype(np.int64), rows)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def _built(make: Callable[[], System], times: int) -> tuple[System, list[float]]:
    """The system, and the seconds of each time it was built; there is never more than one."""
    seconds = []
    for left in reversed(range(times)):
        started = perf_counter()
        system = make()
        seconds.append(perf_counter() - started)
        if left:
            del system
    return system, seconds


def main(arguments: list[str]) -> int:
    """Build the index, then serve; gives the exit status."""
    name, path, *numbers = arguments[:4]
    radius, probes = map(int, numbers)
    pin_to_one_core()
    make = SYSTEMS[name]
    asked = [one for file in arguments[4:] for one in np.load(file)]
    questions = [one.tobytes().hex() for one in asked] if name == "hashguard-text" else asked
    # Libraries are loaded and code is compiled before anything is measured.
    small = make(np.zeros((1000, BITS // 8), np.uint8), radius, probes)
    small.search(questions[0])
    if scan.available():
        scan.ScanIndex(np.zeros((1, BITS // 8), np.uint8), usual=[radius])
    before = kept()
    forget_peak()
    codes = np.load(path)
    times = BUILDS if len(codes) <= OFTEN else 1
    system, builds = _built(partial(make, codes, radius, probes), times)
    del codes
    peak = resident()[1]
    index = system.index
    planned = isinstance(index, PlannedIndex)
    ready = {
        "build_s": builds,
        "resident": kept() - before,
        "peak": peak - before,
        "bytes": index.nbytes if planned else None,
        "way": str(index.explain().chosen) if planned else None,
        "versions": versions("hashguard", "numpy", "faiss-cpu", "numba"),
    }

    def answer(question: Any) -> dict[str, Any]:
        started = perf_counter()
        found = system.search(question)
        seconds = perf_counter() - started
        return {"seconds": seconds, "found": system.neighbours(found)}

    serve(ready, answer, questions)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
