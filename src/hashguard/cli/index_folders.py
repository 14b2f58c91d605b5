"""What the index commands share: opening live folders, and telling what is wrong with one.

Errors name the folder; they never quote what is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from hashguard.cli.list_files import refuse_hashes
from hashguard.cli.status import CliError
from hashguard.errors import IndexFileError
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.live import LiveIndex

FolderArgument: TypeAlias = Annotated[
    str, typer.Argument(metavar="FOLDER", help="A live folder, made by hashguard index build.")
]

_BUILD = "make a folder of a list with `hashguard index build`"
_REMEDIES = {"missing": _BUILD, "foreign": _BUILD, "newer": "upgrade hashguard"}
"""By the first word of an IndexFileError; the others say themselves what helps."""


@contextmanager
def opened(path: str, *, verify: bool = False) -> Iterator[LiveIndex]:
    """A live folder as it is now: nothing is followed, nothing is compacted behind our back.

    verify: read every byte. Raises CliError, also for what fails while it is open.
    """
    refuse_hashes([path])
    from hashguard.live import LiveIndex

    with (
        telling(path),
        LiveIndex.open(path, follow=False, compact=False, verify=verify) as live,
    ):
        yield live


@contextmanager
def telling(path: str) -> Iterator[None]:
    """Turn what is wrong with a folder or a file of ours into CliError, which names it."""
    try:
        yield
    except IndexFileError as error:
        remedy = _REMEDIES.get(str(error).partition(":")[0])
        told = f"{shown(path)}: {error}"
        raise CliError(f"{told}; {remedy}" if remedy else told) from error


def size_text(count: int) -> str:
    """A number of bytes as people say it: `812 bytes`, `1,234.5 MB`."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1e3:,.1f} kB" if count < 1e6 else f"{count / 1e6:,.1f} MB"
