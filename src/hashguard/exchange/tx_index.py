"""Our exact index behind the index interface of threatexchange; never pickled, never FAISS's file.

Exact at every number of entries, also where many have equal hashes, before and after it was
written to a file. docs/exchange.md describes the file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, BinaryIO, Generic, Self, TypeVar

import numpy as np

from hashguard.errors import IndexFileError, MissingExtraError
from hashguard.exchange.tx_values import from_json, to_json
from hashguard.hashes import Algorithm, Codes, Hash, hamming
from hashguard.index import PlannedIndex, build_index
from hashguard.strict_json import is_whole, no_constant

try:
    from threatexchange.signal_type.index import (
        IndexMatchUntyped,
        SignalSimilarityInfoWithIntDistance,
        SignalTypeIndex,
    )
except ImportError as error:
    raise MissingExtraError(
        "this needs threatexchange: pip install 'hashguard[threatexchange]'"
    ) from error

MAX_DISTANCE = 31  # bits of 256; recommended by the PDQ authors, and what tx matches
MAGIC = b"hashguard-tx-index 1\n"
MAX_HEAD_BYTES = 256
MAX_ENTRIES = 2**26
_WIDTH = Algorithm.PDQ.code_bytes
_LEAST_ADDED = 4_096  # added entries that are scanned rather than indexed

T = TypeVar("T")


class HashguardIndex(SignalTypeIndex[T], Generic[T]):
    """Every entry within 31 bits of a query, nearest first. Equal hashes keep all their entries."""

    def __init__(self, entries: Iterable[tuple[str, T]] = ()) -> None:
        super().__init__()
        self._entries: list[T] = []
        self._packed = bytearray()
        # In one attribute, so that a thread that searches never sees one of them without the other.
        self._indexed: tuple[PlannedIndex | None, int] = (None, 0)
        self.add_all(entries)

    def __len__(self) -> int:
        return len(self._entries)

    def query(self, query: str) -> Sequence[IndexMatchUntyped[Any, T]]:
        """Matches of 64 hex digits. Raises InvalidHashError, a ValueError."""
        asked = Hash.from_hex(Algorithm.PDQ, query).code[np.newaxis]
        packed = self._packed
        index, count = self._index_of(packed)
        found: list[tuple[int, int]] = []
        if index is not None:
            result = index.range_search(asked, MAX_DISTANCE)
            found += zip(result.distances.tolist(), result.rows.tolist(), strict=True)
        distances = hamming(_codes(packed)[count:], asked)
        near = np.flatnonzero(distances <= MAX_DISTANCE)
        found += zip(distances[near].tolist(), (near + count).tolist(), strict=True)
        return [
            IndexMatchUntyped(SignalSimilarityInfoWithIntDistance(distance), self._entries[row])
            for distance, row in sorted(found)
        ]

    def add(self, signal_str: str, entry: T) -> None:
        """Add an entry; one with an equal hash stays. Raises InvalidHashError."""
        self.add_all([(signal_str, entry)])

    def add_all(self, entries: Iterable[tuple[str, T]]) -> None:
        """Add entries: all, or none if one of them has no hash. Raises InvalidHashError."""
        packed, added = bytearray(), []
        for signal, entry in entries:
            packed += Hash.from_hex(Algorithm.PDQ, signal).packed
            added.append(entry)
        self._entries += added
        # Last, and a new array: searches that are under way look at the old one.
        self._packed = self._packed + packed

    def serialize(self, fout: BinaryIO) -> None:
        """Write the index. Raises ValueError for entries that are no plain values."""
        fout.write(self._dumps())

    @classmethod
    def deserialize(cls, fin: BinaryIO) -> Self:
        """The index in a file of ours; one of threatexchange is refused, for it is a pickle.

        Raises IndexFileError.
        """
        return cls._loads(fin.read())

    def dispose(self) -> None:
        """Let go of the memory. What is asked afterwards finds nothing."""
        self._packed, self._indexed, self._entries = bytearray(), (None, 0), []

    def __reduce__(self) -> tuple[Callable[[bytes], object], tuple[bytes]]:
        # What pickles is threatexchange's choice; the bytes inside are ours, and checked.
        return type(self)._loads, (self._dumps(),)

    def _index_of(self, packed: bytearray) -> tuple[PlannedIndex | None, int]:
        """An index of the first so many hashes; the rest is few enough to be scanned.

        Built anew once an eighth was added: additions stay cheap, and queries fast.
        """
        index, count = self._indexed
        waiting = len(packed) // _WIDTH - count
        if waiting > max(_LEAST_ADDED, count // 8):
            codes = _codes(packed)
            index, count = build_index(codes, max_distance=MAX_DISTANCE), len(codes)
            self._indexed = index, count
        return index, count

    def _dumps(self) -> bytes:
        lines = [json.dumps(to_json(entry), ensure_ascii=True) for entry in self._entries]
        body = bytes(self._packed) + "".join(line + "\n" for line in lines).encode("ascii")
        head = {"digest": hashlib.sha256(body).hexdigest(), "entries": len(self)}
        return MAGIC + json.dumps(head, sort_keys=True).encode("ascii") + b"\n" + body

    @classmethod
    def _loads(cls, data: bytes) -> Self:
        """1. Whose file. 2. Its head. 3. Its digest. 4. Its contents. Raises IndexFileError."""
        if not data.startswith(MAGIC):
            raise IndexFileError(
                "foreign: this index was not written by hashguard; build it anew, "
                "with `tx dataset --rebuild-indices`"
            )
        end = data.find(b"\n", len(MAGIC), len(MAGIC) + MAX_HEAD_BYTES)
        count, digest = _head(data[len(MAGIC) : max(end, 0)])
        body = data[end + 1 :]
        if hashlib.sha256(body).hexdigest() != digest or len(body) < count * _WIDTH:
            raise IndexFileError("altered: the index does not fit its digest; build it anew")
        read = cls()
        read._packed = bytearray(body[: count * _WIDTH])
        lines = body[count * _WIDTH :].split(b"\n")
        try:
            read._entries = [_entry(line) for line in islice(lines, count)]
        except (ValueError, RecursionError):
            raise IndexFileError("altered: an entry cannot be read; build the index anew") from None
        if len(read._entries) != count or len(lines) != count + 1:
            raise IndexFileError("altered: the index has too few or too many entries")
        return read


def _codes(packed: bytearray) -> Codes:
    return np.frombuffer(packed, dtype=np.uint8).reshape(-1, _WIDTH)


def _head(line: bytes) -> tuple[int, str]:
    try:
        head = json.loads(line)
        count, digest = head["entries"], head["digest"]
    except (ValueError, KeyError, TypeError):
        raise IndexFileError("altered: the head of the index cannot be read") from None
    if not is_whole(count, 0, MAX_ENTRIES) or not isinstance(digest, str):
        raise IndexFileError("altered: the head of the index cannot be read")
    return count, digest


def _entry(line: bytes) -> Any:
    return from_json(json.loads(line, parse_constant=no_constant))
