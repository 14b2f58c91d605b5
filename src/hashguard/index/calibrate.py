"""Measure what searches cost on this machine: the rates of costs.py.

The clock and the randomness are arguments. Codes are random, which is what the model counts on;
how crowded the buckets of a real list are is known from its tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median

import numpy as np

from hashguard.hashes import Codes
from hashguard.index import scan
from hashguard.index.costs import Costs, Rates, sifted
from hashguard.index.flat import FlatIndex
from hashguard.index.multi_index import MultiIndex
from hashguard.index.pigeonhole import Layout, bucket_count
from hashguard.index.plan import LAYOUTS
from hashguard.index.protocol import Index

SIZES = (1_000, 10_000, 100_000, 1_000_000, 4_000_000)  # codes; the last takes about 0.6 GB
CODE_BYTES = 32  # PDQ
_ROUNDS = 7  # searches for each figure; their median counts
_QUERIES = (1, 8, 64)
_RADII = (7, 15, 23, 31, 39, 47, 63)
_MOST_COMPARED = 64_000_000  # codes with queries in one search; some 0.1 s
_MOST_SUSPECTS = 4_000_000  # in one search; more teaches nothing and takes long
_MOST_VISITS = 500_000  # likewise
_COARSE = Layout(32, 0, bucket_bits=12)
"""Never chosen; its large buckets tell the cost of an entry from that of a bucket."""

_SCAN_RADII = (15, 31, 63)  # prefixes of one, two and three words

Clock = Callable[[], float]
"""Seconds, rising."""


def calibrate(
    clock: Clock, rng: np.random.Generator, *, largest: int = SIZES[-1]
) -> Iterator[tuple[int, Rates]]:
    """(size, rates) for each list size up to `largest`, as they are measured; see `costs_of`.

    Takes about a minute on one core. Without the extra `fast`, the rates of the scan are those
    of a way that is never taken.
    """
    for size in SIZES:
        if size <= max(largest, SIZES[0]):
            codes = rng.integers(0, 256, (size, CODE_BYTES), dtype=np.uint8)
            yield size, _measured(codes, clock, rng)


def costs_of(measured: list[tuple[int, Rates]]) -> Costs:
    """The costs made of what `calibrate` gave."""
    return Costs(tuple(rates for _, rates in measured))


def _measured(codes: Codes, clock: Clock, rng: np.random.Generator) -> Rates:
    flat_call, flat = _flat(codes, clock, rng)
    scan_call, scan_read, scan_word = _scan(codes, clock, rng)
    multi_call, visit, suspect, passed, survivor = _multi(codes, clock, rng)
    return Rates(
        codes=len(codes),
        flat_call=flat_call,
        flat=flat,
        scan_call=scan_call,
        scan_read=scan_read,
        scan_word=scan_word,
        multi_call=multi_call,
        visit=visit,
        suspect=suspect,
        passed=passed,
        survivor=survivor,
    )


def _flat(codes: Codes, clock: Clock, rng: np.random.Generator) -> list[float]:
    words = codes.shape[1] // 8
    # A list of one code tells the cost of a call from that of the codes.
    call = _time(FlatIndex(codes[:1]), 1, 31, clock, rng)
    counts, times = [[1.0, float(words)]], [call]
    index = FlatIndex(codes)
    for queries in _QUERIES:
        if len(codes) * queries <= _MOST_COMPARED:
            counts.append([1.0, float(len(codes) * words * queries)])
            times.append(_time(index, queries, 31, clock, rng))
    return _fit(counts, times)


def _scan(codes: Codes, clock: Clock, rng: np.random.Generator) -> list[float]:
    if not scan.available():
        return [0.0, 1e6, 1e6]
    words = codes.shape[1] // 8
    counts, times = [], []
    for radius in _SCAN_RADII:
        prefix = scan.prefix_words(words, radius)
        for listed, asked in ((codes[:1], (1,)), (codes, _QUERIES)):  # as above
            index = scan.ScanIndex(listed, usual=[radius])
            for queries in asked:
                each = float(len(listed))
                counts.append([1.0, each * words, each * prefix * queries])
                times.append(_time(index, queries, radius, clock, rng))
    return _fit(counts, times)


def _multi(codes: Codes, clock: Clock, rng: np.random.Generator) -> list[float]:
    counts, times = [], []
    for layout in (*LAYOUTS, _COARSE):
        index = MultiIndex(codes, max_distance=max(_RADII), layout=layout)
        for radius in _RADII:
            visits = bucket_count(layout, codes.shape[1], radius)
            for queries in _QUERIES:
                suspects = queries * visits * len(codes) / layout.buckets
                if suspects > _MOST_SUSPECTS or queries * visits > _MOST_VISITS:
                    continue
                met = queries * len(codes)
                passed, compared = sifted(layout, len(codes), codes.shape[1], radius)
                counts.append([1.0, queries * visits, suspects, met * passed, met * compared])
                times.append(_time(index, queries, radius, clock, rng))
    return _fit(counts, times)


def _time(index: Index, queries: int, radius: int, clock: Clock, rng: np.random.Generator) -> float:
    """Seconds of one search, the median of some; every search has other queries."""
    times = []
    for number in range(_ROUNDS + 1):
        asked = rng.integers(0, 256, (queries, CODE_BYTES), dtype=np.uint8)
        started = clock()
        index.range_search(asked, radius)
        if number:  # the first one brings code and plans into the caches
            times.append(clock() - started)
    return median(times)


def _fit(counts: list[list[float]], seconds: list[float]) -> list[float]:
    """Nanoseconds for each count, none below 0, with the smallest squares of relative errors."""
    weights = 1 / np.maximum(np.array(seconds) * 1e9, 1.0)
    scaled = np.array(counts) * weights[:, None]
    rates = np.zeros(scaled.shape[1])
    used = np.ones(scaled.shape[1], bool)
    while used.any():
        found = np.linalg.lstsq(scaled[:, used], np.ones(len(scaled)), rcond=None)[0]
        if (found >= 0).all():
            rates[used] = found
            break
        # A rate below 0 explains noise; without it the others take its part.
        used[np.flatnonzero(used)[np.argmin(found)]] = False
    return [float(f"{rate:.4g}") for rate in rates]
