"""The log of a live folder: batches of changes, one after the other, each whole or not there.

Bytes in, batches out, and back; files are opened by the caller. The format, and why what is
torn is told from what is altered, is in docs/index-format.md, "Live folder".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from hashguard.errors import IndexFileError
from hashguard.lists.entry import MAX_ID_BYTES
from hashguard.lists.rows import MAX_LINE_BYTES
from hashguard.lists.wire import MAX_VERSION
from hashguard.live.changes import MAX_CHANGES

FORMAT = 1
MAX_HEADER_BYTES = 512  # a real header has under 200
_MAGIC = b"hashguard-log "
_MAX_FIRST_LINE_BYTES = 128
_NO_DIGEST = b"0" * 64
_SECTOR_BYTES = 512  # the least that a disk writes at once
_PIECE_BYTES = 2**20
_REMEDY = "restore the folder or build it again"
_FIRST_LINE = re.compile(rb"hashguard-log ([1-9][0-9]{0,8}) ([^\n]*)\n")
_DIGEST = re.compile(rb"[0-9a-f]{64}")
_HEADER = re.compile(
    rb'\{"added":(0|[1-9][0-9]{0,15}),"bytes":(0|[1-9][0-9]{0,15}),"digest":"([0-9a-f]{64})",'
    rb'"number":([1-9][0-9]{0,15}),"version":([1-9][0-9]{0,15}),'
    rb'"withdrawn":(0|[1-9][0-9]{0,15})\}\n'
)
_HEADER_START = b'{"added":'
_VISIBLE = re.compile(rb"[!-~\n]*")


@dataclass(frozen=True, slots=True)
class Position:
    """How far a log was read, and what it said there.

    offset, last: bytes before the next batch, and before the last one or the first line.
    number, version: of the last batch, or of the base before the first.
    chain: digest of the last batch, or of the base's manifest; 64 hex digits.
    """

    offset: int
    last: int
    number: int
    version: int
    chain: str


@dataclass(frozen=True, slots=True)
class Batch:
    """One change. body: `added` entry lines, then `withdrawn` lines of one id each."""

    number: int
    version: int
    added: int
    withdrawn: int
    body: bytes

    def lines(self) -> tuple[list[bytes], list[str]]:
        """The entry lines, without their line feeds and not yet checked; and the ids."""
        parts = self.body.split(b"\n")
        ids = parts[self.added : self.added + self.withdrawn]
        return parts[: self.added], [one.decode("ascii") for one in ids]


def first_line(base_digest: str) -> bytes:
    """How the log of a base begins."""
    return _MAGIC + f"{FORMAT} {base_digest}\n".encode("ascii")


def read_first_line(file: BinaryIO, base_digest: str, name: str) -> int:
    """Check the first line of a log of that name; where the batches begin.

    Raises IndexFileError.
    """
    raw = file.readline(_MAX_FIRST_LINE_BYTES)
    found = _FIRST_LINE.fullmatch(raw)
    if not found:
        if not raw.endswith(b"\n") and (
            raw.startswith(_MAGIC[: len(raw)]) and len(raw) < len(first_line(base_digest))
        ):
            raise IndexFileError(f"truncated: {name} is cut off; {_REMEDY}")
        if raw.startswith(_MAGIC):
            raise _altered(name, "does not begin as a log")
        raise IndexFileError(f"foreign: {name} is of another program")
    if int(found[1]) != FORMAT:
        raise IndexFileError(
            f"newer: {name} was written by a newer hashguard: format {int(found[1])}, "
            f"this one reads {FORMAT}"
        )
    if not _DIGEST.fullmatch(found[2]) or found[2].decode("ascii") != base_digest:
        raise _altered(name, "does not belong to the base")
    return len(raw)


def encode(batch: Batch, chain: str) -> tuple[bytes, str]:
    """The bytes of a batch that follows `chain`, and its own digest."""
    digest = _digest(batch, chain)
    return _header(batch, digest.encode("ascii")) + batch.body, digest


def read_batches(
    file: BinaryIO, at: Position, stop: int, name: str
) -> Iterator[tuple[Batch, Position]]:
    """The whole batches from a position on, each with the position after it.

    stop: the length of the file when it was looked at; no more is read, so that what is
    being written meanwhile is left for the next time. Ends at a torn batch, which was never
    acknowledged. Raises IndexFileError for one that is altered.
    """
    while at.offset < stop:
        file.seek(at.offset)
        line = file.readline(min(MAX_HEADER_BYTES, stop - at.offset))
        # 1. The header: spelling, bounds, order.
        found = _HEADER.fullmatch(line)
        if not found:
            if _is_begun(line) and _is_zero(file, at.offset + len(_written(line)), stop):
                return
            raise _altered(name, f"has no batch after number {at.number}")
        added, length, number, version, withdrawn = (int(found[n]) for n in (1, 2, 4, 5, 6))
        if number != at.number + 1 or not at.version <= version <= MAX_VERSION:
            raise _altered(name, f"has another batch after number {at.number}")
        most = added * (MAX_LINE_BYTES + 1) + withdrawn * (MAX_ID_BYTES + 1)
        if added + withdrawn > MAX_CHANGES or length > most:
            raise _altered(name, f"has a batch beyond bounds after number {at.number}")
        # 2. The body: length, digest, lines.
        start = at.offset + len(line)
        body = file.read(min(length, stop - start))
        if len(body) < length:
            # With all its lines there, it is the stated length that was altered.
            if body.count(b"\n") < added + withdrawn:
                return
            raise _altered(name, f"states another length after batch {at.number}")
        batch = Batch(number, version, added, withdrawn, body)
        digest = _digest(batch, at.chain)
        if digest.encode("ascii") != found[3]:
            if start + length == stop and _has_hole(line + body, at.offset):
                return
            raise _altered(name, f"does not fit its digest after batch {at.number}")
        if not _has_lines(batch):
            raise _altered(name, f"holds a line that is no id after batch {at.number}")
        at = Position(start + length, at.offset, number, version, digest)
        yield batch, at


def is_there(file: BinaryIO, at: Position, stop: int) -> bool:
    """Whether a log of `stop` bytes still holds what was read up to a position.

    A batch may be read before it is acknowledged, and be taken back when that fails. The
    digest in the last header stands for everything before it.
    """
    if at.offset > stop:
        return False
    file.seek(at.last)
    return at.chain.encode("ascii") in file.readline(MAX_HEADER_BYTES)


def altered_entry(name: str) -> IndexFileError:
    """For a log whose entry lines the reader of hash lists refuses."""
    return _altered(name, "holds a line that is not an active entry with an id of its own")


def taken_back(name: str) -> IndexFileError:
    """For a log that no longer holds what was read of it."""
    return _altered(name, "no longer holds what was read of it")


def _header(batch: Batch, digest: bytes) -> bytes:
    """Canonical JSON: sorted keys, no white space, one line feed at the end."""
    return b'{"added":%d,"bytes":%d,"digest":"%s","number":%d,"version":%d,"withdrawn":%d}\n' % (
        batch.added,
        len(batch.body),
        digest,
        batch.number,
        batch.version,
        batch.withdrawn,
    )


def _digest(batch: Batch, chain: str) -> str:
    digest = hashlib.sha256(chain.encode("ascii") + _header(batch, _NO_DIGEST))
    digest.update(batch.body)
    return digest.hexdigest()


def _has_lines(batch: Batch) -> bool:
    """Whether the body has as many lines as the header says, the last of them ids."""
    parts = batch.body.split(b"\n")
    ids = parts[batch.added : -1]
    return (
        len(parts) == batch.added + batch.withdrawn + 1
        and not parts[-1]
        and all(1 <= len(one) <= MAX_ID_BYTES for one in ids)
        and bool(_VISIBLE.fullmatch(b"\n".join(ids)))
    )


def _written(line: bytes) -> bytes:
    """What reached the disk of a line: up to its first zero byte, which no line has."""
    return line.partition(b"\0")[0]


def _is_begun(line: bytes) -> bool:
    """Whether this may be a header that was not written to its end."""
    written = _written(line)
    return (
        written.startswith(_HEADER_START[: len(written)])
        and b"\n" not in written
        and b"}" not in written[:-1]
    )


def _is_zero(file: BinaryIO, start: int, stop: int) -> bool:
    """Whether the file holds nothing but zero bytes from here on."""
    file.seek(start)
    while start < stop:
        piece = file.read(min(_PIECE_BYTES, stop - start))
        if not piece or piece.count(0) != len(piece):
            return False
        start += len(piece)
    return True


def _has_hole(data: bytes, offset: int) -> bool:
    """Whether a sector of these bytes, which begin at `offset` of the file, is all zero.

    Such a sector did not reach the disk before the power went; no batch holds a zero byte.
    """
    first = -offset % _SECTOR_BYTES or _SECTOR_BYTES
    starts = [0, *range(first, len(data), _SECTOR_BYTES)]
    ends = [*starts[1:], len(data)]
    return any(
        data.count(0, start, end) == end - start for start, end in zip(starts, ends, strict=True)
    )


def _altered(name: str, fault: str) -> IndexFileError:
    return IndexFileError(f"altered: {name} {fault}; {_REMEDY}")
