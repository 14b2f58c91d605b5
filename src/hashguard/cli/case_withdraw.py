"""`hashguard case withdraw`: the pictures of a case are matched no longer."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.case_files import (
    CaseArgument,
    ask_code,
    load_case,
    pictures_text,
    refuse_codes,
)
from hashguard.cli.list_files import entries_text, load_list, save_list
from hashguard.cli.status import CliError
from hashguard.cli.terminal import Terminal
from hashguard.errors import InvalidCodeError
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.case_file import CaseFile
EPILOG = """Examples:

  hashguard case withdraw codes.json --list ncii.hgl
  hashguard case withdraw codes.json --list ncii.hgl --code-file code.txt

It asks for the withdrawal code. Small letters and missing hyphens are fine."""


def withdraw_command(
    case_path: CaseArgument,
    *,
    list_path: Annotated[
        str, typer.Option("--list", metavar="LIST", help="The list file to take them off.")
    ],
    code_file: Annotated[
        str,
        typer.Option(metavar="FILE", help="Where the withdrawal code is, or - for stdin."),
    ] = "",
    remove: Annotated[
        bool,
        typer.Option(
            "--remove", metavar="", help="Keep no trace: adding the file again would list them."
        ),
    ] = False,
) -> int:
    """Take the pictures of a case off a list.

    Its entries stay on the list as withdrawn, which never match. Entries that others
    contributed stay as they are.
    """
    refuse_codes([case_path, code_file])
    case, before = load_case(case_path), load_list(list_path)
    from hashguard.lists import Status
    from hashguard.lists.cases import entries_of, still_matched

    there = entries_of(case, before)
    if not there:
        raise CliError(f"{shown(list_path)}: no picture of this case is on it; it is as it was")
    _check_code(case, ask_code(code_file))
    terminal, name = Terminal(), shown(list_path)
    wanted = [one.id for one in there if remove or one.status in (Status.ACTIVE, Status.RECEIVED)]
    if not wanted:
        terminal.line(f"{name}: unchanged, this case is withdrawn already")
        return 0
    now = int(time())
    after = before.removing(wanted) if remove else before.withdrawing(wanted, modified=now)
    save_list(after, list_path)
    gone = len(before.active_rows) - len(after.active_rows)
    terminal.line(
        f"{name}: version {after.version}, {entries_text(len(after))}, {gone} fewer to match"
    )
    if left := still_matched(case, after):
        terminal.line(
            f"still matched: {pictures_text(left)} of this case, which somebody else listed, too"
        )
    terminal.line("Delete the case file where you need it no longer, and add it to no list again.")
    return 0


def _check_code(case: CaseFile, code: str) -> None:
    try:
        fits = case.matches_withdrawal(code)
    except InvalidCodeError as error:
        raise CliError(f"{error}; nothing was changed") from error
    if not fits:
        raise CliError(
            "this is not the withdrawal code of this case; nothing was changed; look again at "
            "every letter, and whether it belongs to this file"
        )
