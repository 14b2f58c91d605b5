"""The entry lines of a list file, to columns (docs/hash-list.md, "Entry lines").

Pure. The other half is row_writer.py. Works on half a megabyte of lines at a time with NumPy,
so a million lines are read in about a second and no line becomes a Python object. Every check
names the line; none quotes it. What is accepted is canonical: `write_rows(read_rows(body))`
makes the same lines again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hashguard.errors import MalformedListError
from hashguard.lists.columns import STATUSES, UNKNOWN, Entries, Named
from hashguard.lists.entry import (
    MAX_ID_BYTES,
    MAX_QUALITY,
    MAX_SOURCE_BYTES,
    MAX_TAG_BYTES,
    MAX_TAGS,
    id_fault,
    tags_fault,
    text_fault,
)
from hashguard.lists.texts import Texts, frozen, windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hashguard.hashes import Algorithm, Codes

COLUMNS = ("hash", "quality", "status", "id", "modified", "source", "tags")
FIRST_ROW_LINE = 3  # after the magic line and the header line
MAX_LINE_BYTES = 1536  # every column at its longest makes 1,469
_CHUNK_BYTES = 2**19  # scratch arrays stay in the cache; more is slower
_MAX_TAGS_BYTES = MAX_TAGS * (MAX_TAG_BYTES + 1)
_TIME_BYTES = 20  # 2025-01-31T09:00:00Z
_TIME_SHAPE = np.frombuffer(b"0000-00-00T00:00:00Z", dtype=np.uint8)
_STATUS_WORDS = np.array([status.value.encode() for status in STATUSES], dtype="S9")

_NIBBLES = np.full(256, 0xFF, dtype=np.uint8)
_NIBBLES[np.frombuffer(b"0123456789abcdef", dtype=np.uint8)] = np.arange(16)
_IS_CONTROL = np.zeros(256, dtype=bool)
_IS_CONTROL[:0x20] = _IS_CONTROL[0x7F] = True
_IS_CONTROL[[0x09, 0x0A]] = False
_IS_VISIBLE = np.zeros(256, dtype=bool)
_IS_VISIBLE[0x21:0x7F] = True


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Whole lines, cut into columns. first_line: the number of the first of them."""

    data: NDArray[np.uint8]
    first_line: int
    starts: NDArray[np.int64]  # (rows, 7), where a column begins
    lengths: NDArray[np.int64]  # (rows, 7), in bytes

    def refuse(self, bad: NDArray[np.bool_], reason: str) -> None:
        """Raise MalformedListError for the first bad row, if any is bad."""
        if bad.any():
            raise MalformedListError(f"line {self.first_line + int(bad.argmax())}: {reason}")

    def letters(self, column: str, most: int) -> NDArray[np.uint8]:
        """(rows, longest) uint8, zero after the end. Raises if one is longer than `most`."""
        place = COLUMNS.index(column)
        lengths = self.lengths[:, place]
        self.refuse(lengths > most, f"the {column} is longer than {most} bytes")
        return windows(self.data, self.starts[:, place], lengths)

    def lengths_of(self, column: str) -> NDArray[np.int64]:
        """(rows,) int64."""
        return self.lengths[:, COLUMNS.index(column)]


def read_rows(data: bytes, start: int, *, count: int, algorithm: Algorithm) -> Entries:
    """The entries in data[start:], which must be exactly `count` lines.

    The caller has checked `count` against the line feeds, so allocating it is safe.
    Raises MalformedListError. Ids that repeat are found last.
    """
    codes = np.empty((count, algorithm.code_bytes), dtype=np.uint8)
    qualities = np.empty(count, dtype=np.int16)
    statuses = np.empty(count, dtype=np.uint8)
    modified = np.empty(count, dtype=np.int64)
    id_lengths = np.empty(count, dtype=np.int64)
    ids: list[bytes] = []
    sources, tags = _NamedReader("source", count), _NamedReader("tags", count)
    row = 0
    for chunk in _chunks(data, start):
        rows = slice(row, row + len(chunk.starts))
        codes[rows] = _read_hashes(chunk, algorithm)
        qualities[rows] = _read_qualities(chunk)
        statuses[rows] = _read_statuses(chunk)
        ids.append(_read_ids(chunk, algorithm))
        id_lengths[rows] = chunk.lengths_of("id")
        modified[rows] = _read_times(chunk)
        sources.read(chunk, rows)
        tags.read(chunk, rows)
        row = rows.stop
    offsets = np.zeros(count + 1, dtype=np.uint32)
    np.cumsum(id_lengths, out=offsets[1:])
    id_column = Texts(b"".join(ids), frozen(offsets))
    repeat = id_column.first_repeat()
    if repeat is not None:
        raise MalformedListError(
            f"line {FIRST_ROW_LINE + repeat}: the id {id_column[repeat]} is on an earlier line too"
        )
    return Entries(
        algorithm,
        frozen(codes),
        frozen(qualities),
        frozen(statuses),
        id_column,
        frozen(modified),
        sources.column(),
        tags.column(),
    )


