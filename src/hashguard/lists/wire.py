"""The list file: bytes to header and entries, and back. The format is in docs/hash-list.md.

Pure. The numbered steps are those of the document. The digest tells damage and clumsy
editing from what was written; it does not tell who wrote it, for that a signature is needed.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from typing import Any

from hashguard.errors import InvalidHashError, ListError, MalformedListError
from hashguard.hashes import Algorithm
from hashguard.lists.columns import MAX_ENTRIES, Entries
from hashguard.lists.entry import MAX_TIME, text_fault, time_seconds, time_text
from hashguard.lists.foreign import not_a_list
from hashguard.lists.row_writer import write_rows
from hashguard.lists.rows import read_rows
from hashguard.strict_json import is_whole

FORMAT = 1
MAGIC = b"hashguard-list "
MAX_LIST_BYTES = 2**31  # 2 GiB; a line has 100 to 150 bytes, so MAX_ENTRIES and more
MAX_HEADER_BYTES = 4096  # a real header is under 400
MAX_ORIGIN_BYTES = 200
MAX_VERSION = 2**53 - 1  # the largest whole number every JSON reader keeps exact
_MAX_MAGIC_LINE_BYTES = 32
_NO_DIGEST = "0" * 64
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_KEYS = {"algorithm", "count", "digest", "expires", "origin", "version"}


@dataclass(frozen=True, slots=True)
class Header:
    """The second line. expires: unix seconds, or None for a list that does not expire.

    Raises ValueError for what a header cannot say.
    """

    algorithm: Algorithm
    count: int
    digest: str
    expires: int | None
    origin: str
    version: int

    def __post_init__(self) -> None:
        if not is_whole(self.count, 0, MAX_ENTRIES):
            raise ValueError(f"count must be a whole number from 0 to {MAX_ENTRIES}")
        if not _DIGEST.fullmatch(self.digest):
            raise ValueError("digest must be 64 lower-case hex digits")
        if self.expires is not None and not is_whole(self.expires, 0, MAX_TIME):
            raise ValueError("expires must be whole unix seconds from 1970 to 9999")
        if fault := text_fault(self.origin, max_bytes=MAX_ORIGIN_BYTES):
            raise ValueError(f"origin {fault}")
        if not is_whole(self.version, 1, MAX_VERSION):
            raise ValueError("version must be a whole number from 1 to 2**53 - 1")

    def line(self) -> bytes:
        """The canonical line: sorted keys, no spaces, ASCII, ended by a line feed."""
        fields = {
            "algorithm": self.algorithm.value,
            "count": self.count,
            "digest": self.digest,
            "expires": None if self.expires is None else time_text(self.expires),
            "origin": self.origin,
            "version": self.version,
        }
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return text.encode("ascii") + b"\n"


def dump(entries: Entries, *, origin: str, version: int, expires: int | None) -> bytes:
    """The canonical file.

    Raises ListError if it would be too long, ValueError for what a header cannot say.
    """
    header = Header(entries.algorithm, len(entries), _NO_DIGEST, expires, origin, version)
    magic = MAGIC + str(FORMAT).encode("ascii") + b"\n"
    digest = hashlib.sha256(magic + header.line())
    parts = [magic, b""]
    length = 0
    for part in write_rows(entries):
        length += len(part)
        if length > MAX_LIST_BYTES - MAX_HEADER_BYTES:
            raise ListError(f"the list would have more than {MAX_LIST_BYTES} bytes; split it")
        digest.update(part)
        parts.append(part)
    parts[1] = replace(header, digest=digest.hexdigest()).line()
    return b"".join(parts)


def parse(data: bytes) -> tuple[Header, Entries]:
    """The header and the entries of a whole file. Raises MalformedListError."""
    # 1. Length.
    if len(data) > MAX_LIST_BYTES:
        raise MalformedListError(f"the list has more than {MAX_LIST_BYTES} bytes")
    # 2. Magic and format.
    header_start = check_magic(data)
    # 3. Header.
    body_start, header = _header(data, header_start)
    # 4. Line feeds against the count: what was cut off gets its own message.
    _check_count(data, body_start, header)
    # 5. Digest.
    digest = hashlib.sha256(data[:header_start])
    digest.update(replace(header, digest=_NO_DIGEST).line())
    digest.update(memoryview(data)[body_start:])
    if digest.hexdigest() != header.digest:
        raise MalformedListError(
            "line 2: the digest does not fit the content: "
            "the file was altered or damaged after it was written"
        )
    # 6. Entry lines.
    return header, read_rows(data, body_start, count=header.count, algorithm=header.algorithm)


def check_magic(data: bytes) -> int:
    """Where the header begins. The first 64 bytes of a file are enough to ask.

    Raises MalformedListError, which says what the file is instead if that can be told.
    """
    if not data:
        raise MalformedListError("line 1: the file is empty")
    if not data.startswith(MAGIC):
        meaning = not_a_list(data) or f"it does not begin with `{MAGIC.decode().strip()}`"
        raise MalformedListError(f"line 1: not a hashguard list; {meaning}")
    end = data.find(b"\n", 0, _MAX_MAGIC_LINE_BYTES)
    number = data[len(MAGIC) : end] if end >= 0 else data[len(MAGIC) : _MAX_MAGIC_LINE_BYTES]
    if number.endswith(b"\r"):
        raise MalformedListError(_CHANGED_ENDINGS.format(line=1))
    if end < 0:
        raise MalformedListError("line 1: cut off, or not ended by a line feed")
    if not re.fullmatch(rb"[1-9][0-9]{0,8}", number):
        raise MalformedListError("line 1: the format is not a number")
    if int(number) != FORMAT:
        raise MalformedListError(
            f"line 1: written by a newer hashguard: format {int(number)}, this one reads {FORMAT}"
        )
    return end + 1


_CHANGED_ENDINGS = (
    "line {line}: line endings were changed to CR LF; copy the file as binary, unchanged"
)


def _header(data: bytes, start: int) -> tuple[int, Header]:
    """Where the entry lines begin, and the header."""
    end = data.find(b"\n", start, start + MAX_HEADER_BYTES)
    if end < 0:
        raise MalformedListError(f"line 2: cut off, or longer than {MAX_HEADER_BYTES} bytes")
    raw = data[start : end + 1]
    if raw.endswith(b"\r\n"):
        raise MalformedListError(_CHANGED_ENDINGS.format(line=2))
    try:
        fields = json.loads(raw.decode("ascii"))
    except (ValueError, RecursionError):
        # RecursionError: 4096 brackets nest deeper than the JSON reader goes.
        raise MalformedListError("line 2: the header is not ASCII JSON") from None
    if not isinstance(fields, dict) or set(fields) != _KEYS:
        raise MalformedListError(f"line 2: the header has the keys {', '.join(sorted(_KEYS))}")
    try:
        header = _header_of(fields)
    except (ValueError, InvalidHashError) as error:
        raise MalformedListError(f"line 2: {error}") from None
    if header.line() != raw:
        raise MalformedListError(
            "line 2: the header is not canonical (sorted keys, no spaces, ASCII)"
        )
    return end + 1, header


def _header_of(fields: dict[str, Any]) -> Header:
    for key in ("algorithm", "digest", "origin"):
        if not isinstance(fields[key], str):
            raise ValueError(f"{key} must be a text")
    expires = fields["expires"]
    if expires is not None:
        if not isinstance(expires, str):
            raise ValueError("expires must be a time or null")
        expires = time_seconds(expires)
    return Header(
        algorithm=Algorithm.named(fields["algorithm"]),
        count=fields["count"],
        digest=fields["digest"],
        expires=expires,
        origin=fields["origin"],
        version=fields["version"],
    )


def _check_count(data: bytes, start: int, header: Header) -> None:
    lines = data.count(b"\n", start)
    whole = start == len(data) or data.endswith(b"\n")
    if lines == header.count and whole:
        return
    if data.find(b"\r\n", start) >= 0:
        raise MalformedListError(_CHANGED_ENDINGS.format(line=data.count(b"\n", 0, start) + 1))
    if lines < header.count:
        raise MalformedListError(
            f"the file is cut off: the header promises {header.count} entries, "
            f"there are {lines} whole lines"
        )
    raise MalformedListError(
        f"the header promises {header.count} entries, there are more lines ({lines})"
    )
