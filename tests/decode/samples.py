"""Small pictures in every mode and container, made on the spot."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from PIL import Image

Array = NDArray[Any]

PHOTO = Path(__file__).parents[2] / "fixtures" / "photos" / "coffee.png"
DATA = Path(__file__).parent / "data"


def photo(width: int = 160, height: int = 120) -> Image.Image:
    """A photograph, RGB."""
    with Image.open(PHOTO) as image:
        return image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def frames(count: int, width: int = 40, height: int = 30) -> list[Image.Image]:
    """Plain pictures, each of a grey of its own."""
    return [Image.new("RGB", (width, height), (n * 255 // count,) * 3) for n in range(count)]


def animation(kind: str, count: int, **options: Any) -> bytes:
    """`frames(count)` as one file."""
    first, *rest = frames(count)
    return saved(first, kind, save_all=True, append_images=rest, **options)


def turn_tag(value: int, order: str = "<") -> bytes:
    """An EXIF block with nothing but an orientation."""
    magic = b"II*\0" if order == "<" else b"MM\0*"
    return magic + struct.pack(order + "IHHHIHHI", 8, 1, 274, 3, 1, value, 0, 0)


def chunk(name: bytes, body: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *chunks: bytes, bits: int = 8, colour: int = 2) -> bytes:
    """A PNG of these chunks after its IHDR."""
    ihdr = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    body = b"".join(chunks)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr) + body + chunk(b"IEND", b"")


def gif(width: int, height: int, *blocks: bytes) -> bytes:
    """A GIF with black and white as its palette and these blocks."""
    head = struct.pack("<HHBBB", width, height, 0x80, 0, 0)
    return b"GIF89a" + head + b"\0\0\0\xff\xff\xff" + b"".join(blocks) + b";"


def gif_dot(width: int = 1, height: int = 1) -> bytes:
    """An image block of that size that holds one white pixel."""
    return b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\2\2\x4c\1\0"


def tiff(tags: dict[int, tuple[int, ...]], body: bytes = b"", following: int = 0) -> bytes:
    """A little-endian TIFF of LONG tags; the body stands at byte 8."""
    at = 8 + len(body)
    extra = at + 2 + 12 * len(tags) + 4
    entries, tail = b"", b""
    for tag, values in sorted(tags.items()):
        packed = struct.pack(f"<{len(values)}I", *values)
        value = packed if len(values) == 1 else struct.pack("<I", extra + len(tail))
        tail += packed if len(values) > 1 else b""
        entries += struct.pack("<HHI", tag, 4, len(values)) + value
    head = b"II*\0" + struct.pack("<I", at)
    return (
        head + body + struct.pack("<H", len(tags)) + entries + struct.pack("<I", following) + tail
    )


def box(name: bytes, *bodies: bytes) -> bytes:
    """One box of an AVIF or HEIC."""
    body = b"".join(bodies)
    return struct.pack(">I", 8 + len(body)) + name + body


def heif(brand: bytes, kind: bytes, width: int, height: int, payload: bytes = b"") -> bytes:
    """A file of one item of that kind and size, its payload in `idat`."""
    ispe = box(b"ispe", struct.pack(">III", 0, width, height))
    ftyp = box(b"ftyp", brand, b"\0\0\0\0", brand, b"mif1")
    return ftyp + box(
        b"meta",
        b"\0\0\0\0",
        box(b"pitm", b"\0\0\0\0\0\1"),
        box(b"iinf", b"\0\0\0\0\0\1", box(b"infe", b"\2\0\0\0\0\1\0\0" + kind + b"\0")),
        box(b"iloc", struct.pack(">IHHHHHHII", 1 << 24, 0x4400, 1, 1, 1, 0, 1, 0, len(payload))),
        box(b"iprp", box(b"ipco", ispe), box(b"ipma", b"\0\0\0\0\0\0\0\1\0\1\1\1")),
        box(b"idat", payload),
    )
