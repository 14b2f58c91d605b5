"""What the bank commands share: opening a bank, and telling what is wrong with it or a case.

Errors name the folder; they never quote what is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from hashguard.cli.case_files import refuse_codes
from hashguard.cli.list_files import refuse_hashes
from hashguard.cli.status import CliError, UsageError
from hashguard.errors import BankError
from hashguard.printable import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hashguard.bank import Bank, Given

BankArgument: TypeAlias = Annotated[
    str, typer.Argument(metavar="BANK", help="A bank, made by hashguard bank init.")
]
CaseNumber: TypeAlias = Annotated[
    str, typer.Argument(metavar="CASE", help="The number of a case, or its id in the bank.")
]
ByOption: TypeAlias = Annotated[
    str, typer.Option("--by", metavar="NAME", help="Which desk does this; it is logged.")
]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", metavar="", help="One JSON object.")]

DESK = "desk"

_REMEDIES = {
    "missing": "make one with `hashguard bank init`",
    "newer": "upgrade hashguard",
}
"""By the first word of a BankFileError; the others say themselves what helps."""


@contextmanager
def opened(path: str, *, words: Iterable[str] = (), by: str = DESK) -> Iterator[Bank]:
    """A bank. words: more arguments, which must not be secrets; by: who does what is done.

    Raises UsageError, and CliError, also for what fails while it is open.
    """
    refuse_secrets([path, *words])
    refuse_name(by)
    from hashguard.bank import Bank

    with telling(path), Bank.open(path) as bank:
        yield bank


@contextmanager
def telling(path: str) -> Iterator[None]:
    """Turn what is wrong with a bank, or what it refuses, into CliError, which names it."""
    try:
        yield
    except BankError as error:
        remedy = _REMEDIES.get(str(error).partition(":")[0])
        told = f"{shown(path)}: {error}"
        raise CliError(f"{told}; {remedy}" if remedy else told) from error


def refuse_secrets(words: Iterable[str]) -> None:
    """Raise UsageError for a hash or a withdrawal code among the arguments."""
    listed = list(words)
    refuse_hashes(listed)
    refuse_codes(listed)


def refuse_name(name: str) -> None:
    """Raise UsageError for a name of a source that cannot be logged."""
    from hashguard.bank.values import check_source

    try:
        check_source(name)
    except ValueError as error:
        raise UsageError(f"{error}, as it is logged") from error


def said(given: Iterable[Given]) -> str:
    """What platforms answered: `Platform A Blocked, Platform B NotBlocked`, or `-`."""
    words = (f"{shown(one.source)} {shown(one.feedback.word)}" for one in given)
    return ", ".join(words) or "-"


def cases_text(count: int) -> str:
    """`1 case`, `2 cases`."""
    return "1 case" if count == 1 else f"{count} cases"


def hashes_text(count: int) -> str:
    """`1 hash`, `2 hashes`."""
    return "1 hash" if count == 1 else f"{count} hashes"
