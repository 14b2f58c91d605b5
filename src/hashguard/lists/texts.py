"""A column of ASCII texts as one blob and its offsets, with exact look-up.

Pure. Look-up and the search for repeats go through 64-bit keys and then compare the
texts themselves: texts made to collide cost time (one set of them), never a wrong answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

_T = TypeVar("_T", bound=np.generic)

_ROWS_AT_ONCE = 16_384  # times the longest text: a few MB of scratch at most
_HASHED_BYTES = 4096
_FACTOR = 0x9E3779B97F4A7C15  # odd, so its powers are distinct units modulo 2**64


def frozen(values: NDArray[_T]) -> NDArray[_T]:
    """The same array, read-only."""
    values.flags.writeable = False
    return values


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """n texts without NUL. offsets: (n + 1,) uint32; text i is blob[offsets[i]:offsets[i+1]].

    blob: bytes, or a read-only view of such that a file holds.
    """

    blob: bytes | memoryview
    offsets: NDArray[np.uint32]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Texts:
        """A column of these ASCII texts."""
        parts = [text.encode("ascii") for text in texts]
        offsets = np.zeros(len(parts) + 1, dtype=np.uint32)
        offsets[1:] = np.cumsum([len(part) for part in parts])
        return cls(b"".join(parts), frozen(offsets))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> str:
        return str(self.blob[self.offsets[row] : self.offsets[row + 1]], "ascii")

    def __iter__(self) -> Iterator[str]:
        text = str(self.blob, "ascii")
        stops = iter(self.offsets.tolist())
        start = next(stops)
        for stop in stops:
            yield text[start:stop]
            start = stop

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Texts):
            return NotImplemented
        return self.blob == other.blob and np.array_equal(self.offsets, other.offsets)

    def __hash__(self) -> int:
        # A view of a file cannot be hashed, and must hash like the bytes it equals.
        return hash((len(self), bytes(self.blob[:_HASHED_BYTES])))

    def taking(self, rows: NDArray[np.int64]) -> Texts:
        """Only these rows, in this order."""
        lengths = np.diff(self.offsets)[rows].astype(np.int64)
        offsets = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum(lengths, out=offsets[1:])
        letters = np.frombuffer(self.blob, dtype=np.uint8)
        parts = []
        # In pieces: the place of a letter takes sixteen times its room.
        for first in range(0, len(rows), _ROWS_AT_ONCE):
            piece = slice(first, first + _ROWS_AT_ONCE)
            starts = self.offsets[:-1][rows[piece]].astype(np.int64)
            ends = np.cumsum(lengths[piece])
            moves = np.repeat(starts - (ends - lengths[piece]), lengths[piece])
            parts.append(letters[np.arange(len(moves)) + moves].tobytes())
        return Texts(b"".join(parts), frozen(offsets.astype(np.uint32)))

    def joined(self, other: Texts) -> Texts:
        """This column, then the other. Raises ValueError if offsets would not fit 32 bits."""
        if len(self.blob) + len(other.blob) >= 2**32:
            raise ValueError("the ids of a list hold less than 4 GiB")
        moved = other.offsets[1:] + np.uint32(len(self.blob))
        return Texts(
            b"".join((self.blob, other.blob)), frozen(np.concatenate([self.offsets, moved]))
        )

    def first_repeat(self) -> int | None:
        """The first row whose text an earlier row has; None if all differ."""
        keys = self.look_up_keys()
        order = np.argsort(keys, kind="stable")
        equal = np.flatnonzero(keys[order[1:]] == keys[order[:-1]])
        suspects = np.unique(np.concatenate([order[equal], order[equal + 1]]))
        seen: set[str] = set()
        for row in suspects.tolist():
            text = self[row]
            if text in seen:
                return int(row)
            seen.add(text)
        return None

    def find(self, wanted: Iterable[str]) -> dict[str, int]:
        """The first row of each wanted text that is there."""
        ascii_only = [text for text in dict.fromkeys(wanted) if text.isascii()]
        suspects = np.flatnonzero(np.isin(self.look_up_keys(), self.of(ascii_only).look_up_keys()))
        missing = set(ascii_only)
        found: dict[str, int] = {}
        for row in suspects.tolist():
            text = self[row]
            if text in missing:
                missing.remove(text)
                found[text] = row
        return found

    def look_up_keys(self) -> NDArray[np.uint64]:
        """(n,) uint64: equal texts have equal keys."""
        keys = np.zeros(len(self), dtype=np.uint64)
        for start in range(0, len(self), _ROWS_AT_ONCE):
            offsets = self.offsets[start : start + _ROWS_AT_ONCE + 1].astype(np.int64)
            part = np.frombuffer(self.blob, dtype=np.uint8, count=int(offsets[-1]))[offsets[0] :]
            letters = windows(part, offsets[:-1] - offsets[0], np.diff(offsets))
            key, power = keys[start : start + _ROWS_AT_ONCE], 1
            for place in range(letters.shape[1]):
                power = power * _FACTOR % 2**64
                key += letters[:, place] * np.uint64(power)
        return keys


def windows(
    data: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """(n, longest) uint8: the bytes data[start:start + length], zero after their end."""
    width = int(lengths.max(initial=0))
    if width == 0:
        return np.zeros((len(starts), 0), dtype=np.uint8)
    padded = np.concatenate([data, np.zeros(width, dtype=np.uint8)])
    picked = sliding_window_view(padded, width)[starts]
    picked[np.arange(width) >= lengths[:, None]] = 0
    return picked
