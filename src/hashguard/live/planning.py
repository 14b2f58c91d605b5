"""A change as a batch: what it does to a list that has such and such ids.

Pure. The caller knows which ids are living and where the log stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from hashguard.errors import ListError
from hashguard.hashes import Algorithm
from hashguard.lists import MAX_ENTRIES, Entries, Status
from hashguard.lists.columns import STATUS_NUMBERS, columns_of
from hashguard.lists.entry import MAX_ID_BYTES
from hashguard.lists.row_writer import write_rows
from hashguard.lists.wire import MAX_VERSION
from hashguard.live.changes import Applied, Changes
from hashguard.live.log import Batch, Position

_ID = re.compile(f"[!-~]{{1,{MAX_ID_BYTES}}}")


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A change, sorted out. coming: the ids of `entries`, all active. going: other ids."""

    entries: Entries
    coming: list[str]
    going: list[str]
    version: int | None

    @classmethod
    def of(cls, changes: Changes, algorithm: Algorithm) -> Plan:
        """Raises AlgorithmMismatchError, and ValueError naming an id that is added twice."""
        table = columns_of(changes.add, algorithm)
        row = table.ids.first_repeat()
        if row is not None:
            raise ValueError(f"the id {table.ids[row]!r} is added twice")
        active = table.statuses == STATUS_NUMBERS[Status.ACTIVE]
        others: list[str] = []
        if not active.all():
            others = list(table.ids.taking(np.flatnonzero(~active)))
            table = table.taking(np.flatnonzero(active))
        coming = list(table.ids)
        going = dict.fromkeys([*changes.withdraw, *others])
        for one in coming:
            going.pop(one, None)
        return cls(table, coming, list(going), changes.version)

    def ids(self) -> list[str]:
        """Those that may be in a list."""
        return [*self.coming, *(one for one in self.going if _ID.fullmatch(one))]

    def batch(self, living: set[str], at: Position, count: int) -> tuple[Batch | None, Applied]:
        """What to write after `at`, or None if nothing changes; and what that does.

        living: those of `ids()` that the list has now. count: entries it has now.
        Raises ValueError for a version that is older than the list's, ListError if the list
        would be too long.
        """
        gone = [one for one in self.going if one in living]
        replaced = sum(one in living for one in self.coming)
        applied = Applied(
            version=self._version(at, changes_something=bool(gone or self.coming)),
            added=len(self.coming) - replaced,
            replaced=replaced,
            withdrawn=len(gone),
            absent=tuple(one for one in self.going if one not in living),
        )
        if count + applied.added - applied.withdrawn > MAX_ENTRIES:
            raise ListError(f"a list holds at most {MAX_ENTRIES} entries")
        if not gone and not self.coming and applied.version == at.version:
            return None, applied
        body = [*write_rows(self.entries), *(one.encode("ascii") + b"\n" for one in gone)]
        batch = Batch(
            number=at.number + 1,
            version=applied.version,
            added=len(self.coming),
            withdrawn=len(gone),
            body=b"".join(body),
        )
        return batch, applied

    def _version(self, at: Position, *, changes_something: bool) -> int:
        if self.version is None:
            version = at.version + 1 if changes_something else at.version
        else:
            version = self.version
        if not at.version <= version <= MAX_VERSION:
            # The same again is right: a large change comes in several parts.
            raise ValueError(f"the list is at version {at.version} and does not become {version}")
        return version
