"""Where a neighbour must lie: the buckets a search visits, by the pigeonhole principle.

A code is cut into m chunks, each chunk into two halves. Codes that differ in at most
r = m q + a bits, a < m, differ in at most q bits in one of the first a + 1 chunks or in at most
q - 1 in one of the others (else there were more than r). In the same way, a chunk that differs in
at most c bits does so in at most c // 2 in its first half or in at most (c - 1) // 2 in its second.
So a neighbour lies in one of the buckets that differ from the query by that much in that half.

Pure numbers; nothing of a list is known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

CHUNK_BITS = (32, 64)
EXTRA_BITS = (0, 8)
ENTRY_BITS = 32
MAX_BUCKET_BITS = 16  # 65,536 buckets a half: their table stays in the cache
MAX_CODES = 2**31 - 1  # in one index


@dataclass(frozen=True, slots=True)
class Layout:
    """How an index files its codes.

    chunk_bits: 32 or 64; a chunk has two halves, and each half a table of buckets. bucket_bits:
    1 to 16, the low bits of a half that name the bucket. Beside every entry lie some of the other
    bits of the chunk, first what the bucket leaves of the half, then the other half: as many as
    the row number leaves free of 32 bits, and extra_bits (0 or 8) more.
    """

    chunk_bits: int
    extra_bits: int
    bucket_bits: int = MAX_BUCKET_BITS

    def __post_init__(self) -> None:
        if self.chunk_bits not in CHUNK_BITS:
            raise ValueError(f"chunk_bits must be one of {CHUNK_BITS}, not {self.chunk_bits}")
        if self.extra_bits not in EXTRA_BITS:
            raise ValueError(f"extra_bits must be one of {EXTRA_BITS}, not {self.extra_bits}")
        if not 1 <= self.bucket_bits <= MAX_BUCKET_BITS:
            raise ValueError(f"bucket_bits must be 1 to {MAX_BUCKET_BITS}, not {self.bucket_bits}")

    @property
    def half_bits(self) -> int:
        """Bits of a half."""
        return self.chunk_bits // 2

    @property
    def rest_bits(self) -> int:
        """Bits of a half that do not name its bucket."""
        return self.half_bits - self.bucket_bits

    @property
    def buckets(self) -> int:
        """Buckets of one table."""
        return 1 << self.bucket_bits

    def sifts(self, count: int) -> tuple[int, int]:
        """Bits beside an entry: in the word of its row number, and in its extra byte."""
        free = self.chunk_bits - self.bucket_bits
        first = min(ENTRY_BITS - row_bits(count), free)
        return first, min(self.extra_bits, free - first)

    def tables(self, code_bytes: int) -> int:
        """Tables for codes of that width. Raises ValueError if chunks do not divide it."""
        chunks, rest = divmod(code_bytes * 8, self.chunk_bits)
        if rest or not chunks:
            raise ValueError(
                f"codes must be a multiple of {self.chunk_bits // 8} bytes wide, not {code_bytes}"
            )
        return 2 * chunks

    def bytes(self, count: int, code_bytes: int) -> int:
        """Memory of an index over `count` codes, the codes included."""
        table = count * (ENTRY_BITS + self.extra_bits) // 8 + 4 * (self.buckets + 1)
        return count * code_bytes + self.tables(code_bytes) * table


def row_bits(count: int) -> int:
    """Bits of the row numbers of `count` codes."""
    return max(count - 1, 1).bit_length()


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The buckets to visit for a radius; all arrays have one value for each bucket.

    table: which half of the code. flips: bits in which the bucket differs from the query.
    left_half, left_chunk: bits in which the rest of the half, and of the chunk, may still differ.
    """

    table: NDArray[np.intp]
    flips: NDArray[np.uint16]
    left_half: NDArray[np.uint8]
    left_chunk: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.table)

    def left(self, layout: Layout, bits: int) -> NDArray[np.uint8]:
        """Bits in which the first `bits` bits beside an entry may differ from the query's."""
        return self.left_half if bits <= layout.rest_bits else self.left_chunk

    def passing(self, layout: Layout, bits: int) -> float:
        """The share of evenly spread codes that get past a sift of `bits` bits."""
        counted = np.bincount(self.left(layout, bits))
        passing = sum(int(number) * _share(bits, left) for left, number in enumerate(counted))
        return passing / layout.buckets


@lru_cache(maxsize=512)
def plan_for(layout: Layout, code_bytes: int, max_distance: int) -> Plan:
    """The buckets in which every neighbour within `max_distance` bits must lie."""
    chunks = layout.tables(code_bytes) // 2
    q, a = divmod(max_distance, chunks)
    table, flips, halves, whole = [], [], [], []
    for chunk in range(chunks):
        reach = q if chunk <= a else q - 1
        for side, radius in ((0, reach // 2), (1, (reach - 1) // 2)):
            if reach < 0 or radius < 0:
                continue
            masks = _masks(layout.bucket_bits, radius)
            flipped = np.bitwise_count(masks)
            table.append(np.full(len(masks), 2 * chunk + side, np.intp))
            flips.append(masks)
            halves.append((radius - flipped).astype(np.uint8))
            whole.append((reach - flipped).astype(np.uint8))
    return Plan(
        table=np.concatenate(table),
        flips=np.concatenate(flips),
        left_half=np.concatenate(halves),
        left_chunk=np.concatenate(whole),
    )


@lru_cache(maxsize=64)
def _masks(bits: int, radius: int) -> NDArray[np.uint16]:
    """Every way to flip at most `radius` of `bits` bits, fewest first."""
    places = range(bits)
    found = [
        sum(1 << place for place in chosen)
        for flips in range(min(radius, bits) + 1)
        for chosen in combinations(places, flips)
    ]
    return np.array(found, np.uint16)


def bucket_count(layout: Layout, code_bytes: int, max_distance: int) -> int:
    """len(plan_for(...)), without making the plan, which can be large."""
    chunks = layout.tables(code_bytes) // 2
    q, a = divmod(max_distance, chunks)
    total = 0
    for reach, number in ((q, a + 1), (q - 1, chunks - a - 1)):
        for radius in (reach // 2, (reach - 1) // 2) if reach >= 0 else ():
            ways = range(min(radius, layout.bucket_bits) + 1)
            total += number * sum(comb(layout.bucket_bits, flips) for flips in ways)
    return total


def _share(bits: int, flips: int) -> float:
    """The share of random values of `bits` bits that differ from a given one in at most `flips`."""
    near: int = sum(comb(bits, number) for number in range(min(flips, bits) + 1))
    return near / float(1 << bits)
