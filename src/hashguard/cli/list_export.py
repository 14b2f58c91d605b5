"""`hashguard list export`: a list in, a file for exchanges or threatexchange out."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.inputs import STDIN
from hashguard.cli.list_files import ListArgument, load_list
from hashguard.cli.status import CliError, UsageError
from hashguard.cli.terminal import Terminal
from hashguard.errors import ListError
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.lists import HashList

EPILOG = """Examples:

  hashguard list export ncii.hgl --format tx -o list.txt
  hashguard list export ncii.hgl --format stopncii -o pages.jsonl
  hashguard list export ncii.hgl --format ncmec --member 42 -o answer.xml

tx and tx-csv carry the entries that match; stopncii and ncmec all, with where
they stand. No format carries qualities, and only ncmec carries ids; to
keep everything, hashguard list show --json. The file is made private."""


class Target(enum.Enum):
    """A format that others read."""

    TX = "tx"
    TX_CSV = "tx-csv"
    STOPNCII = "stopncii"
    NCMEC = "ncmec"


def export_command(
    list_path: ListArgument,
    *,
    format_: Annotated[
        Target, typer.Option("--format", metavar="FORMAT", help="tx, tx-csv, stopncii or ncmec.")
    ],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to; - prints it.")
    ] = STDIN,
    member: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", min=0, help="ncmec: whose entries they are, if not told."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", metavar="", help="Overwrite the file.")] = False,
) -> int:
    """Write a list for exchanges and threatexchange."""
    if output != STDIN and not force and Path(output).exists():
        raise CliError(f"{shown(output)} is there already; overwrite it with --force")
    hash_list = load_list(list_path)
    from hashguard.hashes import Algorithm

    if hash_list.algorithm is not Algorithm.PDQ:
        raise CliError(f"{shown(list_path)}: only PDQ hashes are exchanged")
    try:
        _write(_lines(hash_list, format_, member), output)
    except ValueError as error:
        raise UsageError(f"{error}; name the member with --member") from error
    return 0


def _write(lines: Iterator[str], output: str) -> None:
    if output == STDIN:
        terminal = Terminal()
        for line in lines:
            terminal.line(line, flush=False)
        return
    from hashguard.lists.files import write_private

    data = "".join(line + "\n" for line in lines).encode()
    try:
        write_private(output, data)
    except OSError as error:
        reason = error.strerror or "it cannot be written"
        raise CliError(f"cannot write {shown(output)}: {reason}") from error
    except ListError as error:
        raise CliError(f"cannot write {shown(output)}: {error}") from error


def _lines(hash_list: HashList, target: Target, member: int | None) -> Iterator[str]:
    from hashguard.exchange import files
    from hashguard.lists.exporters import text_lines

    match target:
        case Target.TX:
            return text_lines(hash_list)
        case Target.TX_CSV:
            return files.tx_csv_lines(hash_list)
        case Target.STOPNCII:
            return files.stopncii_lines(hash_list)
        case Target.NCMEC:
            return files.ncmec_lines(hash_list, member=member)
