"""What was asked of policies, what each upload came to, and the counts that are told of it.

`verdicts.json` holds the first and the last of these, and is private: names of pictures are in it.
What each upload came to is kept by parts.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hashguard.budget import Grade
from hashguard.errors import ResultsError
from hashguard.files import replace_file
from hashguard.robustness.records import dump, load
from hashguard.robustness.results import Picture, Run
from hashguard.robustness.scores import Pair, Rate

SCHEMA = "hashguard-robustness-verdicts/1"
VERDICTS = "verdicts.json"
UNGRADED = "ungraded"
GRADES = (*(grade.value for grade in sorted(Grade, reverse=True)), UNGRADED)
"""Of a match, the surest first; the last is for what a policy without a budget matches, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRecord:
    """A policy that was asked.

    about: where its numbers come from. per_million: its budget, None if it has none. digest: of
    everything that decides what a part of a given picture holds.
    """

    name: str
    about: str
    per_million: float | None
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked.

    run: the pictures, all of them on the list, and the attacks; no systems. hashed: digest of what
    decides the hash of a picture. uploads: places of the pictures that were uploaded, ascending.
    """

    run: Run
    list_size: int
    hashed: str
    uploads: tuple[int, ...]
    policies: tuple[PolicyRecord, ...]

    def uploaded(self, role: str) -> list[Picture]:
        """The pictures of a role that were uploaded, in order."""
        pictures = (self.run.pictures[number] for number in self.uploads)
        return [picture for picture in pictures if picture.role == role]


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Another picture that an upload matched or came near, by the surest of its entries.

    picture: its place. way: see `LongList.way`. distance, weighed: bits, see `Match`. upper: wrong
    matches per million uploads if everything as near matched, at most. grade: one of GRADES, None
    if it is no match.
    """

    picture: int
    way: str
    distance: int
    weighed: int | None
    upper: float
    grade: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one upload came to.

    outcome: of the verdict. reason: why it is undecided. right: the best of GRADES among matches of
    entries made of the same picture, None if there is none. near: all other pictures that matched
    and, of an upload as it is, the nearest that did not; surest first.
    """

    outcome: str
    reason: str | None
    right: str | None
    near: tuple[Near, ...]

    @property
    def wrong(self) -> str | None:
        """The best grade of a match of another picture; None if there is none."""
        return surest(one.grade for one in self.near if one.grade is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingVerdicts:
    """Photographs in one setting; attack "" for those as they are.

    found: with a match of their own entry, of any grade. not_on_white: the same without pictures
    of which a side ends in white. grades: of the found, by the best. wrong: uploads with a match of
    another picture, by the best grade. undecided: uploads that are; reasons: why.
    """

    attack: str
    strength: float
    found: Rate
    not_on_white: Rate
    grades: dict[str, int]
    wrong: dict[str, int]
    undecided: int
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangerVerdicts:
    """Unrelated pictures, uploaded as they are.

    wrong: uploads with a match of another picture, by the best grade. at_least: for each of GRADES
    those with such a match of this grade or a surer one.
    """

    n: int
    wrong: dict[str, int]
    at_least: dict[str, Rate]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePair:
    """An upload and an entry of another picture; see `Near`."""

    pair: Pair
    way: str
    weighed: int | None
    upper: float
    grade: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVerdicts:
    """All that is said of one policy.

    wrong: pairs that matched, the surest first. nearest: pairs that did not, the nearest first.
    Each pair once.
    """

    unchanged: SettingVerdicts
    settings: tuple[SettingVerdicts, ...]
    strangers: StrangerVerdicts
    wrong: tuple[ClosePair, ...]
    nearest: tuple[ClosePair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """The verdicts of all policies, in the order in which they were asked.

    same: pairs of names that the user listed as the same picture, or nearly; no wrong matches.
    """

    schema: str
    asked: Asked
    same: tuple[tuple[str, ...], ...]
    policies: tuple[PolicyVerdicts, ...]


def surest(grades: Iterable[str]) -> str | None:
    """The first of GRADES among some; None of none."""
    there = set(grades)
    return next((grade for grade in GRADES if grade in there), None)


def write_verdicts(folder: Path, verdicts: Verdicts) -> None:
    """Put `verdicts.json` into the folder. Raises OSError."""
    replace_file(folder / VERDICTS, dump(verdicts).encode())


def read_verdicts(folder: Path) -> Verdicts:
    """The verdicts in the folder. Raises ResultsError."""
    try:
        text = (folder / VERDICTS).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ResultsError(
            "there are no verdicts; `hashguard robustness verdicts` makes them"
        ) from None
    except (OSError, ValueError) as error:
        raise ResultsError(f"{VERDICTS} cannot be read ({type(error).__name__})") from error
    verdicts = load(Verdicts, text, VERDICTS)
    if verdicts.schema != SCHEMA or not _is_whole(verdicts):
        raise ResultsError(f"{VERDICTS} is of another version of hashguard; measure again")
    return verdicts


def _is_whole(verdicts: Verdicts) -> bool:
    asked = [(attack.name, strength) for attack, strength in verdicts.asked.run.settings]
    told = [[(one.attack, one.strength) for one in policy.settings] for policy in verdicts.policies]
    return told == [asked] * len(verdicts.asked.policies)