def _chunks(data: bytes, start: int) -> Iterator[_Chunk]:
    line = FIRST_ROW_LINE
    while start < len(data):
        stop = data.rfind(b"\n", start, start + _CHUNK_BYTES) + 1
        if stop == 0:
            raise MalformedListError(f"line {line}: longer than {MAX_LINE_BYTES} bytes, or cut off")
        chunk = _cut(np.frombuffer(data, np.uint8, stop - start, start), line)
        yield chunk
        line += len(chunk.starts)
        start = stop


def _cut(data: NDArray[np.uint8], first_line: int) -> _Chunk:
    ends = np.flatnonzero(data == 0x0A)
    begins = np.concatenate([[0], ends[:-1] + 1])
    whole = _Chunk(data, first_line, begins[:, None], (ends - begins)[:, None])
    whole.refuse(ends - begins > MAX_LINE_BYTES, f"longer than {MAX_LINE_BYTES} bytes")
    controls = np.flatnonzero(_IS_CONTROL[data])
    bad = np.zeros(len(ends), dtype=bool)
    bad[np.searchsorted(ends, controls)] = True
    whole.refuse(bad, "holds a control character")
    tabs = np.flatnonzero(data == 0x09)
    per_line = np.diff(np.searchsorted(tabs, ends), prepend=0)
    whole.refuse(per_line != len(COLUMNS) - 1, f"not the {len(COLUMNS)} columns that tabs separate")
    inner = tabs.reshape(len(ends), len(COLUMNS) - 1)
    starts = np.concatenate([begins[:, None], inner + 1], axis=1)
    stops = np.concatenate([inner, ends[:, None]], axis=1)
    return _Chunk(data, first_line, starts, stops - starts)


def _read_hashes(chunk: _Chunk, algorithm: Algorithm) -> Codes:
    digits = algorithm.code_bytes * 2
    chunk.refuse(
        chunk.lengths_of("hash") != digits,
        f"a {algorithm.value} hash has {digits} hex digits, this column does not",
    )
    nibbles = _NIBBLES[chunk.letters("hash", digits)]
    # Digits are below 16; the mark of everything else has its high bits set.
    worst: NDArray[np.uint8] = np.bitwise_or.reduce(nibbles, axis=1)
    chunk.refuse(worst > 15, "the hash has only the digits 0-9 and a-f")
    high, low = nibbles[:, 0::2], nibbles[:, 1::2]
    return np.left_shift(high, 4, dtype=np.uint8) | low


def _read_qualities(chunk: _Chunk) -> NDArray[np.int16]:
    reason = f"the quality is a whole number from 0 to {MAX_QUALITY}, or - where unknown"
    lengths = chunk.lengths_of("quality")
    chunk.refuse((lengths < 1) | (lengths > 3), reason)
    letters = chunk.letters("quality", 3).astype(np.int16)
    inside = np.arange(letters.shape[1]) < lengths[:, None]
    values = np.zeros(len(lengths), dtype=np.int16)
    for place in range(letters.shape[1]):
        longer = values * 10 + (letters[:, place] - ord("0"))
        values = np.where(inside[:, place], longer, values)
    unknown = (lengths == 1) & (letters[:, 0] == ord("-"))
    digits = ((letters >= ord("0")) & (letters <= ord("9"))) | ~inside
    leading_zero = (lengths > 1) & (letters[:, 0] == ord("0"))
    fits = digits.all(axis=1) & (values <= MAX_QUALITY) & ~leading_zero
    chunk.refuse(~(fits | unknown), reason)
    values[unknown] = UNKNOWN
    return values


def _read_statuses(chunk: _Chunk) -> NDArray[np.uint8]:
    reason = "the status is one of " + ", ".join(status.value for status in STATUSES)
    longest = _STATUS_WORDS.dtype.itemsize
    lengths = chunk.lengths_of("status")
    chunk.refuse((lengths < 1) | (lengths > longest), reason)
    letters = chunk.letters("status", longest)
    words = np.ascontiguousarray(letters).view(f"S{letters.shape[1]}")[:, 0]
    hits = words[:, None] == _STATUS_WORDS
    chunk.refuse(~hits.any(axis=1), reason)
    places: NDArray[np.intp] = hits.argmax(axis=1)
    return places.astype(np.uint8)


