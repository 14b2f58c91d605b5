"""What leaves a bank for those who keep records: what changed since they asked last.

Only hashes that are or were active; what waits for review is nobody else's business. For those
who only match, see listing.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hashguard.bank import answers, entries
from hashguard.bank.values import Page, Record
from hashguard.errors import BankFileError
from hashguard.lists import Status

if TYPE_CHECKING:
    from hashguard.bank.store import Tx

MAX_LIMIT = 10_000  # records on a page; StopNCII's clients ask for 800

_AFTER = re.compile(r"(\d{1,12}):([0-9a-f-]{36})", re.ASCII)


def changes(tx: Tx, *, since: int, after: str | None, limit: int) -> Page:
    """Records modified at `since` or later, ordered by (modified, id). See `Bank.changes`."""
    modified, after_id = since, ""
    if after is not None:
        found = _AFTER.fullmatch(after)
        if not found:
            raise ValueError("after is what the page before said, unchanged")
        modified, after_id = int(found[1]), found[2]
    rows = tx.rows(
        "SELECT row, id, algorithm, hash, quality, status, modified FROM hashes"
        " WHERE published IS NOT NULL AND hash IS NOT NULL AND (modified, id) > (?, ?)"
        " ORDER BY modified, id LIMIT ?",
        *(modified, after_id, limit + 1),
    )
    records = tuple(_records(tx, rows[:limit]))
    newest = max(since, modified, records[-1].modified if records else since)
    more = len(rows) > limit
    return Page(records, f"{newest}:{records[-1].id}" if more else None, newest)


def record(tx: Tx, hash_id: str) -> Record | None:
    """The record of an opaque id, or None if followers may not hear of such."""
    rows = tx.rows(
        "SELECT row, id, algorithm, hash, quality, status, modified FROM hashes"
        " WHERE published IS NOT NULL AND hash IS NOT NULL AND id = ?",
        hash_id,
    )
    return next(iter(_records(tx, rows)), None)


def _records(tx: Tx, rows: list[tuple[object, ...]]) -> Iterator[Record]:
    numbers = [row[0] for row in rows if isinstance(row[0], int)]
    feedback = answers.of_hashes(tx, numbers)
    cases = _cases(tx, numbers)
    for row, hash_id, algorithm, packed, quality, status, modified in rows:
        if not (
            isinstance(row, int)
            and isinstance(hash_id, str)
            and isinstance(quality, int | None)
            and isinstance(modified, int)
        ):
            raise BankFileError("altered: a hash in the bank cannot be read")
        yield Record(
            hash_id,
            entries.hash_of(algorithm, packed),
            quality,
            entries.status_of(status),
            modified,
            cases[row],
            feedback[row],
        )


def _cases(tx: Tx, rows: list[int]) -> dict[int, tuple[tuple[str, Status], ...]]:
    """The persons' cases of each hash that followers may hear of, in the order they came."""
    found: dict[int, list[tuple[str, Status]]] = {row: [] for row in rows}
    for marks, part in entries.chunks(rows):
        for row, case, status in tx.each(
            "SELECT pictures.hash, cases.id, cases.status FROM pictures"  # noqa: S608 - only marks
            " JOIN cases ON cases.row = in_case"
            f" WHERE pictures.hash IN ({marks}) AND origin = 'person' AND status != 'received'"
            " ORDER BY cases.row",
            *part,
        ):
            found[row].append((case, entries.status_of(status)))
    return {row: tuple(cases) for row, cases in found.items()}
