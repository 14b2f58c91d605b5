"""`hashguard bank backup`: a copy of a bank, made while it is used."""

from __future__ import annotations

from typing import Annotated

import typer

from hashguard.cli.bank_folders import BankArgument, opened
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

EPILOG = """Example:

  hashguard bank backup bank/ /media/safe/bank-2025-06-15.sqlite

It holds every hash of the bank, also after these were withdrawn or deleted:
keep it as private as the bank, and no longer than tombstones are kept."""


def backup_command(
    bank_path: BankArgument,
    output: Annotated[str, typer.Argument(metavar="FILE", help="The file to write.")],
) -> int:
    """Copy a bank into one new file, readable by its owner only."""
    with opened(bank_path, words=[output]) as bank:
        bank.backup(output)
    Terminal().line(f"{shown(output)}: a copy of {shown(bank_path)}, readable by its owner only")
    return 0
