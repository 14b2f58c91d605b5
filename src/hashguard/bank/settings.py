"""What an organisation decides about its bank. Pure; kept in the bank as canonical JSON."""

from __future__ import annotations

import enum
import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from hashguard.errors import BankFileError
from hashguard.strict_json import is_whole, no_constant

MAX_DAYS = 36_500
_RANGES = {
    "least_quality": (0, 100),
    "harmless_distance": (0, 63),  # bits; beyond, a hash list of harmless pictures denies too much
    "most_per_day": (1, 10_000_000),
    "tombstone_days": (0, MAX_DAYS),
    "case_days": (0, MAX_DAYS),
    "attempts": (1, 1000),
    "attempt_minutes": (1, 10_080),
    "least_count": (3, 1000),  # 3: of two hidden counts that may be 1 only, both would be known
}


class Acceptance(enum.Enum):
    """Who decides whether what was handed in becomes active."""

    BY_HAND = "by-hand"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Raises ValueError for what is out of range. docs/bank.md says what to choose.

    cases, submissions: how people's cases and platforms' hashes become active; what a check
    doubts waits for review in any case.
    least_quality: 0 to 100; pictures below are left out. The authors of PDQ recommend 50.
    harmless_distance: bits; a picture this near to a harmless one waits for review.
    most_per_day: pictures of one source in 24 hours; what comes above waits for review.
    tombstone_days: how long a withdrawn or deleted hash is kept to tell followers of it.
    case_days: how long the number and withdrawal digest of a case are kept after it ended.
    attempts, attempt_minutes: wrong codes for one case number in that time.
    least_count: the smallest count of cases that statistics show.
    """

    cases: Acceptance
    submissions: Acceptance
    least_quality: int
    harmless_distance: int
    most_per_day: int
    tombstone_days: int
    case_days: int
    attempts: int
    attempt_minutes: int
    least_count: int

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            if not is_whole(getattr(self, name), least, most):
                raise ValueError(f"{name} is a whole number from {least} to {most}")

    def dumps(self) -> str:
        """As canonical JSON."""
        said = asdict(self) | {"cases": self.cases.value, "submissions": self.submissions.value}
        return json.dumps(said, sort_keys=True, separators=(",", ":"))

    @classmethod
    def loads(cls, text: str) -> Settings:
        """The inverse of `dumps`. Raises BankFileError."""
        try:
            said: Any = json.loads(text, parse_constant=no_constant)
            if not isinstance(said, dict) or set(said) != {one.name for one in fields(cls)}:
                raise ValueError("other settings than these")
            acceptances = {name: Acceptance(said[name]) for name in ("cases", "submissions")}
            return cls(**(said | acceptances))
        except (ValueError, TypeError, RecursionError):
            raise BankFileError("altered: the settings of the bank cannot be read") from None
