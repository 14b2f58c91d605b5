"""The chunks of a WebP, still or animated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hashguard.decode import exif, work
from hashguard.decode.header import Disposal, Header, Picture, WebpSource
from hashguard.decode.limits import Format
from hashguard.errors import CorruptError, OverLimitError

_MAX_CHUNKS = 2**14  # reading them takes 0.2 s
_ALPHA = 0x10
_ANIMATION = 0x02

Chunk = tuple[bytes, memoryview, int]
"""Name, payload, and how many bytes of the payload are missing."""


def walk(data: bytes) -> Header:
    """Read the header of a WebP. Raises DecodeError."""
    chunks = _chunks(memoryview(data)[12:])
    first = next(chunks, None)
    if first is None:
        raise CorruptError("the WebP has no picture")
    name, body, _ = first
    if name != b"VP8X":
        picture = _picture([first])
        if picture is None:
            raise CorruptError("the WebP has no picture")
        return Header(Format.WEBP, picture.width, picture.height, (picture,))
    if len(body) < 10:
        raise CorruptError("the WebP does not state its size")
    flags = body[0]
    width = int.from_bytes(body[4:7], "little") + 1
    height = int.from_bytes(body[7:10], "little") + 1
    rest = list(chunks)
    turn = next((exif.orientation(b) for n, b, _ in rest if n == b"EXIF"), 1)
    if flags & _ANIMATION:
        return _animation(rest, width, height, turn)
    picture = _picture([chunk for chunk in rest if chunk[0] != b"ANMF"])
    if picture is None:
        raise CorruptError("the WebP has no picture")
    if (picture.width, picture.height) != (width, height):
        raise CorruptError("the WebP states two sizes")
    return Header(Format.WEBP, width, height, (replace(picture, orientation=turn),))


def _chunks(view: memoryview) -> Iterator[Chunk]:
    at = 0
    for _ in range(_MAX_CHUNKS):
        if at + 8 > len(view):
            return
        size = int.from_bytes(view[at + 4 : at + 8], "little")
        body = view[at + 8 : at + 8 + size]
        yield bytes(view[at : at + 4]), body, size - len(body)
        at += 8 + size + (size & 1)
    raise OverLimitError(f"the WebP has more than {_MAX_CHUNKS} chunks")


def _picture(chunks: list[Chunk]) -> Picture | None:
    """The picture among these chunks, with its alpha plane if that stands before it."""
    alpha: Chunk | None = None
    for chunk in chunks:
        name, body, missing = chunk
        if name == b"ALPH" and alpha is None:
            alpha = chunk
        elif name in {b"VP8 ", b"VP8L"}:
            size = _size(name, body)
            if size is None:
                return None
            width, height = size
            keep = [(alpha[0], alpha[1])] if alpha is not None and name == b"VP8 " else []
            keep.append((name, body))
            return Picture(
                WebpSource(tuple(keep), missing),
                width,
                height,
                work.webp(width * height, sum(len(b) for _, b in keep)) * (3 if missing else 1),
                opaque=name == b"VP8 " and alpha is None,
            )
    return None


def _size(name: bytes, body: memoryview) -> tuple[int, int] | None:
    """Width and height that the bitstream itself states."""
    if name == b"VP8 ":
        if len(body) < 10 or bytes(body[3:6]) != b"\x9d\x01\x2a":
            return None
        width = int.from_bytes(body[6:8], "little") & 0x3FFF
        height = int.from_bytes(body[8:10], "little") & 0x3FFF
        return (width, height) if width and height else None
    if len(body) < 5 or body[0] != 0x2F:
        return None
    bits = int.from_bytes(body[1:5], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _animation(chunks: list[Chunk], width: int, height: int, turn: int) -> Header:
    pictures: list[Picture] = []
    cut = False
    for name, body, missing in chunks:
        if name != b"ANMF":
            continue
        if missing and pictures:
            cut = True
            break
        picture = _frame(body, width, height)
        if picture is None:
            if not pictures:
                raise CorruptError("the first frame of the WebP cannot be read")
            cut = True
            break
        pictures.append(replace(picture, orientation=turn))
    if not pictures:
        raise CorruptError("the WebP has no picture")
    return Header(Format.WEBP, width, height, tuple(pictures), drawn=True, cut=cut)


def _frame(body: memoryview, width: int, height: int) -> Picture | None:
    """One ANMF chunk; None if it is not a frame within the canvas."""
    if len(body) < 16:
        return None
    left, top = (2 * int.from_bytes(body[n : n + 3], "little") for n in (0, 3))
    w, h = (int.from_bytes(body[n : n + 3], "little") + 1 for n in (6, 9))
    flags = body[15]
    picture = _picture(list(_chunks(body[16:])))
    if picture is None or (picture.width, picture.height) != (w, h):
        return None
    if left + w > width or top + h > height:
        return None
    return replace(
        picture,
        left=left,
        top=top,
        duration=int.from_bytes(body[12:15], "little"),
        blend=not flags & 2,
        disposal=Disposal.CLEAR if flags & 1 else Disposal.KEEP,
    )
