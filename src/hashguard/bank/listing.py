"""What leaves a bank for those who match: its active hashes as a list to publish.

By columns and in pieces: of a million hashes, no million of Python objects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from hashguard.errors import BankFileError
from hashguard.hashes import Algorithm
from hashguard.lists import HashList, Status
from hashguard.lists.columns import STATUS_NUMBERS, UNKNOWN, Entries, Named
from hashguard.lists.entry import MAX_QUALITY, MAX_TIME
from hashguard.lists.texts import Texts, frozen

if TYPE_CHECKING:
    from hashguard.bank.store import Tx

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_ROWS_AT_ONCE = 50_000


def active_list(tx: Tx, *, version: int, expires: int | None, origin: str) -> HashList:
    """The active PDQ hashes, in the order in which the bank first saw them.

    Raises BankFileError, and ValueError for what no list can say.
    """
    # The plus keeps SQLite from an index that would have to be sorted: the rows lie in order.
    rows = tx.each(
        "SELECT id, hash, coalesce(quality, -1), modified FROM hashes"
        " WHERE status = 'active' AND +algorithm = ? ORDER BY row",
        Algorithm.PDQ.value,
    )
    table = _columns([])
    for piece in _pieces(rows):
        table = table.joined(_columns(piece)) if len(table) else _columns(piece)
    return HashList.from_entries(
        table, algorithm=Algorithm.PDQ, origin=origin, version=version, expires=expires
    )


def _pieces(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    while piece := list(islice(rows, _ROWS_AT_ONCE)):
        yield piece


def _columns(rows: Sequence[tuple[Any, ...]]) -> Entries:
    """Entries without source and tags. Raises BankFileError for what cannot be one."""
    count = len(rows)
    ids, hashes, qualities, modified = zip(*rows, strict=True) if rows else ((), (), (), ())
    width = Algorithm.PDQ.code_bytes
    try:
        good = all(map(_ID.fullmatch, ids)) and all(len(one) == width for one in hashes)
        codes = np.frombuffer(b"".join(hashes), dtype=np.uint8)
        numbers = np.array([qualities, modified], dtype=np.int64).reshape(2, count)
    except (TypeError, ValueError, OverflowError):
        good = False
    if not good or not (
        _within(numbers[0], UNKNOWN, MAX_QUALITY) and _within(numbers[1], 0, MAX_TIME)
    ):
        raise BankFileError("altered: a hash in the bank cannot be listed")
    nothing = Named(("",), frozen(np.zeros(count, dtype=np.uint32)))
    return Entries(
        Algorithm.PDQ,
        frozen(codes.reshape(count, width).copy()),
        frozen(numbers[0].astype(np.int16)),
        frozen(np.full(count, STATUS_NUMBERS[Status.ACTIVE], dtype=np.uint8)),
        Texts.of(ids),
        frozen(numbers[1].copy()),
        nothing if count else Named((), nothing.numbers),
        nothing if count else Named((), nothing.numbers),
    )


def _within(values: Any, least: int, most: int) -> bool:
    return not len(values) or bool(least <= values.min() and values.max() <= most)
