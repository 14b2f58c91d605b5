"""The blocks of a GIF."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hashguard.decode import work
from hashguard.decode.header import Disposal, GifSource, Header, Picture
from hashguard.decode.limits import Format
from hashguard.errors import CorruptError, OverLimitError

_MAX_BLOCKS = 2**19  # 64 MiB in blocks of 255 bytes is 2**18
_MAX_FRAMES = 2**14  # reading their heads takes 0.2 s
_SHORTEST = 20  # ms; browsers show what asks for less as 100 ms
_DISPOSALS = {2: Disposal.CLEAR, 3: Disposal.RESTORE}


@dataclass(slots=True)
class _Control:
    """The last graphic control extension."""

    duration: int = 100
    transparent: int | None = None
    disposal: Disposal = Disposal.KEEP


class _Reader:
    """A position in the file and the sub-blocks left to spend."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at
        self._left = _MAX_BLOCKS

    def sub_blocks(self) -> tuple[memoryview, bool]:
        """The sub-blocks here, lengths included, and whether their end was reached."""
        data, at, left = self.data, self.at, self._left - 1
        start = at
        if left < 0:
            raise OverLimitError(f"the GIF has more than {_MAX_BLOCKS} blocks")
        try:
            while size := data[at]:
                at += size + 1
                left -= 1
                if left < 0:
                    raise OverLimitError(f"the GIF has more than {_MAX_BLOCKS} blocks")
        except IndexError:
            self.at = len(data)
            return memoryview(data)[start:], False
        self.at, self._left = at + 1, left
        return memoryview(data)[start : at + 1], True


def walk(data: bytes) -> Header:
    """Read the header of a GIF. Raises DecodeError."""
    if len(data) < 13:
        raise CorruptError("the GIF does not state its size")
    width, height = _u16(data, 6), _u16(data, 8)
    colours = 2 << (data[10] & 7) if data[10] & 128 else 0
    palette = data[13 : 13 + 3 * colours]
    pictures, cut = _pictures(data, 13 + 3 * colours, palette, (width, height))
    if not pictures:
        raise CorruptError("the GIF has no picture")
    first = pictures[0]
    # As browsers do: a first frame larger than the canvas makes the canvas larger.
    width = max(width, first.left + first.width)
    height = max(height, first.top + first.height)
    return Header(Format.GIF, width, height, tuple(pictures), drawn=True, cut=cut)


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _pictures(
    data: bytes, at: int, palette: bytes, canvas: tuple[int, int]
) -> tuple[list[Picture], bool]:
    """The frames, and whether the file ends before its trailer."""
    reader = _Reader(data, at)
    control = _Control()
    pictures: list[Picture] = []
    while reader.at < len(data):
        kind = data[reader.at]
        reader.at += 1
        if kind == 0x3B:
            return pictures, False
        if kind == 0x21:
            label = data[reader.at : reader.at + 1]
            reader.at += 1
            body, _ = reader.sub_blocks()
            if label == b"\xf9" and len(body) >= 5:
                control = _control(body)
        elif kind == 0x2C:
            if len(pictures) >= _MAX_FRAMES:
                raise OverLimitError(f"the GIF has more than {_MAX_FRAMES} frames")
            picture, whole = _picture(reader, palette, canvas, control)
            if picture is None:
                return pictures, True
            control = _Control()
            if not whole and pictures:
                return pictures, True
            pictures.append(picture)
        elif kind:
            # Viewers stop at a block they do not know and show what came before.
            return pictures, True
    return pictures, True


def _control(body: memoryview) -> _Control:
    flags = body[1]
    shown = 10 * int.from_bytes(body[2:4], "little")
    return _Control(
        shown if shown >= _SHORTEST else 100,
        body[4] if flags & 1 else None,
        _DISPOSALS.get(flags >> 2 & 7, Disposal.KEEP),
    )


def _picture(
    reader: _Reader, palette: bytes, canvas: tuple[int, int], control: _Control
) -> tuple[Picture | None, bool]:
    """The frame at the reader, and whether its data is whole; None if its head is cut."""
    data, at = reader.data, reader.at
    if at + 10 > len(data):
        return None, False
    left, top, width, height = (_u16(data, at + n) for n in (0, 2, 4, 6))
    flags = data[at + 8]
    at += 9
    if flags & 128:
        colours = 2 << (flags & 7)
        palette = data[at : at + 3 * colours]
        at += 3 * colours
    if at >= len(data):
        return None, False
    code_bits = data[at]
    reader.at = at + 1
    codes, whole = reader.sub_blocks()
    # As browsers do: a frame without a size has that of the canvas.
    width, height = width or canvas[0], height or canvas[1]
    if not (width and height):
        return None, False
    picture = Picture(
        GifSource(codes, code_bits, bool(flags & 64), palette, control.transparent),
        width,
        height,
        work.gif(width * height, len(codes), bool(flags & 64)),
        left=left,
        top=top,
    )
    return replace(
        picture,
        duration=control.duration,
        opaque=control.transparent is None,
        blend=True,
        disposal=control.disposal,
    ), whole
