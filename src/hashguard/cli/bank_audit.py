"""`hashguard bank audit verify`: whether the log of a bank is whole."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.bank_folders import BankArgument, opened
from hashguard.cli.inputs import STDIN
from hashguard.cli.status import CliError
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.bank import Head

EPILOG = """Examples:

  hashguard bank audit verify bank/
  hashguard bank audit verify bank/ --heads noted.txt

Note the head that is printed somewhere that whoever can write to the bank
cannot. A log that contains a noted head is unchanged up to it; without one,
somebody who wrote the whole log anew is not found."""

_MAX_BYTES = 2**20  # of noted heads: one a day for thirty years


def verify_command(
    bank_path: BankArgument,
    *,
    heads: Annotated[
        str,
        typer.Option(metavar="FILE", help="Heads that were noted earlier, one on each line."),
    ] = "",
) -> int:
    """Check the log of a bank, entry by entry, and the whole file with it."""
    noted = _noted(heads) if heads else []
    with opened(bank_path) as bank:
        found = bank.verify_audit(heads=noted)
    terminal = Terminal()
    terminal.line(f"{shown(bank_path)}: whole, {found.number} entries; head:")
    terminal.line(str(found))
    return 0


def _noted(path: str) -> list[Head]:
    """The heads in a file. Raises CliError."""
    from hashguard.bank import Head

    try:
        text = _read(path).decode("ascii", "replace")
        return [Head.parse(line.strip()) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise CliError(f"{shown(path)}: {error}") from error
    except OSError as error:
        raise CliError(f"{shown(path)}: {error.strerror or 'it cannot be read'}") from error


def _read(path: str) -> bytes:
    if path != STDIN:
        with Path(path).open("rb") as file:
            return file.read(_MAX_BYTES)
    if sys.stdin is None:
        raise OSError(0, "standard input is closed")
    return sys.stdin.buffer.read(_MAX_BYTES)
