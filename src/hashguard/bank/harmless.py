"""The harmless pictures that a bank compares with what comes in; kept in the bank itself."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from hashguard.bank import audit
from hashguard.bank.audit import Event
from hashguard.errors import BankFileError, MalformedListError
from hashguard.guards import NegativeList
from hashguard.hashes import Algorithm
from hashguard.lists import HashList

if TYPE_CHECKING:
    from hashguard.bank.store import Tx

MAX_BYTES = 64 * 2**20  # of the list: some 500,000 pictures; each process holds an index of them


def replace(tx: Tx, hash_list: HashList, *, source: str, moment: int) -> None:
    """Keep this list instead of the one before. Raises ValueError."""
    if hash_list.algorithm is not Algorithm.PDQ:
        raise ValueError("a bank holds PDQ hashes; so must its list of harmless pictures")
    data = hash_list.dumps()
    if len(data) > MAX_BYTES:
        raise ValueError(f"a list of harmless pictures has at most {MAX_BYTES} bytes")
    # The length of the log never stands for two lists, as a time might.
    tx.run("INSERT OR REPLACE INTO harmless SELECT 1, audit_length, ? FROM bank", data)
    entries = len(hash_list.active_rows)
    audit.note(tx, Event.HARMLESS, time=moment, source=source, detail={"entries": entries})


class Harmless:
    """The index over the list, made when it is first needed and when the list has changed."""

    def __init__(self) -> None:
        """Nothing is made yet."""
        self._turn = threading.Lock()
        self._made: tuple[tuple[int, int], NegativeList | None] | None = None

    def of(self, tx: Tx, distance: int) -> NegativeList | None:
        """For searches within so many bits; None if the bank has no such list.

        Raises BankFileError.
        """
        found = tx.one("SELECT changed FROM harmless")
        if found is None:
            return None
        with self._turn:
            key = (found[0], distance)
            if self._made is None or self._made[0] != key:
                self._made = (key, _index(tx, distance))
            return self._made[1]


def _index(tx: Tx, distance: int) -> NegativeList | None:
    (data,) = tx.one("SELECT list FROM harmless") or (b"",)
    try:
        hash_list = HashList.loads(bytes(data))
    except (MalformedListError, TypeError):
        raise BankFileError(
            "altered: the list of harmless pictures in the bank cannot be read; set it again"
        ) from None
    if not len(hash_list.active_rows):
        return None
    return NegativeList.of(hash_list, max_distance=distance)
