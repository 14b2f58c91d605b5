"""`hashguard list build`: files of hashes in, a new list out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.hash import AlgorithmName
from hashguard.cli.inputs import STDIN
from hashguard.cli.list_files import (
    FilesArgument,
    Kind,
    KindOption,
    SourceOption,
    entries_text,
    grown,
    read_hashes,
    refuse_hashes,
    refuse_source,
    save_list,
    tell_unused,
)
from hashguard.cli.status import CliError, UsageError
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.lists.importers import Imported

EPILOG = """Examples:

  hashguard list build hashes.txt -o ncii.hgl --origin example.org
  hashguard hash photos/ --json | hashguard list build - -o ncii.hgl
  hashguard list build codes-*.json -o ncii.hgl --source hotline

Understood are plain text (a hash a line, with or without "pdq" before it), the
JSON lines and CSV of hashguard hash, case files, and files of threatexchange
and of Meta's tools. Plain text carries no qualities along."""


def build_command(
    hashes: FilesArgument,
    *,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="LIST", help="The list file to write.")
    ],
    origin: Annotated[
        str, typer.Option(metavar="NAME", help="Who publishes the list; verdicts name it.")
    ] = "",
    source: SourceOption = "",
    kind: KindOption = Kind.AUTO,
    algorithm: Annotated[
        AlgorithmName, typer.Option(metavar="NAME", help="Of every hash, see hashguard hash.")
    ] = AlgorithmName.PDQ,
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Overwrite the list file.")
    ] = False,
) -> int:
    """Make a list of hashes.

    The file is readable by its owner only, for hashes are sensitive.
    """
    refuse_hashes([*hashes, output])
    refuse_source(source)
    if output == STDIN:
        raise UsageError("a list is a private file; name one with -o")
    if hashes.count(STDIN) > 1:
        raise UsageError("standard input (-) can be read only once")
    if not force and Path(output).exists():
        raise CliError(f"{shown(output)} is there already; overwrite it with --force")
    from hashguard.hashes import Algorithm
    from hashguard.lists import HashList

    algorithm_ = Algorithm(algorithm.value)
    try:
        built = HashList.from_entries([], algorithm=algorithm_, origin=origin)
    except ValueError as error:
        raise UsageError(f"--origin: {error}") from error
    found: list[Imported] = []
    for path in hashes:
        read = read_hashes(path, kind, algorithm=algorithm_, source=source, known=built)
        built = grown(built, read, path)
        found.append(read)
    if not len(built):
        raise CliError(f"no hashes to list, so no list was written{tell_unused(found)}")
    built = replace(built, version=1)
    save_list(built, output)
    Terminal().line(f"{shown(output)}: version 1, {entries_text(len(built))}{tell_unused(found)}")
    return 0
