"""What is odd about a list: advice for whoever looks after it, not a verdict. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hashguard.lists.columns import STATUSES, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from hashguard.hashes import Codes
    from hashguard.lists.entry import Status
    from hashguard.lists.hash_list import HashList

LOW_QUALITY = 50  # do not trust less; recommended by the PDQ authors
USUAL_WEIGHT = (0.375, 0.625)
"""Share of ones. A tie-free PDQ hash has exactly half, 128 of 256; these are 96 and 160.

Flat areas and other makers' rounding move it by a few bits, never so far.
"""
_ROWS_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True)
class ListReport:
    """Counts over all entries, whatever their status, except where it says otherwise.

    by_status: entries of each status, in the order of Status.
    shared_hashes: different hashes that more than one entry has.
    sharing_entries: entries whose hash another entry has too.
    unusual_weight: hashes whose share of ones is outside USUAL_WEIGHT, without junk.
    low_quality, unknown_quality: below LOW_QUALITY; without a quality.
    junk: all-zero or all-one hashes.
    expired: whether `now` is at or past the expiry of the list.
    """

    entries: int
    by_status: Mapping[Status, int]
    shared_hashes: int
    sharing_entries: int
    unusual_weight: int
    low_quality: int
    unknown_quality: int
    junk: int
    expired: bool


def check_list(hash_list: HashList, *, now: int) -> ListReport:
    """Look a list over. now: unix seconds."""
    table = hash_list.table
    counts = np.bincount(table.statuses, minlength=len(STATUSES)).tolist()
    weights = _weights(table.codes)
    bits = table.algorithm.bits
    is_filler = (weights == 0) | (weights == bits)
    least, most = (share * bits for share in USUAL_WEIGHT)
    unusual = ((weights < least) | (weights > most)) & ~is_filler
    repeats = _repeats(table.codes)
    known = table.qualities != UNKNOWN
    return ListReport(
        entries=len(table),
        by_status=dict(zip(STATUSES, counts, strict=True)),
        shared_hashes=len(repeats),
        sharing_entries=int(repeats.sum()),
        unusual_weight=int(unusual.sum()),
        low_quality=int((known & (table.qualities < LOW_QUALITY)).sum()),
        unknown_quality=int((~known).sum()),
        junk=int(is_filler.sum()),
        expired=hash_list.expires is not None and now >= hash_list.expires,
    )


def is_junk(packed: bytes) -> bool:
    """Whether all bits of a hash are equal: the hash of every plain picture, or filler.

    Real feeds hold such hashes. Listed, they would match uploads that show nothing at all.
    """
    return packed.count(packed[:1]) == len(packed) and packed[:1] in (b"\x00", b"\xff")


def _weights(codes: Codes) -> NDArray[np.int64]:
    """(n,) how many bits of each hash are one."""
    weights = np.empty(len(codes), dtype=np.int64)
    for start in range(0, len(codes), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        weights[rows] = np.bitwise_count(codes[rows]).sum(axis=1)
    return weights


def _repeats(codes: Codes) -> NDArray[np.int64]:
    """How many rows have each of the hashes that more than one row has."""
    if len(codes) == 0:
        return np.zeros(0, dtype=np.int64)
    words = np.ascontiguousarray(codes).view(np.uint64)
    order = np.lexsort(words.T)
    ordered = words[order]
    is_new = np.ones(len(codes), dtype=bool)
    is_new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    sizes = np.diff(np.flatnonzero(is_new), append=len(codes))
    return sizes[sizes > 1]
