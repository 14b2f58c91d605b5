"""The feed: what a bank has published, in one short file. The format is in docs/publishing.md.

Pure. It names the newest version of the list, and the files that lead there: a full list and
a chain of deltas. Where the files lie is here, too, for both sides have to agree on it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

from hashguard.errors import InvalidHashError, MalformedListError
from hashguard.hashes import Algorithm
from hashguard.lists.columns import MAX_ENTRIES
from hashguard.lists.entry import MAX_TIME, text_fault, time_seconds, time_text
from hashguard.lists.sums import sum_text, sum_value
from hashguard.lists.wire import MAX_ORIGIN_BYTES, MAX_VERSION
from hashguard.strict_json import is_whole, no_constant

SCHEMA = "hashguard-feed"
VERSION = 1
MAX_FEED_BYTES = 2**16  # a real one has under 4 kB
MAX_DELTAS = 1000
_BANK = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_TAKEN = {"root", "targets", "snapshot", "timestamp"}  # roles that every repository has
_KEYS = {
    *("algorithm", "bank", "count", "deltas", "expires", "full"),
    *("list_version", "origin", "published", "schema", "sum", "version"),
}


def bank_fault(name: str) -> str:
    """Why a bank cannot be called that; "" if it can."""
    if not _BANK.fullmatch(name):
        return "must be 1 to 40 of a-z, 0-9 and -, and not begin with -"
    return "is taken by a role that every repository has" if name in _TAKEN else ""


def feed_path(bank: str) -> str:
    """The target that holds the feed of a bank."""
    return f"{bank}/feed.json"


def full_path(bank: str, version: int) -> str:
    """The target that holds a full list: a list file with only active entries."""
    return f"{bank}/full-{version}.hgl"


def delta_path(bank: str, base: int, version: int) -> str:
    """The target that holds a delta."""
    return f"{bank}/delta-{base}-{version}.hgd"


@dataclass(frozen=True, slots=True)
class Feed:
    """What a bank offers.

    list_version, sum, count: of the newest list; origin, algorithm, expires: as in it.
    published: unix seconds. full: version of the full list.
    deltas: ascending versions; a delta leads from each to the next, from the last to
    list_version. full is among them, unless it is list_version.
    Raises ValueError for what a feed cannot say.
    """

    bank: str
    origin: str
    algorithm: Algorithm
    list_version: int
    sum: int
    count: int
    expires: int | None
    published: int
    full: int
    deltas: tuple[int, ...]

    def __post_init__(self) -> None:
        if fault := bank_fault(self.bank):
            raise ValueError(f"the name of a bank {fault}")
        if fault := text_fault(self.origin, max_bytes=MAX_ORIGIN_BYTES):
            raise ValueError(f"origin {fault}")
        if not is_whole(self.list_version, 1, MAX_VERSION):
            raise ValueError("list_version must be a whole number from 1 to 2**53 - 1")
        if not is_whole(self.count, 0, MAX_ENTRIES):
            raise ValueError(f"count must be a whole number from 0 to {MAX_ENTRIES}")
        for name, value in (("expires", self.expires), ("published", self.published)):
            if (name, value) != ("expires", None) and not is_whole(value, 0, MAX_TIME):
                raise ValueError(f"{name} must be whole unix seconds from 1970 to 9999")
        self._check_chain()

    def _check_chain(self) -> None:
        steps = (*self.deltas, self.list_version)
        if len(self.deltas) > MAX_DELTAS or not all(is_whole(v, 1, MAX_VERSION) for v in steps):
            raise ValueError(f"deltas must be at most {MAX_DELTAS} versions")
        if any(one >= other for one, other in pairwise(steps)):
            raise ValueError("the versions of deltas must ascend to list_version")
        if not is_whole(self.full, 1, MAX_VERSION) or self.full not in steps:
            raise ValueError("full must be list_version, or the base of a delta")

    def steps_from(self, version: int) -> list[tuple[int, int]] | None:
        """The deltas (base, version) from a version to the newest; None if none begin there."""
        steps = (*self.deltas, self.list_version)
        if version not in steps:
            return None
        at = steps.index(version)
        return list(pairwise(steps[at:]))

    def targets(self) -> list[str]:
        """The files that this feed names, without itself."""
        steps = self.steps_from((*self.deltas, self.list_version)[0]) or []
        return [full_path(self.bank, self.full), *(delta_path(self.bank, *one) for one in steps)]

    def dumps(self) -> bytes:
        """Canonical JSON: sorted keys, no white space, ASCII, one line feed at the end."""
        fields = {
            "algorithm": self.algorithm.value,
            "bank": self.bank,
            "count": self.count,
            "deltas": list(self.deltas),
            "expires": None if self.expires is None else time_text(self.expires),
            "full": self.full,
            "list_version": self.list_version,
            "origin": self.origin,
            "published": time_text(self.published),
            "schema": SCHEMA,
            "sum": sum_text(self.sum),
            "version": VERSION,
        }
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return text.encode("ascii") + b"\n"

    @classmethod
    def loads(cls, data: bytes) -> Self:
        """The feed in these bytes. Raises MalformedListError."""
        # 1. Length.
        if len(data) > MAX_FEED_BYTES:
            raise MalformedListError(f"the feed has more than {MAX_FEED_BYTES} bytes")
        # 2. JSON.
        try:
            fields = json.loads(data.decode("ascii"), parse_constant=no_constant)
        except (ValueError, RecursionError):
            # RecursionError: 64 KiB of brackets nest deeper than the JSON reader goes.
            raise MalformedListError("the feed is not ASCII JSON") from None
        # 3. Schema and version: told before the rest, of which another has another idea.
        if not isinstance(fields, dict) or fields.get("schema") != SCHEMA:
            raise MalformedListError("not a hashguard feed")
        if is_whole(fields.get("version"), VERSION + 1, MAX_VERSION):
            raise MalformedListError(
                f"the feed was written by a newer hashguard: version {fields['version']}, "
                f"this one reads {VERSION}"
            )
        if set(fields) != _KEYS:
            raise MalformedListError(f"the feed has the keys {', '.join(sorted(_KEYS))}")
        # 4. Types and ranges.
        try:
            feed = cls._of(fields)
        except (ValueError, InvalidHashError) as error:
            raise MalformedListError(f"the feed: {error}") from None
        # 5. Canonical form.
        if feed.dumps() != data:
            raise MalformedListError("the feed is not canonical (sorted keys, no spaces, ASCII)")
        return feed

    @classmethod
    def _of(cls, fields: dict[str, Any]) -> Self:
        for name in ("algorithm", "bank", "origin", "published"):
            if not isinstance(fields[name], str):
                raise ValueError(f"{name} must be a text")
        expires, deltas = fields["expires"], fields["deltas"]
        if expires is not None and not isinstance(expires, str):
            raise ValueError("expires must be a time or null")
        if not isinstance(deltas, list):
            raise ValueError("deltas must be a list of versions")
        return cls(
            bank=fields["bank"],
            origin=fields["origin"],
            algorithm=Algorithm.named(fields["algorithm"]),
            list_version=fields["list_version"],
            sum=sum_value(fields["sum"]),
            count=fields["count"],
            expires=None if expires is None else time_seconds(expires),
            published=time_seconds(fields["published"]),
            full=fields["full"],
            deltas=tuple(deltas),
        )
