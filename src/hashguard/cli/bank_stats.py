"""`hashguard bank stats`: figures that may be published."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.bank_folders import BankArgument, JsonOption, opened
from hashguard.cli.status import CliError, UsageError
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.bank import Statistics, Table

EPILOG = """Examples:

  hashguard bank stats bank/
  hashguard bank stats bank/ --json > figures.json
  hashguard bank stats bank/ --plot figures.svg

Counts are of cases, in months that are over. Small ones are joined with their
neighbours until none is below --least-count of the bank, so that nothing can
be worked out from the others or from the total. --plot needs the extra: plots"""

_KINDS = (".svg", ".png")


def stats_command(
    bank_path: BankArgument,
    *,
    as_json: JsonOption = False,
    plot: Annotated[
        str, typer.Option(metavar="FILE", help="Draw the figures: a name ending in .svg or .png.")
    ] = "",
) -> int:
    """Count cases by month, outcome, kind of picture and answer of each platform."""
    if plot and Path(plot).suffix not in _KINDS:
        raise UsageError("--plot: give a name that ends in .svg or .png")
    with opened(bank_path) as bank:
        found = bank.statistics(now=int(time()))
    terminal = Terminal()
    if plot:
        _draw(found, plot)
    if as_json:
        terminal.line(json.dumps(asdict(found)))
        return 0
    for line in _lines(found):
        terminal.line(line)
    return 0


def _draw(found: Statistics, path: str) -> None:
    from hashguard.bank.plot import draw

    try:
        Path(path).write_bytes(draw(found, kind="svg" if path.endswith(".svg") else "png"))
    except ValueError as error:
        raise CliError(str(error)) from error
    except OSError as error:
        raise CliError(f"cannot write {shown(path)}: {error.strerror}") from error


def _lines(found: Statistics) -> Iterator[str]:
    period = found.first if found.first == found.last else f"{found.first} to {found.last}"
    if found.cases is None:
        yield f"{period}: fewer than {found.least} cases; figures begin there"
        return
    yield f"{period}: {found.cases} cases; no count below {found.least} is shown by itself"
    for table in found.tables:
        yield from _table(f"by {table.name}", table)
    for table in found.platforms:
        yield from _table(f"answers of {shown(table.name)}", table)


def _table(title: str, table: Table) -> Iterator[str]:
    from hashguard.bank.stats import joined_labels

    yield ""
    yield title
    for row in table.rows:
        yield f"  {row.cases:>7,}  {joined_labels(row)}"
