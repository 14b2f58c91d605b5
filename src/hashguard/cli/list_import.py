"""`hashguard list import`: what exchanges and threatexchange saved in, a new list out."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.list_files import (
    Kind,
    entries_text,
    grown,
    read_bytes,
    read_hashes,
    refuse_hashes,
    save_list,
    tell_unused,
)
from hashguard.cli.status import CliError, UsageError
from hashguard.cli.terminal import Terminal
from hashguard.errors import ListError
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.exchange.files import Gathered
    from hashguard.lists import HashList

EPILOG = """Examples:

  hashguard list import page-1.json page-2.json -o stopncii.hgl
  hashguard list import answer.xml -o ncmec.hgl
  tx dataset --print-signals --csv | hashguard list import - -o theirs.hgl

Several files are pages of one whole, in their order: what a later one says of
a hash replaces what an earlier one said; what was withdrawn is left out. For
hashes of your own there is hashguard list build; to follow an exchange by
itself, hashguard exchange fetch."""


class Foreign(enum.Enum):
    """Whose format a file has."""

    AUTO = "auto"
    TX = "tx"
    STOPNCII = "stopncii"
    NCMEC = "ncmec"


def import_command(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help="Saved answers, or - for standard input.")
    ],
    *,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="LIST", help="The list file to write.")
    ],
    origin: Annotated[
        str, typer.Option(metavar="NAME", help="Who publishes the list; verdicts name it.")
    ] = "",
    format_: Annotated[
        Foreign,
        typer.Option(
            "--format", metavar="FORMAT", help="tx, stopncii or ncmec; auto tells by the content."
        ),
    ] = Foreign.AUTO,
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Overwrite the list file.")
    ] = False,
) -> int:
    """Make a list of what an exchange or threatexchange saved."""
    refuse_hashes([*files, output])
    if not force and Path(output).exists():
        raise CliError(f"{shown(output)} is there already; overwrite it with --force")
    from hashguard.hashes import Algorithm
    from hashguard.lists import HashList

    try:
        empty = HashList.from_entries([], algorithm=Algorithm.PDQ, origin=origin)
    except ValueError as error:
        raise UsageError(f"--origin: {error}") from error
    chosen = _format(files, format_)
    if chosen is Foreign.TX:
        built, told = _from_tx(files, empty)
    else:
        built, told = _from_answers(files, chosen, empty)
    if not len(built):
        raise CliError(f"no hashes to list, so no list was written{told}")
    save_list(built, output)
    Terminal().line(f"{shown(output)}: version {built.version}, {entries_text(len(built))}{told}")
    return 0


def _format(files: Sequence[str], stated: Foreign) -> Foreign:
    if stated is not Foreign.AUTO:
        return stated
    if "-" in files:
        # It can be read only once, and threatexchange is what prints into pipes.
        return Foreign.TX
    from hashguard.exchange.files import STOPNCII, exchange_of

    found = {exchange_of(read_bytes(path)) for path in files}
    if len(found) > 1:
        raise UsageError("the files are of several formats; import each format by itself")
    (one,) = found
    if one is None:
        return Foreign.TX
    return Foreign.STOPNCII if one == STOPNCII else Foreign.NCMEC


def _from_tx(files: Sequence[str], empty: HashList) -> tuple[HashList, str]:
    """By the importer of `list build`, for text and CSV of tx are two of its formats."""
    from dataclasses import replace

    built, found = empty, []
    for path in files:
        read = read_hashes(path, Kind.AUTO, algorithm=empty.algorithm, known=built)
        built = grown(built, read, path)
        found.append(read)
    return replace(built, version=1), tell_unused(found)


def _from_answers(files: Sequence[str], chosen: Foreign, empty: HashList) -> tuple[HashList, str]:
    from hashguard.exchange.files import gather_ncmec, gather_stopncii
    from hashguard.lists import HashList

    gather = gather_stopncii if chosen is Foreign.STOPNCII else gather_ncmec
    try:
        gathered = gather(read_bytes(path) for path in files)
        built = HashList.from_entries(
            gathered.entries, algorithm=empty.algorithm, origin=empty.origin
        )
    except ListError as error:
        raise CliError(str(error)) from error
    return built, _told(gathered)


def _told(gathered: Gathered) -> str:
    counts = {
        "withdrawn, deleted or without a PDQ hash": gathered.counts.gone,
        "with a hash that is none": gathered.counts.quarantined,
        "of other kinds": gathered.counts.other,
    }
    told = [f"{count} {what}" for what, count in counts.items() if count]
    return f"; left out: {', '.join(told)}" if told else ""
