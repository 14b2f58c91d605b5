"""CURRENT: the one line that says which base and which log make up a live folder.

It is replaced in one step, so a reader sees the folder before a compaction or after it.
The format is in docs/index-format.md, "Live folder".
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from hashguard.errors import IndexFileError
from hashguard.files import fault_of, open_plain, replace_file, unreadable

NAME = "CURRENT"
FORMAT = "hashguard-live"
VERSION = 1
MAX_BYTES = 512  # a real one has under 100
_BASE = re.compile(r"base-([0-9]{6,15})", re.ASCII)
_LOG = re.compile(r"log-([0-9]{6,15})", re.ASCII)
_REMEDY = "restore the folder or build it again"


@dataclass(frozen=True, slots=True)
class Current:
    """The names of a base and of its log.

    stamp: device, inode and time of the file they were read from, so that a folder that
    was made anew under the same names is told from the one it replaced.
    """

    base: str
    log: str
    stamp: tuple[int, int, int] = field(default=(0, 0, 0), repr=False)

    @classmethod
    def numbered(cls, number: int) -> Current:
        """The pair of this number, from 1."""
        return cls(f"base-{number:06d}", f"log-{number:06d}")

    def next(self) -> Current:
        """The pair that a compaction makes of this one."""
        return self.numbered(max(_number(_BASE, self.base), _number(_LOG, self.log)) + 1)

    def line(self) -> bytes:
        """Canonical JSON: sorted keys, no white space, one line feed at the end."""
        fields = {"base": self.base, "format": FORMAT, "log": self.log, "version": VERSION}
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return text.encode("ascii") + b"\n"


def read_current(folder: Path) -> Current:
    """What CURRENT says now. Raises IndexFileError."""
    try:
        with open_plain(folder / NAME) as file:
            about = os.fstat(file.fileno())
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        if folder.is_dir():
            raise IndexFileError(f"foreign: no live folder, for it holds no {NAME}") from error
        raise IndexFileError("missing: there is no such folder") from error
    except NotADirectoryError as error:
        raise IndexFileError("foreign: this is a file, not a live folder") from error
    except OSError as error:
        raise unreadable(error, NAME) from error
    return _parsed(raw, (about.st_dev, about.st_ino, about.st_mtime_ns))


def replace_current(folder: Path, current: Current) -> None:
    """Make this pair the folder's, durably. Raises IndexFileError."""
    try:
        replace_file(folder / NAME, current.line())
    except OSError as error:
        raise fault_of(error, NAME) from error


def is_numbered(name: str) -> bool:
    """Whether a file of a live folder has the name of a base or of a log."""
    return bool(_BASE.fullmatch(name) or _LOG.fullmatch(name))


def _parsed(raw: bytes, stamp: tuple[int, int, int]) -> Current:
    try:
        fields = json.loads(raw.decode("ascii")) if len(raw) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        # RecursionError: 512 brackets may nest deeper than the JSON reader goes.
        fields = None
    if not isinstance(fields, dict):
        if len(raw) <= MAX_BYTES and b'{"base":"'.startswith(raw[:9]) and not raw.endswith(b"}\n"):
            raise _truncated()
        raise _altered("is not a line of JSON")
    if fields.get("format") != FORMAT:
        raise IndexFileError(f"foreign: {NAME} is of another program")
    version = fields.get("version")
    if type(version) is int and version > VERSION:
        raise IndexFileError(
            f"newer: written by a newer hashguard: version {version}, this one reads {VERSION}"
        )
    base, log = fields.get("base"), fields.get("log")
    if not isinstance(base, str) or not isinstance(log, str):
        raise _altered("names no base and no log")
    # No other names: a path in their place would lead out of the folder.
    if not _BASE.fullmatch(base) or not _LOG.fullmatch(log):
        raise _altered("names no base and no log")
    current = Current(base, log, stamp)
    if current.line() == raw + b"\n":
        raise _truncated()
    if current.line() != raw:
        raise _altered("is not canonical (sorted keys, no spaces, ASCII)")
    return current


def _truncated() -> IndexFileError:
    return IndexFileError(f"truncated: {NAME} is cut off; {_REMEDY}")


def _altered(fault: str) -> IndexFileError:
    return IndexFileError(f"altered: {NAME} {fault}; {_REMEDY}")


def _number(pattern: re.Pattern[str], name: str) -> int:
    found = pattern.fullmatch(name)
    return int(found[1]) if found else 0
