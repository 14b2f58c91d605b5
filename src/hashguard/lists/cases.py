"""Case files as entries of a list (docs/case-file.md, "On a hash list"). Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from hashguard.case_file import CaseFile
from hashguard.errors import MalformedCaseError, MalformedListError
from hashguard.lists.entry import Entry
from hashguard.lists.records import Defaults, Record, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hashguard.lists.hash_list import HashList

_HEAD = re.compile(rb'\s*\{\s*"case"\s*:')  # also of one that an editor has reformatted


def is_case(raw: bytes) -> bool:
    """Whether these bytes want to be a case file, told from the first of them."""
    return _HEAD.match(raw[:64]) is not None


def read_case(data: bytes, defaults: Defaults) -> Iterator[tuple[int, Record | Skipped]]:
    """Number and record of every picture of a case. Raises MalformedListError.

    The kind that its person chose becomes a tag. The number of the case goes nowhere: the id
    of an entry is all that leads back to it, and only for who has the file.
    """
    try:
        case = CaseFile.loads(data)
    except MalformedCaseError as error:
        raise MalformedListError(f"not a case file: {error}") from None
    for number, (name, picture) in enumerate(
        zip(case.entry_ids(), case.pictures, strict=True), start=1
    ):
        if picture.hash.algorithm is not defaults.algorithm:
            yield number, Skipped.OTHER_SIGNAL
            continue
        tags = () if picture.kind is None else (picture.kind.value,)
        entry = Entry(
            name, picture.hash, quality=picture.quality, source=defaults.source, tags=tags
        )
        yield number, Record(entry, has_id=True)


def entries_of(case: CaseFile, hash_list: HashList) -> list[Entry]:
    """The entries of a list that are pictures of this case, in the order of the list."""
    found = hash_list.table.ids.find(case.entry_ids())
    return [hash_list.entry(row) for row in sorted(found.values())]


def still_matched(case: CaseFile, hash_list: HashList) -> int:
    """How many pictures of a case have the very hash of an entry that is ACTIVE."""
    codes = hash_list.codes[hash_list.active_rows]
    mine = {one.hash.packed for one in case.pictures}
    # The last byte narrows the scan; the compare of whole hashes is exact.
    tails = np.zeros(256, dtype=bool)
    tails[[packed[-1] for packed in mine]] = True
    return len(mine & {code.tobytes() for code in codes[tails[codes[:, -1]]]})
