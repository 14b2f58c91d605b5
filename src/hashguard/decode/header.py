"""What reading a container yields, before anything is decoded.

Values only. A walk (`jpeg.py`, `png.py`, ...) makes a `Header`; `pillow.py` turns the
`source` of a `Picture` into pixels.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from hashguard.decode.limits import Format

Parts = tuple[memoryview, ...]
"""Pieces of the upload that are decoded as if they were one."""


class Disposal(enum.Enum):
    """What becomes of a frame's rectangle once the frame was shown."""

    KEEP = "keep"
    CLEAR = "clear"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class JpegSource:
    """A baseline or progressive JPEG stream of 1, 3 or 4 components."""

    data: bytes
    components: int


@dataclass(frozen=True, slots=True)
class PngSource:
    """The compressed rows of one PNG picture or APNG frame.

    palette: 3 bytes a colour. transparency: the tRNS chunk as it stands.
    """

    parts: Parts
    bits: int
    colour: int
    interlaced: bool
    palette: bytes
    transparency: bytes


@dataclass(frozen=True, slots=True)
class GifSource:
    """The LZW sub-blocks of one GIF frame; a picture without a palette is grey."""

    codes: memoryview
    code_bits: int
    interlaced: bool
    palette: bytes
    transparent: int | None


@dataclass(frozen=True, slots=True)
class BmpSource:
    """A whole BMP file whose header was checked."""

    data: bytes


@dataclass(frozen=True, slots=True)
class TiffSource:
    """One page: the file, and a directory that holds only the tags its pixels need."""

    data: bytes
    big_endian: bool
    big: bool
    tiled: bool
    directory: bytes


@dataclass(frozen=True, slots=True)
class WebpSource:
    """One VP8 or VP8L picture with its alpha plane, to be wrapped as a file of its own.

    parts: chunks without padding, as (name, payload). missing: bytes cut off the last one.
    """

    chunks: tuple[tuple[bytes, memoryview], ...]
    missing: int


@dataclass(frozen=True, slots=True)
class AvifSource:
    """Frame `index` of an AVIF file or sequence."""

    data: bytes
    index: int


@dataclass(frozen=True, slots=True)
class HeicSource:
    """The primary picture of a HEIC file."""

    data: bytes


Source = (
    JpegSource
    | PngSource
    | GifSource
    | BmpSource
    | TiffSource
    | WebpSource
    | AvifSource
    | HeicSource
)


@dataclass(frozen=True, slots=True)
class Picture:
    """One coded rectangle: a still, a page, or a frame of an animation.

    left, top, width, height: pixels on the canvas, before orientation.
    work: predicted nanoseconds to decode and draw it (work.py).
    duration: milliseconds shown.
    opaque: it has no transparent pixel. blend: drawn over what is there, not instead.
    orientation: EXIF 1 to 8.
    """

    source: Source
    width: int
    height: int
    work: int
    left: int = 0
    top: int = 0
    duration: int = 0
    opaque: bool = False
    blend: bool = False
    disposal: Disposal = Disposal.KEEP
    orientation: int = 1


@dataclass(frozen=True, slots=True)
class Header:
    """A container, read and bounded.

    width, height: pixels of the canvas, before orientation.
    pictures: in order of showing. drawn: they share one canvas, each drawn on the last.
    hidden: a still that only viewers without animation show, looked up first.
    inner: sizes of tiles and planes that are decoded to show the pictures.
    cut: the container ends early; what is listed came before the end.
    """

    format: Format
    width: int
    height: int
    pictures: tuple[Picture, ...]
    drawn: bool = False
    hidden: Picture | None = None
    inner: tuple[tuple[int, int], ...] = ()
    cut: bool = False
