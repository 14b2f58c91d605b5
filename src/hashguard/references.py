"""What uploads are compared with, whether it lies in a list or in a live folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hashguard.hashes import Algorithm, Codes
from hashguard.index import Index, RangeResult, build_index
from hashguard.lists import Entry, HashList


class References(Protocol):
    """What uploads are compared with, at one moment: a `View` of a live index, or a list."""

    @property
    def algorithm(self) -> Algorithm:
        """Of every hash."""
        ...

    @property
    def origin(self) -> str:
        """Who publishes the list."""
        ...

    @property
    def version(self) -> int:
        """Of the list."""
        ...

    @property
    def max_distance(self) -> int:
        """Bits up to which `range_search` is exact."""
        ...

    def __len__(self) -> int:
        """Entries that can be found."""
        ...

    def range_search(self, queries: Codes, max_distance: int) -> RangeResult:
        """See `Index.range_search`; rows are for `entry`."""
        ...

    def entry(self, row: int) -> Entry:
        """The entry of a row that was found."""
        ...


@dataclass(frozen=True, slots=True)
class Listed:
    """A list and the index over its active entries; `References` that never change.

    rows: (n,) int64, the row of the list for each row of the index.
    """

    hash_list: HashList
    index: Index
    rows: NDArray[np.int64]

    @classmethod
    def of(cls, hash_list: HashList, *, max_distance: int, probes: int) -> Listed:
        """Builds the index; its arguments are those of `build_index`."""
        rows = hash_list.active_rows
        everything = len(rows) == len(hash_list)
        codes = hash_list.codes if everything else hash_list.codes[rows]
        index = build_index(codes, max_distance=max_distance, probes=probes)
        return cls(hash_list, index, rows)

    @property
    def algorithm(self) -> Algorithm:
        """Of every hash."""
        return self.hash_list.algorithm

    @property
    def origin(self) -> str:
        """Who publishes the list."""
        return self.hash_list.origin

    @property
    def version(self) -> int:
        """Of the list."""
        return self.hash_list.version

    @property
    def max_distance(self) -> int:
        """Bits up to which `range_search` is exact."""
        return self.index.max_distance

    def __len__(self) -> int:
        """See `References`."""
        return len(self.rows)

    def range_search(self, queries: Codes, max_distance: int) -> RangeResult:
        """See `References.range_search`."""
        return self.index.range_search(queries, max_distance)

    def entry(self, row: int) -> Entry:
        """See `References.entry`."""
        return self.hash_list.entry(int(self.rows[row]))
