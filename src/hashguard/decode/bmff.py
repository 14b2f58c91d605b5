"""The boxes of an AVIF or HEIC file: sizes, frames, orientation. Nothing is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hashguard.decode import work
from hashguard.decode.header import AvifSource, Header, HeicSource, Picture
from hashguard.decode.limits import Format
from hashguard.errors import CorruptError, OverLimitError

_MAX_BOXES = 2**14
_MAX_FRAMES = 2**16
_PLAIN = frozenset({b"iprp", b"ipco", b"moov", b"trak", b"mdia", b"minf", b"stbl"})


@dataclass(slots=True)
class _Seen:
    """What the boxes said, in order of reading."""

    sizes: list[tuple[int, int]] = field(default_factory=list)
    frames: int = 1
    boxes: int = 0
    cut: bool = False


def walk_avif(data: bytes) -> Header:
    """Read the header of an AVIF file or sequence. Raises DecodeError."""
    seen = _read(data)
    width, height = max(seen.sizes, key=lambda size: size[0] * size[1])
    one = work.avif(width * height, len(data) // seen.frames)
    pictures = tuple(
        Picture(AvifSource(data, index), width, height, one) for index in range(seen.frames)
    )
    return Header(Format.AVIF, width, height, pictures)


def walk_heic(data: bytes) -> Header:
    """Read the header of a HEIC file. Raises DecodeError."""
    seen = _read(data)
    width, height = max(seen.sizes, key=lambda size: size[0] * size[1])
    cost = work.heic(width * height, len(data))
    return Header(Format.HEIC, width, height, (Picture(HeicSource(data), width, height, cost),))


def _read(data: bytes) -> _Seen:
    seen = _Seen()
    _walk(seen, memoryview(data), depth=0)
    if seen.cut:
        raise CorruptError("the file is cut short; viewers show nothing of it")
    if not seen.sizes:
        raise CorruptError("the file does not state its size")
    return seen


def _walk(seen: _Seen, view: memoryview, depth: int) -> None:
    for name, body in _boxes(seen, view):
        if name in _PLAIN and depth < 8:
            _walk(seen, body, depth + 1)
        elif name == b"meta" and depth < 8:
            _walk(seen, body[4:], depth + 1)
        elif name == b"ispe" and len(body) >= 12:
            seen.sizes.append((int.from_bytes(body[4:8]), int.from_bytes(body[8:12])))
        elif name == b"stsz" and len(body) >= 12:
            seen.frames = max(seen.frames, int.from_bytes(body[8:12]))
            if seen.frames > _MAX_FRAMES:
                raise OverLimitError(f"the file has more than {_MAX_FRAMES} frames")


def _boxes(seen: _Seen, view: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    at = 0
    while at + 8 <= len(view):
        seen.boxes += 1
        if seen.boxes > _MAX_BOXES:
            raise OverLimitError(f"the file has more than {_MAX_BOXES} boxes")
        size, head = int.from_bytes(view[at : at + 4]), 8
        if size == 1:
            size, head = int.from_bytes(view[at + 8 : at + 16]), 16
        elif size == 0:
            size = len(view) - at
        if size < head:
            raise CorruptError("a box of the file is smaller than its head")
        if at + size > len(view):
            seen.cut = True
        yield bytes(view[at + 4 : at + 8]), view[at + head : at + size]
        at += size
