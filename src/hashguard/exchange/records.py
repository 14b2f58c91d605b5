"""What exchanges say about a hash, in our words and theirs. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hashguard.lists.entry import MAX_TAG_BYTES, MAX_TAGS, Entry, Status, text_fault

if TYPE_CHECKING:
    from hashguard.hashes import Hash

BLOCKED, NOT_BLOCKED = "Blocked", "NotBlocked"
FEEDBACK_WORDS = (BLOCKED, NOT_BLOCKED, "PendingReview", "QualityUnknown")
"""What a platform can say about a hash it was given; the words of StopNCII."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one platform said. feedback: its word as it came, also one that we do not know."""

    source: str
    feedback: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """All that an exchange says about one hash now; a newer record takes its place whole.

    status: RECEIVED also where the exchange used a word that we do not know: kept, not matched.
    modified: unix seconds; None where unknown.
    cases: their opaque numbers and where each stands.
    """

    hash: Hash
    status: Status
    modified: int | None = None
    cases: tuple[tuple[str, Status], ...] = field(default=(), repr=False)
    feedback: tuple[Opinion, ...] = ()

    @property
    def is_gone(self) -> bool:
        """Whether the hash must be dropped at once: withdrawn or deleted."""
        return self.status in (Status.WITHDRAWN, Status.DELETED)

    def entry(self, id: str, *, source: str) -> Entry:  # noqa: A002 (as Entry calls it)
        """As an entry of a list. Its tags are the different words of feedback, sorted."""
        words = sorted({one.feedback for one in self.feedback if is_tag(one.feedback)})
        return Entry(
            id=id,
            hash=self.hash,
            status=self.status,
            source=source,
            tags=tuple(words[:MAX_TAGS]),
            modified=self.modified,
        )


def is_tag(text: str) -> bool:
    """Whether a word from elsewhere can stand among the tags of an entry."""
    return bool(text) and "," not in text and not text_fault(text, max_bytes=MAX_TAG_BYTES)
