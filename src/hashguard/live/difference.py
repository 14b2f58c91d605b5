"""What makes a live list say what a hash list says.

Pure: a view and a list come in, changes come out. Columns are compared with columns, so an
entry that stays as it is never becomes a Python object: ten million take seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hashguard.errors import AlgorithmMismatchError, IndexFileError, ListError
from hashguard.lists import Entries, HashList
from hashguard.lists.compare import Side, pairs
from hashguard.lists.texts import Texts
from hashguard.live.changes import Changes
from hashguard.live.view import View, delta_entries

MAX_AT_ONCE = 5_000  # entries and ids in one change; searches share the interpreter with it


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
    wanted = Side.of(hash_list.table, hash_list.active_rows)
    missing = np.zeros(len(hash_list), dtype=bool)
    missing[hash_list.active_rows] = True
    going = Texts.of(())
    for present in (_base_side(view), _delta_side(view)):
        stays = np.ones(len(present.table), dtype=bool)
        stays[present.rows] = False
        for mine, theirs, same in pairs(present, wanted):
            stays[mine] = True
            missing[theirs[same]] = False
        going = going.joined(present.table.ids.taking(np.flatnonzero(~stays)))
    coming = hash_list.table.taking(np.flatnonzero(missing))
    return Difference(coming, going, view.version, hash_list.version)


def _base_side(view: View) -> Side:
    entries = view.base.entries
    if len(entries) and entries.id_rows.max() >= len(entries):
        raise IndexFileError("altered: an id belongs to no row; restore the folder")
    living = np.ones(len(entries), dtype=bool)
    living[view.dead[view.dead < len(entries)]] = False
    chosen = living[entries.id_rows]
    rows = entries.id_rows[chosen].astype(np.int64)
    return Side(entries.table, entries.id_keys[chosen], rows)


def _delta_side(view: View) -> Side:
    lines = [view.lines[row] for row in view.living_lines()]
    table = delta_entries(lines, view.algorithm)
    return Side.of(table, np.arange(len(table), dtype=np.int64))
