"""Entries as arrays that a folder holds, and back without reading them.

Pure: arrays come in, mapped from disk or not. docs/index-format.md, "Entries", describes
them. An opened table costs nothing until it is asked: a row is checked when it is read, a
whole table when it is taken whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from hashguard.errors import IndexFileError
from hashguard.lists.columns import STATUSES, UNKNOWN, Entries, Named
from hashguard.lists.entry import (
    MAX_ID_BYTES,
    MAX_QUALITY,
    MAX_SOURCE_BYTES,
    MAX_TIME,
    tags_fault,
    text_fault,
)
from hashguard.lists.texts import Texts, frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hashguard.arrays import Fact
    from hashguard.hashes import Algorithm, Codes
    from hashguard.lists.entry import Entry

_ROW_ARRAYS = {
    "qualities": "<i2",
    "statuses": "|u1",
    "modified": "<i8",
    "sources": "<u4",
    "tags": "<u4",
    "id_keys": "<u8",
    "id_rows": "<u4",
}
_TEXT_ARRAYS = ("id", "source", "tag")  # each a blob and its offsets


def entries_arrays(table: Entries) -> tuple[dict[str, Fact], dict[str, NDArray[Any]]]:
    """The facts and arrays of these entries, all columns but the codes.

    Where the ids are many, this takes the time of sorting them. The ids must differ.
    Raises ValueError if the texts of a column would not fit 4 GiB.
    """
    keys = table.ids.look_up_keys()
    order = np.argsort(keys, kind="stable")
    sources, tags = StoredTexts.of(table.sources.table), StoredTexts.of(table.tags.table)
    return {"entries": len(table)}, {
        "qualities": table.qualities,
        "statuses": table.statuses,
        "modified": table.modified,
        "sources": table.sources.numbers,
        "tags": table.tags.numbers,
        "id_keys": keys[order],
        "id_rows": order.astype(np.uint32),
        "id_texts": np.frombuffer(table.ids.blob, dtype=np.uint8),
        "id_offsets": table.ids.offsets,
        "source_texts": np.frombuffer(sources.blob, dtype=np.uint8),
        "source_offsets": sources.offsets,
        "tag_texts": np.frombuffer(tags.blob, dtype=np.uint8),
        "tag_offsets": tags.offsets,
    }


@dataclass(frozen=True, slots=True, eq=False)
class StoredTexts(Sequence[str]):
    """n texts in UTF-8, decoded one by one as they are asked for, for there may be millions.

    offsets: (n + 1,) uint32; text i is blob[offsets[i]:offsets[i+1]]. A text that these do
    not give raises ValueError when it is asked for.
    """

    blob: bytes | memoryview
    offsets: NDArray[np.uint32]

    @classmethod
    def of(cls, texts: Iterable[str]) -> StoredTexts:
        """These texts. Raises ValueError if they have 4 GiB or more."""
        parts = [text.encode() for text in texts]
        offsets = np.zeros(len(parts) + 1, dtype=np.int64)
        np.cumsum([len(part) for part in parts], out=offsets[1:])
        if offsets[-1] >= 2**32:
            raise ValueError("the texts of a list hold less than 4 GiB")
        return cls(b"".join(parts), frozen(offsets.astype(np.uint32)))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return [self[one] for one in range(len(self))[place]]
        at = range(len(self))[place]
        start, stop = self.offsets[at], self.offsets[at + 1]
        if not start <= stop <= len(self.blob):
            raise ValueError("the offsets of the texts do not ascend")
        return str(self.blob[start:stop], "utf-8")


@dataclass(frozen=True, eq=False, repr=False)
class StoredEntries:
    """Entries whose columns are arrays of somebody else's, such as a mapped folder.

    Made by `of`. columns: as they are; `table` is the same after a check of every row.
    id_keys: (n,) uint64 ascending. id_rows: (n,) uint32, the row of each key.
    """

    columns: Entries
    id_keys: NDArray[np.uint64]
    id_rows: NDArray[np.uint32]

    @classmethod
    def of(
        cls,
        algorithm: Algorithm,
        codes: Codes,
        facts: Mapping[str, Fact],
        arrays: Mapping[str, NDArray[Any]],
    ) -> StoredEntries:
        """The entries in what `entries_arrays` made; nothing is copied, no row is looked at.

        codes: (n, bits // 8) uint8. Raises IndexFileError if the arrays do not fit together.
        """
        count = len(codes)
        if codes.shape != (count, algorithm.code_bytes) or codes.dtype != np.uint8:
            raise _altered(f"the codes are not those of {algorithm.value}")
        if facts.get("entries") != count:
            raise _altered("there is not one entry for each code")
        rows = {name: _array(arrays, name, dtype, count) for name, dtype in _ROW_ARRAYS.items()}
        ids, sources, tags = (_texts(arrays, name) for name in _TEXT_ARRAYS)
        if len(ids[1]) != count + 1:
            raise _altered("there is not one id for each code")
        columns = Entries(
            algorithm,
            codes,
            rows["qualities"],
            rows["statuses"],
            Texts(*ids),
            rows["modified"],
            Named(StoredTexts(*sources), rows["sources"]),
            Named(StoredTexts(*tags), rows["tags"]),
        )
        return cls(columns, rows["id_keys"], rows["id_rows"])

    def __len__(self) -> int:
        return len(self.columns)

    def __repr__(self) -> str:
        return f"<StoredEntries {self.columns.algorithm.value}: {len(self)}>"

    def entry(self, row: int) -> Entry:
        """The entry of a row. Raises IndexError, and IndexFileError if the row is damaged."""
        if not 0 <= row < len(self):
            raise IndexError(f"row {row} of {len(self)} entries")
        try:
            return self.columns[row]
        except (ValueError, IndexError):
            # Its texts or numbers are none that an entry can have. Not `from error`: a
            # message about damaged bytes may quote them.
            raise _altered(f"row {row} is not an entry") from None

    def rows_of(self, ids: Iterable[str]) -> dict[str, int]:
        """The row of each id that is there. Raises IndexFileError if what it meets is damaged.

        Ids made to share their key cost time (one set of them is read), never a wrong answer.
        """
        missing = {text for text in ids if text.isascii()}
        keys = np.unique(Texts.of(missing).look_up_keys())
        starts = np.searchsorted(self.id_keys, keys, side="left").tolist()
        stops = np.searchsorted(self.id_keys, keys, side="right").tolist()
        found: dict[str, int] = {}
        for start, stop in zip(starts, stops, strict=True):
            for row in self.id_rows[start:stop].tolist():
                text = self._id(row)
                if text in missing:
                    missing.remove(text)
                    found[text] = row
        return found

    @cached_property
    def table(self) -> Entries:
        """All entries as columns, every row checked at the first use: ten million in seconds.

        Raises IndexFileError if a value is one that no entry can have.
        """
        columns = self.columns
        _check_ids(columns.ids)
        _check_range("qualities", columns.qualities, UNKNOWN, MAX_QUALITY)
        _check_range("statuses", columns.statuses, 0, len(STATUSES) - 1)
        _check_range("modified", columns.modified, UNKNOWN, MAX_TIME)
        for name, column in (("sources", columns.sources), ("tags", columns.tags)):
            _check_range(name, column.numbers, 0, len(column.table) - 1)
            _check_texts(name, column.table)
        return columns

    def _id(self, row: int) -> str:
        if row >= len(self):
            raise _altered("an id belongs to no row")
        try:
            return self.columns.ids[row]
        except ValueError:
            raise _altered(f"the id of row {row} is not ASCII") from None


def _array(arrays: Mapping[str, NDArray[Any]], name: str, dtype: str, length: int) -> NDArray[Any]:
    found = arrays.get(name)
    if found is None or found.dtype != np.dtype(dtype) or found.shape != (length,):
        raise _altered(f"{name} does not fit the others")
    return found


def _texts(arrays: Mapping[str, NDArray[Any]], name: str) -> tuple[memoryview, NDArray[np.uint32]]:
    """Blob and offsets of a column of texts; the ends fit, what is between is not looked at."""
    blob, offsets = arrays.get(f"{name}_texts"), arrays.get(f"{name}_offsets")
    if blob is None or offsets is None or not offsets.ndim or not len(offsets):
        raise _altered(f"{name}_texts or {name}_offsets is not there")
    _array(arrays, f"{name}_offsets", "<u4", len(offsets))
    _array(arrays, f"{name}_texts", "|u1", int(offsets[-1]))
    if offsets[0] != 0:
        raise _altered(f"{name}_offsets does not begin with 0")
    return blob.data, offsets


def _check_ids(ids: Texts) -> None:
    letters = np.frombuffer(ids.blob, dtype=np.uint8)
    _check_range("id_texts", letters, 0x21, 0x7E)
    # Ascending first: a difference of unsigned numbers cannot be negative, but wraps.
    if (ids.offsets[1:] <= ids.offsets[:-1]).any():
        raise _altered("id_offsets does not ascend")
    _check_range("id_offsets", np.diff(ids.offsets), 1, MAX_ID_BYTES)


def _check_range(name: str, values: NDArray[Any], least: int, most: int) -> None:
    if len(values) and not (least <= values.min() and values.max() <= most):
        raise _altered(f"{name} holds a number that no entry has")


def _check_texts(name: str, texts: Sequence[str]) -> None:
    try:
        for text in texts:
            if name == "sources":
                fault = text_fault(text, max_bytes=MAX_SOURCE_BYTES)
            else:
                fault = tags_fault(tuple(text.split(",")) if text else ())
            if fault:
                raise _altered(f"one of the {name} {fault}")
    except ValueError:
        raise _altered(f"one of the {name} is cut at the wrong place or not UTF-8") from None


def _altered(fault: str) -> IndexFileError:
    return IndexFileError(f"altered: {fault}; restore the folder or build it again")
