"""The boxes of an AVIF or HEIC file: items, sizes, frames, orientation.

Only the primary picture, its tiles and its alpha plane count, or for an AVIF sequence
its frames. What each of them really holds is asked of its stream (coded.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from hashguard.decode import coded, work
from hashguard.decode.header import AvifSource, Header, HeicSource, Picture
from hashguard.decode.limits import Format
from hashguard.errors import CorruptError, OverLimitError, UnsupportedError

_MAX_BOXES = 2**14
_MAX_ITEMS = 2**12  # a 50-megapixel phone picture has under 500 tiles
_MAX_FRAMES = 2**14
_MAX_DEPTH = 8
_PLAIN = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"iprp"})

_ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1")

Size = tuple[int, int]


@dataclass(slots=True)
class _Item:
    """One item of the file: what it is, where its bytes stand, what is said of it."""

    kind: bytes = b""
    extents: list[tuple[bool, int, int]] = field(default_factory=list)  # in idat, at, length
    properties: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Seen:
    """What the boxes said."""

    data: memoryview
    items: dict[int, _Item] = field(default_factory=dict)
    properties: list[tuple[bytes, memoryview]] = field(default_factory=list)
    tiles: dict[int, list[int]] = field(default_factory=dict)
    auxiliary: dict[int, list[int]] = field(default_factory=dict)
    primary: int = 0
    idat: memoryview = field(default_factory=lambda: memoryview(b""))
    tracks: list[Size] = field(default_factory=list)
    depths: set[int] = field(default_factory=set)
    frames: int = 0
    boxes: int = 0


def walk_avif(data: bytes) -> Header:
    """Read the header of an AVIF file or sequence. Raises DecodeError."""
    seen = _read(data)
    # As libavif does: only the brand decides whether the tracks or the still are shown.
    if data[8:12] == b"avis" and seen.frames:
        size = max(seen.tracks, key=_area, default=(0, 0))
        _check(size)
        one = work.avif(_area(size), len(data) // seen.frames)
        frames = tuple(Picture(AvifSource(data, n), *size, one) for n in range(seen.frames))
        return Header(Format.AVIF, *size, frames)
    size, inner = _primary(seen, {b"av01"})
    picture = Picture(
        AvifSource(data, 0),
        *size,
        work.avif(sum(map(_area, inner)), len(data)),
        orientation=_orientation(seen),
    )
    return Header(Format.AVIF, *size, (picture,), inner=inner)


def walk_heic(data: bytes) -> Header:
    """Read the header of a HEIC file. Raises DecodeError."""
    seen = _read(data)
    size, inner = _primary(seen, {b"hvc1", b"hev1"})
    # libheif turns and mirrors what it hands out.
    shown = size[::-1] if _orientation(seen) >= 5 else size
    picture = Picture(HeicSource(data), *shown, work.heic(sum(map(_area, inner)), len(data)))
    return Header(Format.HEIC, *shown, (picture,), inner=inner)


def _area(size: Size) -> int:
    return size[0] * size[1]


def _check(size: Size) -> None:
    if not _area(size):
        raise CorruptError("the file does not state its size")


def _read(data: bytes) -> _Seen:
    seen = _Seen(memoryview(data))
    try:
        _walk(seen, seen.data, 0)
    except IndexError:
        raise CorruptError("a box of the file ends before its contents") from None
    return seen


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
            raise CorruptError("the file is cut short; viewers show nothing of it")
        yield bytes(view[at + 4 : at + 8]), view[at + head : at + size]
        at += size


def _walk(seen: _Seen, view: memoryview, depth: int) -> None:
    for name, body in _boxes(seen, view):
        if name in _PLAIN and depth < _MAX_DEPTH:
            _walk(seen, body, depth + 1)
        elif name == b"meta" and depth == 0:
            _walk(seen, body[4:], depth + 1)
        elif (take := _TAKES.get(name)) is not None:
            take(seen, body)


class _Fields:
    """Whole numbers one after the other; IndexError at the end."""

    def __init__(self, view: memoryview) -> None:
        self._view = view
        self.at = 0

    def take(self, size: int) -> int:
        if self.at + size > len(self._view):
            raise IndexError
        self.at += size
        return int.from_bytes(self._view[self.at - size : self.at])


def _item(seen: _Seen, number: int) -> _Item:
    if number not in seen.items and len(seen.items) >= _MAX_ITEMS:
        raise OverLimitError(f"the file has more than {_MAX_ITEMS} items")
    return seen.items.setdefault(number, _Item())


def _properties(seen: _Seen, body: memoryview) -> None:
    seen.properties = list(_boxes(seen, body))


def _primary_number(seen: _Seen, body: memoryview) -> None:
    seen.primary = int.from_bytes(body[4:6] if body[0] == 0 else body[4:8])


def _data_box(seen: _Seen, body: memoryview) -> None:
    seen.idat = body


def _track_size(seen: _Seen, body: memoryview) -> None:
    seen.tracks.append((int.from_bytes(body[40:42]), int.from_bytes(body[42:44])))


def _frame_count(seen: _Seen, body: memoryview) -> None:
    seen.frames = max(seen.frames, int.from_bytes(body[8:12]))
    if seen.frames > _MAX_FRAMES:
        raise OverLimitError(f"the file has more than {_MAX_FRAMES} frames")


def _items(seen: _Seen, body: memoryview) -> None:
    for name, entry in _boxes(seen, body[6 if body[0] == 0 else 8 :]):
        if name == b"infe" and entry[0] in {2, 3}:
            wide = 2 * (entry[0] - 1)
            number = int.from_bytes(entry[4 : 4 + wide])
            _item(seen, number).kind = bytes(entry[6 + wide : 10 + wide])


def _locations(seen: _Seen, body: memoryview) -> None:
    fields = _Fields(body)
    version = fields.take(4) >> 24
    sizes = fields.take(2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    wide = 4 if version == 2 else 2
    for _ in range(fields.take(wide)):
        item = _item(seen, fields.take(wide))
        in_idat = bool(version and fields.take(2) & 15)
        fields.take(2)
        base = fields.take(base_size)
        for _ in range(fields.take(2)):
            fields.take(index_size)
            item.extents.append(
                (in_idat, base + fields.take(offset_size), fields.take(length_size))
            )


def _references(seen: _Seen, body: memoryview) -> None:
    wide = 4 if body[0] else 2
    for name, entry in _boxes(seen, body[4:]):
        fields = _Fields(entry)
        source = fields.take(wide)
        targets = [fields.take(wide) for _ in range(fields.take(2))]
        if name == b"dimg":
            seen.tiles[source] = targets
        elif name == b"auxl":
            for target in targets:
                seen.auxiliary.setdefault(target, []).append(source)


def _associations(seen: _Seen, body: memoryview) -> None:
    fields = _Fields(body)
    head = fields.take(4)
    wide, long = (4 if head >> 24 else 2), head & 1
    for _ in range(fields.take(4)):
        item = _item(seen, fields.take(wide))
        for _ in range(fields.take(1)):
            value = fields.take(2) & 0x7FFF if long else fields.take(1) & 0x7F
            item.properties.append(value - 1)


_TAKES: dict[bytes, Callable[[_Seen, memoryview], None]] = {
    b"ipco": _properties,
    b"pitm": _primary_number,
    b"iinf": _items,
    b"iloc": _locations,
    b"iref": _references,
    b"ipma": _associations,
    b"idat": _data_box,
    b"stsd": _track_size,
    b"stsz": _frame_count,
}


def _named(seen: _Seen, number: int, name: bytes) -> list[memoryview]:
    """The properties of that name which an item has."""
    item = seen.items.get(number, _Item())
    properties = [seen.properties[n] for n in item.properties if 0 <= n < len(seen.properties)]
    return [body for kind, body in properties if kind == name]


def _payload(seen: _Seen, number: int) -> memoryview:
    """The bytes of an item; a length of 0 means to the end."""
    parts = []
    for in_idat, at, length in seen.items.get(number, _Item()).extents:
        whole = seen.idat if in_idat else seen.data
        parts.append(whole[at : at + length] if length else whole[at:])
    if sum(map(len, parts)) > len(seen.data):
        raise CorruptError("an item of the file is longer than the file")
    return parts[0] if len(parts) == 1 else memoryview(b"".join(parts))


def _stated(seen: _Seen, number: int) -> Size:
    for body in _named(seen, number, b"ispe")[:1]:
        return int.from_bytes(body[4:8]), int.from_bytes(body[8:12])
    return 0, 0


def _orientation(seen: _Seen) -> int:
    """EXIF orientation that says the same as irot (anticlockwise), then imir."""
    turns = next((b[0] & 3 for b in _named(seen, seen.primary, b"irot") if len(b)), 0)
    mirror = next((b[0] & 1 for b in _named(seen, seen.primary, b"imir") if len(b)), None)
    if mirror is None:
        return (1, 8, 3, 6)[turns]
    return ((4, 5, 2, 7), (2, 7, 4, 5))[mirror][turns]


def _primary(seen: _Seen, kinds: set[bytes]) -> tuple[Size, tuple[Size, ...]]:
    """The size of the primary picture, and of everything that is decoded to show it."""
    size = _stated(seen, seen.primary)
    _check(size)
    inner = list(_picture_sizes(seen, seen.primary, kinds))
    for number in seen.auxiliary.get(seen.primary, ()):
        if any(bytes(body[4:]).startswith(_ALPHA) for body in _named(seen, number, b"auxC")):
            inner += _picture_sizes(seen, number, kinds)
    return size, tuple(inner)


def _picture_sizes(seen: _Seen, number: int, kinds: set[bytes]) -> Iterator[Size]:
    """Sizes of one picture's coded parts, and of the canvas of a grid."""
    kind = seen.items.get(number, _Item()).kind
    if kind in kinds:
        yield _coded(seen, number)
        return
    if kind != b"grid":
        raise UnsupportedError("a picture that is neither coded nor a grid of coded tiles")
    yield _canvas(_payload(seen, number))
    sizes: dict[int, Size] = {}
    for tile in seen.tiles.get(number, ()):
        if seen.items.get(tile, _Item()).kind not in kinds:
            raise UnsupportedError("a grid of tiles that are not coded pictures")
        if tile not in sizes:
            sizes[tile] = _coded(seen, tile)
        yield sizes[tile]


