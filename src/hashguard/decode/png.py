"""The chunks of a PNG or APNG."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace

from hashguard.decode import exif, work
from hashguard.decode.header import Disposal, Header, Picture, PngSource
from hashguard.decode.limits import Format
from hashguard.errors import CorruptError, OverLimitError, UnsupportedError

_MAX_CHUNKS = 2**16  # 64 MiB in the smallest pieces that encoders write, 1 to 8 KiB
_MAX_FRAMES = 2**14  # reading their heads takes 0.2 s
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
_INDEXED = 3
_DISPOSALS = {1: Disposal.CLEAR, 2: Disposal.RESTORE}


@dataclass(slots=True)
class _Frame:
    """One fcTL and the data that follows it."""

    left: int
    top: int
    width: int
    height: int
    duration: int
    disposal: Disposal
    blend: bool
    parts: list[memoryview] = field(default_factory=list)


@dataclass(slots=True)
class _Chunks:
    """What the chunks of a file said, in order of reading."""

    ihdr: bytes = b""
    palette: bytes = b""
    transparency: bytes = b""
    orientation: int = 1
    animated: bool = False
    still: list[memoryview] = field(default_factory=list)
    frames: list[_Frame] = field(default_factory=list)
    still_is_frame: bool = False
    cut: bool = False
    broken: bool = False


def walk(data: bytes) -> Header:
    """Read the header of a PNG. Raises DecodeError."""
    seen = _read(data)
    if len(seen.ihdr) < 13:
        raise CorruptError("the PNG does not state its size")
    width, height, bits, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", seen.ihdr)
    if not (width and height):
        raise CorruptError("the PNG has no pixels")
    if bits not in _DEPTHS.get(colour, ()):
        raise CorruptError(f"a PNG cannot have colour type {colour} at {bits} bits")
    if interlaced > 1:
        raise UnsupportedError("a PNG of an unknown interlace method")
    if colour == _INDEXED and not seen.palette:
        raise CorruptError("the PNG has no palette")

    def picture(parts: list[memoryview], w: int, h: int) -> Picture:
        size = sum(len(part) for part in parts)
        row = (w * bits * _CHANNELS[colour] + 7) // 8 + 1
        return Picture(
            PngSource(
                tuple(parts), bits, colour, bool(interlaced), seen.palette, seen.transparency
            ),
            w,
            h,
            work.png(w * h, row * h, size, bool(interlaced)),
            opaque=colour in {0, 2, 3} and not seen.transparency,
            orientation=seen.orientation,
        )

    still = picture(seen.still, width, height) if seen.still else None
    frames = _frames(seen, width, height) if seen.animated else []
    if not frames:
        if still is None:
            raise CorruptError("the PNG has no pixels")
        return Header(Format.PNG, width, height, (still,))
    pictures = tuple(
        replace(
            picture(f.parts, f.width, f.height),
            left=f.left,
            top=f.top,
            duration=f.duration,
            disposal=f.disposal,
            blend=f.blend,
        )
        for f in frames
    )
    hidden = None if seen.still_is_frame else still
    return Header(Format.PNG, width, height, pictures, drawn=True, hidden=hidden, cut=seen.cut)


def _frames(seen: _Chunks, width: int, height: int) -> list[_Frame]:
    """The frames that have data; none if any leaves the canvas, as in browsers."""
    frames = [frame for frame in seen.frames if frame.parts]
    # The last frame of a file that was cut is not whole.
    if seen.cut and len(frames) > 1:
        frames.pop()
    for frame in frames:
        inside = frame.left + frame.width <= width and frame.top + frame.height <= height
        if not (inside and frame.width and frame.height):
            return []
    return frames


def _read(data: bytes) -> _Chunks:
    """Walk the chunks; stops at IEND, at the end of the data, or at a name that is none."""
    seen = _Chunks()
    view = memoryview(data)
    at = 8
    for _ in range(_MAX_CHUNKS):
        if at + 8 > len(data):
            seen.cut = True
            return seen
        size = int.from_bytes(data[at : at + 4])
        name = data[at + 4 : at + 8]
        body = view[at + 8 : at + 8 + size]
        if name == b"IEND":
            return seen
        if not (name.isalpha() and name.isascii()) or size >= 2**31:
            seen.cut = True
            return seen
        _take(seen, name, body)
        at += 12 + size
    raise OverLimitError(f"the PNG has more than {_MAX_CHUNKS} chunks")


def _take(seen: _Chunks, name: bytes, body: memoryview) -> None:
    if name == b"IDAT":
        seen.still.append(body)
        if seen.frames and seen.still_is_frame:
            seen.frames[0].parts.append(body)
    elif name == b"fdAT" and seen.frames:
        seen.frames[-1].parts.append(body[4:])
    elif name == b"fcTL" and len(body) >= 26:
        if not seen.still and not seen.frames:
            seen.still_is_frame = True
        if len(seen.frames) >= _MAX_FRAMES:
            raise OverLimitError(f"the PNG has more than {_MAX_FRAMES} frames")
        seen.frames.append(_frame(body))
    elif name == b"IHDR" and not seen.ihdr:
        seen.ihdr = bytes(body[:13])
    elif name == b"PLTE" and not seen.palette:
        seen.palette = bytes(body[:768])
    elif name == b"tRNS" and not seen.transparency:
        seen.transparency = bytes(body[:256])
    elif name == b"acTL" and not seen.still:
        seen.animated = True
    elif name == b"eXIf":
        seen.orientation = exif.orientation(body)


def _frame(body: memoryview) -> _Frame:
    _, width, height, left, top, delay, unit, dispose, blend = struct.unpack_from(
        ">IIIIIHHBB", body
    )
    return _Frame(
        left,
        top,
        width,
        height,
        1000 * delay // (unit or 100),
        _DISPOSALS.get(dispose, Disposal.KEEP),
        blend == 1,
    )
