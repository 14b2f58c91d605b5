"""What a check says about an upload, and why."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import NoReturn

from hashguard.budget import Expected, Grade, odds_text
from hashguard.framing import WHOLE, Framing
from hashguard.lists import Entry


class Outcome(enum.Enum):
    """The three things a check can say. UNDECIDED is not "clean"."""

    MATCH = "match"
    NO_MATCH = "no match"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Match:
    """A listed picture that the upload reached.

    distance: bits. weighed: the same bits, each by how clear the upload is about it, where that is
    what the grade goes by: of croppings together with how near others come to them. probe: which
    variant of the upload was nearest. frame: its frame, from 0. framing: where in that frame the
    picture lies. grade: how sure it is, None where that is not known: for other algorithms than
    PDQ, and for what not even a review is worth.
    expected: wrong matches to be expected if everything as near as this matched; None likewise.
    """

    distance: int
    probe: str
    frame: int
    entry: Entry
    framing: Framing = WHOLE
    grade: Grade | None = None
    expected: Expected | None = None
    weighed: int | None = None

    @property
    def odds(self) -> str | None:
        """How often an unrelated picture comes this near, as a person reads it; None likewise."""
        return None if self.expected is None else odds_text(self.expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Seconds spent on an upload."""

    decode: float = 0.0
    hash: float = 0.0
    search: float = 0.0

    @property
    def total(self) -> float:
        """Their sum."""
        return self.decode + self.hash + self.search


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome of one check.

    reason: why it is UNDECIDED, or why a MATCH deserves a second look; None otherwise.
    matches: one for each entry reached, the nearest first; under a budget the surest, then the
    nearest.
    notes: what else a reader should know, such as rows missing from a truncated file.
    """

    outcome: Outcome
    reason: str | None
    matches: tuple[Match, ...]
    notes: tuple[str, ...]
    policy: str
    list_origin: str
    list_version: int
    timings: Timings = field(compare=False)

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a Verdict has three outcomes and no truth value: look at verdict.outcome, "
            "for UNDECIDED is neither a match nor clean"
        )
