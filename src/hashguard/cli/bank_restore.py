"""`hashguard bank restore`: a backup becomes a bank again."""

from __future__ import annotations

import os
from time import time
from typing import Annotated

import typer

from hashguard.cli.bank_folders import (
    DESK,
    ByOption,
    cases_text,
    hashes_text,
    refuse_name,
    refuse_secrets,
    telling,
)
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

EPILOG = """Examples:

  hashguard bank restore bank/ bank-2025-06-15.sqlite
  hashguard bank restore new-bank/ bank-2025-06-15.sqlite

The backup is checked first. Over a bank that is there, it takes the place of
what that holds, but what was withdrawn or deleted since stays so. If the bank
cannot be read any more, restore into a new folder, and repeat what was
withdrawn and deleted since: the backup cannot know of it."""


def restore_command(
    bank_path: Annotated[
        str, typer.Argument(metavar="BANK", help="A bank, or a folder that is not there yet.")
    ],
    backup: Annotated[
        str, typer.Argument(metavar="FILE", help="What hashguard bank backup wrote.")
    ],
    *,
    by: ByOption = DESK,
) -> int:
    """Put a backup back, if it is whole."""
    refuse_secrets([bank_path, backup])
    refuse_name(by)
    from hashguard.bank import Bank

    is_new = not os.path.lexists(bank_path)
    with telling(bank_path):
        restored = Bank.restore(bank_path, backup, source=by, now=int(time()))
    terminal = Terminal()
    terminal.line(f"{shown(bank_path)}: restored")
    if is_new:
        terminal.complain(
            "what was withdrawn or deleted after the backup was made is active again; "
            "repeat these withdrawals and deletions now"
        )
    else:
        terminal.line(
            f"ended since, and ended again: {cases_text(restored.ended)}; "
            f"come since, and dropped: {hashes_text(restored.dropped)}"
        )
    return 0
