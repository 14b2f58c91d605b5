"""What a bank is told and what it tells: frozen values. Pure."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hashguard.lists.entry import MAX_SOURCE_BYTES, tags_fault, text_fault

if TYPE_CHECKING:
    from hashguard.hashes import Hash
    from hashguard.lists import Status

MAX_WORD_BYTES = 64  # of a feedback; the longest of StopNCII has 14
MAX_REASON_BYTES = 500  # of a refusal; a sentence or two

# A source is logged; one that holds a hash or a case number would carry it there.
_SECRETIVE = re.compile(r"[0-9a-f]{16}|\b[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}\b", re.IGNORECASE)


def check_source(source: str) -> str:
    """The name of an organisation or platform, as it may be logged. Raises ValueError."""
    if not source:
        raise ValueError("a source has a name")
    if fault := text_fault(source, max_bytes=MAX_SOURCE_BYTES):
        raise ValueError(f"the source {fault}")
    if _SECRETIVE.search(source):
        raise ValueError("the source looks like a hash or a case number; name the organisation")
    return source


def check_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Tags as a list may hold them. Raises ValueError."""
    if fault := tags_fault(tags):
        raise ValueError(f"the tags {fault}")
    return tags


def check_reason(reason: str) -> str:
    """Why a case was refused, for those who may read the case. Raises ValueError."""
    if not reason:
        raise ValueError("a refusal has a reason")
    if fault := text_fault(reason, max_bytes=MAX_REASON_BYTES):
        raise ValueError(f"the reason {fault}")
    return reason


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a platform answers about a hash, in its own word, kept as it came.

    The words below are those of StopNCII whose meaning is known; another is no error, for
    real exchanges send such. Raises ValueError for what is no word at all.
    """

    word: str

    BLOCKED: ClassVar[Feedback]
    NOT_BLOCKED: ClassVar[Feedback]
    PENDING_REVIEW: ClassVar[Feedback]
    QUALITY_UNKNOWN: ClassVar[Feedback]

    def __post_init__(self) -> None:
        if not self.word:
            raise ValueError("a feedback has a word")
        if fault := text_fault(self.word, max_bytes=MAX_WORD_BYTES):
            raise ValueError(f"the feedback {fault}")

    @property
    def is_known(self) -> bool:
        """Whether it is one of the words below."""
        return self in _KNOWN


Feedback.BLOCKED = Feedback("Blocked")
Feedback.NOT_BLOCKED = Feedback("NotBlocked")
Feedback.PENDING_REVIEW = Feedback("PendingReview")
Feedback.QUALITY_UNKNOWN = Feedback("QualityUnknown")
_KNOWN = (
    Feedback.BLOCKED,
    Feedback.NOT_BLOCKED,
    Feedback.PENDING_REVIEW,
    Feedback.QUALITY_UNKNOWN,
)


@dataclass(frozen=True, slots=True)
class Given:
    """The latest feedback of one source about one hash. given: unix seconds."""

    source: str
    feedback: Feedback
    tags: tuple[str, ...]
    given: int


@dataclass(frozen=True, slots=True)
class Record:
    """All that followers may know of one hash, at one moment; it replaces what they had.

    id: opaque, the same for as long as the bank knows the hash.
    status: only ACTIVE may be matched. WITHDRAWN and DELETED are tombstones: drop it.
    modified: unix seconds, never falling from one change of the bank to the next.
    cases: the opaque id of each person's case with this picture, and where it stands; empty for
    what only platforms sent. Never the number that the person knows.
    """

    id: str
    hash: Hash
    quality: int | None
    status: Status
    modified: int
    cases: tuple[tuple[str, Status], ...]
    feedback: tuple[Given, ...]

    @property
    def is_disputed(self) -> bool:
        """Whether one platform blocked it and another did not."""
        said = {given.feedback for given in self.feedback}
        return {Feedback.BLOCKED, Feedback.NOT_BLOCKED} <= said


@dataclass(frozen=True, slots=True)
class Page:
    """Some changes, oldest first.

    after: where the next page begins, None if this is the last.
    newest: unix seconds; all that was modified before has been given by this page or an
    earlier one, so it is what `since` may be next time, even if the following pages are lost.
    What was modified in that very second is given again.
    """

    records: tuple[Record, ...]
    after: str | None
    newest: int


class Finding(enum.Enum):
    """What was found. The first four leave a picture out, the others make a case wait."""

    JUNK = "junk"
    ODD_WEIGHT = "odd-weight"
    LOW_QUALITY = "low-quality"
    REVIEWED = "reviewed"  # whoever looked the case through left it out
    HARMLESS = "harmless"
    DELETED_BEFORE = "deleted-before"
    RATE = "rate"


LEAVES_OUT = frozenset({Finding.JUNK, Finding.ODD_WEIGHT, Finding.LOW_QUALITY, Finding.REVIEWED})


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of one picture. place: in its case, from 1.

    findings: none for a picture without doubts. note: the same in words, without the hash.
    merged: the bank had the hash already; it is one entry, of several cases.
    """

    place: int
    findings: tuple[Finding, ...] = ()
    note: str = ""
    merged: bool = False

    @property
    def is_taken(self) -> bool:
        """Whether it is in the bank now."""
        return not LEAVES_OUT.intersection(self.findings)


