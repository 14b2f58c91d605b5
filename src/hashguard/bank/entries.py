"""The hashes of a bank: merged, published, taken back, erased.

A hash is one row, of however many cases. It is active as long as one of them is. What followers
have heard of stays as a tombstone when its last case ends, so that they hear of that too; after
`tombstone_days` its bits are erased. What they never heard of is erased at once.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from hashguard.bank.store import placeholders
from hashguard.errors import BankFileError, InvalidHashError
from hashguard.hashes import Algorithm, Hash
from hashguard.lists import Status

if TYPE_CHECKING:
    from hashguard.bank.settings import Settings
    from hashguard.bank.store import Tx

DAY = 86_400  # seconds
_AT_ONCE = 500  # values in one statement; SQLite takes 999 in its oldest builds


def new_id() -> str:
    """An opaque id, which says nothing of what it names."""
    return str(uuid.uuid4())


def status_of(text: object) -> Status:
    """A status as it is stored. Raises BankFileError."""
    try:
        return Status(text)
    except ValueError:
        raise BankFileError("altered: a status in the bank is none that we know") from None


def hash_of(algorithm: object, packed: object) -> Hash:
    """A hash as it is stored. Raises BankFileError."""
    try:
        if not isinstance(packed, bytes):
            raise InvalidHashError("no bytes")
        return Hash(Algorithm.named(str(algorithm)), packed)
    except InvalidHashError:
        raise BankFileError("altered: a hash in the bank cannot be read") from None


def row_of(tx: Tx, hash_: Hash) -> int | None:
    """The row of a hash that was not erased, or None."""
    found = tx.one(
        "SELECT row FROM hashes WHERE algorithm = ? AND hash = ?",
        *(hash_.algorithm.value, hash_.packed),
    )
    return None if found is None else int(found[0])


def merge(tx: Tx, hash_: Hash, quality: int | None, *, moment: int) -> tuple[int, Status | None]:
    """The row of a hash, made if need be, and the status it had; None if it is new."""
    row = row_of(tx, hash_)
    if row is None:
        made = tx.add(
            "INSERT INTO hashes (id, algorithm, hash, quality, status, modified)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            *(new_id(), hash_.algorithm.value, hash_.packed, quality),
            *(Status.RECEIVED.value, moment),
        )
        return made, None
    # Two decoders may give one hash two qualities; the better says what the picture holds.
    tx.run(
        "UPDATE hashes SET quality = ? WHERE row = ? AND ? > coalesce(quality, -1)",
        *(quality, row, quality),
    )
    return row, status_of(tx.one("SELECT status FROM hashes WHERE row = ?", row)[0])  # type: ignore[index]


def settle(tx: Tx, rows: Iterable[int], *, moment: int, ended: Status = Status.WITHDRAWN) -> int:
    """Let hashes stand where their cases put them, and count as modified.

    ended: what a hash becomes that followers know and no active case has any more.
    Returns how many were erased, because followers never heard of them.
    """
    erased = 0
    for row in rows:
        statuses = {
            status_of(one[0])
            for one in tx.each(
                "SELECT DISTINCT cases.status FROM pictures JOIN cases ON cases.row = in_case"
                " WHERE hash = ?",
                row,
            )
        }
        published = tx.one("SELECT published FROM hashes WHERE row = ?", row)
        if Status.ACTIVE in statuses:
            tx.run(
                "UPDATE hashes SET status = 'active', modified = ?, gone = NULL,"
                " published = coalesce(published, ?) WHERE row = ?",
                *(moment, moment, row),
            )
        elif published is not None and published[0] is not None:
            # A second end does not overwrite the first, nor make the tombstone last longer.
            tx.run(
                "UPDATE hashes SET modified = ?, gone = coalesce(gone, ?),"
                " status = CASE WHEN status = 'active' OR ? = 'deleted' THEN ? ELSE status END"
                " WHERE row = ?",
                *(moment, moment, ended.value, ended.value, row),
            )
        elif Status.RECEIVED not in statuses:
            _erase(tx, row, ended)
            erased += 1
    return erased


def erase(tx: Tx, rows: Iterable[int], *, ended: Status) -> int:
    """Erase hashes that no waiting or active case has. Returns how many."""
    count = 0
    for row in rows:
        if not _is_held(tx, row):
            _erase(tx, row, ended)
            count += 1
    return count


def erase_due(tx: Tx, settings: Settings, *, moment: int) -> int:
    """Erase the tombstones whose time is over. Returns how many."""
    due = tx.rows(
        "SELECT row, status FROM hashes WHERE gone IS NOT NULL AND hash IS NOT NULL AND gone <= ?",
        moment - settings.tombstone_days * DAY,
    )
    erased = 0
    for row, status in due:
        if _is_held(tx, row):
            # A case that waits has it: kept for that, but followers hear of it no longer.
            tx.run(
                "UPDATE hashes SET status = 'received', published = NULL, gone = NULL"
                " WHERE row = ?",
                row,
            )
        else:
            _erase(tx, row, status_of(status))
            erased += 1
    return erased


def rows_of_case(tx: Tx, case: int) -> list[int]:
    """The rows of the hashes of a case that were not erased, in its order."""
    return [
        row
        for (row,) in tx.each(
            "SELECT hashes.row FROM pictures JOIN hashes ON hashes.row = pictures.hash"
            " WHERE in_case = ? AND hashes.hash IS NOT NULL ORDER BY place",
            case,
        )
    ]


def chunks(values: list[int]) -> Iterable[tuple[str, list[int]]]:
    """Few enough values for one statement at a time, with their placeholders."""
    for start in range(0, len(values), _AT_ONCE):
        part = values[start : start + _AT_ONCE]
        yield placeholders(part), part


def _is_held(tx: Tx, row: int) -> bool:
    held = tx.one(
        "SELECT 1 FROM pictures JOIN cases ON cases.row = in_case"
        " WHERE hash = ? AND cases.status IN ('received', 'active') LIMIT 1",
        row,
    )
    return held is not None


def _erase(tx: Tx, row: int, ended: Status) -> None:
    """Leave of a hash what a receipt needs: that it was there, and what platforms answered."""
    tx.run(
        "UPDATE hashes SET hash = NULL, status = ?, published = NULL, gone = NULL WHERE row = ?",
        *(ended.value, row),
    )
    tx.run("UPDATE feedback SET tags = '[]' WHERE hash = ?", row)
