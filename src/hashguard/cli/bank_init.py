"""`hashguard bank init`: an empty bank."""

from __future__ import annotations

from time import time

from hashguard.cli.bank_folders import BankArgument, refuse_secrets, telling
from hashguard.cli.bank_settings import (
    AttemptsOption,
    CaseDaysOption,
    CasesOption,
    CountOption,
    DistanceOption,
    MinutesOption,
    PerDayOption,
    QualityOption,
    SubmissionsOption,
    TombstoneOption,
    changed,
    settings_lines,
)
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

EPILOG = """Examples:

  hashguard bank init bank/
  hashguard bank init bank/ --cases automatic --tombstone-days 14

Without options, a person looks at everything before it becomes active. All
settings can be changed later: hashguard bank settings"""

_TOMBSTONE_DAYS = 30  # after so long, the clients of threatexchange fetch everything anew
_CASE_DAYS = 365


def init_command(
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
) -> int:
    """Make an empty bank, readable by its owner only."""
    refuse_secrets([bank_path])
    from hashguard.bank import Acceptance, Bank, Settings
    from hashguard.policies import PDQ_MAX_DISTANCE, PDQ_MIN_QUALITY

    usual = Settings(
        cases=Acceptance.BY_HAND,
        submissions=Acceptance.BY_HAND,
        least_quality=PDQ_MIN_QUALITY,
        harmless_distance=PDQ_MAX_DISTANCE,
        most_per_day=1000,
        tombstone_days=_TOMBSTONE_DAYS,
        case_days=_CASE_DAYS,
        attempts=10,
        attempt_minutes=60,
        least_count=10,
    )
    settings = changed(
        usual,
        {
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
        },
    )
    with telling(bank_path):
        Bank.create(bank_path, settings=settings, now=int(time()))
    terminal = Terminal()
    terminal.line(f"{shown(bank_path)}: an empty bank, readable by its owner only")
    for line in settings_lines(settings):
        terminal.line(line)
    return 0
