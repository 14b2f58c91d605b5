"""How far a process has followed a live folder, and the view that follows from it.

Not safe from several threads: LiveIndex holds a lock around it. The views it gives are.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hashguard.errors import IndexFileError, MalformedListError
from hashguard.hashes import Codes
from hashguard.index import Costs
from hashguard.lists.columns import STATUS_NUMBERS
from hashguard.lists.entry import Status
from hashguard.live.base import Base, open_base
from hashguard.live.current import Current, read_current
from hashguard.live.log import (
    Batch,
    Position,
    altered_entry,
    is_there,
    read_batches,
    read_first_line,
    taken_back,
)
from hashguard.live.log_file import open_log
from hashguard.live.view import View, delta_entries

_ATTEMPTS = 10  # each needs a compaction to end between reading CURRENT and opening the base
_FIRST_CAPACITY = 1024  # rows of the delta


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A view, and where in the folder it stands: what a compaction starts from."""

    current: Current
    position: Position
    view: View


class Tracker:
    """A base, the position in its log, and what the log said so far."""

    def __init__(self, folder: Path, current: Current, base: Base) -> None:
        """See `follow_folder`."""
        self.current = current
        self._path = folder / current.log
        self._base = base
        self._stamp: tuple[int, int, int] | None = None
        self._at = Position(0, 0, base.about.number, base.about.version, base.digest)
        # Append-only, and shared with the views, each of which looks at its beginning.
        self._codes: Codes = np.empty((_FIRST_CAPACITY, base.algorithm.code_bytes), np.uint8)
        self._lines: list[bytes] = []
        self._rows: dict[str, int] = {}  # of the living entries of the delta, by id
        self._gone: set[int] = set()  # dead rows of the base
        self._dead: NDArray[np.int64] = np.empty(0, np.int64)  # of base and delta, ascending
        self._fresh: list[int] = []  # dead rows that are not in _dead yet
        self._view: View | None = None

    def advance(self) -> None:
        """Read what was added to the log.

        Raises IndexFileError; the tracker is of no use then, see `follow_folder`.
        """
        with open_log(self._path) as file:
            about = os.fstat(file.fileno())
            stamp = (about.st_ino, about.st_mtime_ns, about.st_size)
            if stamp == self._stamp:
                return
            if not self._at.offset:
                start = read_first_line(file, self._base.digest, self._path.name)
                self._at = replace(self._at, offset=start)
            elif not is_there(file, self._at, about.st_size):
                raise taken_back(self._path.name)
            self._take(read_batches(file, self._at, about.st_size, self._path.name))
            self._stamp = stamp

    def view(self) -> View:
        """What a search sees now; the same object until something changes."""
        if self._view is None:
            if self._fresh:
                fresh = np.sort(np.array(self._fresh, np.int64))
                self._dead = np.insert(self._dead, np.searchsorted(self._dead, fresh), fresh)
                self._fresh = []
            codes = self._codes[: len(self._lines)]
            self._view = View(self._base, self._at.version, codes, self._lines, self._dead)
        return self._view

    def snapshot(self) -> Snapshot:
        """The view, and where it stands."""
        return Snapshot(self.current, self._at, self.view())

    def living(self, ids: Iterable[str]) -> set[str]:
        """Those of the ids (as an entry may have them) that an entry has now."""
        asked = set(ids)
        found = {one for one in asked if one in self._rows}
        in_base = self._base.entries.rows_of(asked - found)
        return found | {one for one, row in in_base.items() if row not in self._gone}

    def _take(self, batches: Iterator[tuple[Batch, Position]]) -> None:
        """Take batches in groups, because columns are read a thousand at a time or slowly.

        An id that comes twice begins a new group: the reader of entry lines takes it for a
        fault, as it is within one batch.
        """
        group: list[tuple[int, list[str]]] = []
        lines: list[bytes] = []
        seen: set[bytes] = set()
        for batch, position in batches:
            added, gone = batch.lines()
            # Lines that are no entries are refused with their group.
            ids = {one for line in added for one in line.split(b"\t", 4)[3:4]}
            if not seen.isdisjoint(ids):
                self._take_group(group, lines)
                group, lines, seen = [], [], set()
            group.append((len(added), gone))
            lines += added
            seen |= ids
            self._at = position
        self._take_group(group, lines)

    def _take_group(self, group: list[tuple[int, list[str]]], lines: list[bytes]) -> None:
        """group: for each batch the number of entries, and the ids that go."""
        if not group:
            return
        try:
            table = delta_entries(lines, self._base.algorithm)
        except MalformedListError:
            raise altered_entry(self._path.name) from None
        if (table.statuses != STATUS_NUMBERS[Status.ACTIVE]).any():
            raise altered_entry(self._path.name)
        ids = list(table.ids)
        asked = {one for _, gone in group for one in gone}.union(ids)
        in_base = self._base.entries.rows_of(asked)
        first = len(self._lines)
        self._append(table.codes, lines)
        taken = 0
        for added, gone in group:
            coming = ids[taken : taken + added]
            for one in gone:
                self._leave(one, in_base)
            for row, one in enumerate(coming, first + taken):
                self._leave(one, in_base)
                self._rows[one] = row
            taken += added
        self._view = None

    def _append(self, codes: Codes, lines: list[bytes]) -> None:
        start, stop = len(self._lines), len(self._lines) + len(lines)
        if stop > len(self._codes):
            grown = np.empty((max(stop, 2 * len(self._codes)), codes.shape[1]), np.uint8)
            grown[:start] = self._codes[:start]
            self._codes = grown
        self._codes[start:stop] = codes
        self._lines += lines

    def _leave(self, one: str, in_base: dict[str, int]) -> None:
        row = self._rows.pop(one, None)
        if row is not None:
            self._fresh.append(len(self._base) + row)
            return
        row = in_base.get(one)
        if row is not None and row not in self._gone:
            self._gone.add(row)
            self._fresh.append(row)


def follow_folder(folder: Path, *, verify: bool = False, costs: Costs | None = None) -> Tracker:
    """A tracker that has read the whole folder. Raises IndexFileError.

    What CURRENT named may be gone when it is opened, if a compaction ended in between: then
    CURRENT says something else by now.
    """
    for _ in range(_ATTEMPTS):
        current = read_current(folder)
        try:
            base = open_base(folder / current.base, verify=verify, costs=costs)
            tracker = Tracker(folder, current, base)
            tracker.advance()
        except IndexFileError:
            if read_current(folder) == current:
                raise
        else:
            return tracker
    raise IndexFileError("missing: the folder was replaced whenever it was opened; try again")
