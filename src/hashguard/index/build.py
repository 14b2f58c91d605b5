"""Which index for which list."""

from __future__ import annotations

from hashguard.hashes import Codes
from hashguard.index.flat import FlatIndex
from hashguard.index.multi_index import MultiIndex
from hashguard.index.protocol import Index

# Measured by benchmarks/search.py: beyond either, looking at every code is as fast.
MULTI_INDEX_MAX_DISTANCE = 47  # bits of 256
MULTI_INDEX_MIN_CODES = 30_000  # up to 31 bits
MULTI_INDEX_MIN_CODES_WIDE = 300_000  # beyond


def build_index(codes: Codes, *, max_distance: int) -> Index:
    """An index over codes (n, bits // 8) uint8 that is exact up to `max_distance` bits.

    Raises ValueError if max_distance is not between 0 and the length of a hash.
    """
    bits = codes.shape[1] * 8
    if not 0 <= max_distance <= bits:
        raise ValueError(f"max_distance must be 0 to {bits} bits, not {max_distance}")
    # Radii scale with the length of the hash: what counts is the radius in each chunk.
    radius = max_distance * 256 // bits
    enough = MULTI_INDEX_MIN_CODES if radius <= 31 else MULTI_INDEX_MIN_CODES_WIDE
    if radius <= MULTI_INDEX_MAX_DISTANCE and len(codes) >= enough and codes.shape[1] % 4 == 0:
        return MultiIndex(codes, max_distance=max_distance)
    return FlatIndex(codes)
