"""Large files of plain hashes at once: a million lines in two seconds instead of twenty.

Reads only files in which every line is one hash and nothing else; for any other it says so
and `importers` reads line by line. Where both can read a file, they give the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from hashguard.hashes import Algorithm, Codes
from hashguard.lists.columns import STATUS_NUMBERS, UNKNOWN, Entries, Named
from hashguard.lists.entry import MAX_SOURCE_BYTES, Status, text_fault
from hashguard.lists.texts import Texts, frozen


@dataclass(frozen=True, slots=True)
class PlainHashes:
    """The entries, numbered from 1, and what was left out of them. Counts as in `Imported`."""

    entries: Entries
    read: int
    duplicates: int
    quarantined: int


def read_plain(raw: bytes, *, algorithm: Algorithm, source: str, most: int) -> PlainHashes | None:
    """The hashes of a file of `HEX`, `pdq HEX` or `pdq:HEX` lines; None if it is any other.

    Also None for what reading line by line may refuse: a source that no entry can carry, more
    than `most` lines.
    """
    codes = _codes(raw, algorithm, most)
    if codes is None or text_fault(source, max_bytes=MAX_SOURCE_BYTES):
        return None
    # All bits equal: the hash of every plain picture, or filler (see report.is_junk).
    junk = (codes == 0).all(axis=1) | (codes == 255).all(axis=1)
    kept = codes[~junk]
    # Of equal hashes the first stays, and the order of the file with it.
    whole = np.ascontiguousarray(kept).view(f"V{algorithm.code_bytes}")[:, 0]
    first = np.sort(np.unique(whole, return_index=True)[1])
    if not len(first):
        return None
    return PlainHashes(
        entries=_entries(kept[first], algorithm, source),
        read=len(codes),
        duplicates=len(kept) - len(first),
        quarantined=int(junk.sum()),
    )


def _codes(raw: bytes, algorithm: Algorithm, most: int) -> Codes | None:
    lines = raw.count(b"\n") + (not raw.endswith(b"\n"))
    if lines > most:
        return None
    name, digits = algorithm.value.encode("ascii"), 2 * algorithm.code_bytes
    line = rb"^(?:%s[ :])?([0-9A-Fa-f]{%d})\r?$" % (re.escape(name), digits)
    found = re.findall(line, raw, re.MULTILINE)
    if len(found) != lines:
        return None
    packed = bytes.fromhex(b"".join(found).decode("ascii"))
    return np.frombuffer(packed, dtype=np.uint8).reshape(-1, algorithm.code_bytes)


def _entries(codes: Codes, algorithm: Algorithm, source: str) -> Entries:
    count = len(codes)
    nothing = frozen(np.zeros(count, dtype=np.uint32))
    return Entries(
        algorithm,
        frozen(codes),
        frozen(np.full(count, UNKNOWN, dtype=np.int16)),
        frozen(np.full(count, STATUS_NUMBERS[Status.ACTIVE], dtype=np.uint8)),
        Texts.of(map(str, range(1, count + 1))),
        frozen(np.full(count, UNKNOWN, dtype=np.int64)),
        Named((source,), nothing),
        Named(("",), nothing),
    )
