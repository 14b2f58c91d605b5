"""Exact search that looks only where a neighbour can be: multi-index hashing in NumPy.

The index files every code under the value of each half of each chunk (pigeonhole.py), with some
other bits of the chunk beside it: the buckets near the query's halves give the suspects, the bits
beside them drop nearly all, and only the survivors are compared in full.

    Norouzi, Punjani, Fleet: Fast exact search in Hamming space with multi-index hashing, 2014.

An entry is one word of 32 bits: the row number, and in the bits above it what fits of the bits
to sift by. A layout may add a byte of them. All arrays may be mapped from disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashguard.errors import IndexFileError
from hashguard.hashes import Codes
from hashguard.index.pigeonhole import MAX_CODES, Layout, Plan, plan_for, row_bits
from hashguard.index.protocol import Near, RangeResult, check_search, words
from hashguard.index.weave import woven

_BLOCK = 2**20  # suspects looked at in one go; bounds memory where buckets are crowded
_VISITS = 2**18  # buckets visited in one go, over all queries; likewise


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """The entries of all tables; t tables over n codes, each table in order of its buckets.

    offsets: (t, buckets + 1) uint32, where each bucket begins in its table. entries: (t, n)
    uint32, the row number in the low bits. extra: (t, n) uint8, or (t, 0) if the layout has none.
    """

    offsets: NDArray[np.uint32]
    entries: NDArray[np.uint32]
    extra: NDArray[np.uint8]

    @classmethod
    def of(cls, codes: Codes, layout: Layout) -> Tables:
        """Tables over codes (n, bits // 8) uint8; takes about a second for a million."""
        count, tables = len(codes), layout.tables(codes.shape[1])
        made = cls(
            np.zeros((tables, layout.buckets + 1), np.uint32),
            np.empty((tables, count), np.uint32),
            np.empty((tables, count if layout.extra_bits else 0), np.uint8),
        )
        filing = Filing(layout, count)
        halves = filing.halves(codes)
        for table in range(tables):
            buckets, entries, extra = filing.column(halves, table)
            order = np.argsort(buckets, kind="stable")  # for 16 bits, NumPy sorts by counting
            entries |= np.arange(count, dtype=np.uint32)
            np.take(entries, order, out=made.entries[table])
            if layout.extra_bits:
                np.take(extra, order, out=made.extra[table])
            np.cumsum(np.bincount(buckets, minlength=layout.buckets), out=made.offsets[table, 1:])
        return made

    @property
    def crowding(self) -> float:
        """Entries in the bucket of a listed code, over what even buckets would hold; at least 1.

        Reads the offsets, not the entries.
        """
        tables, count = self.entries.shape
        if not count:
            return 1.0
        sizes = np.diff(self.offsets.astype(np.float64), axis=1)
        even = count * count / sizes.shape[1]
        return float((sizes * sizes).sum() / (tables * even))


class Filing:
    """Where codes are filed: their buckets, and the bits that lie beside their entries."""

    def __init__(self, layout: Layout, count: int) -> None:
        """count: codes in the index, which says how many bits a row number takes."""
        self._layout = layout
        self.row_bits = row_bits(count)
        self.first, self.second = layout.sifts(count)

    def halves(self, codes: Codes) -> NDArray[np.unsignedinteger]:
        """The halves of the chunks of every code, (n, t) of 16 or 32 bits."""
        # Which byte of a half is the higher makes no difference, if it is always the same.
        dtype = np.dtype(f"<u{self._layout.half_bits // 8}")
        return np.ascontiguousarray(woven(codes)).view(dtype)

    def column(
        self, halves: NDArray[np.unsignedinteger], table: int
    ) -> tuple[NDArray[np.uint16], NDArray[np.uint32], NDArray[np.uint8]]:
        """Bucket, word without row number and extra byte of every code in one table, each (n,)."""
        return self._filed(halves[:, table], halves[:, table ^ 1])

    def all(
        self, halves: NDArray[np.unsignedinteger]
    ) -> tuple[NDArray[np.uint16], NDArray[np.uint32], NDArray[np.uint8]]:
        """The same in all t tables, each (n, t)."""
        others = halves.reshape(len(halves), -1, 2)[:, :, ::-1].reshape(halves.shape)
        return self._filed(halves, others)

    def _filed(
        self, half: NDArray[np.unsignedinteger], other: NDArray[np.unsignedinteger]
    ) -> tuple[NDArray[np.uint16], NDArray[np.uint32], NDArray[np.uint8]]:
        layout = self._layout
        bucket = (half & (layout.buckets - 1)).astype(np.uint16)
        beside = half.astype(np.uint64) >> np.uint64(layout.bucket_bits)
        beside |= other.astype(np.uint64) << np.uint64(layout.rest_bits)
        word = beside & np.uint64((1 << self.first) - 1)
        extra = beside >> np.uint64(self.first) & np.uint64((1 << self.second) - 1)
        return bucket, (word << np.uint64(self.row_bits)).astype(np.uint32), extra.astype(np.uint8)


class MultiIndex:
    """Codes and their tables; exact up to any radius, fast at small ones."""

    def __init__(
        self, codes: Codes, *, max_distance: int, layout: Layout, tables: Tables | None = None
    ) -> None:
        """codes: (n, bits // 8) uint8, n at most MAX_CODES; not copied. tables: made if not given.

        Raises ValueError if there are more codes, or chunks do not divide them.
        """
        if len(codes) > MAX_CODES:
            raise ValueError(f"a multi-index holds at most {MAX_CODES} codes")
        self._codes = np.ascontiguousarray(codes)
        self._words = words(self._codes)
        self._max_distance = max_distance
        self.layout = layout
        self.tables = Tables.of(self._codes, layout) if tables is None else tables
        self._filing = Filing(layout, len(codes))
        # Flat views: one number is then the place of an entry.
        self._offsets = self.tables.offsets.reshape(-1)
        self._entries = self.tables.entries.reshape(-1)
        self._extra = self.tables.extra.reshape(-1)

    @property
    def max_distance(self) -> int:
        """The radius the index was built for, in bits."""
        return self._max_distance

    def __len__(self) -> int:
        return len(self._codes)

    def range_search(self, queries: Codes, max_distance: int) -> RangeResult:
        """See `Index.range_search`. Raises IndexFileError if mapped tables were altered."""
        width = self._codes.shape[1]
        check_search(queries, width, max_distance, self._max_distance)
        plan = plan_for(self.layout, width, max_distance)
        together = max(_VISITS // len(plan), 1)
        parts = [
            self._search(queries[first : first + together], plan, max_distance, first)
            for first in range(0, len(queries), together)
        ]
        return RangeResult.joined(len(queries), parts)

    def _search(self, queries: Codes, plan: Plan, max_distance: int, first: int) -> Near:
        """Every neighbour; queries are numbered from `first`."""
        # 1. the buckets in which a neighbour must lie;
        visits = self._visits(queries, plan)
        # 2. those of their entries whose bits beside them are near enough, too;
        try:
            suspects = [self._sifted(block, len(plan)) for block in visits.blocks()]
            numbers = np.concatenate([part[0] for part in suspects])
            rows = np.concatenate([part[1] for part in suspects])
            differ = self._words.take(rows, axis=0)
        except IndexError as error:
            raise IndexFileError("altered: the tables of the index; verify the index") from error
        # 3. their true distances; a code that was met in several buckets counts once.
        asked = words(queries)
        differ ^= asked.take(numbers, axis=0) if len(queries) > 1 else asked
        counts = np.bitwise_count(differ)
        distances = counts[:, 0].astype(np.uint16)
        for word in range(1, counts.shape[1]):
            distances += counts[:, word]
        near = np.flatnonzero(distances <= max_distance)
        if not len(near):
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint16)
        met, once = np.unique(numbers[near] << 32 | rows[near], return_index=True)
        return (met >> 32) + first, met & 0xFFFFFFFF, distances[near[once]]

    def _visits(self, queries: Codes, plan: Plan) -> _Visits:
        filing, shape = self._filing, (len(queries), len(plan))
        buckets, words_, extra = filing.all(filing.halves(queries))
        places = (buckets[:, plan.table] ^ plan.flips).astype(np.int64)
        places += plan.table * (self.layout.buckets + 1)
        starts = self._offsets.take(places).astype(np.int64)
        sizes = self._offsets.take(places + 1) - starts
        starts += plan.table * len(self)
        left = plan.left(self.layout, filing.first)
        left_with_extra = plan.left(self.layout, filing.first + filing.second)
        return _Visits(
            first=0,
            starts=starts.reshape(-1),
            sizes=sizes.reshape(-1),
            words=words_[:, plan.table].reshape(-1),
            left=np.broadcast_to(left, shape).reshape(-1),
            extra=extra[:, plan.table].reshape(-1),
            left_with_extra=np.broadcast_to(left_with_extra, shape).reshape(-1),
        )

    def _sifted(
        self, visits: _Visits, plan_length: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(query, row) of every entry of these buckets that may be a neighbour."""
        bits, sizes = np.uint32(self._filing.row_bits), visits.sizes
        ends = np.cumsum(sizes)
        places = np.repeat(visits.starts - (ends - sizes), sizes)
        places += np.arange(len(places))
        entries = self._entries.take(places)
        differ = np.bitwise_count((entries ^ np.repeat(visits.words, sizes)) >> bits)
        kept = np.flatnonzero(differ <= np.repeat(visits.left, sizes))
        visited = np.searchsorted(ends, kept, "right")
        if self._filing.second:
            more = self._extra.take(places.take(kept)) ^ visits.extra.take(visited)
            together = differ.take(kept) + np.bitwise_count(more)
            near = np.flatnonzero(together <= visits.left_with_extra.take(visited))
            kept, visited = kept.take(near), visited.take(near)
        rows = entries.take(kept) & ((np.uint32(1) << bits) - np.uint32(1))
        return (visits.first + visited) // plan_length, rows.astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visits:
    """Buckets to look into, those of the first query first; k of them, from number `first` on.

    starts, sizes: (k,) int64, their entries. words: (k,) uint32 and extra: (k,) uint8, the query's
    bits to compare with those beside an entry. left, left_with_extra: (k,) uint8, how many may
    differ in the words, and in both.
    """

    first: int
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    words: NDArray[np.uint32]
    left: NDArray[np.uint8]
    extra: NDArray[np.uint8]
    left_with_extra: NDArray[np.uint8]

    def blocks(self) -> Iterator[_Visits]:
        """Runs of buckets that hold some `_BLOCK` suspects together."""
        ends = np.cumsum(self.sizes)
        start = 0
        while start < len(ends):
            before = int(ends[start - 1]) if start else 0
            stop = max(int(np.searchsorted(ends, before + _BLOCK, "right")), start + 1)
            here = slice(start, stop)
            yield _Visits(
                first=start,
                starts=self.starts[here],
                sizes=self.sizes[here],
                words=self.words[here],
                left=self.left[here],
                extra=self.extra[here],
                left_with_extra=self.left_with_extra[here],
            )
            start = stop
