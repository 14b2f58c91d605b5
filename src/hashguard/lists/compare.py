"""Two tables of entries side by side: which rows have the same id, and which are the same.

Pure. Columns are compared with columns, so an entry that stays as it is never becomes a
Python object: ten million take seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from hashguard.lists.columns import Entries, Named
from hashguard.lists.texts import Texts

Rows = NDArray[np.int64]

_PAIRS_AT_ONCE = 65_536  # some 10 MB of scratch


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Some rows of a table, in the order of the keys of their ids.

    keys: (n,) uint64 ascending, see `Texts.look_up_keys`. rows: (n,) the row of each.
    """

    table: Entries
    keys: NDArray[np.uint64]
    rows: Rows

    @classmethod
    def of(cls, table: Entries, rows: Rows) -> Self:
        """These rows of a table."""
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


def pairs(present: Side, wanted: Side) -> Iterator[tuple[Rows, Rows, NDArray[np.bool_]]]:
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


def _partners(present: Side, wanted: Side) -> tuple[Rows, Rows]:
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


def _places(present: Named, wanted: Named) -> Rows:
    """For each text of the wanted table its place in the present one, or -1."""
    places = {text: place for place, text in enumerate(present.table)}
    return np.array([places.get(text, -1) for text in wanted.table], dtype=np.int64)


def _equal(one: Texts, other: Texts) -> NDArray[np.bool_]:
    """(n,) whether the texts of each row are equal."""
    if one == other:
        return np.ones(len(one), dtype=bool)
    return np.array([a == b for a, b in zip(one, other, strict=True)], dtype=bool)
