"""`hashguard bank withdraw`: a person takes their case back."""

from __future__ import annotations

from time import time
from typing import Annotated

import typer

from hashguard.cli.bank_folders import DESK, BankArgument, ByOption, CaseNumber, opened
from hashguard.cli.case_files import ask_code
from hashguard.cli.status import CliError, Status
from hashguard.cli.terminal import Terminal
from hashguard.errors import InvalidCodeError

EPILOG = """Examples:

  hashguard bank withdraw bank/ 4UDZ-XVK2
  hashguard bank withdraw bank/ 4UDZ-XVK2 --code-file -

The withdrawal code is asked for, or read from a file; never give it as an
argument, where every user of the machine can see it."""


def withdraw_command(
    bank_path: BankArgument,
    case: CaseNumber,
    *,
    code_file: Annotated[
        str,
        typer.Option(metavar="FILE", help="Read the code from a file, or - for standard input."),
    ] = "",
    by: ByOption = DESK,
) -> int:
    """Withdraw a case, with the code that its person was shown once."""
    with opened(bank_path, words=[case], by=by) as bank:
        from hashguard.bank import Withdrawal

        code = ask_code(code_file)
        try:
            answer = bank.withdraw(case, code, source=by, now=int(time()))
        except InvalidCodeError as error:
            raise CliError(str(error)) from error
    if answer is Withdrawal.REFUSED:
        raise CliError("no case has this number and this code; look again at both")
    if answer is Withdrawal.TRY_LATER:
        raise CliError("too many wrong codes were given for this number; try again later")
    words = {
        Withdrawal.WITHDRAWN: "withdrawn: platforms are told to drop it",
        Withdrawal.ALREADY: "this case had ended before; there is nothing left to do",
    }
    Terminal().line(words[answer])
    return Status.FINE
