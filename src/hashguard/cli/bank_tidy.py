"""`hashguard bank tidy`: what is due to be erased and forgotten."""

from __future__ import annotations

from time import time

from hashguard.cli.bank_folders import BankArgument, hashes_text, opened
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

EPILOG = """Example:

  hashguard bank tidy bank/

Let it run once a day. Withdrawals, reviews and deletions tidy up, too, but
there may be days without any."""


def tidy_command(bank_path: BankArgument) -> int:
    """Erase tombstones whose time is over, and forget cases that ended long ago."""
    with opened(bank_path) as bank:
        erased = bank.tidy(now=int(time()))
    Terminal().line(f"{shown(bank_path)}: {hashes_text(erased)} erased")
    return 0
