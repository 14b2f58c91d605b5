"""`hashguard bank queue`: what waits for review, and why."""

from __future__ import annotations

import json
from dataclasses import asdict

from hashguard.cli.bank_folders import BankArgument, JsonOption, cases_text, opened
from hashguard.cli.case_files import pictures_text
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

EPILOG = """Example:

  hashguard bank queue bank/

Then: hashguard bank accept, or hashguard bank refuse. Nobody hears of a case
until it is accepted."""


def queue_command(bank_path: BankArgument, *, as_json: JsonOption = False) -> int:
    """Show the cases that wait for review, oldest first."""
    from hashguard.lists.entry import time_text

    terminal = Terminal()
    with opened(bank_path) as bank:
        waiting = bank.queue()
    if as_json:
        terminal.line(json.dumps([asdict(one) for one in waiting]))
        return 0
    for one in waiting:
        terminal.line(
            f"{one.number or one.case}  {time_text(one.received)}  "
            f"{pictures_text(one.pictures)}  from {shown(one.source)}"
        )
        for word in one.held:
            terminal.line(f"    {shown(word)}")
    terminal.line(f"{cases_text(len(waiting))} waiting")
    return 0
