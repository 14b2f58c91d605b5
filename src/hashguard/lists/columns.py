"""Entries as columns: a million of them in some 70 MB, no Python object per entry.

Pure. A text that repeats (source, tags) is kept once in a table and named by number;
tables are in order of first appearance, so equal entries have equal columns.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, overload

import numpy as np

from hashguard.errors import AlgorithmMismatchError
from hashguard.hashes import Algorithm, Codes, Hash
from hashguard.lists.entry import Entry, Status
from hashguard.lists.texts import Texts, frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

STATUSES = tuple(Status)
STATUS_NUMBERS = {status: number for number, status in enumerate(STATUSES)}
UNKNOWN = -1  # inside columns only, where Entry says None
MAX_ENTRIES = 2**24  # 16.7 million; the lists of today hold one to ten million


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """A column of texts that repeat: numbers[i] is the place of row i's text in `table`."""

    table: Sequence[str]
    numbers: NDArray[np.uint32]

    def __getitem__(self, row: int) -> str:
        return self.table[int(self.numbers[row])]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Named):
            return NotImplemented
        # Where the table is in a file it is no tuple; of one that is, tuple() makes no copy.
        same = np.array_equal(self.numbers, other.numbers)
        return same and tuple(self.table) == tuple(other.table)

    __hash__ = None  # type: ignore[assignment]

    def taking(self, rows: NDArray[np.int64]) -> Named:
        """Only these rows, in this order, with the table that belongs to them."""
        # By hand: np.unique would not let other threads run, a tenth of a second for millions.
        numbers = self.numbers[rows]
        count = len(numbers)
        first = np.full(len(self.table), count, dtype=np.int64)
        first[numbers[::-1]] = np.arange(count - 1, -1, -1)  # of equal places the last one counts
        used = np.flatnonzero(first < count)
        used = used[np.argsort(first[used])]
        place = np.zeros(len(self.table), dtype=np.uint32)
        place[used] = np.arange(len(used), dtype=np.uint32)
        table = tuple(self.table[number] for number in used.tolist())
        return Named(table, frozen(place[numbers]))

    def joined(self, other: Named) -> Named:
        """This column, then the other."""
        places = {text: number for number, text in enumerate(self.table)}
        moved = [places.setdefault(text, len(places)) for text in other.table]
        renumbered = np.array(moved, dtype=np.uint32)[other.numbers]
        return Named(tuple(places), frozen(np.concatenate([self.numbers, renumbered])))


@dataclass(frozen=True, slots=True, eq=False)
class Entries(Sequence[Entry]):
    """A frozen sequence of entries of one algorithm, equal by value. All arrays read-only.

    codes: (n, bits // 8) uint8.  qualities: (n,) int16, -1 unknown.
    statuses: (n,) uint8, a place in STATUSES.  modified: (n,) int64, -1 unknown.
    tags: the tags of an entry, joined by commas.
    """

    algorithm: Algorithm
    codes: Codes
    qualities: NDArray[np.int16]
    statuses: NDArray[np.uint8]
    ids: Texts
    modified: NDArray[np.int64]
    sources: Named
    tags: Named

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, row: int) -> Entry: ...
    @overload
    def __getitem__(self, row: slice) -> Entries: ...
    def __getitem__(self, row: int | slice) -> Entry | Entries:
        if isinstance(row, slice):
            return self.taking(np.arange(len(self), dtype=np.int64)[row])
        if not -len(self) <= row < len(self):
            raise IndexError(f"row {row} of {len(self)} entries")
        row %= len(self)
        quality, modified, tags = int(self.qualities[row]), int(self.modified[row]), self.tags[row]
        return Entry(
            id=self.ids[row],
            hash=Hash.from_code(self.algorithm, self.codes[row]),
            quality=None if quality == UNKNOWN else quality,
            status=STATUSES[self.statuses[row]],
            source=self.sources[row],
            tags=tuple(tags.split(",")) if tags else (),
            modified=None if modified == UNKNOWN else modified,
        )

    def __iter__(self) -> Iterator[Entry]:
        return (self[row] for row in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Entries):
            return NotImplemented
        return (
            self.algorithm is other.algorithm
            and np.array_equal(self.codes, other.codes)
            and np.array_equal(self.qualities, other.qualities)
            and np.array_equal(self.statuses, other.statuses)
            and np.array_equal(self.modified, other.modified)
            and self.ids == other.ids
            and self.sources == other.sources
            and self.tags == other.tags
        )

    def __hash__(self) -> int:
        return hash((self.algorithm, self.ids))

    def __repr__(self) -> str:
        return f"<Entries {self.algorithm.value}: {len(self)}>"

    def taking(self, rows: NDArray[np.int64]) -> Entries:
        """Only these rows, in this order."""
        return Entries(
            self.algorithm,
            frozen(self.codes[rows]),
            frozen(self.qualities[rows]),
            frozen(self.statuses[rows]),
            self.ids.taking(rows),
            frozen(self.modified[rows]),
            self.sources.taking(rows),
            self.tags.taking(rows),
        )

    def joined(self, other: Entries) -> Entries:
        """These entries, then the others. Raises AlgorithmMismatchError."""
        if self.algorithm is not other.algorithm:
            raise AlgorithmMismatchError(
                f"expected {self.algorithm.value} entries, found {other.algorithm.value}"
            )
        return Entries(
            self.algorithm,
            frozen(np.concatenate([self.codes, other.codes])),
            frozen(np.concatenate([self.qualities, other.qualities])),
            frozen(np.concatenate([self.statuses, other.statuses])),
            self.ids.joined(other.ids),
            frozen(np.concatenate([self.modified, other.modified])),
            self.sources.joined(other.sources),
            self.tags.joined(other.tags),
        )

    def marked(self, rows: NDArray[np.int64], status: Status, modified: int | None) -> Entries:
        """With `status` on these rows, and with `modified` unless it is None."""
        statuses, times = self.statuses.copy(), self.modified.copy()
        statuses[rows] = STATUS_NUMBERS[status]
        if modified is not None:
            times[rows] = modified
        return replace(self, statuses=frozen(statuses), modified=frozen(times))

    def renamed(self, ids: Iterable[str]) -> Entries:
        """The same entries under these ids, one each and in order."""
        return replace(self, ids=Texts.of(ids))


