"""The base of a live folder: an index and its entries in one folder of arrays, never changed.

It is mapped when opened, so the processes of a machine share one copy. The format is in
docs/index-format.md, "Live folder".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from numpy.typing import NDArray

from hashguard.arrays import Fact, open_arrays, write_arrays
from hashguard.errors import IndexFileError, InvalidHashError
from hashguard.hashes import Algorithm
from hashguard.index import Costs, PlannedIndex, build_index
from hashguard.index.stored import index_arrays, index_from_arrays
from hashguard.lists import Entries
from hashguard.lists.entry import text_fault
from hashguard.lists.stored import StoredEntries, entries_arrays
from hashguard.lists.wire import MAX_ORIGIN_BYTES, MAX_VERSION

FORMAT = "hashguard-base"
VERSION = 1
_PREFIX = "entries_"  # of the arrays that hold entries; the others are the index's

_Arrays: TypeAlias = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class About:
    """What a base states of its list.

    version: of the list. number: of the last batch that is in the base.
    memory: the bytes that its index was allowed, or None; a compaction builds alike.
    Raises ValueError for what a list cannot have.
    """

    algorithm: Algorithm
    origin: str
    version: int
    number: int
    memory: int | None

    def __post_init__(self) -> None:
        if fault := text_fault(self.origin, max_bytes=MAX_ORIGIN_BYTES):
            raise ValueError(f"the origin {fault}")
        if not _is_whole(self.version, 1) or not _is_whole(self.number, 0):
            raise ValueError("version and number must be whole numbers up to 2**53 - 1")
        if self.memory is not None and not _is_whole(self.memory, 0):
            raise ValueError("memory must be a whole number of bytes up to 2**53 - 1")

    def facts(self) -> dict[str, Fact]:
        """As in the manifest."""
        return {
            "algorithm": self.algorithm.value,
            "memory": self.memory,
            "number": self.number,
            "origin": self.origin,
            "version": self.version,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """An opened base. Row i of the index is row i of the entries; all are ACTIVE.

    digest: of the manifest, with which the log begins.
    """

    about: About
    index: PlannedIndex
    entries: StoredEntries
    digest: str

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def algorithm(self) -> Algorithm:
        """Of every hash in the base."""
        return self.about.algorithm

    @property
    def max_distance(self) -> int:
        """Bits up to which the index is exact; kept by compaction."""
        return self.index.max_distance


def write_base(
    folder: Path,
    table: Entries,
    about: About,
    *,
    max_distance: int,
    probes: int,
    costs: Costs | None,
) -> str:
    """Build the index and write a new base; the digest of its manifest.

    table: active entries with different ids. Raises IndexFileError, and ValueError for
    arguments that `build_index` refuses.
    """
    index = build_index(
        table.codes, max_distance=max_distance, probes=probes, memory=about.memory, costs=costs
    )
    index_facts, arrays = index_arrays(index)
    entries_facts, columns = entries_arrays(table)
    arrays |= {_PREFIX + name: values for name, values in columns.items()}
    facts = {**about.facts(), "index": index_facts, "entries": entries_facts}
    return write_arrays(folder, kind=FORMAT, version=VERSION, facts=facts, arrays=arrays)


def open_base(folder: Path, *, verify: bool, costs: Costs | None) -> Base:
    """The base in a folder, mapped. verify: read every byte of it. Raises IndexFileError."""
    found = open_arrays(folder, kind=FORMAT, version=VERSION, verify=verify)
    about = _about(found.facts)
    index = index_from_arrays(_inner(found.facts, "index"), found.arrays, costs=costs)
    entries = StoredEntries.of(
        about.algorithm,
        index.codes,
        _inner(found.facts, "entries"),
        _unprefixed(found.arrays.items()),
    )
    return Base(about, index, entries, found.digest)


def _about(facts: Mapping[str, Fact]) -> About:
    algorithm, origin, version = facts.get("algorithm"), facts.get("origin"), facts.get("version")
    number, memory = facts.get("number"), facts.get("memory")
    try:
        if not isinstance(algorithm, str) or not isinstance(origin, str):
            raise ValueError("algorithm and origin must be texts")
        if not isinstance(version, int) or not isinstance(number, int):
            raise ValueError("version and number must be whole numbers")
        if memory is not None and not isinstance(memory, int):
            raise ValueError("memory must be a whole number or null")
        return About(Algorithm.named(algorithm), origin, version, number, memory)
    except (ValueError, InvalidHashError) as error:
        raise _altered(str(error)) from None


def _inner(facts: Mapping[str, Fact], name: str) -> Mapping[str, Fact]:
    found = facts.get(name)
    if not isinstance(found, dict):
        raise _altered(f"it states nothing of {name}")
    return found


def _unprefixed(arrays: Iterable[tuple[str, NDArray[Any]]]) -> _Arrays:
    return {
        name.removeprefix(_PREFIX): values for name, values in arrays if name.startswith(_PREFIX)
    }


def _altered(fault: str) -> IndexFileError:
    return IndexFileError(f"altered: the base: {fault}; restore the folder or build it again")


def _is_whole(value: object, least: int) -> bool:
    return type(value) is int and least <= value <= MAX_VERSION
