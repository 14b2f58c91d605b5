"""What the list commands share: reading lists and files of hashes, saving, telling.

Errors name the file; they never quote what is in it.
"""

from __future__ import annotations

import enum
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from hashguard.cli.inputs import STDIN
from hashguard.cli.status import CliError, UsageError
from hashguard.errors import ListError
from hashguard.printable import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hashguard.hashes import Algorithm
    from hashguard.lists import HashList
    from hashguard.lists.importers import Imported

_A_HASH = re.compile(r"(?:[a-z_]+[: ]\s*)?(?:[0-9a-f]{64}|[0-9a-f]{16})", re.IGNORECASE | re.ASCII)


class Kind(enum.Enum):
    """How a file of hashes is written."""

    AUTO = "auto"
    TEXT = "text"
    JSONL = "jsonl"
    CSV = "csv"
    CASE = "case"


KindOption: TypeAlias = Annotated[
    Kind, typer.Option(metavar="KIND", help="text, jsonl, csv or case; auto tells by the content.")
]
SourceOption: TypeAlias = Annotated[
    str, typer.Option(metavar="NAME", help="Who contributes the entries that name nobody.")
]
ListArgument: TypeAlias = Annotated[str, typer.Argument(metavar="LIST", help="A list file.")]
FilesArgument: TypeAlias = Annotated[
    list[str],
    typer.Argument(metavar="HASHES", help="Files of hashes, or - for standard input."),
]


def refuse_hashes(words: Sequence[str]) -> None:
    """Raise UsageError for a hash among the arguments, where other users can see it."""
    if any(_A_HASH.fullmatch(word) and not Path(word).exists() for word in words):
        raise UsageError(
            "a hash was given as an argument, where every user of this machine can see it; "
            "put hashes in a file, or pipe them to -"
        )


def refuse_source(name: str) -> None:
    """Raise UsageError for a --source that no entry can carry."""
    from hashguard.lists.entry import MAX_SOURCE_BYTES, text_fault

    if fault := text_fault(name, max_bytes=MAX_SOURCE_BYTES):
        raise UsageError(f"--source: the name {fault}")


def load_list(path: str) -> HashList:
    """The list in a file. Raises CliError, which names the file."""
    refuse_hashes([path])
    from hashguard.lists import HashList

    try:
        return HashList.load(path)
    except OSError as error:
        raise CliError(f"{shown(path)}: {error.strerror or 'it cannot be read'}") from error
    except ListError as error:
        raise CliError(f"{shown(path)}: {error}") from error


def save_list(hash_list: HashList, path: str) -> None:
    """Write the list, readable by its owner only. Raises CliError, which names the file."""
    try:
        hash_list.save(path)
    except OSError as error:
        reason = error.strerror or "it cannot be written"
        raise CliError(f"cannot write {shown(path)}: {reason}") from error
    except ListError as error:
        raise CliError(f"cannot write {shown(path)}: {error}") from error


def read_hashes(
    path: str,
    kind: Kind,
    *,
    algorithm: Algorithm,
    source: str = "",
    known: HashList | None = None,
) -> Imported:
    """The entries in a file of hashes. Raises CliError, which names the file."""
    from hashguard.lists.importers import MAX_IMPORT_BYTES, read_entries

    try:
        data = _bytes(path, MAX_IMPORT_BYTES)
        return read_entries(data, kind=kind.value, algorithm=algorithm, source=source, known=known)
    except OSError as error:
        raise CliError(f"{shown(path)}: {error.strerror or 'it cannot be read'}") from error
    except (ListError, ValueError) as error:
        raise CliError(f"{shown(path)}: {error}") from error


def read_bytes(path: str) -> bytes:
    """All of a file, or of standard input. Raises CliError, which names the file."""
    from hashguard.lists.importers import MAX_IMPORT_BYTES

    try:
        return _bytes(path, MAX_IMPORT_BYTES)
    except OSError as error:
        raise CliError(f"{shown(path)}: {error.strerror or 'it cannot be read'}") from error
    except ListError as error:
        raise CliError(f"{shown(path)}: {error}") from error


def grown(before: HashList, more: Imported, path: str) -> HashList:
    """The list with the entries of a file. Raises CliError, which names the file."""
    try:
        return before.adding(more.entries)
    except (ListError, ValueError) as error:
        raise CliError(f"{shown(path)}: {error}") from error


def tell_unused(found: Sequence[Imported]) -> str:
    """What the files held besides new entries: `; left out: 2 duplicates, ...`, or nothing."""
    counts = {
        "said twice": sum(one.duplicates for one in found),
        "listed already": sum(one.present for one in found),
        "withdrawn already": sum(one.withdrawn for one in found),
        "all zeros or all ones, which any plain picture has": sum(o.quarantined for o in found),
        "of other kinds, or not hashed": sum(one.skipped for one in found),
    }
    told = [f"{count} {what}" for what, count in counts.items() if count]
    return f"; left out: {', '.join(told)}" if told else ""


def entries_text(count: int) -> str:
    """`1 entry`, `2 entries`."""
    return "1 entry" if count == 1 else f"{count} entries"


def _bytes(path: str, limit: int) -> bytes:
    from hashguard.lists.files import read_bounded

    if path != STDIN:
        with Path(path).open("rb") as file:
            return read_bounded(file, limit)
    if sys.stdin is None:
        raise OSError(0, "standard input is closed")
    return read_bounded(sys.stdin.buffer, limit)
