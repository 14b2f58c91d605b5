"""`hashguard bank settings`: what an organisation decides about its bank; shown, or changed."""

from __future__ import annotations

import enum
from dataclasses import fields, replace
from time import time
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from hashguard.cli.bank_folders import DESK, BankArgument, ByOption, opened
from hashguard.cli.list_files import load_list
from hashguard.cli.status import UsageError
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hashguard.bank import Bank, Settings

EPILOG = """Examples:

  hashguard bank settings bank/
  hashguard bank settings bank/ --cases automatic --least-quality 60
  hashguard bank settings bank/ --harmless memes.hgl

docs/bank.md says what each of them is for."""


class Accept(enum.Enum):
    """Who decides what becomes active."""

    BY_HAND = "by-hand"
    AUTOMATIC = "automatic"


CasesOption: TypeAlias = Annotated[
    Accept | None,
    typer.Option(metavar="HOW", help="How cases become active: by-hand or automatic."),
]
SubmissionsOption: TypeAlias = Annotated[
    Accept | None, typer.Option(metavar="HOW", help="The same for hashes that platforms send.")
]
QualityOption: TypeAlias = Annotated[
    int | None, typer.Option(metavar="N", help="Leave out pictures below this quality.")
]
DistanceOption: TypeAlias = Annotated[
    int | None,
    typer.Option(metavar="BITS", help="How near to a harmless picture makes a case wait."),
]
PerDayOption: TypeAlias = Annotated[
    int | None, typer.Option(metavar="N", help="Pictures of one source a day; above, they wait.")
]
TombstoneOption: TypeAlias = Annotated[
    int | None,
    typer.Option(metavar="DAYS", help="How long an ended hash is kept to tell platforms so."),
]
CaseDaysOption: TypeAlias = Annotated[
    int | None, typer.Option(metavar="DAYS", help="How long the number of an ended case is kept.")
]
AttemptsOption: TypeAlias = Annotated[
    int | None, typer.Option(metavar="N", help="Wrong codes for one case number ...")
]
MinutesOption: TypeAlias = Annotated[
    int | None, typer.Option(metavar="N", help="... within so many minutes.")
]
CountOption: TypeAlias = Annotated[
    int | None, typer.Option(metavar="N", help="The smallest count that statistics show.")
]
HarmlessOption: TypeAlias = Annotated[
    str, typer.Option(metavar="LIST", help="Harmless pictures that cases are compared with.")
]


def settings_command(
    bank_path: BankArgument,
    *,
    cases: CasesOption = None,
    submissions: SubmissionsOption = None,
    least_quality: QualityOption = None,
    harmless_distance: DistanceOption = None,
    most_per_day: PerDayOption = None,
    tombstone_days: TombstoneOption = None,
    case_days: CaseDaysOption = None,
    attempts: AttemptsOption = None,
    attempt_minutes: MinutesOption = None,
    least_count: CountOption = None,
    harmless: HarmlessOption = "",
    by: ByOption = DESK,
) -> int:
    """Show what a bank is told to do, or tell it otherwise."""
    wanted = {
        "cases": cases,
        "submissions": submissions,
        "least_quality": least_quality,
        "harmless_distance": harmless_distance,
        "most_per_day": most_per_day,
        "tombstone_days": tombstone_days,
        "case_days": case_days,
        "attempts": attempts,
        "attempt_minutes": attempt_minutes,
        "least_count": least_count,
    }
    terminal = Terminal()
    with opened(bank_path, by=by) as bank:
        before = bank.settings
        after = changed(before, wanted)
        if after != before:
            bank.set_settings(after, source=by, now=int(time()))
        if harmless:
            set_harmless(bank, harmless, by)
        for line in settings_lines(after):
            terminal.line(line)
        if harmless:
            terminal.line(f"harmless pictures from {shown(harmless)}")
    return 0


def changed(settings: Settings, wanted: dict[str, Any]) -> Settings:
    """The settings with those that were given. Raises UsageError."""
    from hashguard.bank import Acceptance

    given = {name: value for name, value in wanted.items() if value is not None}
    for name in ("cases", "submissions"):
        if name in given:
            given[name] = Acceptance(given[name].value)
    try:
        return replace(settings, **given)
    except ValueError as error:
        name, _, rest = str(error).partition(" ")
        raise UsageError(f"--{name.replace('_', '-')} {rest}") from error


def set_harmless(bank: Bank, path: str, by: str) -> None:
    """Compare cases with the pictures of a list file. Raises CliError, UsageError."""
    hash_list = load_list(path)
    try:
        bank.set_harmless(hash_list, source=by, now=int(time()))
    except ValueError as error:
        raise UsageError(f"--harmless: {error}") from error


def settings_lines(settings: Settings) -> Iterator[str]:
    """One for each setting, as its option is called."""
    for field in fields(settings):
        value = getattr(settings, field.name)
        text = value.value if isinstance(value, enum.Enum) else str(value)
        yield f"{field.name.replace('_', '-'):<18} {text}"
