"""Exact search that looks only where a neighbour can be: multi-index hashing in NumPy.

A code is cut into chunks of 32 bits, each made of two halves of 16. Two codes that differ in
at most r bits differ in at most r // chunks bits of some chunk (pigeonhole), and so in at
most half of that in one half of that chunk. The index files every code under the value of
each half, with the other half beside it: buckets near the query's halves give the suspects,
the other half drops nearly all of them, and only the rest are compared in full.

    Norouzi, Punjani, Fleet: Fast exact search in Hamming space with multi-index hashing, 2014.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hashguard.hashes import Codes, hamming
from hashguard.index.protocol import RangeResult, check_search

HALF_BITS = 16
_BUCKETS = 2**HALF_BITS
_BLOCK = 2**20  # suspects looked at in one go; bounds memory where buckets are crowded


class MultiIndex:
    """Buckets by 16-bit halves. A 256-bit code takes 96 bytes beside itself, the rest is fixed."""

    def __init__(self, codes: Codes, *, max_distance: int) -> None:
        """codes: (n, bits // 8) uint8 with bits a multiple of 32 and n below 2**31; not copied."""
        if codes.shape[1] % 4:
            raise ValueError(f"codes must be a multiple of 4 bytes wide, not {codes.shape[1]}")
        self._codes = np.ascontiguousarray(codes)
        self._max_distance = max_distance
        values = _halves(self._codes)
        count, halves = values.shape
        rows = np.empty((halves, count), np.int32)
        partners = np.empty((halves, count), np.uint16)
        offsets = np.zeros((halves, _BUCKETS + 1), np.int64)
        for half in range(halves):
            order = np.argsort(values[:, half], kind="stable")
            rows[half] = order
            partners[half] = values[order, half ^ 1]
            sizes = np.bincount(values[:, half], minlength=_BUCKETS)
            np.cumsum(sizes, out=offsets[half, 1:])
            offsets[half] += half * count  # positions in the flattened arrays
        self._rows, self._partners, self._offsets = rows.ravel(), partners.ravel(), offsets.ravel()

    @property
    def max_distance(self) -> int:
        """The radius the index was built for, in bits."""
        return self._max_distance

    def __len__(self) -> int:
        return len(self._codes)

    def range_search(self, queries: Codes, max_distance: int) -> RangeResult:
        """See `Index.range_search`."""
        check_search(queries, self._codes.shape[1], max_distance, self._max_distance)
        return RangeResult.join([self._search(query, max_distance) for query in queries])

    def _search(
        self, query: NDArray[np.uint8], max_distance: int
    ) -> tuple[NDArray[np.int64], NDArray[np.uint16]]:
        # 1. the buckets in which a neighbour must lie;
        plan = _plan(self._codes.shape[1], max_distance)
        values = _halves(query[None])[0]
        buckets = plan.base + (values[plan.half] ^ plan.flips)
        starts = self._offsets[buckets]
        sizes = self._offsets[buckets + 1] - starts
        # 2. those of their entries whose other half is near enough, too;
        partners = values[plan.partner]
        suspects = [
            self._sift(starts[some], sizes[some], partners[some], plan.left[some])
            for some in _blocks(sizes)
        ]
        rows = np.concatenate(suspects)
        # 3. their true distances; a code that was met in several buckets counts once.
        distances = hamming(self._codes[rows], query)
        near = distances <= max_distance
        found, first = np.unique(rows[near], return_index=True)
        return found.astype(np.int64), distances[near][first]

    def _sift(
        self,
        starts: NDArray[np.int64],
        sizes: NDArray[np.int64],
        partners: NDArray[np.uint16],
        left: NDArray[np.uint8],
    ) -> NDArray[np.int32]:
        """Rows in the buckets whose partner half differs from the query's by at most `left`."""
        ends = np.cumsum(sizes)
        places = np.repeat(starts - (ends - sizes), sizes)
        places += np.arange(len(places))
        differ = np.bitwise_count(self._partners[places] ^ np.repeat(partners, sizes))
        near: NDArray[np.int32] = self._rows[places[differ <= np.repeat(left, sizes)]]
        return near


@dataclass(frozen=True, slots=True)
class _Plan:
    """The buckets to visit for a radius; all arrays have one value for each bucket.

    half: which half of the code; partner: the other half of its chunk; base: where its offsets
    begin; flips: bits in which the bucket differs from the query; left: bits in which the partner
    may still differ.
    """

    half: NDArray[np.intp]
    partner: NDArray[np.intp]
    base: NDArray[np.int64]
    flips: NDArray[np.uint16]
    left: NDArray[np.uint8]


@lru_cache(maxsize=512)
def _plan(code_bytes: int, max_distance: int) -> _Plan:
    """Pigeonhole twice: which chunks at which radius, and in each, which halves at which.

    With r = chunks * q + a, a neighbour is within q bits in one of the first a + 1 chunks or
    within q - 1 in one of the others. Likewise in a chunk within c bits: its first half is
    within c // 2, or its second within (c - 1) // 2.
    """
    chunks = code_bytes // 4
    q, a = divmod(max_distance, chunks)
    half, flips, left = [], [], []
    for chunk in range(chunks):
        reach = q if chunk <= a else q - 1
        for side, radius in ((0, reach // 2), (1, (reach - 1) // 2)):
            if reach < 0 or radius < 0:
                continue
            masks = _MASKS[radius >= _WEIGHTS]
            half.append(np.full(len(masks), 2 * chunk + side))
            flips.append(masks)
            left.append(reach - _WEIGHTS[masks])
    halves = np.concatenate(half)
    return _Plan(
        half=halves,
        partner=halves ^ 1,
        base=halves.astype(np.int64) * (_BUCKETS + 1),
        flips=np.concatenate(flips),
        left=np.concatenate(left).astype(np.uint8),
    )


def _halves(codes: Codes) -> NDArray[np.uint16]:
    """(n, bits // 16) 16-bit values; which byte is the higher one makes no difference."""
    return codes.view(np.uint16)


def _blocks(sizes: NDArray[np.int64]) -> list[slice]:
    """Runs of buckets that hold some `_BLOCK` suspects together."""
    if int(sizes.sum()) <= _BLOCK:
        return [slice(None)]
    ends = np.cumsum(sizes)
    cuts = [0]
    while cuts[-1] < len(ends):
        before = int(ends[cuts[-1] - 1]) if cuts[-1] else 0
        cuts.append(max(int(np.searchsorted(ends, before + _BLOCK, "right")), cuts[-1] + 1))
    return [slice(first, last) for first, last in pairwise(cuts)]


_MASKS = np.arange(_BUCKETS, dtype=np.uint16)
_WEIGHTS = np.bitwise_count(_MASKS).astype(np.int8)
