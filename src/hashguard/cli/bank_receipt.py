"""`hashguard bank receipt`: a sheet to print, of what became of a case."""

from __future__ import annotations

import enum
import os
from time import time
from typing import Annotated

import typer

from hashguard.cli.bank_folders import BankArgument, CaseNumber, opened
from hashguard.cli.status import CliError
from hashguard.cli.terminal import Terminal
from hashguard.errors import ListError
from hashguard.printable import shown

EPILOG = """Example:

  hashguard bank receipt bank/ 4UDZ-XVK2 -o sheet.html --language nl

For a police report or a support worker: number, dates, statuses and what each
platform answered. It holds no picture and no hash, and asks no network for
anything. Open it in a browser and print it."""


class Language(enum.Enum):
    """Of the sheet."""

    EN = "en"
    NL = "nl"
    FR = "fr"


def receipt_command(
    bank_path: BankArgument,
    case: CaseNumber,
    *,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="The page to write.")
    ],
    language: Annotated[
        Language, typer.Option(metavar="LANGUAGE", help="en, nl or fr.")
    ] = Language.EN,
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Replace a file that is there.")
    ] = False,
) -> int:
    """Write what became of a case as a page to print, readable by its owner only."""
    if os.path.lexists(output) and not force:
        raise CliError(f"{shown(output)} is there already; give --force to replace it")
    from hashguard.bank.receipt import receipt
    from hashguard.lists.files import write_private

    now = int(time())
    with opened(bank_path, words=[case, output]) as bank:
        page = receipt(bank.case(case), language=language.value, now=now)
    try:
        write_private(output, page.encode("utf-8"))
    except OSError as error:
        raise CliError(f"cannot write {shown(output)}: {error.strerror}") from error
    except ListError as error:
        raise CliError(f"cannot write {shown(output)}: it is not a regular file") from error
    Terminal().line(f"{shown(output)}: written, readable by its owner only")
    return 0
