"""An index in a folder: written whole or not at all, mapped when opened, shared by processes."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from hashguard.arrays import open_arrays, write_arrays
from hashguard.index.build import PlannedIndex
from hashguard.index.costs import Costs
from hashguard.index.stored import index_arrays, index_from_arrays

FORMAT = "hashguard-index"
VERSION = 1


def save_index(index: PlannedIndex, folder: str | PathLike[str]) -> None:
    """Write a new folder with the index, private and durable.

    Raises IndexFileError if something is there already or it cannot be written.
    """
    facts, arrays = index_arrays(index)
    write_arrays(Path(folder), kind=FORMAT, version=VERSION, facts=facts, arrays=arrays)


def open_index(
    folder: str | PathLike[str], *, verify: bool = False, costs: Costs | None = None
) -> PlannedIndex:
    """The index in a folder, mapped: processes that open it share one copy in memory.

    Nothing in the folder may be changed while it is open. verify: read everything and compare it
    with its digests. Raises IndexFileError, whose first word says what is wrong.
    """
    found = open_arrays(Path(folder), kind=FORMAT, version=VERSION, verify=verify)
    return index_from_arrays(found.facts, found.arrays, costs=costs)
