"""Logs on the disk: made whole, appended to durably, set back where that fails.

What the bytes mean is the business of log.py.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from hashguard.errors import IndexFileError
from hashguard.files import fault_of, open_plain, sync_folder, unreadable

_BINARY = getattr(os, "O_BINARY", 0)
_ONLY_HERE = getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def open_log(path: Path) -> Iterator[BinaryIO]:
    """A log, for reading. Raises IndexFileError, also for what fails while it is open."""
    try:
        with open_plain(path) as raw:
            yield cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", raw)))
    except FileNotFoundError as error:
        raise IndexFileError(
            f"torn: {path.name} is not there; restore the folder or build it again"
        ) from error
    except OSError as error:
        raise unreadable(error, path.name) from error


def create_log(path: Path, parts: Iterable[bytes]) -> None:
    """Write a new log, private and durable, or none. Raises IndexFileError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
    try:
        with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
            try:
                file.writelines(parts)
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                path.unlink()
                raise
        sync_folder(path.parent)
    except OSError as error:
        raise fault_of(error, path.name) from error


def append(path: Path, offset: int, data: bytes) -> None:
    """Write a batch at `offset`, over what is torn there, and sync it: then it is acknowledged.

    The caller holds the write lock. Raises IndexFileError; then nothing was changed.
    """
    with _writable(path) as handle:
        _append(handle, offset, data)


def sync_log(path: Path) -> None:
    """Make durable what is in the log. Raises IndexFileError."""
    with _writable(path) as handle:
        try:
            os.fsync(handle)
        except OSError as error:
            raise fault_of(error, "the change") from error


@contextmanager
def _writable(path: Path) -> Iterator[int]:
    try:
        handle = os.open(path, os.O_WRONLY | _BINARY | _ONLY_HERE)
    except OSError as error:
        raise fault_of(error, "the change") from error
    try:
        yield handle
    finally:
        os.close(handle)


def _append(handle: int, offset: int, data: bytes) -> None:
    try:
        os.ftruncate(handle, offset)
        os.lseek(handle, offset, os.SEEK_SET)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    except BaseException as error:
        # Also on Ctrl-C: what was not acknowledged must not appear later.
        try:
            os.ftruncate(handle, offset)
        except OSError:
            raise IndexFileError(
                "cannot write: a change failed and could not be taken back; "
                "it may be there as a whole, or not at all; see to the disk"
            ) from error
        if isinstance(error, OSError):
            raise fault_of(error, "the change") from error
        raise
