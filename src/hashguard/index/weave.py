"""In which order the bits of a code are dealt to the chunks of a multi-index.

Bits of a PDQ hash that stand for neighbouring frequencies often agree, so that hashes of real
pictures crowd in few buckets. Dealt like this, every half of 16 bits has one bit of each row and
one of each column of the 16 x 16 coefficients, and real hashes fill buckets about as evenly as
random ones (docs/adr/0006-woven-bits.md). Distances do not depend on it.
"""

from __future__ import annotations

import numpy as np

from hashguard.hashes import Codes

_SIDE = 16  # coefficients of PDQ in a row; 256 bits are 16 rows
_ROWS = 65_536  # codes dealt at once; unpacked they take 16 MB


def _order() -> list[int]:
    """The bit of a code that comes to each place; bits count from the most significant, 0."""
    reversed_ = [int(f"{column:04b}"[::-1], 2) for column in range(_SIDE)]
    return [
        _SIDE * (row ^ reversed_[column]) + column
        for row in range(_SIDE)
        for column in range(_SIDE)
    ]


WOVEN = _order()
"""(256,) a permutation that undoes itself."""


def woven(codes: Codes) -> Codes:
    """The codes with their bits in another order, if they are 32 bytes wide; else as they come."""
    if codes.shape[1] * 8 != len(WOVEN):
        return codes
    dealt = np.empty_like(codes)
    for start in range(0, len(codes), _ROWS):
        bits = np.unpackbits(codes[start : start + _ROWS], axis=1)
        dealt[start : start + _ROWS] = np.packbits(bits.take(WOVEN, axis=1), axis=1)
    return dealt