def _canvas(grid: memoryview) -> Size:
    if len(grid) < 8:
        raise CorruptError("a grid does not state its size")
    wide = 4 if grid[1] & 1 else 2
    return int.from_bytes(grid[4 : 4 + wide]), int.from_bytes(grid[4 + wide : 4 + 2 * wide])


def _coded(seen: _Seen, number: int) -> Size:
    """The size that a coded item's decoder allocates."""
    stated = _stated(seen, number)
    if seen.items[number].kind == b"av01":
        return max([stated, *coded.av1_sizes(_payload(seen, number))], key=_area)
    configs = _named(seen, number, b"hvcC")
    if len(configs) != 1 or len(configs[0]) < 23:
        raise CorruptError("a picture of the HEIC has not one configuration")
    config = configs[0]
    frames = {
        *coded.hevc_config_frames(config),
        *coded.hevc_stream_frames(_payload(seen, number), (config[21] & 3) + 1),
    }
    chroma, luma_bits, chroma_bits = config[16] & 3, (config[17] & 7) + 8, (config[18] & 7) + 8
    # pi_heif 1.4 sizes its buffer by the box and fills it by the stream: where the two
    # differ it writes past the end. All that are decoded together must agree, too.
    if len(frames) != 1:
        raise CorruptError("a picture of the HEIC has not one set of parameters")
    frame = frames.pop()
    said = (frame.shown, frame.chroma, frame.luma_bits, frame.chroma_bits)
    if said != (stated, chroma, luma_bits, chroma_bits) or luma_bits != chroma_bits:
        raise CorruptError("the HEIC contradicts its own stream")
    seen.depths.add(luma_bits)
    if len(seen.depths) > 1:
        raise CorruptError("the HEIC mixes depths")
    return frame.coded