class EntriesBuilder:
    """Collects entries of one algorithm into columns."""

    def __init__(self, algorithm: Algorithm) -> None:
        self._algorithm = algorithm
        self._codes = bytearray()
        self._qualities = array("h")
        self._statuses = bytearray()
        self._ids = bytearray()
        self._id_ends = array("q", [0])
        self._modified = array("q")
        self._sources = TextTable()
        self._tags = TextTable()

    def __len__(self) -> int:
        return len(self._statuses)

    def append(self, entry: Entry) -> None:
        """One more. Raises AlgorithmMismatchError, or ValueError beyond MAX_ENTRIES."""
        if entry.hash.algorithm is not self._algorithm:
            raise AlgorithmMismatchError(
                f"expected {self._algorithm.value} entries, found {entry.hash.algorithm.value}"
            )
        if len(self) == MAX_ENTRIES:
            raise ValueError(f"a list holds at most {MAX_ENTRIES} entries")
        self._codes += entry.hash.packed
        self._qualities.append(UNKNOWN if entry.quality is None else entry.quality)
        self._statuses.append(STATUS_NUMBERS[entry.status])
        self._ids += entry.id.encode("ascii")
        self._id_ends.append(len(self._ids))
        self._modified.append(UNKNOWN if entry.modified is None else entry.modified)
        self._sources.add(entry.source)
        self._tags.add(",".join(entry.tags))

    def build(self) -> Entries:
        """The columns so far."""
        return Entries(
            self._algorithm,
            frozen(np.array(self._codes, dtype=np.uint8).reshape(-1, self._algorithm.code_bytes)),
            frozen(np.array(self._qualities, dtype=np.int16)),
            frozen(np.array(self._statuses, dtype=np.uint8)),
            Texts(bytes(self._ids), frozen(np.array(self._id_ends, dtype=np.uint32))),
            frozen(np.array(self._modified, dtype=np.int64)),
            self._sources.column(),
            self._tags.column(),
        )


class TextTable:
    """Collects a `Named` column."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._numbers = array("q")

    def add(self, text: str) -> None:
        """One more row."""
        self._numbers.append(self._places.setdefault(text, len(self._places)))

    def column(self) -> Named:
        """The rows so far."""
        return Named(tuple(self._places), frozen(np.array(self._numbers, dtype=np.uint32)))


def columns_of(entries: Iterable[Entry], algorithm: Algorithm) -> Entries:
    """Entries as columns; returned as they are if they are columns already."""
    if isinstance(entries, Entries):
        if entries.algorithm is not algorithm:
            raise AlgorithmMismatchError(
                f"expected {algorithm.value} entries, found {entries.algorithm.value}"
            )
        return entries
    builder = EntriesBuilder(algorithm)
    for entry in entries:
        builder.append(entry)
    return builder.build()
