"""`hashguard robustness score`: results in, rates with their intervals out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from hashguard.cli.robustness_folders import ResultsArgument, telling
from hashguard.cli.status import UsageError
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

EPILOG = """Examples:

  hashguard robustness score report/
  hashguard robustness score report/ --list-size 10000000
  hashguard robustness score report/ --same same.csv

A line of the file for --same is two names of pictures with a comma between.
pairs-to-judge.csv in the folder of results proposes some."""

ListSizeOption: TypeAlias = Annotated[
    int | None,
    typer.Option(metavar="N", help="Hashes on the list that false matches are told for: 10^6."),
]
SameOption: TypeAlias = Annotated[
    str,
    typer.Option(metavar="FILE", help="Pairs that are the same picture: no false matches."),
]


def score_command(
    folder: ResultsArgument,
    *,
    list_size: ListSizeOption = None,
    same: SameOption = "",
) -> int:
    """Turn results into recall, false matches and thresholds, each with its interval.

    `hashguard robustness report` does this by itself.
    """
    terminal = Terminal()
    score_folder(folder, list_size=list_size, same=same, terminal=terminal)
    terminal.line(f"{shown(folder)}: scored; next: hashguard robustness report {shown(folder)}")
    return 0


def score_folder(folder: str, *, list_size: int | None, same: str, terminal: Terminal) -> None:
    """Score the results in a folder, with a bar. Raises CliError, UsageError."""
    if list_size is not None and not 1 <= list_size <= 10**12:
        raise UsageError(f"--list-size: must be 1 to 10^12, not {list_size}")
    from hashguard.robustness.results import read_run
    from hashguard.robustness.score import LIST_SIZE, score

    with telling(folder):
        run = read_run(Path(folder))
        with terminal.progress("scoring", len(run.systems)) as advance:
            score(
                Path(folder),
                list_size=list_size or LIST_SIZE,
                same=Path(same) if same else None,
                advance=advance,
            )
