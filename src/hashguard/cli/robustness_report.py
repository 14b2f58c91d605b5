"""`hashguard robustness report`: results in, a page to read out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hashguard.cli.robustness_folders import ResultsArgument, telling
from hashguard.cli.robustness_score import ListSizeOption, SameOption, score_folder
from hashguard.cli.status import UsageError
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

EPILOG = """Examples:

  hashguard robustness report report/
  hashguard robustness report report/ --no-pictures

Makes index.html, results.csv and results.md in the folder;
of verdicts, verdicts.html and verdicts.md."""


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

    Verdicts of policies, if there are any, have a page of their own. Open it in a browser; it is
    one file and asks no network for anything.
    """
    from hashguard.robustness.report import has_verdicts, write_report, write_verdicts_report
    from hashguard.robustness.results import RUN
    from hashguard.robustness.score import is_current

    terminal = Terminal()
    verdicts = has_verdicts(Path(folder))
    pages = []
    if not verdicts or (Path(folder) / RUN).exists():
        with telling(folder):
            scored = is_current(Path(folder)) and list_size is None and not same
        if not scored:
            score_folder(folder, list_size=list_size, same=same, terminal=terminal)
        with telling(folder):
            pages.append(write_report(Path(folder), pictures=not no_pictures))
    elif list_size is not None:
        raise UsageError("--list-size: verdicts are of the list they were asked on; ask again")
    if verdicts:
        with telling(folder):
            if same:
                _count_again(folder, same)
            pages.append(write_verdicts_report(Path(folder), pictures=not no_pictures))
    for page in pages:
        terminal.line(f"open {shown(str(page))}")
    return 0


def _count_again(folder: str, same: str) -> None:
    """Count verdicts anew, without pairs that are the same picture. Raises ResultsError."""
    from hashguard.robustness.verdicts.records import read_verdicts
    from hashguard.robustness.verdicts.summary import summarise

    summarise(Path(folder), read_verdicts(Path(folder)).asked, same=Path(same))
