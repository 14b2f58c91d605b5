"""What makes a live list say what a hash list says.

Pure: a view and a list come in, changes come out. Columns are compared with columns, so an
entry that stays as it is never becomes a Python object: ten million take seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hashguard.errors import AlgorithmMismatchError, IndexFileError, ListError
from hashguard.lists import Entries, HashList
from hashguard.lists.columns import Named
from hashguard.lists.texts import Texts
from hashguard.live.changes import Changes
from hashguard.live.view import View, delta_entries

MAX_AT_ONCE = 5_000  # entries and ids in one change; searches share the interpreter with it
_PAIRS_AT_ONCE = 65_536  # some 10 MB of scratch

_Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """What a list says and a view does not.

    add: entries under ids that are new, or in the place of others with their ids.
    withdraw: the ids that are not in the list, or not active there.
    before, after: versions of the view and of the list.
    """

    add: Entries
    withdraw: Texts
    before: int
    after: int

    def __len__(self) -> int:
        """Entries that come and ids that go."""
        return len(self.add) + len(self.withdraw)

    @property
    def parts(self) -> int:
        """How many `changes` there are."""
        return max(1, -(-len(self) // MAX_AT_ONCE))

    def changes(self) -> Iterator[Changes]:
        """Changes to apply one after the other: withdrawals first, for they are urgent.

        Only the last states the version of the list, so a folder that states it holds all of
        it, and one whose update was broken off can be updated again.
        """
        going = list(self.withdraw)
        for start in range(0, self.parts * MAX_AT_ONCE, MAX_AT_ONCE):
            stop = start + MAX_AT_ONCE
            yield Changes(
                add=self.add[max(0, start - len(going)) : max(0, stop - len(going))],
                withdraw=going[start:stop],
                version=self.before if stop < len(self) else self.after,
            )


def difference(view: View, hash_list: HashList) -> Difference:
    """What to change so that the view has exactly the active entries of the list.

    Origins are not compared. Raises AlgorithmMismatchError, ListError if the list is older
    than the view, and IndexFileError if the base is damaged.
    """
    if hash_list.algorithm is not view.algorithm:
        raise AlgorithmMismatchError(
            f"the folder holds {view.algorithm.value}, the list {hash_list.algorithm.value}"
        )
    if hash_list.version < view.version:
        raise ListError(
            f"version {hash_list.version} of the list is older than {view.version}, "
            "which the folder has"
        )
    wanted = _Side.of(hash_list.table, hash_list.active_rows)
    missing = np.zeros(len(hash_list), dtype=bool)
    missing[hash_list.active_rows] = True
    going = Texts.of(())
    for present in (_base_side(view), _delta_side(view)):
        stays = np.ones(len(present.table), dtype=bool)
        stays[present.rows] = False
        for mine, theirs, same in _pairs(present, wanted):
            stays[mine] = True
            missing[theirs[same]] = False
        going = going.joined(present.table.ids.taking(np.flatnonzero(~stays)))
    coming = hash_list.table.taking(np.flatnonzero(missing))
    return Difference(coming, going, view.version, hash_list.version)


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """Some rows of a table, in the order of the keys of their ids.

    keys: (n,) uint64 ascending, see `Texts.look_up_keys`. rows: (n,) the row of each.
    """

    table: Entries
    keys: NDArray[np.uint64]
    rows: _Rows

    @classmethod
    def of(cls, table: Entries, rows: _Rows) -> Self:
        keys = table.ids.look_up_keys()[rows]
        order = np.argsort(keys, kind="stable")
        return cls(table, keys[order], rows[order])

    def crowded(self) -> NDArray[np.bool_]:
        """(n,) whether another row has the same key."""
        equal = self.keys[1:] == self.keys[:-1]
        found = np.zeros(len(self.keys), dtype=bool)
        found[1:] |= equal
        found[:-1] |= equal
        return found


def _base_side(view: View) -> _Side:
    entries = view.base.entries
    if len(entries) and entries.id_rows.max() >= len(entries):
        raise IndexFileError("altered: an id belongs to no row; restore the folder")
    living = np.ones(len(entries), dtype=bool)
    living[view.dead[view.dead < len(entries)]] = False
    chosen = living[entries.id_rows]
    rows = entries.id_rows[chosen].astype(np.int64)
    return _Side(entries.table, entries.id_keys[chosen], rows)


def _delta_side(view: View) -> _Side:
    living = np.ones(len(view.codes), dtype=bool)
    living[view.dead[view.dead >= len(view.base)] - len(view.base)] = False
    lines = [view.lines[row] for row in np.flatnonzero(living).tolist()]
    table = delta_entries(lines, view.algorithm)
    return _Side.of(table, np.arange(len(table), dtype=np.int64))


def _pairs(present: _Side, wanted: _Side) -> Iterator[tuple[_Rows, _Rows, NDArray[np.bool_]]]:
    """Rows of both sides with the same id, and whether all else is the same, too."""
    mine, theirs = _partners(present, wanted)
    # In the order of the rows: looking around at random in millions takes twice as long.
    order = np.argsort(mine, kind="stable")
    mine, theirs = mine[order], theirs[order]
    one, other = present.table, wanted.table
    sources, tags = _places(one.sources, other.sources), _places(one.tags, other.tags)
    for start in range(0, len(mine), _PAIRS_AT_ONCE):
        piece = slice(start, start + _PAIRS_AT_ONCE)
        a, b = mine[piece], theirs[piece]
        alike = _equal(one.ids.taking(a), other.ids.taking(b))
        a, b = a[alike], b[alike]
        same = (one.codes[a] == other.codes[b]).all(axis=1)
        same &= one.qualities[a] == other.qualities[b]
        same &= one.modified[a] == other.modified[b]
        same &= one.sources.numbers[a] == sources[other.sources.numbers[b]]
        same &= one.tags.numbers[a] == tags[other.tags.numbers[b]]
        yield a, b, same


def _partners(present: _Side, wanted: _Side) -> tuple[_Rows, _Rows]:
    """Rows of both sides that may have the same id, each at most once; the ids are compared later.

    Where several ids have one key, which someone may have made so, they are compared here.
    """
    first = np.searchsorted(wanted.keys, present.keys, side="left")
    hits = np.searchsorted(wanted.keys, present.keys, side="right") - first
    crowded = present.crowded()
    lone = np.flatnonzero((hits == 1) & ~crowded)
    odd = np.flatnonzero((hits > 1) | ((hits == 1) & crowded))
    mine, theirs = present.rows[lone], wanted.rows[first[lone]]
    if not len(odd):
        return mine, theirs
    asked = wanted.rows[np.isin(wanted.keys, present.keys[odd])]
    names = {wanted.table.ids[row]: row for row in asked.tolist()}
    found = [(row, names.get(present.table.ids[row])) for row in present.rows[odd].tolist()]
    more = np.array([pair for pair in found if pair[1] is not None], dtype=np.int64)
    more = more.reshape(-1, 2)
    return np.concatenate([mine, more[:, 0]]), np.concatenate([theirs, more[:, 1]])


def _places(present: Named, wanted: Named) -> _Rows:
    """For each text of the wanted table its place in the present one, or -1."""
    places = {text: place for place, text in enumerate(present.table)}
    return np.array([places.get(text, -1) for text in wanted.table], dtype=np.int64)


def _equal(one: Texts, other: Texts) -> NDArray[np.bool_]:
    """(n,) whether the texts of each row are equal."""
    if one == other:
        return np.ones(len(one), dtype=bool)
    return np.array([a == b for a, b in zip(one, other, strict=True)], dtype=bool)
