"""What a search index promises: every neighbour within a radius, none missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hashguard.errors import RecallError
from hashguard.hashes import Codes

Near: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint16]]
"""Of each of m neighbours the number of its query, its row and its distance in bits, (m,) each."""


@dataclass(frozen=True, slots=True)
class RangeResult:
    """Neighbours of n queries. Query i owns the slice lims[i]:lims[i + 1], nearest first.

    lims: (n + 1,) int64. rows: (m,) int64, row numbers of the codes given to the index.
    distances: (m,) uint16, bits. Equal distances come in row order.
    """

    lims: NDArray[np.int64]
    rows: NDArray[np.int64]
    distances: NDArray[np.uint16]

    @classmethod
    def of(
        cls,
        count: int,
        queries: NDArray[np.int64],
        rows: NDArray[np.int64],
        distances: NDArray[np.uint16],
    ) -> RangeResult:
        """The result of `count` queries from neighbours in any order, each given once.

        queries, rows, distances: (m,) each; neighbour k belongs to query queries[k].
        """
        lims = np.zeros(count + 1, np.int64)
        if not len(rows):
            return cls(lims, np.empty(0, np.int64), np.empty(0, np.uint16))
        np.cumsum(np.bincount(queries, minlength=count), out=lims[1:])
        order = np.lexsort((rows, distances, queries))
        return cls(
            lims,
            rows[order].astype(np.int64, copy=False),
            distances[order].astype(np.uint16, copy=False),
        )

    @classmethod
    def joined(cls, count: int, parts: Sequence[Near]) -> RangeResult:
        """The result of `count` queries from neighbours that were found piece by piece, or none."""
        queries, rows, distances = (
            np.concatenate([part[column] for part in parts] or [np.empty(0, np.int64)])
            for column in range(3)
        )
        return cls.of(count, queries, rows, distances)

    @property
    def queries(self) -> NDArray[np.int64]:
        """(m,) int64: the query to which each neighbour belongs."""
        return np.repeat(np.arange(len(self.lims) - 1), np.diff(self.lims))


class Index(Protocol):
    """Exact search by Hamming distance. Built once, never changed, safe from many threads."""

    @property
    def max_distance(self) -> int:
        """Bits up to which `range_search` is exact; it refuses more."""
        ...

    def __len__(self) -> int:
        """Codes in the index."""
        ...

    def range_search(self, queries: Codes, max_distance: int) -> RangeResult:
        """Every reference within `max_distance` bits of each query; none is missed.

        queries: (n, bits // 8) uint8. Raises RecallError if max_distance exceeds
        self.max_distance, ValueError if the width of the queries is not that of the index.
        """
        ...


def check_search(queries: Codes, width: int, max_distance: int, guaranteed: int) -> None:
    """Refuse a search that an index cannot answer exactly; shared by all implementations."""
    if queries.ndim != 2 or queries.shape[1] != width or queries.dtype != np.uint8:
        raise ValueError(f"queries must be (n, {width}) uint8, not {queries.shape} {queries.dtype}")
    if max_distance < 0:
        raise ValueError(f"max_distance must be at least 0, not {max_distance}")
    if max_distance > guaranteed:
        raise RecallError(
            f"asked for {max_distance} bits, but this index is exact only up to {guaranteed}"
        )


def words(codes: Codes) -> NDArray[np.uint64]:
    """(n, bits // 64) uint64: the same bits, eight bytes at a time, without a copy.

    Raises ValueError if a code is not a multiple of eight bytes wide.
    """
    if codes.shape[1] % 8:
        raise ValueError(f"codes must be a multiple of 8 bytes wide, not {codes.shape[1]}")
    return np.ascontiguousarray(codes).view(np.uint64)
