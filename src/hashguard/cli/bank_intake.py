"""`hashguard bank intake`: case files in, and what became of each."""

from __future__ import annotations

from collections import Counter
from time import time
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.bank_folders import DESK, BankArgument, cases_text, opened
from hashguard.cli.case_files import load_case, pictures_text
from hashguard.cli.status import CliError, Status
from hashguard.cli.terminal import Terminal
from hashguard.errors import CaseConflictError, RateError
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.bank import Bank, Intake

EPILOG = """Examples:

  hashguard bank intake bank/ codes-4UDZ-XVK2.json
  hashguard bank intake bank/ inbox/*.json --source "a helpline"

Exit status: 0 if every case is in the bank, waiting or active; 4 if one is
not. A file that cannot be taken does not keep the others out. Once it is
taken, remove the file: it holds the hashes, too."""


def intake_command(
    bank_path: BankArgument,
    files: Annotated[list[str], typer.Argument(metavar="FILES", help="Case files.")],
    *,
    source: Annotated[
        str, typer.Option(metavar="NAME", help="Which organisation hands them in; it is logged.")
    ] = DESK,
) -> int:
    """Take case files into a bank.

    Pictures that no list may hold are left out; what is doubted waits for review.
    """
    terminal = Terminal()
    became: Counter[str] = Counter()
    with opened(bank_path, words=files, by=source) as bank:
        for path in files:
            try:
                words, is_in = _take(bank, path, source)
            except CliError as error:
                terminal.complain(str(error))
                became["not taken"] += 1
                continue
            became[words[0] if is_in else "not taken"] += 1
            if is_in:
                terminal.line(f"{shown(path)}: {'; '.join(words)}")
            else:
                terminal.complain(f"{shown(path)}: {'; '.join(words)}")
    if len(files) > 1:
        told = ", ".join(f"{count} {what.partition(',')[0]}" for what, count in _sums(became))
        terminal.line(f"{cases_text(len(files))}: {told}")
    return Status.ERROR if became["not taken"] else Status.FINE


def _take(bank: Bank, path: str, source: str) -> tuple[list[str], bool]:
    """What became of a file, in words, and whether its case is in the bank. Raises CliError."""
    case = load_case(path)
    try:
        taken = bank.intake(case, source=source, now=int(time()))
    except (CaseConflictError, RateError) as error:
        raise CliError(f"{shown(path)}: {error}") from error
    from hashguard.bank import Decision

    count = pictures_text(sum(one.is_taken for one in taken.pictures))
    words = {
        Decision.ACTIVE: f"active, {count}",
        Decision.WAITING: f"waiting for review, {count}",
        Decision.KNOWN: "in the bank already",
        Decision.NOTHING_LEFT: "not taken, for no picture is left",
    }[taken.decision]
    return [words, *_notes(taken)], taken.decision is not Decision.NOTHING_LEFT


def _notes(taken: Intake) -> list[str]:
    """What the checks found, and what the bank had already."""
    notes = [
        f"picture {one.place} {'waits' if one.is_taken else 'is left out'}: {one.note}"
        for one in taken.pictures
        if one.note
    ]
    if taken.held:
        notes.append("its source sent more than usual within a day")
    merged = sum(one.merged for one in taken.pictures)
    if merged:
        notes.append(f"{pictures_text(merged)} of other cases, too")
    return notes


def _sums(became: Counter[str]) -> list[tuple[str, int]]:
    """The counts, by the first words of what became of a file."""
    sums: Counter[str] = Counter()
    for words, count in became.items():
        sums[words.partition(",")[0]] += count
    return list(sums.items())
