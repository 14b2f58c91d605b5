"""Files on our own disk: replaced whole and durably, opened only if they are plain files.

What fails is told in the words of `IndexFileError`. No file is named here but those of our
own formats: the names a user gives do not belong in a message.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from hashguard.errors import IndexFileError

# EFBIG: the limit a supervisor puts on the size of files is met like the end of a disk.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}
_CANNOT_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES, errno.EISDIR}

# Neither follow a link out of our folder nor wait for the other end of a pipe.
_ONLY_HERE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_READ = os.O_RDONLY | _ONLY_HERE | getattr(os, "O_BINARY", 0)


def fault_of(error: OSError, what: str) -> IndexFileError:
    """Why `what` (a text of ours, no user's file name) could not be written.

    The caller has undone whatever was begun: the message says that nothing was changed.
    """
    if error.errno in _FULL:
        fault, remedy = "disk full", "free some space"
    elif error.errno in _READ_ONLY:
        fault, remedy = "read-only", "allow this process to write there"
    else:
        fault, remedy = "cannot write", "see to the disk"
    return IndexFileError(
        f"{fault}: {what} could not be written ({_reason(error)}); "
        f"nothing was changed; {remedy} and try again"
    )


def unreadable(error: OSError, what: str) -> IndexFileError:
    """Why `what` (a text of ours, no user's file name) is there and could not be read."""
    return IndexFileError(f"unreadable: {what} could not be read ({_reason(error)})")


def open_plain(path: Path) -> BinaryIO:
    """A file of one of our folders, for reading, unbuffered.

    Raises FileNotFoundError or NotADirectoryError if it is not there, and IndexFileError,
    which names the file, if it is a link, a pipe, a device or a folder, or cannot be opened.
    """
    try:
        handle = os.open(path, _READ)
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _not_plain(path) from error
        raise unreadable(error, path.name) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _not_plain(path)
    return os.fdopen(handle, "rb", buffering=0)


def replace_file(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Put a file with this content and mode in the place of `path`, durably.

    A reader sees the old file or the new one, never a part. Raises OSError; then the old
    file is still there, unless it was the folder that could not be synced at the end.
    """
    # mkstemp creates with mode 0600, whatever the umask.
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            if mode != 0o600:
                Path(name).chmod(mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        # Also on Ctrl-C: no half-written hashes may stay behind.
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    sync_folder(path.parent)


@contextlib.contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A private folder to fill, which gets its name, durably, when the block ends without error.

    Until then it is `.NAME.XXXXXXXX.tmp` beside, which nobody opens; after an error, also
    Ctrl-C, it is gone: no half-written hashes stay behind. Raises IndexFileError, also if there
    is something of that name.
    """
    if os.path.lexists(folder):
        raise IndexFileError("cannot write: there is something of that name; choose another")
    try:
        # mkdtemp creates with mode 0700, whatever the umask.
        made = tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=folder.parent)
    except OSError as error:
        raise fault_of(error, "the folder") from error
    temporary = Path(made)
    try:
        yield temporary
        _name(temporary, folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _name(temporary: Path, folder: Path) -> None:
    try:
        sync_folder(temporary)
        temporary.rename(folder)
    except OSError as error:
        raise fault_of(error, "the folder") from error
    try:
        sync_folder(folder.parent)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise fault_of(error, "the folder") from error


def sync_folder(folder: Path) -> None:
    """Make durable which names are in the folder, where the system can do that.

    Raises OSError if it can and failed.
    """
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise


def _reason(error: OSError) -> str:
    # Not str(error): it holds the path.
    return os.strerror(error.errno) if error.errno else type(error).__name__


def _not_plain(path: Path) -> IndexFileError:
    return IndexFileError(f"altered: {path.name} is not a regular file; links are not followed")
