"""`hashguard bank accept`: a case that waits becomes active."""

from __future__ import annotations

from time import time
from typing import Annotated

import typer

from hashguard.cli.bank_folders import DESK, BankArgument, ByOption, CaseNumber, opened
from hashguard.cli.case_files import pictures_text
from hashguard.cli.status import UsageError
from hashguard.cli.terminal import Terminal

EPILOG = """Examples:

  hashguard bank accept bank/ 4UDZ-XVK2
  hashguard bank accept bank/ 4UDZ-XVK2 --without 3"""


def accept_command(
    bank_path: BankArgument,
    case: CaseNumber,
    *,
    without: Annotated[
        list[int] | None,
        typer.Option(metavar="N", help="Leave out this picture of the case; may be repeated."),
    ] = None,
    by: ByOption = DESK,
) -> int:
    """Accept a case: platforms are told of its hashes."""
    with opened(bank_path, words=[case], by=by) as bank:
        try:
            count = bank.accept(case, without=without or (), source=by, now=int(time()))
        except ValueError as error:
            raise UsageError(f"--without: {error}") from error
    Terminal().line(f"accepted: {pictures_text(count)} active")
    return 0
