"""A hash list: frozen, versioned, equal by value.

Bytes, entries and times come in; a list or an error comes out. Only `load` and `save`
touch files; there is no clock, so nothing here decides whether a list has expired.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from hashguard.errors import AlgorithmMismatchError, ListError
from hashguard.hashes import Algorithm, Codes, Hash
from hashguard.lists import files, wire
from hashguard.lists.columns import MAX_ENTRIES, STATUS_NUMBERS, Entries, columns_of
from hashguard.lists.entry import Entry, Status
from hashguard.lists.texts import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import PathLike

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, repr=False)
class HashList:
    """Entries of one algorithm, with where they come from and which version they are.

    Made by `from_entries`, `loads` or `load`; the ids of `table` differ.
    origin: who publishes the list. version: 1 or more, grows by one with every change.
    expires: unix seconds, or None. A list takes about 75 bytes of memory an entry.
    """

    origin: str
    version: int
    expires: int | None
    table: Entries
    active_rows: NDArray[np.int64] = field(init=False, compare=False)
    """(m,) ascending: the rows whose status is ACTIVE; only these may match."""

    def __post_init__(self) -> None:
        wire.Header(self.algorithm, len(self), "0" * 64, self.expires, self.origin, self.version)
        active = np.flatnonzero(self.table.statuses == STATUS_NUMBERS[Status.ACTIVE])
        object.__setattr__(self, "active_rows", frozen(active.astype(np.int64, copy=False)))

    @classmethod
    def from_entries(
        cls,
        entries: Iterable[Entry],
        *,
        algorithm: Algorithm,
        origin: str = "",
        version: int = 1,
        expires: int | None = None,
    ) -> HashList:
        """A new list, rows in the order given.

        Raises ListError naming an id given twice, AlgorithmMismatchError, or ValueError
        for an origin, version or expiry that a header cannot say.
        """
        table = columns_of(entries, algorithm)
        _refuse_repeats(table)
        return cls(origin, version, expires, table)

    @property
    def algorithm(self) -> Algorithm:
        """Of every hash in the list."""
        return self.table.algorithm

    @property
    def codes(self) -> Codes:
        """(n, bits // 8) uint8, read-only: the hashes of all rows, whatever their status."""
        return self.table.codes

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        return (
            f"<HashList {self.algorithm.value} version {self.version}: "
            f"{len(self)} entries, {len(self.active_rows)} active>"
        )

    def entry(self, row: int) -> Entry:
        """The entry of a row. Raises IndexError."""
        return self.table[row]

    def entries(self) -> Iterator[Entry]:
        """Every entry, in row order."""
        return iter(self.table)

    def ids(self) -> Iterator[str]:
        """Every id, in row order."""
        return iter(self.table.ids)

    def rows_of(self, wanted: str | Hash) -> NDArray[np.int64]:
        """(m,) ascending: the rows with that id (at most one) or that hash.

        Raises AlgorithmMismatchError for a hash of another algorithm.
        """
        if isinstance(wanted, str):
            found = self.table.ids.find([wanted])
            return np.array(list(found.values()), dtype=np.int64)
        self._check_algorithm(wanted)
        return np.flatnonzero((self.codes == wanted.code).all(axis=1)).astype(np.int64, copy=False)

    def adding(self, entries: Iterable[Entry]) -> HashList:
        """The next version, with these entries after the present ones.

        Raises ListError naming an id that is there already or given twice, or saying that
        the list would be too long; AlgorithmMismatchError.
        """
        more = columns_of(entries, self.algorithm)
        if len(self) + len(more) > MAX_ENTRIES:
            raise ListError(f"a list holds at most {MAX_ENTRIES} entries")
        table = self.table.joined(more)
        _refuse_repeats(table)
        return replace(self, version=self.version + 1, table=table)

    def withdrawing(self, wanted: Iterable[str | Hash], *, modified: int | None = None) -> HashList:
        """The next version, in which these entries are WITHDRAWN: kept, but never matched.

        wanted: ids, or hashes, which stand for every entry that has them.
        modified: unix seconds to note on them; None leaves their times as they are.
        Raises ListError naming an id that is not there; AlgorithmMismatchError.
        """
        table = self.table.marked(self._rows(wanted), Status.WITHDRAWN, modified)
        return replace(self, version=self.version + 1, table=table)

    def removing(self, wanted: Iterable[str | Hash]) -> HashList:
        """The next version, without these entries. Arguments and errors as `withdrawing`."""
        keep = np.ones(len(self), dtype=bool)
        keep[self._rows(wanted)] = False
        table = self.table.taking(np.flatnonzero(keep).astype(np.int64, copy=False))
        return replace(self, version=self.version + 1, table=table)

    @classmethod
    def loads(cls, data: bytes) -> HashList:
        """The list in the bytes of a list file. Raises MalformedListError."""
        header, table = wire.parse(data)
        return cls(header.origin, header.version, header.expires, table)

    def dumps(self) -> bytes:
        """The one file that says this list: `loads(x.dumps()) == x`, and the reverse."""
        return wire.dump(self.table, origin=self.origin, version=self.version, expires=self.expires)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> HashList:
        """The list in a file. Raises MalformedListError, or OSError if it cannot be read."""
        return cls.loads(files.read_list(path))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the file, whole or not at all, readable by its owner only (mode 0600).

        Raises OSError, and ListError if something other than a regular file is there.
        """
        files.write_private(path, self.dumps())

    def _rows(self, wanted: Iterable[str | Hash]) -> NDArray[np.int64]:
        asked = list(wanted) if not isinstance(wanted, str | Hash) else [wanted]
        ids = [one for one in asked if isinstance(one, str)]
        found = self.table.ids.find(ids)
        for name in ids:
            if name not in found:
                raise ListError(f"no entry has the id {name!r}")
        hashes: dict[bytes, int] = {}
        for at, one in enumerate(asked):
            if isinstance(one, Hash):
                self._check_algorithm(one)
                hashes.setdefault(one.packed, at)
        rows = {*found.values(), *self._rows_of_hashes(hashes)}
        return np.array(sorted(rows), dtype=np.int64)

    def _rows_of_hashes(self, places: dict[bytes, int]) -> list[int]:
        """Rows with one of these packed hashes. places: where each was asked for, from 0."""
        if not places:
            return []
        missing = dict(places)
        rows: list[int] = []
        # The last byte narrows the scan for one hash; the compare below is exact.
        tails = np.zeros(256, dtype=bool)
        tails[[packed[-1] for packed in places]] = True
        for row in np.flatnonzero(tails[self.codes[:, -1]]).tolist():
            packed = self.codes[row].tobytes()
            if packed in places:
                rows.append(row)
                missing.pop(packed, None)
        if missing:
            first = min(missing.values()) + 1
            raise ListError(f"no entry has hash number {first} of those given")
        return rows

    def _check_algorithm(self, wanted: Hash) -> None:
        if wanted.algorithm is not self.algorithm:
            raise AlgorithmMismatchError(
                f"expected {self.algorithm.value} hashes, found {wanted.algorithm.value}"
            )


def _refuse_repeats(table: Entries) -> None:
    row = table.ids.first_repeat()
    if row is not None:
        raise ListError(f"the id {table.ids[row]!r} is in the list already")
