"""The directories of a TIFF or BigTIFF, page by page.

Each page gets a directory of its own that holds only the tags its pixels need, so that
nothing else in the file reaches the decoder.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from hashguard.decode import work
from hashguard.decode.header import Header, Picture, TiffSource
from hashguard.decode.limits import Format
from hashguard.errors import CorruptError, OverLimitError, UnsupportedError

_MAX_PAGES = 4096
_MAX_ENTRIES = 1024  # of one directory; real ones hold under 100
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_SIZES |= {16: 8, 17: 8, 18: 8}
_FORMATS = {1: "B", 3: "H", 4: "I", 16: "Q"}

_WIDTH, _HEIGHT, _BITS, _COMPRESSION = 256, 257, 258, 259
_STRIP_OFFSETS, _ORIENTATION, _SAMPLES, _STRIP_BYTES = 273, 274, 277, 279
_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_BYTES = 322, 323, 324, 325

# Layout, colour and codec. Pictures have no use for any other tag.
_KEPT = frozenset(
    {_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _STRIP_OFFSETS, _SAMPLES, _STRIP_BYTES}
    | {262, 266, 278, 284, 292, 293, 317, 320, 338, 339, 347, 529, 530, 531, 532}
    | {_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_BYTES}
)
_MAX_VALUES = 2**16  # of a kept tag that is not a list of strips or tiles: a 16-bit palette

# Nanoseconds for each unpacked byte, by compression; measured, see work.py.
_CODECS = {
    1: 1,  # none
    2: 20,  # CCITT modified Huffman: a byte is eight pixels
    3: 20,  # CCITT group 3
    4: 20,  # CCITT group 4
    5: 8,  # LZW
    7: 14,  # JPEG
    8: 10,  # deflate
    32773: 3,  # PackBits
    32946: 10,  # deflate, the older number
    50000: 6,  # zstd
}


@dataclass(frozen=True, slots=True)
class _File:
    """The byte order and word size of a file, and how to read its directories."""

    data: bytes
    order: str
    big: bool

    @property
    def entry(self) -> struct.Struct:
        """Tag, type, count and the value or where it stands."""
        return struct.Struct(self.order + ("HHQ8s" if self.big else "HHI4s"))

    @property
    def word(self) -> struct.Struct:
        """An offset."""
        return struct.Struct(self.order + ("Q" if self.big else "I"))

    @property
    def count(self) -> struct.Struct:
        """The number of entries of a directory."""
        return struct.Struct(self.order + ("Q" if self.big else "H"))


@dataclass(frozen=True, slots=True)
class _Entry:
    """One tag of a directory: its raw twelve or twenty bytes, and where its values stand."""

    raw: bytes
    kind: int
    values: int
    at: int


def walk(data: bytes) -> Header:
    """Read the pages of a TIFF. Raises DecodeError."""
    file = _File(data, "<" if data[:2] == b"II" else ">", 43 in data[2:4])
    try:
        (at,) = file.word.unpack_from(data, 8 if file.big else 4)
    except struct.error:
        raise CorruptError("the TIFF ends before its first page") from None
    pages: list[Picture] = []
    seen: set[int] = set()
    cut = False
    while at and at not in seen:
        seen.add(at)
        if len(seen) > _MAX_PAGES:
            raise OverLimitError(f"the TIFF has more than {_MAX_PAGES} pages")
        try:
            page, at = _page(file, at)
        except (CorruptError, UnsupportedError):
            # A first page that fails is the upload's failure; a later one ends the list.
            if not pages:
                raise
            cut = True
            break
        pages.append(page)
    if not pages:
        raise CorruptError("the TIFF has no page")
    return Header(Format.TIFF, pages[0].width, pages[0].height, tuple(pages), cut=cut)


def _page(file: _File, at: int) -> tuple[Picture, int]:
    """The page whose directory stands at `at`, and where the next one stands (0: nowhere)."""
    try:
        (count,) = file.count.unpack_from(file.data, at)
        start = at + file.count.size
        if count > _MAX_ENTRIES:
            raise CorruptError(f"a TIFF page of {count} tags")
        end = start + count * file.entry.size
        entries = {}
        for position in range(start, end, file.entry.size):
            tag, entry = _entry(file, position)
            if entry is not None and tag not in entries:
                entries[tag] = entry
        following = file.word.unpack_from(file.data, end)[0] if end < len(file.data) else 0
    except (struct.error, OverflowError):
        raise CorruptError("a TIFF page lies outside the file") from None
    return _picture(file, entries), following


def _entry(file: _File, position: int) -> tuple[int, _Entry | None]:
    """One tag; None if its values lie outside the file."""
    tag, kind, values, _ = file.entry.unpack_from(file.data, position)
    size = _SIZES.get(kind, 0) * values
    at = position + 4 + file.word.size
    if size > file.word.size:
        (at,) = file.word.unpack_from(file.data, at)
    if not size or at + size > len(file.data):
        return tag, None
    raw = file.data[position : position + file.entry.size]
    return tag, _Entry(raw, kind, values, at)


def _numbers(file: _File, entry: _Entry | None, default: int) -> tuple[int, ...]:
    """The values of a tag of whole numbers, or the default."""
    letter = _FORMATS.get(entry.kind) if entry is not None else None
    if entry is None or letter is None:
        return (default,)
    return struct.unpack_from(f"{file.order}{entry.values}{letter}", file.data, entry.at)


def _picture(file: _File, entries: dict[int, _Entry]) -> Picture:
    def number(tag: int, default: int) -> int:
        return _numbers(file, entries.get(tag), default)[0]

    width, height = number(_WIDTH, 0), number(_HEIGHT, 0)
    if not (width and height):
        raise CorruptError("a TIFF page does not state its size")
    compression = number(_COMPRESSION, 1)
    if compression not in _CODECS:
        raise UnsupportedError(f"a TIFF packed by method {compression}")
    kept = {tag: entry for tag, entry in entries.items() if tag in _KEPT}
    tiled = _TILE_OFFSETS in kept
    sizes = kept.get(_TILE_BYTES if tiled else _STRIP_BYTES)
    packed = len(file.data) if sizes is None else sum(_numbers(file, sizes, 0))
    for tag, entry in kept.items():
        lists = {_STRIP_OFFSETS, _STRIP_BYTES, _TILE_OFFSETS, _TILE_BYTES}
        most = 8 * height * max(1, width // 16) if tag in lists else _MAX_VALUES
        if entry.values > most:
            raise CorruptError(f"TIFF tag {tag} has {entry.values} values")
    raw = _raw_bytes(file, kept, width, height, tiled)
    turn = number(_ORIENTATION, 1)
    return Picture(
        TiffSource(file.data, file.order == ">", file.big, tiled, _directory(file, kept)),
        width,
        height,
        work.tiff(width * height, raw, _CODECS[compression], packed + len(file.data)),
        orientation=turn if 1 <= turn <= 8 else 1,
    )


def _raw_bytes(file: _File, kept: dict[int, _Entry], width: int, height: int, tiled: bool) -> int:
    """Bytes of all strips or tiles once unpacked, edges of tiles included."""
    samples = _numbers(file, kept.get(_SAMPLES), 1)[0]
    bits = max(_numbers(file, kept.get(_BITS), 1))
    if samples > 8 or bits > 64:
        raise UnsupportedError(f"a TIFF of {samples} samples of {bits} bits")
    if tiled:
        across = _numbers(file, kept.get(_TILE_WIDTH), 0)[0]
        down = _numbers(file, kept.get(_TILE_HEIGHT), 0)[0]
        if not (0 < across <= 2 * width + 1024 and 0 < down <= 2 * height + 1024):
            raise CorruptError(f"a TIFF page with tiles of {across} x {down}")
        width = -(-width // across) * across
        height = -(-height // down) * down
    return (width * bits * samples + 7) // 8 * height


def _directory(file: _File, kept: dict[int, _Entry]) -> bytes:
    """A directory of the kept tags alone, with no page after it."""
    entries = [kept[tag].raw for tag in sorted(kept)]
    # A value inside the entry travels with it; one elsewhere is still where it was.
    return file.count.pack(len(entries)) + b"".join(entries) + file.word.pack(0)
