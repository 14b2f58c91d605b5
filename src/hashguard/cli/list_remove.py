"""`hashguard list remove`: the next version of a list, without some entries."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.list_files import (
    Kind,
    KindOption,
    ListArgument,
    entries_text,
    load_list,
    read_hashes,
    refuse_hashes,
    save_list,
)
from hashguard.cli.status import CliError, UsageError
from hashguard.cli.terminal import Terminal
from hashguard.errors import ListError
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.hashes import Hash

EPILOG = """Examples:

  hashguard list remove ncii.hgl 12 17
  hashguard list remove ncii.hgl 12 --withdraw
  hashguard hash taken-back.jpg | hashguard list remove ncii.hgl --hashes -

A match names the entry it found; hashguard list show names them all."""


def remove_command(
    list_path: ListArgument,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ENTRY", help="Entries by their ids.")
    ] = None,
    *,
    hashes: Annotated[
        str,
        typer.Option(metavar="FILE", help="Every entry with a hash of this file, or - for stdin."),
    ] = "",
    kind: KindOption = Kind.AUTO,
    withdraw: Annotated[
        bool,
        typer.Option(
            "--withdraw", metavar="", help="Keep them, marked as withdrawn: never matched."
        ),
    ] = False,
) -> int:
    """Remove entries from a list, or withdraw them.

    All of them or none: an entry that is not there leaves the list as it was.
    """
    wanted: list[str | Hash] = list(ids or ())
    refuse_hashes([one for one in wanted if isinstance(one, str)])
    if not wanted and not hashes:
        raise UsageError("name entries, or a file of hashes with --hashes")
    before = load_list(list_path)
    if hashes:
        read = read_hashes(hashes, kind, algorithm=before.algorithm)
        wanted += [entry.hash for entry in read.entries]
        if not len(read.entries):
            raise CliError(f"{shown(hashes)}: there is no hash in it; the list is as it was")
    try:
        if withdraw:
            after = before.withdrawing(wanted, modified=int(time()))
        else:
            after = before.removing(wanted)
    except ListError as error:
        raise CliError(f"{shown(list_path)}: {error}; the list is as it was") from error
    save_list(after, list_path)
    gone = len(before.active_rows) - len(after.active_rows)
    Terminal().line(
        f"{shown(list_path)}: version {after.version}, {entries_text(len(after))}, "
        f"{gone} fewer to match"
    )
    return 0
