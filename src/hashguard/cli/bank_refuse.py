"""`hashguard bank refuse`: a case that waits is not taken."""

from __future__ import annotations

from time import time
from typing import Annotated

import typer

from hashguard.cli.bank_erased import erased_text
from hashguard.cli.bank_folders import DESK, BankArgument, ByOption, CaseNumber, opened
from hashguard.cli.status import UsageError
from hashguard.cli.terminal import Terminal

EPILOG = """Example:

  hashguard bank refuse bank/ 4UDZ-XVK2 --reason poster

The reason is kept with the case for those who ask, and is not logged."""


def refuse_command(
    bank_path: BankArgument,
    case: CaseNumber,
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept with the case.")],
    by: ByOption = DESK,
) -> int:
    """Refuse a case: nobody hears of it, and its hashes are erased."""
    with opened(bank_path, words=[case], by=by) as bank:
        try:
            erasure = bank.refuse(case, reason=reason, source=by, now=int(time()))
        except ValueError as error:
            raise UsageError(f"--reason: {error}") from error
    Terminal().line(f"refused; {erased_text(erasure)}")
    return 0
