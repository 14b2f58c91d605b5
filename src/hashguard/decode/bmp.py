"""The header of a BMP."""

from __future__ import annotations

import struct

from hashguard.decode import work
from hashguard.decode.header import BmpSource, Header, Picture
from hashguard.decode.limits import Format
from hashguard.errors import CorruptError, UnsupportedError

_RLE = frozenset({1, 2})
_RAW = frozenset({0, 3})
_DEPTHS = frozenset({1, 4, 8, 16, 24, 32})


def walk(data: bytes) -> Header:
    """Read the header of a BMP. Raises DecodeError."""
    (size,) = struct.unpack_from("<I", data, 14)
    if len(data) < 14 + size:
        raise CorruptError("the BMP does not state its size")
    if size == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        packing = 0
    else:
        width, height, _, bits, packing = struct.unpack_from("<iiHHI", data, 18)
    height = abs(height)  # negative: rows from the top down
    if width < 1 or height < 1:
        raise CorruptError("the BMP has no pixels")
    if bits not in _DEPTHS or packing not in _RLE | _RAW:
        raise UnsupportedError(f"a BMP of {bits} bits packed by method {packing}")
    cost = work.bmp_rle(width * height, len(data)) if packing in _RLE else work.bmp(width * height)
    picture = Picture(BmpSource(data), width, height, cost)
    return Header(Format.BMP, width, height, (picture,))
