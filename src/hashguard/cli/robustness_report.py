"""`hashguard robustness report`: results in, a page to read out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hashguard.cli.robustness_folders import ResultsArgument, telling
from hashguard.cli.robustness_score import ListSizeOption, SameOption, score_folder
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

EPILOG = """Examples:

  hashguard robustness report report/
  hashguard robustness report report/ --no-pictures

Makes index.html, results.csv and results.md in the folder."""


def report_command(
    folder: ResultsArgument,
    *,
    no_pictures: Annotated[
        bool,
        typer.Option(
            "--no-pictures",
            metavar="",
            help="Neither pictures nor their names in what is made, to pass it on.",
        ),
    ] = False,
    list_size: ListSizeOption = None,
    same: SameOption = "",
) -> int:
    """Score the results, if that is not done yet, and write a page with tables and plots.

    Open it in a browser; it is one file and asks no network for anything.
    """
    from hashguard.robustness.report import write_report
    from hashguard.robustness.score import is_current

    terminal = Terminal()
    with telling(folder):
        scored = is_current(Path(folder)) and list_size is None and not same
    if not scored:
        score_folder(folder, list_size=list_size, same=same, terminal=terminal)
    with telling(folder):
        page = write_report(Path(folder), pictures=not no_pictures)
    terminal.line(f"open {shown(str(page))}")
    return 0
