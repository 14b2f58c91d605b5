"""From one version of a list to the next, in a live folder. Checked before it is served."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hashguard.errors import IndexFileError
from hashguard.lists.columns import columns_of
from hashguard.lists.delta import Delta, refuse_other_base, refuse_other_result
from hashguard.lists.hash_list import HashList
from hashguard.lists.sums import minus, plus, sum_of
from hashguard.lists.texts import Texts
from hashguard.live import Changes, LiveIndex, View
from hashguard.live.difference import Difference, difference


@dataclass(frozen=True, slots=True)
class Moved:
    """Entries that came, or took the place of others; and entries that went."""

    added: int
    withdrawn: int


def apply_delta(live: LiveIndex, delta: Delta, total: int) -> Moved:
    """Apply a delta to a folder whose entries have the sum `total`.

    A short delta is one change: searches see all of it or nothing, and so does whoever opens
    the folder after a crash. Raises DeltaError, and then nothing was changed; IndexFileError.
    """
    # 1. Is it for this list?
    view = live.view()
    refuse_other_base(delta, version=view.version, total=total)
    # 2. Does it make what it promises? What goes is read from the folder.
    rows = view.rows_of([*delta.added.ids, *delta.removed])
    gone = columns_of((view.entry(row) for row in rows.values()), view.algorithm)
    refuse_other_result(
        delta,
        total=plus(minus(total, sum_of(gone)), sum_of(delta.added)),
        count=len(view) - len(rows) + len(delta.added),
    )
    # 3. Then it is served.
    change = Difference(delta.added, Texts.of(delta.removed), view.version, delta.version)
    return _apply(live, change.changes())


def apply_list(live: LiveIndex, hash_list: HashList) -> Moved:
    """Make a folder say what a list says, whatever it says now. Raises as `difference`."""
    return _apply(live, difference(live.view(), hash_list).changes())


def sum_of_view(view: View) -> int:
    """Of all entries that can be found: some seconds a million. Raises IndexFileError."""
    return sum_of(view.table())


def _apply(live: LiveIndex, changes: Iterable[Changes]) -> Moved:
    added = withdrawn = 0
    for one in changes:
        try:
            applied = live.apply(one)
        except ValueError as error:
            # Of what was verified, only the version can be refused.
            raise IndexFileError(
                "altered: another process changed the folder meanwhile; sync it again"
            ) from error
        added += applied.added + applied.replaced
        withdrawn += applied.withdrawn
    return Moved(added, withdrawn)
