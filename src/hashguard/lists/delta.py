"""The delta file: what makes one version of a list the next. The format is in docs/list-delta.md.

Pure. The numbered steps are those of the document. A delta names what it is to be applied to
and what comes of that, by version, sum and count; only active entries are in it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from hashguard.errors import DeltaError, InvalidHashError, MalformedListError
from hashguard.hashes import Algorithm
from hashguard.lists.columns import MAX_ENTRIES, STATUS_NUMBERS, Entries, EntriesBuilder
from hashguard.lists.compare import Side, pairs
from hashguard.lists.entry import MAX_ID_BYTES, Status, text_fault
from hashguard.lists.hash_list import HashList
from hashguard.lists.row_writer import write_rows
from hashguard.lists.rows import MAX_LINE_BYTES, read_rows
from hashguard.lists.sums import minus, plus, sum_of, sum_text, sum_value
from hashguard.lists.wire import MAX_HEADER_BYTES, MAX_ORIGIN_BYTES, MAX_VERSION
from hashguard.strict_json import is_whole

FORMAT = 1
MAX_CHANGES = 100_000  # entries and ids; beyond, a follower is better off with the list itself
MAX_DELTA_BYTES = MAX_CHANGES * (MAX_LINE_BYTES + 1) + 2 * MAX_HEADER_BYTES
_MAGIC = b"hashguard-delta "
_FIRST_LINE = re.compile(rb"hashguard-delta ([1-9][0-9]{0,8})\n")
_NO_DIGEST = "0" * 64
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ID = re.compile(rb"[!-~]{1,%d}" % MAX_ID_BYTES)
_KEYS = {
    *("added", "algorithm", "base", "base_sum", "count"),
    *("digest", "origin", "removed", "sum", "version"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Delta:
    """From version `base` of the list of `origin` to `version`.

    base_sum, sum: before and after, see sums.py. count: active entries after.
    added: active entries, each new or in the place of the one of its id. removed: other ids;
    one that is not in the base is no fault of its own, for the sum tells.
    Raises ValueError for what the format cannot say.
    """

    origin: str
    base: int
    base_sum: int
    version: int
    sum: int
    count: int
    added: Entries
    removed: tuple[str, ...]

    def __post_init__(self) -> None:
        if fault := text_fault(self.origin, max_bytes=MAX_ORIGIN_BYTES):
            raise ValueError(f"origin {fault}")
        if not is_whole(self.base, 1, MAX_VERSION) or not is_whole(self.version, 1, MAX_VERSION):
            raise ValueError("base and version must be whole numbers from 1 to 2**53 - 1")
        if self.base >= self.version:
            raise ValueError("version must be greater than base")
        if not is_whole(self.count, 0, MAX_ENTRIES):
            raise ValueError(f"count must be a whole number from 0 to {MAX_ENTRIES}")
        if len(self) > MAX_CHANGES:
            raise ValueError(f"a delta has at most {MAX_CHANGES} entries and ids")

    def __len__(self) -> int:
        """Entries that come and ids that go."""
        return len(self.added) + len(self.removed)

    def __repr__(self) -> str:
        return f"<Delta {self.base} to {self.version}: {len(self)} changes>"

    @property
    def algorithm(self) -> Algorithm:
        """Of every hash in it."""
        return self.added.algorithm

    def dumps(self) -> bytes:
        """The one file that says this delta."""
        head = _MAGIC + str(FORMAT).encode("ascii") + b"\n"
        body = b"".join([*write_rows(self.added), *(one.encode() + b"\n" for one in self.removed)])
        digest = hashlib.sha256(head + self._header(_NO_DIGEST) + body).hexdigest()
        return head + self._header(digest) + body

    @classmethod
    def loads(cls, data: bytes) -> Self:
        """The delta in these bytes. Raises MalformedListError."""
        # 1. Length.
        if len(data) > MAX_DELTA_BYTES:
            raise MalformedListError(f"the delta has more than {MAX_DELTA_BYTES} bytes")
        # 2. Magic and format.
        start = _check_magic(data)
        # 3. Header: JSON, keys, types and ranges.
        end = data.find(b"\n", start, start + MAX_HEADER_BYTES) + 1
        if not end:
            raise MalformedListError(f"line 2: cut off, or longer than {MAX_HEADER_BYTES} bytes")
        fields = _fields(data[start:end])
        # 4. Line feeds against the counts.
        lines = data.count(b"\n", end)
        if lines != fields["added"] + fields["removed"] or not data.endswith(b"\n"):
            raise MalformedListError("the delta is cut off, or has other lines than it promises")
        # 5. Digest, over the header as it would be written: another spelling does not fit.
        zeroed = _line({**fields, "digest": _NO_DIGEST})
        digest = hashlib.sha256(data[:start] + zeroed)
        digest.update(memoryview(data)[end:])
        if digest.hexdigest() != fields["digest"] or _line(fields) != data[start:end]:
            raise MalformedListError("line 2: the digest does not fit, or the header is respelled")
        # 6. Entry lines, then ids.
        return cls._of(fields, *_body(data[end:], fields))

    @classmethod
    def _of(cls, fields: dict[str, Any], added: Entries, removed: tuple[str, ...]) -> Self:
        try:
            return cls(
                origin=fields["origin"],
                base=fields["base"],
                base_sum=sum_value(fields["base_sum"]),
                version=fields["version"],
                sum=sum_value(fields["sum"]),
                count=fields["count"],
                added=added,
                removed=removed,
            )
        except ValueError as error:
            raise MalformedListError(f"line 2: {error}") from None

    def _header(self, digest: str) -> bytes:
        return _line(
            {
                "added": len(self.added),
                "algorithm": self.algorithm.value,
                "base": self.base,
                "base_sum": sum_text(self.base_sum),
                "count": self.count,
                "digest": digest,
                "origin": self.origin,
                "removed": len(self.removed),
                "sum": sum_text(self.sum),
                "version": self.version,
            }
        )


@dataclass(frozen=True, slots=True, eq=False)
class Changed:
    """How the active entries of a list differ from those of an older version of it.

    gone: entries of the old one that are no longer there, or no longer as they were.
    added: entries of the new one that were not there, or not like that.
    removed: the ids of those that went without another in their place.
    """

    gone: Entries
    added: Entries
    removed: tuple[str, ...]

    @classmethod
    def between(cls, old: HashList, new: HashList) -> Self:
        """All that changed; both lists are of one algorithm."""
        stays = np.ones(len(old), dtype=bool)
        stays[old.active_rows] = False
        known, missing = stays.copy(), np.zeros(len(new), dtype=bool)
        missing[new.active_rows] = True
        sides = Side.of(old.table, old.active_rows), Side.of(new.table, new.active_rows)
        for mine, theirs, same in pairs(*sides):
            known[mine] = True
            stays[mine[same]] = True
            missing[theirs[same]] = False
        removed = old.table.ids.taking(np.flatnonzero(~known))
        return cls(
            old.table.taking(np.flatnonzero(~stays)),
            new.table.taking(np.flatnonzero(missing)),
            tuple(removed),
        )

    def __len__(self) -> int:
        """Entries that come and ids that go."""
        return len(self.added) + len(self.removed)

    def sum_after(self, before: int) -> int:
        """The sum of the new list, from that of the old."""
        return plus(minus(before, sum_of(self.gone)), sum_of(self.added))


def merged(deltas: Sequence[Delta]) -> Delta:
    """Deltas that follow one another, as one from the first base to the last version.

    Raises DeltaError if one does not begin where the one before it ends, or if they say too
    much for one; ValueError if there is none.
    """
    if not deltas:
        raise ValueError("there is no delta to merge")
    first, last = deltas[0], deltas[-1]
    rows: dict[str, int] = {}  # of what was added and is still there, in `table`
    removed: dict[str, None] = {}
    table = EntriesBuilder(first.algorithm).build()
    for before, one in zip([None, *deltas], deltas, strict=False):
        if before is not None:
            _refuse_gap(before, one)
        for gone in one.removed:
            rows.pop(gone, None)
            removed[gone] = None
        for row, name in enumerate(one.added.ids, len(table)):
            rows[name] = row
            removed.pop(name, None)
        table = table.joined(one.added)
    try:
        return Delta(
            origin=last.origin,
            base=first.base,
            base_sum=first.base_sum,
            version=last.version,
            sum=last.sum,
            count=last.count,
            added=table.taking(np.array(sorted(rows.values()), dtype=np.int64)),
            removed=tuple(removed),
        )
    except ValueError as error:
        raise DeltaError(f"the deltas cannot be taken together: {error}") from error


def apply_to_list(delta: Delta, hash_list: HashList, total: int) -> HashList:
    """The list after a delta. hash_list: active entries only, of the sum `total`.

    Raises DeltaError if the delta is for another list, or does not make what it says.
    """
    refuse_other_base(delta, version=hash_list.version, total=total)
    names = [*delta.added.ids, *delta.removed]
    rows = np.array(sorted(hash_list.table.ids.find(names).values()), dtype=np.int64)
    gone = hash_list.table.taking(rows)
    keep = np.ones(len(hash_list), dtype=bool)
    keep[rows] = False
    refuse_other_result(
        delta,
        total=plus(minus(total, sum_of(gone)), sum_of(delta.added)),
        count=len(hash_list) - len(gone) + len(delta.added),
    )
    table = hash_list.table.taking(np.flatnonzero(keep)).joined(delta.added)
    return HashList(hash_list.origin, delta.version, hash_list.expires, table)


def refuse_other_base(delta: Delta, *, version: int, total: int) -> None:
    """Raise DeltaError unless the delta is for the list of this version and sum."""
    if delta.base != version:
        raise DeltaError(f"the delta is for version {delta.base} of the list, not {version}")
    if delta.base_sum != total:
        raise DeltaError(f"the delta is for another list that calls itself version {version}")


def refuse_other_result(delta: Delta, *, total: int, count: int) -> None:
    """Raise DeltaError unless the delta says that this is what comes of it."""
    if delta.count != count:
        raise DeltaError(f"the delta promises {delta.count} entries and makes {count}")
    if delta.sum != total:
        raise DeltaError("the delta makes another list than it promises")


def _refuse_gap(before: Delta, one: Delta) -> None:
    refuse_other_base(one, version=before.version, total=before.sum)
    if one.origin != before.origin or one.algorithm is not before.algorithm:
        raise DeltaError("the deltas are of two different lists")


def _line(fields: dict[str, Any]) -> bytes:
    """Canonical JSON: sorted keys, no white space, ASCII, one line feed at the end."""
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return text.encode("ascii") + b"\n"


def _check_magic(data: bytes) -> int:
    """Where the header begins."""
    found = _FIRST_LINE.match(data)
    if not found:
        raise MalformedListError("line 1: not a hashguard delta")
    if int(found[1]) != FORMAT:
        raise MalformedListError(
            f"line 1: written by a newer hashguard: format {int(found[1])}, this one reads {FORMAT}"
        )
    return found.end()


def _fields(raw: bytes) -> dict[str, Any]:
    """What the header says, every value of its type and within its bounds."""
    try:
        fields = json.loads(raw.decode("ascii"))
    except (ValueError, RecursionError):
        # RecursionError: 4096 brackets nest deeper than the JSON reader goes.
        raise MalformedListError("line 2: the header is not ASCII JSON") from None
    if not isinstance(fields, dict) or set(fields) != _KEYS:
        raise MalformedListError(f"line 2: the header has the keys {', '.join(sorted(_KEYS))}")
    numbers = {"added": MAX_CHANGES, "removed": MAX_CHANGES, "count": MAX_ENTRIES}
    for name, most in numbers.items():
        if not is_whole(fields[name], 0, most):
            raise MalformedListError(f"line 2: {name} must be a whole number from 0 to {most}")
    for name in ("algorithm", "digest", "origin"):
        if not isinstance(fields[name], str):
            raise MalformedListError(f"line 2: {name} must be a text")
    if not _DIGEST.fullmatch(fields["digest"]):
        raise MalformedListError("line 2: digest must be 64 lower-case hex digits")
    return fields


def _body(body: bytes, fields: dict[str, Any]) -> tuple[Entries, tuple[str, ...]]:
    """The entries and the ids."""
    parts = body.split(b"\n")[:-1]
    count = fields["added"]
    try:
        algorithm = Algorithm.named(fields["algorithm"])
    except InvalidHashError as error:
        raise MalformedListError(f"line 2: {error}") from None
    rows = b"\n".join([*parts[:count], b""]) if count else b""
    added = read_rows(rows, 0, count=count, algorithm=algorithm)
    if (added.statuses != STATUS_NUMBERS[Status.ACTIVE]).any():
        raise MalformedListError("a delta holds active entries only")
    if not all(_ID.fullmatch(one) for one in parts[count:]):
        raise MalformedListError("one of the removed ids is none that an entry can have")
    removed = tuple(one.decode("ascii") for one in parts[count:])
    if len({*removed, *added.ids}) < len(removed) + len(added):
        raise MalformedListError("an id is in the delta twice")
    return added, removed
