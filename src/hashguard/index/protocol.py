"""What a search index promises: every neighbour within a radius, none missed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hashguard.errors import RecallError
from hashguard.hashes import Codes


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
    def join(cls, parts: list[tuple[NDArray[np.int64], NDArray[np.uint16]]]) -> RangeResult:
        """The result of n queries from the (rows, distances) of each, in any order."""
        if not any(len(rows) for rows, _ in parts):
            nothing = np.zeros(len(parts) + 1, np.int64)
            return cls(nothing, np.empty(0, np.int64), np.empty(0, np.uint16))
        ordered = []
        for rows, distances in parts:
            order = np.lexsort((rows, distances))
            ordered.append((rows[order], distances[order]))
        lims = np.zeros(len(parts) + 1, np.int64)
        np.cumsum([len(rows) for rows, _ in ordered], out=lims[1:])
        return cls(
            lims,
            np.concatenate([rows for rows, _ in ordered]),
            np.concatenate([distances for _, distances in ordered]),
        )


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
