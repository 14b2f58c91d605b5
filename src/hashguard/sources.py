"""Files that may be pictures: found in folders, read under a limit.

Folders are walked in the order of names, hidden files left out, each folder once, so a
symbolic link that leads in a circle ends. Only regular files in them are opened.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HEAD_BYTES = 512  # the decode room tells a format from far fewer


@dataclass(frozen=True, slots=True)
class Source:
    """Something to read. found: in a folder, not named by the user; trouble: why it cannot."""

    name: str
    found: bool = False
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A source without bytes, and the reason."""

    reason: str


class NotAPicture:
    """A file of a folder that is none of the formats we decode."""


def read_source(source: Source, limit: int) -> bytes | Unreadable | NotAPicture:
    """The bytes of a file, one more than `limit` at most: enough to be refused."""
    if source.trouble is not None:
        return Unreadable(source.trouble)
    try:
        with Path(source.name).open("rb") as file:
            if not source.found:
                return file.read(limit + 1)
            # Read no film to the end only to find that it is none of ours.
            head = file.read(_HEAD_BYTES)
            return head + file.read(limit + 1 - len(head)) if _is_picture(head) else NotAPicture()
    except OSError as error:
        return Unreadable(error.strerror or "it cannot be read")


def walk(folder: str) -> Iterator[Source]:
    """The regular files in a folder and below, in the order of names."""
    seen: set[tuple[int, int]] = set()
    # A stack of our own: folders nest deeper than Python calls do.
    waiting = [folder]
    while waiting:
        name = waiting.pop()
        try:
            about = Path(name).stat()
            if not stat.S_ISDIR(about.st_mode):
                if stat.S_ISREG(about.st_mode):
                    yield Source(name, found=True)
                continue
            if (about.st_dev, about.st_ino) in seen:
                continue
            seen.add((about.st_dev, about.st_ino))
            inside = sorted(one for one in os.listdir(name) if not one.startswith("."))  # noqa: PTH208
        except FileNotFoundError:
            continue  # a dangling link, or gone since its folder was read
        except OSError as error:
            yield Source(name, found=True, trouble=error.strerror or "it cannot be read")
            continue
        waiting += [str(Path(name) / one) for one in reversed(inside)]


def _is_picture(head: bytes) -> bool:
    from hashguard.decode.sniff import sniff
    from hashguard.errors import UnsupportedError

    try:
        sniff(head)
    except UnsupportedError:
        return False
    return True
