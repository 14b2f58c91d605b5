"""What is asked of a live folder, and what came of it.

Pure values. A change is whole: all of it is in the next view, or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hashguard.lists import Entry
from hashguard.lists.wire import MAX_VERSION

MAX_CHANGES = 1_000_000
"""Entries and ids in one change; a folder is filled by `LiveIndex.create`, not by changes."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Entries that come and ids that go.

    add: an entry whose id is there already takes its place. Only ACTIVE entries are matched;
    one of another status is a withdrawal of its id.
    withdraw: ids. One that is not there is no error, for feeds repeat themselves; one that
    is also added is replaced.
    version: what the list becomes, no less than it is; None for one more than it is.
    Raises ValueError beyond MAX_CHANGES, or for a version that a list cannot have.
    """

    add: Sequence[Entry] = ()
    withdraw: Sequence[str] = ()
    version: int | None = None

    def __post_init__(self) -> None:
        if isinstance(self.withdraw, str):
            raise TypeError("withdraw takes several ids; one is written (id,)")
        if len(self.add) + len(self.withdraw) > MAX_CHANGES:
            raise ValueError(
                f"a change has at most {MAX_CHANGES} entries and ids; make several of it"
            )
        if self.version is not None and (
            type(self.version) is not int or not 1 <= self.version <= MAX_VERSION
        ):
            raise ValueError("version must be a whole number from 1 to 2**53 - 1")


@dataclass(frozen=True, slots=True)
class Applied:
    """What a change did. By now it is on the disk, and in every view of this process.

    version: of the list now. added: entries under new ids. replaced: entries that took the
    place of one. withdrawn: entries that went. absent: ids to withdraw that were not there.
    """

    version: int
    added: int
    replaced: int
    withdrawn: int
    absent: tuple[str, ...]
