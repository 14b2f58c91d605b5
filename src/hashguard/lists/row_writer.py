"""Columns to the entry lines of a list file (docs/hash-list.md, "Entry lines").

Pure. The other half is rows.py. Some thousand lines are made at a time: every column becomes
a table of bytes as wide as its longest text, filled up with NUL, which no text holds. Side by
side the columns are the lines, once the NULs are dropped. No line becomes a Python object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hashguard.lists.columns import STATUSES, UNKNOWN, Entries, Named
from hashguard.lists.entry import MAX_QUALITY
from hashguard.lists.texts import windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hashguard.hashes import Codes

    Letters = NDArray[np.uint8]  # (rows, longest), zero after the end of a text

_CHUNK_ROWS = 8192  # 1 MB of lines as they usually are, 12 MB of the longest there can be


def write_rows(entries: Entries) -> Iterator[bytes]:
    """The entry lines, some thousand at a time; a million in less than a second."""
    tab, end = np.full((1, 1), 0x09, np.uint8), np.full((1, 1), 0x0A, np.uint8)
    for start in range(0, len(entries), _CHUNK_ROWS):
        rows = slice(start, start + _CHUNK_ROWS)
        columns = [
            _hex(entries.codes[rows]),
            _QUALITIES[entries.qualities[rows] - UNKNOWN],
            _STATUSES[entries.statuses[rows]],
            _ids(entries, rows),
            _times(entries.modified[rows]),
            _named(entries.sources, rows),
            _named(entries.tags, rows),
        ]
        count = len(columns[0])
        ends = [tab] * (len(columns) - 1) + [end]
        parts = [
            part
            for column, after in zip(columns, ends, strict=True)
            for part in (column, np.broadcast_to(after, (count, 1)))
        ]
        lines = np.concatenate(parts, axis=1)
        yield lines.tobytes().replace(b"\0", b"")


def _letters(texts: list[bytes]) -> Letters:
    """One row for each text."""
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    data = np.frombuffer(b"".join(texts), dtype=np.uint8)
    return windows(data, np.cumsum(lengths) - lengths, lengths)


_PAIRS = np.array([b"%02d" % number for number in range(100)], dtype="S2")
_QUALITIES = _letters([b"-", *(b"%d" % quality for quality in range(MAX_QUALITY + 1))])
_STATUSES = _letters([status.value.encode() for status in STATUSES])


def _hex(codes: Codes) -> Letters:
    digits = codes.tobytes().hex().encode("ascii")
    return np.frombuffer(digits, dtype=np.uint8).reshape(len(codes), -1)


def _ids(entries: Entries, rows: slice) -> Letters:
    offsets = entries.ids.offsets[rows.start : rows.stop + 1].astype(np.int64)
    first, last = int(offsets[0]), int(offsets[-1])
    blob = np.frombuffer(entries.ids.blob, dtype=np.uint8)[first:last]
    return windows(blob, offsets[:-1] - first, np.diff(offsets))


def _times(modified: NDArray[np.int64]) -> Letters:
    """Such as 2025-01-31T09:00:00Z, or - where unknown."""
    known = modified != UNKNOWN
    letters = np.zeros((len(modified), 20 if known.any() else 1), dtype=np.uint8)
    letters[~known, 0] = ord("-")
    if not known.any():
        return letters
    days, seconds = np.divmod(modified[known], 86_400)
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    month = months.astype(np.int64)  # from 1970-01 on
    day = (dates - months).astype(np.int64) + 1
    year = 1970 + month // 12
    fields = (
        *(year // 100, year % 100, month % 12 + 1, day),
        *(seconds // 3600, seconds // 60 % 60, seconds % 60),
    )
    marks = (b"", b"-", b"-", b"T", b":", b":", b"Z")
    parts: list[Letters] = []
    for field, mark in zip(fields, marks, strict=True):
        parts.append(_PAIRS[field].view(np.uint8).reshape(-1, 2))
        parts.append(np.tile(np.frombuffer(mark, dtype=np.uint8), (len(field), 1)))
    letters[known] = np.concatenate(parts, axis=1)
    return letters


def _named(column: Named, rows: slice) -> Letters:
    used, places = np.unique(column.numbers[rows], return_inverse=True)
    return _letters([column.table[number].encode() for number in used.tolist()])[places]
