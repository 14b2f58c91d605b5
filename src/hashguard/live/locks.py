"""Locks between processes, which the system lets go of when a process ends, however it ends.

Each is a lock on an empty file that stays. Reading a live folder needs none of them.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hashguard.errors import IndexFileError
from hashguard.files import fault_of

WRITE_LOCK = "lock"  # held for the milliseconds of a change
COMPACT_LOCK = "compact.lock"  # held while a base is built
MAX_WAIT = 10.0  # seconds; a change holds the lock for milliseconds
_FIRST_PAUSE, _LONGEST_PAUSE = 0.001, 0.02  # seconds

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _let_go(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        # Not lockf: its locks belong to the process, so two threads would both have them.
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _let_go(handle: int) -> None:
        # Spelled out: closing would not do while a forked process has the handle as well.
        fcntl.flock(handle, fcntl.LOCK_UN)


_handles: set[int] = set()


def _forget() -> None:
    """In a forked process: drop the handles, or the locks would outlive their holder."""
    while _handles:
        os.close(_handles.pop())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


@contextmanager
def write_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of those who change the folder; others wait for it up to MAX_WAIT.

    Raises IndexFileError: read-only, or cannot write after that time.
    """
    with _opened(folder / WRITE_LOCK) as handle:
        end = time.monotonic() + MAX_WAIT
        pause = _FIRST_PAUSE
        while not _tried(handle):
            if time.monotonic() > end:
                raise IndexFileError(
                    f"cannot write: another process has held the folder for {MAX_WAIT:.0f} s; "
                    "nothing was changed; see whether a process that changes it hangs"
                )
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        try:
            yield
        finally:
            _release(handle)


@contextmanager
def compact_lock(folder: Path) -> Iterator[bool]:
    """Whether nobody else compacts the folder; if so, nobody else will meanwhile.

    Raises IndexFileError: read-only.
    """
    with try_lock(folder / COMPACT_LOCK) as taken:
        yield taken


@contextmanager
def try_lock(path: Path) -> Iterator[bool]:
    """Whether nobody else holds the lock of this file, which is made if it is not there.

    Raises IndexFileError: read-only, or the folder is missing.
    """
    with _opened(path) as handle:
        taken = _tried(handle)
        try:
            yield taken
        finally:
            if taken:
                _release(handle)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(path, flags, 0o600)
    except FileNotFoundError as error:
        raise IndexFileError("missing: the folder is gone; nothing was changed") from error
    except OSError as error:
        raise fault_of(error, "the folder") from error
    _handles.add(handle)
    try:
        yield handle
    finally:
        if handle in _handles:  # else this is a forked process, and `_forget` has closed it
            _handles.discard(handle)
            os.close(handle)


def _tried(handle: int) -> bool:
    try:
        _take(handle)
    except (BlockingIOError, PermissionError):  # held by another; the second is Windows' word
        return False
    except OSError as error:  # a file system without locks
        raise fault_of(error, "the lock of the folder") from error
    return True


def _release(handle: int) -> None:
    if handle in _handles:
        _let_go(handle)
