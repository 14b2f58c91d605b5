"""From the words after a command to the bytes of pictures: files, folders, `-`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from hashguard.cli.status import UsageError
from hashguard.sources import NotAPicture, Source, Unreadable, read_source, walk

STDIN = "-"


def sources(names: Sequence[str]) -> list[Source]:
    """What to read, in the order of the arguments. Raises UsageError for `-` given twice."""
    if names.count(STDIN) > 1:
        raise UsageError("standard input (-) can be read only once")
    listed: list[Source] = []
    for name in names:
        if name != STDIN and Path(name).is_dir():
            listed += walk(name)
        else:
            listed.append(Source(name))
    return listed


def read_picture(source: Source, limit: int) -> bytes | Unreadable | NotAPicture:
    """The bytes of a source, one more than `limit` at most: enough to be refused."""
    if source.name != STDIN:
        return read_source(source, limit)
    try:
        return _stdin().read(limit + 1)
    except OSError as error:
        return Unreadable(error.strerror or "it cannot be read")


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise OSError(0, "standard input is closed")
    return sys.stdin.buffer
