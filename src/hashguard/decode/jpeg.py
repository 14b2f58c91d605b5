"""The markers of a JPEG: size, components, scans, orientation, and where it ends."""

from __future__ import annotations

import re

from hashguard.decode import exif, work
from hashguard.decode.header import Header, JpegSource, Picture
from hashguard.decode.limits import Format
from hashguard.errors import CorruptError, OverLimitError, UnsupportedError

_MAX_SEGMENTS = 4096  # before the first scan; a 16 MB profile needs 256
_MAX_SCAN_MARKERS = 1024  # encoders write about 10 scans, each with a table or two
_SOF_SHOWN = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive Huffman
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = 0xC2
_SOS, _EOI, _APP1, _DHP = 0xDA, 0xD9, 0xE1, 0xDE
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
_SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def walk(data: bytes) -> Header:
    """Read the header of a JPEG. Raises DecodeError."""
    frame: bytes | None = None
    progressive = False
    orientation: int | None = None
    at = 2
    for _ in range(_MAX_SEGMENTS):
        # Decoders skip what stands between segments, fill bytes included.
        at = data.find(b"\xff", at)
        while data[at + 1 : at + 2] == b"\xff" and at >= 0:
            at = _past_fill(data, at)
        if at < 0 or at + 4 > len(data):
            raise CorruptError("the JPEG ends before its pixels")
        marker = data[at + 1]
        if marker == 0 or marker in _BARE:
            at += 2
            continue
        if marker == _EOI:
            raise CorruptError("the JPEG ends before its pixels")
        size = int.from_bytes(data[at + 2 : at + 4])
        body = data[at + 4 : at + 2 + size]
        if marker in _SOF or marker == _DHP:
            if marker not in _SOF_SHOWN:
                raise UnsupportedError("a JPEG of a kind that viewers do not show")
            if frame is None:
                frame, progressive = body, marker == _PROGRESSIVE
        elif marker == _APP1 and orientation is None and body.startswith(b"Exif\0"):
            orientation = exif.orientation(body)
        elif marker == _SOS:
            if frame is None or len(frame) < 6 or not body:
                raise CorruptError("the JPEG does not state its size")
            scans = _count_scans(data, at + 2 + size) if progressive or body[0] < frame[5] else 1
            # A cut file may be decoded twice.
            ends = scans == 1 or data.rfind(b"\xff\xd9", at) > 0
            return _header(data, frame, scans if ends else 2 * scans, orientation or 1)
        at += 2 + size
    raise OverLimitError(f"the JPEG has more than {_MAX_SEGMENTS} segments before its pixels")


_FILL = re.compile(rb"\xff+")


def _past_fill(data: bytes, at: int) -> int:
    """Position of the last 0xFF of a run of them."""
    run = _FILL.match(data, at)
    return run.end() - 1 if run else at


def _header(data: bytes, frame: bytes, scans: int, orientation: int) -> Header:
    if frame[0] != 8:
        raise UnsupportedError(f"a JPEG of {frame[0]} bits; viewers show 8")
    height, width = int.from_bytes(frame[1:3]), int.from_bytes(frame[3:5])
    components = frame[5]
    if components not in {1, 3, 4}:
        raise UnsupportedError(f"a JPEG of {components} components; viewers show 1, 3 or 4")
    if not (width and height):
        raise CorruptError("the JPEG has no pixels")
    picture = Picture(
        JpegSource(data, components),
        width,
        height,
        work.jpeg(width * height, len(data), scans),
        orientation=orientation,
        opaque=True,
    )
    return Header(Format.JPEG, width, height, (picture,))


def _count_scans(data: bytes, start: int) -> int:
    """Scans up to the end of the picture, the first included."""
    # An upper bound is enough for nearly every file, and ten times faster than the walk.
    most = 1 + data.count(b"\xff\xda", start)
    if most <= 16:
        return most
    scans, at, steps = 1, start, 0
    while (found := _SCAN_END.search(data, at)) is not None:
        marker = data[found.end() - 1]
        if marker == _EOI:
            break
        at = found.end() - 2
        if marker == _SOS:
            scans += 1
        steps += 1
        if steps > _MAX_SCAN_MARKERS:
            raise OverLimitError(
                f"the JPEG has more than {_MAX_SCAN_MARKERS} segments in its scans"
            )
        size = int.from_bytes(data[at + 2 : at + 4])
        at += 2 + max(2, size) if marker not in _BARE else 2
    return scans
