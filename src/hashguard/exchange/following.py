"""A list that follows an exchange: what came is applied to it, and where to go on is kept.

Pure: lists, records and times come in. The list is the exchange's alone; what its owner adds
goes onto a list of its own. Nothing that was withdrawn stays, not even as a tombstone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from hashguard.errors import ExchangeError
from hashguard.exchange.records import Record
from hashguard.hashes import Algorithm
from hashguard.lists import Entry, HashList
from hashguard.lists.columns import MAX_ENTRIES, columns_of
from hashguard.lists.entry import MAX_TIME
from hashguard.strict_json import is_whole, no_constant

STALE = 30 * 86_400  # seconds; after so long, withdrawals may have been forgotten
SCHEMA = "hashguard-exchange-state"
VERSION = 1
MAX_STATE_BYTES = 65_536
_MAX_NUMBER = 2**53 - 1
_MAX_MEMBERS = 1_000
_KEY_BYTES = 8  # of a hash, by which rows are narrowed down before they are compared


@dataclass(frozen=True, slots=True)
class State:
    """Where to go on with a list. It holds no hash and no key.

    origin: whose list it is. since: what to ask for next, unix seconds. fetched: when it last
    was complete. number: the last id that was given out, so that none ever stands for two hashes.
    members: whose entries are taken; () for all.
    """

    origin: str
    since: int
    fetched: int
    number: int = 0
    members: tuple[int, ...] = ()

    def dumps(self) -> bytes:
        """As the bytes of a file."""
        whole = {
            "fetched": self.fetched,
            "members": list(self.members),
            "number": self.number,
            "origin": self.origin,
            "schema": SCHEMA,
            "since": self.since,
            "version": VERSION,
        }
        return json.dumps(whole, sort_keys=True).encode("ascii") + b"\n"

    @classmethod
    def loads(cls, data: bytes) -> Self:
        """The inverse of `dumps`. Raises ExchangeError."""
        broken = ExchangeError("where to go on cannot be read; remove the state to begin anew")
        try:
            said = json.loads(data, parse_constant=no_constant)
        except (ValueError, RecursionError):
            raise broken from None
        if not isinstance(said, dict) or said.get("schema") != SCHEMA:
            raise broken
        if said.get("version") != VERSION:
            raise ExchangeError("the state is of another version; upgrade hashguard")
        origin, since, fetched = said.get("origin"), said.get("since"), said.get("fetched")
        number, members = said.get("number"), said.get("members")
        if (
            not isinstance(origin, str)
            or not is_whole(since, 0, MAX_TIME)
            or not is_whole(fetched, 0, MAX_TIME)
            or not is_whole(number, 0, _MAX_NUMBER)
            or not isinstance(members, list)
            or len(members) > _MAX_MEMBERS
            or not all(is_whole(one, 0, _MAX_NUMBER) for one in members)
        ):
            raise broken
        return cls(origin, since, fetched, number, tuple(members))


class Following:
    """A list while it takes in what came.

    everything: whether all is fetched anew, so that what does not come again is gone. Ids stay.
    """

    def __init__(self, before: HashList, *, number: int, everything: bool) -> None:
        self._before = before
        self._latest = before
        self._changed = everything
        self.everything = everything
        self.number = max(number, _highest(before))
        self.hash_list = _empty(before) if everything else before

    @classmethod
    def begin(
        cls, before: HashList, state: State | None, *, members: tuple[int, ...], now: int
    ) -> Self:
        """From a list and its state: anew without one, or if it is stale or of other members."""
        if state is None:
            return cls(before, number=0, everything=True)
        stale = now - state.fetched > STALE or state.members != members
        return cls(before, number=state.number, everything=stale)

    def take_records(self, records: Mapping[bytes, Record], *, source: str) -> None:
        """Apply records by their packed hashes: each takes the place of what was known.

        Raises ExchangeError if the list would be too long.
        """
        rows = _rows_of(self.hash_list, records)
        earlier = _rows_of(self._before, records) if self.everything else {}
        coming: list[Entry] = []
        for packed, record in records.items():
            if record.is_gone:
                continue
            if packed in rows:
                id_ = self.hash_list.table.ids[rows[packed][0]]
            elif packed in earlier:
                id_ = self._before.table.ids[earlier[packed][0]]
            else:
                self.number += 1
                id_ = str(self.number)
            coming.append(record.entry(id_, source=source))
        self._replace([row for several in rows.values() for row in several], coming)

    def take_entries(self, updates: Mapping[str, Entry | None]) -> None:
        """Apply entries by their ids; None for one that must go."""
        rows = self.hash_list.table.ids.find(list(updates))
        coming = [entry for entry in updates.values() if entry is not None]
        self._replace(list(rows.values()), coming)

    def result(self) -> HashList:
        """The next version of the list; the latest one, if nothing changed since."""
        if self._changed:
            self._latest = replace(self.hash_list, version=self._latest.version + 1)
            self._changed = False
        return self._latest

    def _replace(self, going: Sequence[int], coming: Sequence[Entry]) -> None:
        """Take rows out and entries in; a row that would come back as it is stays where it is."""
        present = {entry.id: (row, entry) for row, entry in self._entries(going)}
        same = {
            present[entry.id][0]
            for entry in coming
            if entry.id in present and present[entry.id][1] == entry
        }
        staying = {self.hash_list.table.ids[row] for row in same}
        added = [entry for entry in coming if entry.id not in staying]
        gone = [row for row in going if row not in same]
        if not gone and not added:
            return
        self._changed = True
        if len(self.hash_list) - len(gone) + len(added) > MAX_ENTRIES:
            raise ExchangeError(
                f"there are more than {MAX_ENTRIES} hashes, which is no list of ours"
            )
        keep = np.ones(len(self.hash_list), dtype=bool)
        keep[gone] = False
        table = self.hash_list.table.taking(np.flatnonzero(keep).astype(np.int64, copy=False))
        table = table.joined(columns_of(added, self.hash_list.algorithm))
        self.hash_list = replace(self.hash_list, table=table)

    def _entries(self, rows: Iterable[int]) -> Iterator[tuple[int, Entry]]:
        return ((row, self.hash_list.entry(row)) for row in rows)


def new_list(origin: str) -> HashList:
    """An empty list to follow with. Raises ValueError for an origin that no list can have."""
    return HashList.from_entries([], algorithm=Algorithm.PDQ, origin=origin)


def _empty(like: HashList) -> HashList:
    return replace(like, table=like.table[:0])


def _highest(hash_list: HashList) -> int:
    """The highest id that is a number; 0 if there is none."""
    numbers = (int(one) for one in hash_list.ids() if len(one) <= 15 and one.isdecimal())
    return max(numbers, default=0)


def _rows_of(hash_list: HashList, wanted: Iterable[bytes]) -> dict[bytes, list[int]]:
    """The rows of each packed hash that is there: one, unless the list was changed by hand."""
    packed = set(wanted)
    starts = np.frombuffer(b"".join(one[:_KEY_BYTES] for one in packed), dtype=np.uint64)
    mine = np.ascontiguousarray(hash_list.codes[:, :_KEY_BYTES]).view(np.uint64)[:, 0]
    found: dict[bytes, list[int]] = {}
    for row in np.flatnonzero(np.isin(mine, starts)).tolist():
        one = hash_list.codes[row].tobytes()
        if one in packed:
            found.setdefault(one, []).append(row)
    return found
