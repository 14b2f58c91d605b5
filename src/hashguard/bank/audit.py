"""What happened in a bank, in order: a log in which each entry confirms all before it.

An entry says when, what, about which opaque id, by which source, and counts. No hash, no case
number, no reason, no text of a person. Its digest is the SHA-256 of the digest before and its
own canonical line, so the last digest, the *head*, confirms the whole log.

What that proves: an entry changed, removed from the middle, inserted or moved is found, unless
whoever did it also wrote all later digests anew. They can, if they may write the file. So note
heads elsewhere, where they cannot write: a log that contains a noted head is unchanged up to it.
Removal of the last entries shows by the noted head, too; without one, only by the length that
the bank keeps in another table.
"""

from __future__ import annotations

import enum
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hashguard.errors import AuditError

if TYPE_CHECKING:
    from hashguard.bank.store import Tx

_START = bytes(32)  # what the first entry confirms
_HEAD = re.compile(r"(\d{1,15}):([0-9a-f]{64})", re.ASCII)


class Event(enum.Enum):
    """What can happen."""

    CREATED = "created"
    SETTINGS = "settings"
    HARMLESS = "harmless-list"
    RECEIVED = "received"
    SUBMITTED = "submitted"
    NOTHING_LEFT = "nothing-left"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    WRONG_CODE = "wrong-code"
    DELETED = "deleted"
    ERASED = "erased"
    FORGOTTEN = "forgotten"
    FEEDBACK = "feedback"
    RESTORED = "restored"
    ENDED_AGAIN = "ended-again"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry. subject: an opaque id, or "". detail: canonical JSON."""

    number: int
    time: int
    event: str
    subject: str
    source: str
    detail: str

    def digest_after(self, before: bytes) -> bytes:
        """Its digest, after an entry with that one."""
        line = json.dumps(
            [self.number, self.time, self.event, self.subject, self.source, self.detail],
            separators=(",", ":"),
        )
        return hashlib.sha256(before + line.encode("ascii")).digest()


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a log at some moment: its number, and the digest that confirms all."""

    number: int
    digest: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.digest.hex()}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """The inverse of `str()`. Raises ValueError."""
        found = _HEAD.fullmatch(text)
        if not found:
            raise ValueError("a head is written NUMBER:DIGEST, as bank audit verify prints it")
        return cls(int(found[1]), bytes.fromhex(found[2]))


def note(
    tx: Tx,
    event: Event,
    *,
    time: int,
    subject: str = "",
    source: str = "",
    detail: Mapping[str, object] | None = None,
) -> None:
    """Append an entry, in the transaction of what it tells of."""
    last = tx.one("SELECT number, digest FROM audit ORDER BY number DESC LIMIT 1")
    number, before = (1, _START) if last is None else (last[0] + 1, last[1])
    text = json.dumps(detail or {}, sort_keys=True, separators=(",", ":"))
    entry = AuditEntry(number, time, event.value, subject, source, text)
    tx.run(
        "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)",
        *(number, time, event.value, subject, source, text, entry.digest_after(before)),
    )
    tx.run("UPDATE bank SET audit_length = ?", number)


def verify(tx: Tx, *, heads: Iterable[Head] = ()) -> Head:
    """The head of the log, after a look at every entry. heads: noted earlier, elsewhere.

    Raises AuditError, which names the first entry that does not fit.
    """
    wanted = {head.number: head.digest for head in heads}
    number, digest, time = 0, _START, 0
    for row in tx.each("SELECT * FROM audit ORDER BY number"):
        entry, stored = _entry(row, number + 1)
        number, digest = number + 1, entry.digest_after(digest)
        if digest != stored:
            raise AuditError(f"entry {number} of the log, or the one before, was changed")
        if entry.time < time:
            raise AuditError(f"entry {number} of the log is earlier than the one before")
        if wanted.pop(number, digest) != digest:
            raise AuditError(f"entry {number} of the log is not the one whose digest was noted")
        time = entry.time
    if wanted:
        raise AuditError(f"the log ends at {number}, but a later entry was noted: it was cut")
    length = tx.number("SELECT audit_length FROM bank")
    if length != number:
        raise AuditError(f"the log has {number} entries, but {length} were written")
    if not number:
        raise AuditError("the log is empty, but the making of a bank is an entry")
    return Head(number, digest)


_LEADS_TO = {
    Event.RECEIVED.value: ("received", "active"),
    Event.SUBMITTED.value: ("received", "active"),
    Event.ACCEPTED.value: ("active",),
    Event.REFUSED.value: ("deleted",),
    Event.WITHDRAWN.value: ("withdrawn",),
    Event.DELETED.value: ("deleted",),
    Event.ENDED_AGAIN.value: ("withdrawn", "deleted"),
}


def compare_cases(tx: Tx) -> None:
    """Raise AuditError unless every case stands where the log says it was put last."""
    said = {
        subject: event
        for subject, event in tx.each("SELECT subject, event FROM audit ORDER BY number")
        if event in _LEADS_TO
    }
    for case, status in tx.each("SELECT id, status FROM cases"):
        event = said.pop(case, "")
        if status not in _LEADS_TO.get(event, ()):
            raise AuditError(
                f"a case is {status}, but the log says of it last: {event or 'nothing'}"
            )
    if said:
        raise AuditError(f"the log tells of {len(said)} cases that are not in the bank")


def _entry(row: tuple[Any, ...], number: int) -> tuple[AuditEntry, bytes]:
    *values, stored = row
    if values[0] != number:
        raise AuditError(f"entry {number} of the log is missing")
    wanted = (int, int, str, str, str, str)
    if not all(type(value) is kind for value, kind in zip(values, wanted, strict=True)):
        raise AuditError(f"entry {number} of the log was changed")
    return AuditEntry(*values), stored