def _read_ids(chunk: _Chunk, algorithm: Algorithm) -> bytes:
    letters = chunk.letters("id", MAX_ID_BYTES)
    lengths = chunk.lengths_of("id")
    inside = np.arange(letters.shape[1]) < lengths[:, None]
    plain = _IS_VISIBLE[letters] | ~inside
    chunk.refuse(
        (lengths == 0) | ~plain.all(axis=1),
        "the id must be one or more visible ASCII characters, without spaces",
    )
    digits = algorithm.code_bytes * 2
    for row in np.flatnonzero(lengths >= digits).tolist():
        text = letters[row, : lengths[row]].tobytes().decode("ascii")
        start = chunk.starts[row, 0]
        hash_hex = chunk.data[start : start + digits].tobytes().decode("ascii")
        if fault := id_fault(text, hash_hex):
            raise MalformedListError(f"line {chunk.first_line + row}: the id {fault}")
    return letters[inside].tobytes()


def _read_times(chunk: _Chunk) -> NDArray[np.int64]:
    reason = "modified is a time such as 2025-01-31T09:00:00Z from 1970 on, or - where unknown"
    lengths = chunk.lengths_of("modified")
    letters = chunk.letters("modified", _TIME_BYTES)
    times = np.full(len(lengths), UNKNOWN, dtype=np.int64)
    unknown = lengths == 1
    unknown[unknown] = letters[unknown, 0] == ord("-")
    chunk.refuse(~unknown & (lengths != _TIME_BYTES), reason)
    known = np.flatnonzero(~unknown)
    if not len(known):
        return times
    letters = letters[known]
    is_digit = np.equal(_TIME_SHAPE, ord("0"))
    digits = letters[:, is_digit].astype(np.int64) - ord("0")
    good = (letters[:, ~is_digit] == _TIME_SHAPE[~is_digit]).all(axis=1)
    good &= ((digits >= 0) & (digits <= 9)).all(axis=1)
    year = digits[:, :4] @ np.array([1000, 100, 10, 1])
    month, day, hour, minute, second = (digits[:, 4::2] * 10 + digits[:, 5::2]).T
    months = np.where(good, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    first_day = months.astype("datetime64[D]").astype(np.int64)
    next_month = months + np.timedelta64(1, "M")
    days_in_month = next_month.astype("datetime64[D]").astype(np.int64) - first_day
    good &= (year >= 1970) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= days_in_month)
    good &= (hour <= 23) & (minute <= 59) & (second <= 59)
    bad = np.zeros(len(lengths), dtype=bool)
    bad[known] = ~good
    chunk.refuse(bad, reason)
    times[known] = ((first_day + day - 1) * 24 + hour) * 3600 + minute * 60 + second
    return times


class _NamedReader:
    """Reads a column of texts that repeat; each text is checked once."""

    def __init__(self, name: str, count: int) -> None:
        self._name = name
        self._most = MAX_SOURCE_BYTES if name == "source" else _MAX_TAGS_BYTES
        self._places: dict[bytes, int] = {}
        self._table: list[str] = []
        self._numbers = np.empty(count, dtype=np.uint32)

    def read(self, chunk: _Chunk, rows: slice) -> None:
        """The next rows. Raises MalformedListError."""
        letters = chunk.letters(self._name, self._most)
        lengths = chunk.lengths_of(self._name)
        # A text mostly equals the one above it; only where it does not is Python asked.
        changes = np.ones(len(letters), dtype=bool)
        changes[1:] = (letters[1:] != letters[:-1]).any(axis=1)
        heads = np.flatnonzero(changes)
        raw = chunk.data.tobytes()
        starts = chunk.starts[heads, COLUMNS.index(self._name)]
        stops = starts + lengths[heads]
        places = [
            self._place(raw[start:stop], chunk.first_line + row)
            for row, start, stop in zip(
                heads.tolist(), starts.tolist(), stops.tolist(), strict=True
            )
        ]
        runs = np.diff(heads, append=len(letters))
        self._numbers[rows] = np.repeat(np.array(places, dtype=np.uint32), runs)

    def column(self) -> Named:
        """The rows so far."""
        return Named(tuple(self._table), frozen(self._numbers))

    def _place(self, raw: bytes, line: int) -> int:
        place = self._places.get(raw)
        if place is None:
            self._table.append(self._checked(raw, line))
            place = self._places[raw] = len(self._places)
        return place

    def _checked(self, raw: bytes, line: int) -> str:
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise MalformedListError(f"line {line}: the {self._name} is not UTF-8") from None
        if self._name == "source":
            fault = text_fault(text, max_bytes=MAX_SOURCE_BYTES)
        else:
            fault = tags_fault(tuple(text.split(",")) if text else ())
        if fault:
            raise MalformedListError(f"line {line}: the {self._name} {fault}")
        return text
