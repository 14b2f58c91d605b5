"""A live list at one moment: what every search sees, whatever is changed meanwhile.

Nothing here waits, locks or touches a file (but for pages of the mapped base). Rows are
those of the base, then those of the delta in the order they came; dead ones keep their
number and are never found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hashguard.hashes import Algorithm, Codes
from hashguard.index import RangeResult
from hashguard.index.flat import FlatIndex
from hashguard.index.protocol import check_search
from hashguard.lists import Entries, Entry
from hashguard.lists.rows import read_rows
from hashguard.live.base import Base


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class View:
    """A consistent state of the list. It keeps its base mapped as long as it is held.

    base: what was compacted last. version: of the list.
    codes: (k, bits // 8) uint8, the hashes of the delta. lines: theirs, as entry lines; may
    hold more than k, for it is shared with later views. dead: (d,) int64, ascending rows of
    base and delta that are withdrawn or replaced.
    """

    base: Base
    version: int
    codes: Codes
    lines: Sequence[bytes]
    dead: NDArray[np.int64]
    _delta: FlatIndex = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_delta", FlatIndex(self.codes))

    @property
    def algorithm(self) -> Algorithm:
        """Of every hash in the list."""
        return self.base.algorithm

    @property
    def origin(self) -> str:
        """Who publishes the list."""
        return self.base.about.origin

    @property
    def max_distance(self) -> int:
        """Bits up to which `range_search` is exact; it refuses more."""
        return self.base.max_distance

    @property
    def waiting(self) -> int:
        """Rows that came or went since the last compaction, which every process keeps in memory."""
        return len(self.codes) + len(self.dead)

    def __len__(self) -> int:
        """Entries that can be found."""
        return self._end - len(self.dead)

    def __repr__(self) -> str:
        return f"<View {self.algorithm.value} version {self.version}: {len(self)} entries>"

    def range_search(self, queries: Codes, max_distance: int) -> RangeResult:
        """Every entry within `max_distance` bits of each query; none is missed.

        queries: (n, bits // 8) uint8. The rows of the result are for `entry` of this view.
        Raises RecallError if max_distance exceeds self.max_distance, ValueError if the
        width of the queries is not that of the hashes.
        """
        check_search(queries, self.algorithm.code_bytes, max_distance, self.max_distance)
        found = self.base.index.range_search(queries, max_distance)
        rows, distances, owners = found.rows, found.distances, found.queries
        if len(self.codes):
            late = self._delta.range_search(queries, max_distance)
            rows = np.concatenate([rows, late.rows + len(self.base)])
            distances = np.concatenate([distances, late.distances])
            owners = np.concatenate([owners, late.queries])
        elif not len(self.dead):
            return found
        living = ~self._is_dead(rows)
        return RangeResult.of(len(queries), owners[living], rows[living], distances[living])

    def entry(self, row: int) -> Entry:
        """The entry of a row. Raises IndexError for one that no search of this view finds."""
        if not 0 <= row < self._end or self._is_dead(np.array([row]))[0]:
            raise IndexError(f"row {row} is none of this view")
        if row < len(self.base):
            return self.base.entries.entry(row)
        return delta_entries([self.lines[row - len(self.base)]], self.algorithm)[0]

    def rows_of(self, ids: Iterable[str]) -> dict[str, int]:
        """The row of each of these ids that an entry has now."""
        asked = set(ids)
        living = self.living_lines()
        late = {self.lines[row].split(b"\t", 4)[3].decode("ascii"): row for row in living}
        found = {one: len(self.base) + late[one] for one in asked if one in late}
        in_base = self.base.entries.rows_of(asked - found.keys())
        dead = self._is_dead(np.fromiter(in_base.values(), np.int64, len(in_base)))
        alive = {
            one: row for (one, row), gone in zip(in_base.items(), dead, strict=True) if not gone
        }
        return found | alive

    def table(self) -> Entries:
        """All living entries as columns, in row order; every one of the base is checked.

        Raises IndexFileError if the base is damaged.
        """
        table = self.base.entries.table
        dead = self.dead[self.dead < len(self.base)]
        if len(dead):
            keep = np.ones(len(self.base), dtype=bool)
            keep[dead] = False
            table = table.taking(np.flatnonzero(keep))
        rows = self.living_lines()
        if not rows:
            return table
        return table.joined(delta_entries([self.lines[row] for row in rows], self.algorithm))

    def living_lines(self) -> list[int]:
        """Ascending places in `lines` of entries that are not dead."""
        living = np.ones(len(self.codes), dtype=bool)
        living[self.dead[self.dead >= len(self.base)] - len(self.base)] = False
        return np.flatnonzero(living).tolist()

    @property
    def _end(self) -> int:
        return len(self.base) + len(self.codes)

    def _is_dead(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        if not len(self.dead):
            return np.zeros(len(rows), dtype=bool)
        places = np.searchsorted(self.dead, rows)
        places[places == len(self.dead)] = 0
        hit: NDArray[np.bool_] = self.dead[places] == rows
        return hit


def delta_entries(lines: Sequence[bytes], algorithm: Algorithm) -> Entries:
    """Entry lines, without their line feeds, as columns. Raises MalformedListError."""
    data = b"\n".join([*lines, b""])
    return read_rows(data, 0, count=len(lines), algorithm=algorithm)