class Decision(enum.Enum):
    """What became of a case that was handed in."""

    ACTIVE = "active"
    WAITING = "waiting"  # for review
    KNOWN = "known"  # it was there already; nothing was changed
    NOTHING_LEFT = "nothing-left"  # every picture was left out; nothing was kept


@dataclass(frozen=True, slots=True)
class Intake:
    """What became of a case. case: its opaque id; None if nothing was kept.

    pictures: in the order of the case; empty if the case is KNOWN.
    held: why the case as a whole waits, besides the findings of its pictures.
    """

    case: str | None
    decision: Decision
    pictures: tuple[Looked, ...] = ()
    held: tuple[Finding, ...] = ()


class Withdrawal(enum.Enum):
    """The answer to a withdrawal.

    REFUSED says nothing of whether there is a case of that number. TRY_LATER comes after too
    many wrong codes for one number, whether or not it is one.
    """

    WITHDRAWN = "withdrawn"
    ALREADY = "already"
    REFUSED = "refused"
    TRY_LATER = "try-later"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case in the review queue. number: None for what a platform sent.

    held: why it would wait even if the bank accepted by itself, in words.
    """

    case: str
    number: str | None
    source: str
    received: int
    pictures: int
    held: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PictureState:
    """One picture of a case, without its hash. place: from 1, as in the case file."""

    place: int
    kind: str | None
    quality: int | None
    status: Status
    notes: tuple[str, ...]
    feedback: tuple[Given, ...]


@dataclass(frozen=True, slots=True)
class CaseState:
    """All that the bank knows of a case, for its person and those who help them.

    held: why it waited as a whole, in words. reason: of a refusal, else "".
    left_out: how many pictures each of these findings left out.
    """

    case: str
    number: str | None
    source: str
    status: Status
    received: int
    decided: int | None
    ended: int | None
    held: tuple[str, ...]
    reason: str
    left_out: tuple[tuple[Finding, int], ...]
    pictures: tuple[PictureState, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """How much a bank holds. hashes: not counting those that were erased. log: entries."""

    cases: tuple[tuple[Status, int], ...]
    hashes: tuple[tuple[Status, int], ...]
    disputed: int
    log: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restored bank lacked that the one before it knew.

    ended: cases that had ended since the backup; they are ended again. dropped: hashes that
    followers had heard of since; they are tombstones, so that followers drop them.
    """

    ended: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Erasure:
    """How far a deletion came.

    hashes: how many are no longer on any list. erased: how many have no byte left in the files
    of the bank; the others stay as tombstones until then: see docs/bank.md.
    is_clean: whether the write-ahead log could be cut as well. If not, another process was reading
    just then; `Bank.tidy` tries again.
    """

    hashes: int
    erased: int
    is_clean: bool
