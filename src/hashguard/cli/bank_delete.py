"""`hashguard bank delete`: a case ends because the organisation says so."""

from __future__ import annotations

from time import time
from typing import Annotated

import typer

from hashguard.cli.bank_erased import erased_text
from hashguard.cli.bank_folders import DESK, BankArgument, ByOption, CaseNumber, opened
from hashguard.cli.terminal import Terminal

EPILOG = """Examples:

  hashguard bank delete bank/ 4UDZ-XVK2
  hashguard bank delete bank/ 4UDZ-XVK2 --at-once-and-untold

Platforms that follow the published list drop its hashes with its next
version. Those that keep records learn of it by a tombstone, which is erased
when its time is over. Untold, they learn nothing: tell them yourself."""


def delete_command(
    bank_path: BankArgument,
    case: CaseNumber,
    *,
    at_once: Annotated[
        bool,
        typer.Option(
            "--at-once-and-untold", metavar="", help="Erase its hashes now, without tombstones."
        ),
    ] = False,
    by: ByOption = DESK,
) -> int:
    """Delete a case: by order of a court, or for a person who lost the code."""
    with opened(bank_path, words=[case], by=by) as bank:
        erasure = bank.delete(case, at_once=at_once, source=by, now=int(time()))
    Terminal().line(f"deleted; {erased_text(erasure)}")
    return 0
