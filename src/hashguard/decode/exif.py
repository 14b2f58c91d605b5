"""The orientation in an EXIF or TIFF block, and nothing else of it. Never fails."""

from __future__ import annotations

import struct

_ORIENTATION = 274
_SHORT = 3
_MAX_ENTRIES = 512  # of the first directory; cameras write under 30


def orientation(block: bytes | memoryview) -> int:
    """EXIF orientation 1 to 8 of a block that opens with `II*` or `MM*`; 1 if there is none.

    Anything wrong with the block means 1, as in browsers.
    """
    block = bytes(block[: 2**16])
    if block.startswith(b"Exif\0\0"):
        block = block[6:]
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", block, 4)
        (count,) = struct.unpack_from(order + "H", block, start)
        for at in range(start + 2, start + 2 + 12 * min(count, _MAX_ENTRIES), 12):
            tag, kind, values, value = struct.unpack_from(order + "HHIH", block, at)
            if tag == _ORIENTATION:
                good = kind == _SHORT and values == 1 and 1 <= value <= 8
                return value if good else 1
    except struct.error:
        return 1
    return 1
