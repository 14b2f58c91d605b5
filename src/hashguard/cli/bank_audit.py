"""`hashguard bank audit verify`: whether the log of a bank is whole."""

from __future__ import annotations

from typing import Annotated

import typer

from hashguard.cli.bank_folders import BankArgument, opened
from hashguard.cli.status import UsageError
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

EPILOG = """Examples:

  hashguard bank audit verify bank/
  hashguard bank audit verify bank/ --head 12:0f3c...

Note the head that is printed somewhere that whoever can write to the bank
cannot. A log that contains a noted head is unchanged up to it; without one,
somebody who wrote the whole log anew is not found."""


def verify_command(
    bank_path: BankArgument,
    *,
    head: Annotated[
        list[str] | None,
        typer.Option(metavar="HEAD", help="A head that was noted earlier; may be repeated."),
    ] = None,
) -> int:
    """Check the log of a bank, entry by entry, and the whole file with it."""
    from hashguard.bank import Head

    try:
        heads = [Head.parse(one) for one in head or ()]
    except ValueError as error:
        raise UsageError(f"--head: {error}") from error
    with opened(bank_path) as bank:
        found = bank.verify_audit(heads=heads)
    Terminal().line(f"{shown(bank_path)}: whole, {found.number} entries; head {found}")
    return 0
