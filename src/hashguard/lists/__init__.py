"""Hash lists: what they hold, their file, and what others' files say.

Bytes, entries and times come in, lists come out; files are touched by `HashList.load`
and `HashList.save` alone. A list is data to check, not yet data to believe: its digest
finds damage, not forgery.
"""

from __future__ import annotations

from hashguard.lists.columns import MAX_ENTRIES, Entries
from hashguard.lists.entry import Entry, Status
from hashguard.lists.hash_list import HashList
from hashguard.lists.report import ListReport, check_list
from hashguard.lists.wire import FORMAT, MAX_LIST_BYTES

__all__ = [
    "FORMAT",
    "MAX_ENTRIES",
    "MAX_LIST_BYTES",
    "Entries",
    "Entry",
    "HashList",
    "ListReport",
    "Status",
    "check_list",
]
