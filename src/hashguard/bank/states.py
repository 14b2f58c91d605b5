"""What a bank knows of one case, for its person and those who help them. No hash leaves here."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from hashguard.bank import answers, cases, entries
from hashguard.bank.values import CaseState, Overview, PictureState
from hashguard.errors import UnknownEntryError
from hashguard.lists import Status

if TYPE_CHECKING:
    from hashguard.bank.store import Tx


def state(tx: Tx, key: str) -> CaseState:
    """The case of a number or an opaque id. Raises UnknownEntryError."""
    case = cases.found(tx, key)
    row = tx.one(
        "SELECT source, held, left_out, reason, received, decided, ended FROM cases WHERE row = ?",
        case.row,
    )
    if row is None:
        raise UnknownEntryError("the bank holds no such case")
    source, held, left_out, reason, received, decided, ended = row
    return CaseState(
        case=case.id,
        number=case.number,
        source=source,
        status=case.status,
        received=received,
        decided=decided,
        ended=ended,
        held=tuple(cases.held_words(held)),
        reason=reason,
        left_out=tuple(Counter(cases.read_findings(left_out)).items()),
        pictures=tuple(_pictures(tx, case, received, ended)),
    )


def overview(tx: Tx) -> Overview:
    """How much the bank holds, exactly; for the organisation itself, not to publish."""
    by_status = dict(tx.rows("SELECT status, count(*) FROM cases GROUP BY status"))
    hashes = dict(
        tx.rows("SELECT status, count(*) FROM hashes WHERE hash IS NOT NULL GROUP BY status")
    )
    return Overview(
        cases=tuple((status, by_status.get(status.value, 0)) for status in Status),
        hashes=tuple((status, hashes.get(status.value, 0)) for status in Status),
        disputed=len(answers.disputed(tx)),
        log=tx.number("SELECT audit_length FROM bank"),
    )


def _pictures(tx: Tx, case: cases.Case, received: int, ended: int | None) -> list[PictureState]:
    """The pictures of a case; of others that have the same hash, they show nothing."""
    rows = tx.rows(
        "SELECT hashes.row, place, kind, quality, status, notes FROM pictures"
        " JOIN hashes ON hashes.row = pictures.hash WHERE in_case = ? ORDER BY place",
        case.row,
    )
    given = answers.of_hashes(tx, [row[0] for row in rows])
    return [
        PictureState(
            place,
            kind,
            quality,
            entries.status_of(status) if ended is None else case.status,
            tuple(cases.read_texts(notes)),
            # An answer from before it came, or after it ended, was about somebody else's.
            tuple(
                replace(one, given=max(one.given, received))
                for one in given[row]
                if ended is None or one.given <= ended
            ),
        )
        for row, place, kind, quality, status, notes in rows
    ]
