"""Files that hold hashes: read under a bound, written whole or not at all, private.

The one place of the lists room that touches a disk.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from hashguard.errors import ListError, MalformedListError
from hashguard.files import replace_file
from hashguard.lists.wire import MAX_LIST_BYTES, check_magic

if TYPE_CHECKING:
    from os import PathLike

_HEAD_BYTES = 512  # enough for check_magic to say what a file is
_PIECE_BYTES = 2**20


def read_list(path: str | PathLike[str]) -> bytes:
    """The bytes of a list file; only its head if that shows it is none.

    Raises MalformedListError if it is no list or too long, OSError if it cannot be read.
    """
    with Path(path).open("rb") as file:
        check_magic(file.peek(_HEAD_BYTES)[:_HEAD_BYTES])
        return read_bounded(file, MAX_LIST_BYTES)


def read_bounded(file: BinaryIO, limit: int) -> bytes:
    """What is left of a file, a pipe or standard input. Raises MalformedListError if longer."""
    about = os.fstat(file.fileno())
    # A file is read in one piece, so that a large one is not held twice. Some state no size.
    size = about.st_size if stat.S_ISREG(about.st_mode) else 0
    piece = max(size + 1, _PIECE_BYTES)
    pieces: list[bytes] = []
    length = 0
    while length <= limit:
        part = file.read(min(piece, limit + 1 - length))
        if not part:
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.append(part)
        length += len(part)
    raise MalformedListError(f"there are more than {limit} bytes")


def write_private(path: str | PathLike[str], data: bytes) -> None:
    """Replace the file by one with this content and mode 0600, durably.

    A reader sees the old file or the new one, never a part. A symbolic link is followed.
    Raises OSError, and ListError if something other than a regular file is there.
    """
    target = Path(path).resolve()
    if target.exists() and not target.is_file():
        # Renaming over a device would replace the device.
        raise ListError("what is there is not a regular file; give the list a name of its own")
    replace_file(target, data)
