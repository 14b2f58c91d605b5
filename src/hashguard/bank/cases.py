"""Cases: taken in, looked through, accepted or refused, and ended.

A case is what a person handed in, or one hash that a platform sent without a case. All changes
of one case are one transaction, with their entry in the log.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hashguard.bank import audit, entries
from hashguard.bank.audit import Event
from hashguard.bank.settings import Acceptance
from hashguard.bank.values import LEAVES_OUT, Decision, Finding, Intake, Looked, Waiting
from hashguard.errors import (
    BankFileError,
    CaseConflictError,
    CaseStateError,
    RateError,
    UnknownEntryError,
)
from hashguard.lists import Status

if TYPE_CHECKING:
    from hashguard.bank.settings import Settings
    from hashguard.bank.store import Tx
    from hashguard.hashes import Hash

_REFUSE_TIMES = 10  # times `most_per_day`: more would fill the disk, and no queue is looked through

_DELETED_BEFORE = "the organisation deleted this hash before"
_HELD_WORDS = {Finding.RATE: "its source sent more than usual within a day"}


@dataclass(frozen=True, slots=True)
class Handed:
    """What is handed in. number, withdrawal: None for what a platform sent.

    pictures: hash, quality and kind of each; looked: what the checks said of them.
    """

    source: str
    number: str | None
    withdrawal: str | None
    pictures: Sequence[tuple[Hash, int | None, str | None]]
    looked: Sequence[Looked]

    @property
    def is_case(self) -> bool:
        """Whether a person handed it in."""
        return self.number is not None


@dataclass(frozen=True, slots=True)
class Case:
    """A case as a row."""

    row: int
    id: str
    number: str | None
    withdrawal: str | None
    status: Status


def find(tx: Tx, key: str) -> Case | None:
    """The case of a number or an opaque id, or None."""
    return _case(tx, "number = ? OR id = ?", key.upper(), key.lower())


def find_by_number(tx: Tx, number: str) -> Case | None:
    """The case of a number, or None."""
    return _case(tx, "number = ?", number)


def found(tx: Tx, key: str) -> Case:
    """The case of a number or an opaque id. Raises UnknownEntryError."""
    case = find(tx, key)
    if case is None:
        raise UnknownEntryError("the bank holds no such case")
    return case


def take_in(tx: Tx, handed: Handed, *, settings: Settings, moment: int) -> Intake:
    """Keep what the checks let through. Raises CaseConflictError, RateError."""
    # 1. A case that is here already.
    if handed.number is not None and (known := find(tx, handed.number)) is not None:
        return _known(tx, handed, known)
    if not handed.is_case and (sent := _sent(tx, handed)) is not None:
        return Intake(sent, Decision.KNOWN)
    # 2. The rate of its source.
    held = _held_by_rate(tx, handed, settings, moment)
    # 3. Its pictures, those that are left.
    taken = [one for one in handed.looked if one.is_taken]
    if not taken:
        audit.note(
            tx, Event.NOTHING_LEFT, time=moment, source=handed.source, detail=_counts(handed.looked)
        )
        return Intake(None, Decision.NOTHING_LEFT, tuple(handed.looked))
    case, case_id = _add_case(tx, handed, held, moment)
    looked = _add_pictures(tx, handed, case, moment)
    # 4. Active, or in the queue.
    wanted = settings.cases if handed.is_case else settings.submissions
    doubts = any(one.findings for one in looked if one.is_taken)
    accept = wanted is Acceptance.AUTOMATIC and not held and not doubts
    event = Event.RECEIVED if handed.is_case else Event.SUBMITTED
    detail = _counts(looked) | {"active": accept}
    audit.note(tx, event, time=moment, subject=case_id, source=handed.source, detail=detail)
    if accept:
        _activate(tx, case, moment)
    decision = Decision.ACTIVE if accept else Decision.WAITING
    return Intake(case_id, decision, tuple(looked), held)


def accept(
    tx: Tx, key: str, *, without: Iterable[int], source: str, moment: int
) -> tuple[int, int]:
    """Make a waiting case active. without: places of pictures to leave out; they are erased.

    Returns how many pictures are active, and how many were erased.
    Raises UnknownEntryError, CaseStateError, and ValueError for a place it does not have.
    """
    case = _waiting(tx, key)
    left_out, erased = set(without), 0
    places = dict(tx.rows("SELECT place, hash FROM pictures WHERE in_case = ?", case.row))
    if unknown := left_out - places.keys():
        raise ValueError(f"the case has no picture {min(unknown)}")
    if left_out and left_out == places.keys():
        raise ValueError("nothing would be left; refuse the case instead")
    for place in sorted(left_out):
        tx.run("DELETE FROM pictures WHERE in_case = ? AND place = ?", case.row, place)
        erased += entries.settle(tx, [places[place]], moment=moment)
    _activate(tx, case.row, moment)
    before = tx.one("SELECT left_out FROM cases WHERE row = ?", case.row) or ("[]",)
    all_left_out = read_texts(before[0]) + [Finding.REVIEWED.value] * len(left_out)
    tx.run(
        "UPDATE cases SET decided = ?, left_out = ? WHERE row = ?",
        *(moment, texts(all_left_out), case.row),
    )
    detail = {"pictures": len(places) - len(left_out), "left_out": len(left_out)}
    audit.note(tx, Event.ACCEPTED, time=moment, subject=case.id, source=source, detail=detail)
    return len(places) - len(left_out), erased


def refuse(tx: Tx, key: str, *, reason: str, source: str, moment: int) -> int:
    """Refuse a waiting case: nobody hears of it, and what only it had is erased.

    Returns how many hashes were erased. Raises UnknownEntryError, CaseStateError.
    """
    case = _waiting(tx, key)
    tx.run("UPDATE cases SET decided = ?, reason = ? WHERE row = ?", moment, reason, case.row)
    erased = end(tx, case, Status.DELETED, moment=moment)
    audit.note(
        tx, Event.REFUSED, time=moment, subject=case.id, source=source, detail={"erased": erased}
    )
    return erased


def end(tx: Tx, case: Case, ended: Status, *, moment: int) -> int:
    """Withdraw or delete a case. Returns how many hashes were erased at once."""
    tx.run("UPDATE cases SET status = ?, ended = ? WHERE row = ?", ended.value, moment, case.row)
    rows = entries.rows_of_case(tx, case.row)
    return entries.settle(tx, rows, moment=moment, ended=ended)


def delete(tx: Tx, key: str, *, at_once: bool, source: str, moment: int) -> tuple[int, int]:
    """Delete a case, whatever its status. at_once: without tombstones.

    Returns how many hashes it had, and how many of them were erased. What another case has too
    stays. Raises UnknownEntryError.
    """
    case = found(tx, key)
    rows = entries.rows_of_case(tx, case.row)
    erased = end(tx, case, Status.DELETED, moment=moment)
    if at_once:
        erased += entries.erase(tx, entries.rows_of_case(tx, case.row), ended=Status.DELETED)
    detail = {"hashes": len(rows), "erased": erased}
    audit.note(tx, Event.DELETED, time=moment, subject=case.id, source=source, detail=detail)
    return len(rows), erased


def forget_due(tx: Tx, settings: Settings, *, moment: int) -> int:
    """Forget the numbers and withdrawal digests of cases that ended long ago. Returns how many."""
    return tx.run(
        "UPDATE cases SET number = NULL, withdrawal = NULL,"
        " reason = CASE WHEN reason = '' THEN '' ELSE 'forgotten' END"
        " WHERE ended <= ? AND number IS NOT NULL",
        moment - settings.case_days * entries.DAY,
    )


def queue(tx: Tx) -> list[Waiting]:
    """The cases that wait, in the order they came."""
    waiting: list[Waiting] = []
    for row, case, number, source, received, held in tx.rows(
        "SELECT row, id, number, source, received, held FROM cases"
        " WHERE status = 'received' ORDER BY row"
    ):
        notes = tx.rows("SELECT place, notes FROM pictures WHERE in_case = ? ORDER BY place", row)
        words = held_words(held)
        words += [f"picture {place}: {note}" for place, text in notes for note in read_texts(text)]
        waiting.append(Waiting(case, number, source, received, len(notes), tuple(words)))
    return waiting


def held_words(stored: object) -> list[str]:
    """Why a case waits as a whole, in words. Raises BankFileError."""
    return [_HELD_WORDS.get(one, one.value) for one in read_findings(stored)]


def read_texts(stored: object) -> list[str]:
    """A list of texts as it is stored. Raises BankFileError."""
    try:
        texts = json.loads(stored) if isinstance(stored, str) else None
    except (ValueError, RecursionError):
        texts = None
    if not isinstance(texts, list) or not all(isinstance(one, str) for one in texts):
        raise BankFileError("altered: a list of texts in the bank cannot be read")
    return texts


def read_findings(stored: object) -> list[Finding]:
    """Findings as they are stored. Raises BankFileError."""
    try:
        return [Finding(one) for one in read_texts(stored)]
    except ValueError:
        raise BankFileError("altered: a finding in the bank is none that we know") from None


def texts(values: Iterable[str]) -> str:
    """A list of texts as it is stored."""
    return json.dumps(list(values), separators=(",", ":"))


def _case(tx: Tx, which: str, *values: str) -> Case | None:
    found = tx.one(
        f"SELECT row, id, number, withdrawal, status FROM cases WHERE {which}",  # noqa: S608 - ours
        *values,
    )
    if found is None:
        return None
    row, case_id, number, withdrawal, status = found
    return Case(row, case_id, number, withdrawal, entries.status_of(status))


def _known(tx: Tx, handed: Handed, known: Case) -> Intake:
    """Handed in again. Raises CaseConflictError if it is not the same case."""
    same = known.withdrawal == handed.withdrawal
    if same and known.status in (Status.ACTIVE, Status.RECEIVED):
        rows = set(entries.rows_of_case(tx, known.row))
        here = {entries.row_of(tx, hash_) for hash_, _, _ in handed.pictures}
        (left_out,) = tx.one("SELECT left_out FROM cases WHERE row = ?", known.row) or ("[]",)
        # Besides those that are here, as many as were left out, then or in review.
        same = rows <= here and len(handed.pictures) == len(rows) + len(read_texts(left_out))
    if not same:
        raise CaseConflictError(
            "its number stands for another case of this bank; have the person make a new case"
        )
    return Intake(known.id, Decision.KNOWN)


def _sent(tx: Tx, handed: Handed) -> str | None:
    """The case of the same hash that this platform sent before and that still stands, or None."""
    hash_ = handed.pictures[0][0]
    found_ = tx.one(
        "SELECT cases.id FROM hashes JOIN pictures ON pictures.hash = hashes.row"
        " JOIN cases ON cases.row = in_case WHERE algorithm = ? AND hashes.hash = ?"
        " AND origin = 'platform' AND source = ? AND cases.status IN ('received', 'active')",
        *(hash_.algorithm.value, hash_.packed, handed.source),
    )
    return None if found_ is None else str(found_[0])


def _held_by_rate(tx: Tx, handed: Handed, settings: Settings, moment: int) -> tuple[Finding, ...]:
    sent = tx.number(
        "SELECT count(*) FROM cases JOIN pictures ON in_case = cases.row"
        " WHERE source = ? AND received > ?",
        *(handed.source, moment - entries.DAY),
    )
    after = sent + len(handed.pictures)
    if after > _REFUSE_TIMES * settings.most_per_day:
        raise RateError(
            f"this source sent more than {_REFUSE_TIMES} times the {settings.most_per_day} "
            "pictures of a day; nothing was changed; ask it why, or raise the setting"
        )
    return (Finding.RATE,) if after > settings.most_per_day else ()


def _add_case(tx: Tx, handed: Handed, held: tuple[Finding, ...], moment: int) -> tuple[int, str]:
    case_id = entries.new_id()
    left_out = [one.findings[0].value for one in handed.looked if not one.is_taken]
    row = tx.add(
        "INSERT INTO cases (id, origin, number, withdrawal, source, status, held, left_out,"
        " reason, received) VALUES (?, ?, ?, ?, ?, 'received', ?, ?, '', ?)",
        *(case_id, "person" if handed.is_case else "platform", handed.number, handed.withdrawal),
        *(handed.source, texts(one.value for one in held), texts(left_out), moment),
    )
    return row, case_id


def _add_pictures(tx: Tx, handed: Handed, case: int, moment: int) -> list[Looked]:
    """Every picture that is taken, merged with what is there; and what that showed."""
    looked: list[Looked] = []
    for one, (hash_, quality, kind) in zip(handed.looked, handed.pictures, strict=True):
        if not one.is_taken:
            looked.append(one)
            continue
        row, status = entries.merge(tx, hash_, quality, moment=moment)
        now = replace(one, merged=status is not None)
        if status is Status.DELETED:
            words = f"{one.note}; {_DELETED_BEFORE}" if one.note else _DELETED_BEFORE
            now = replace(now, findings=(*one.findings, Finding.DELETED_BEFORE), note=words)
        tx.run(
            "INSERT INTO pictures VALUES (?, ?, ?, ?, ?)",
            *(case, row, one.place, kind, texts([now.note] if now.note else [])),
        )
        looked.append(now)
    return looked


def _activate(tx: Tx, case: int, moment: int) -> None:
    tx.run("UPDATE cases SET status = 'active' WHERE row = ?", case)
    entries.settle(tx, entries.rows_of_case(tx, case), moment=moment)


def _waiting(tx: Tx, key: str) -> Case:
    case = found(tx, key)
    if case.status is not Status.RECEIVED:
        raise CaseStateError(f"the case does not wait for review: it is {case.status.value}")
    return case


def _counts(looked: Iterable[Looked]) -> dict[str, object]:
    """For the log: how many pictures, and how many of each finding."""
    found_ = list(looked)
    findings = Counter(finding.value for one in found_ for finding in one.findings)
    left_out = sum(1 for one in found_ if LEAVES_OUT.intersection(one.findings))
    return {"pictures": len(found_) - left_out, "left_out": left_out, "findings": dict(findings)}
