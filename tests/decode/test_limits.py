"""Limits hold before anything is allocated, and no upload takes long."""

from __future__ import annotations

import contextlib
import struct
import time
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from PIL import Image

from hashguard.decode import DecodeLimits, decode
from hashguard.errors import CorruptError, DecodeError, OverLimitError
from tests.decode.samples import (
    DATA,
    animation,
    box,
    chunk,
    gif,
    gif_dot,
    heif,
    photo,
    png,
    saved,
    tiff,
)
from tests.timing import fastest

LIMITS = DecodeLimits()
SIDE = 60_000
SECONDS = 2.0  # of processor time, for any upload at the default limits


def jpeg(side: int) -> bytes:
    sof = b"\xff\xc0\0\x0b\x08" + struct.pack(">HH", side, side) + b"\1\1\x11\0"
    return b"\xff\xd8" + sof + b"\xff\xda\0\x08\1\1\0\0\x3f\0" + b"\xff\xd9"


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(n + struct.pack("<I", len(b)) + b + b"\0" * (len(b) & 1) for n, b in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def three(value: int) -> bytes:
    return value.to_bytes(3, "little")


BOMBS = {
    "JPEG": jpeg(SIDE),
    "PNG": png(SIDE, SIDE, chunk(b"IDAT", b"")),
    "APNG frame": png(
        SIDE,
        SIDE,
        chunk(b"acTL", struct.pack(">II", 1, 0)),
        chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, SIDE, SIDE, 0, 0, 1, 1, 0, 0)),
        chunk(b"fdAT", b"\0\0\0\1"),
    ),
    "GIF": gif(SIDE, SIDE, gif_dot()),
    "GIF frame": gif(1, 1, gif_dot(SIDE, SIDE)),
    "GIF second frame": gif(1, 1, gif_dot(), gif_dot(SIDE, SIDE)),
    "BMP": b"BM" + bytes(12) + struct.pack("<IiiHHIIIIII", 40, SIDE, -SIDE, 1, 24, *([0] * 6)),
    "TIFF": tiff({256: (SIDE,), 257: (SIDE,), 273: (8,), 279: (1,)}),
    "TIFF tiles": tiff({256: (9,), 257: (9,), 322: (SIDE,), 323: (SIDE,), 324: (8,), 325: (1,)}),
    "WebP VP8X": riff(
        (b"VP8X", b"\x10\0\0\0" + three(16382) * 2), (b"VP8L", b"\x2f\xfe\xbf\xff\x0f")
    ),
    "WebP VP8": riff((b"VP8 ", b"\0\0\0\x9d\1\x2a" + struct.pack("<HH", 16383, 16383))),
    "WebP VP8L": riff((b"VP8L", b"\x2f" + struct.pack("<I", 0x0FFFFFFF))),
    "AVIF": heif(b"avif", b"av01", SIDE, SIDE),
    "AVIF grid": heif(b"avif", b"grid", 64, 64, struct.pack(">BBBBII", 0, 1, 0, 0, SIDE, SIDE)),
    "HEIC grid": heif(b"heic", b"grid", 64, 64, struct.pack(">BBBBII", 0, 1, 0, 0, SIDE, SIDE)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_file_that_declares_a_huge_picture_is_refused_at_once(name: str) -> None:
    """Under 10 ms and a few MB, whatever the format and wherever the size stands."""
    data = BOMBS[name]
    assert len(data) < 300
    with pytest.raises(DecodeError):
        decode(data, LIMITS)  # modules are loaded, caches are warm

    def refused() -> None:
        with pytest.raises((OverLimitError, CorruptError)) as caught:
            decode(data, LIMITS)
        assert isinstance(caught.value, OverLimitError) or name == "TIFF tiles"

    tracemalloc.start()
    refused()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20
    assert fastest(refused, under=0.010, clock=time.perf_counter) < 0.010


def test_the_av1_stream_is_asked_not_only_its_box() -> None:
    """A box of 64 x 64 around a sequence header of 16384 x 16384."""
    bits = "000" + "1" + "1" + "00000" + f"{13:04b}" * 2 + f"{16383:014b}" * 2
    sequence = int(bits.ljust(64, "0"), 2).to_bytes(8)
    payload = bytes([1 << 3 | 2, len(sequence)]) + sequence
    with pytest.raises(OverLimitError, match="16384 x 16384"):
        decode(heif(b"avif", b"av01", 64, 64, payload), LIMITS)


def test_a_heic_whose_boxes_contradict_its_stream_is_corrupt() -> None:
    """Depths that differ made pi_heif 1.4 write past its buffer."""
    good = (DATA / "grey.heic").read_bytes()
    at = good.find(b"hvcC") + 4 + 17
    with pytest.raises(CorruptError, match="contradicts"):
        decode(good[:at] + b"\xff" + good[at + 1 :], LIMITS)
    at = good.find(b"ispe") + 4 + 4
    with pytest.raises(CorruptError, match="contradicts"):
        decode(good[:at] + struct.pack(">II", 161, 120) + good[at + 8 :], LIMITS)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF"])
def test_bytes_and_pixels_are_inclusive(kind: str) -> None:
    """At the limit a file passes; one below, it does not."""
    data = saved(photo(64, 48), kind)
    list(decode(data, DecodeLimits(bytes=len(data), pixels=64 * 48)).frames)
    with pytest.raises(OverLimitError, match="bytes"):
        decode(data, DecodeLimits(bytes=len(data) - 1))
    with pytest.raises(OverLimitError, match="64 x 48"):
        decode(data, DecodeLimits(pixels=64 * 48 - 1))


def test_work_is_limited_too() -> None:
    """A picture within the pixels but over the work."""
    with pytest.raises(OverLimitError, match="costs more"):
        decode(saved(photo(), "PNG"), DecodeLimits(total_pixels=1000))


@pytest.mark.parametrize("field", ["bytes", "pixels", "total_pixels", "frames"])
def test_limits_below_one_are_a_mistake(field: str) -> None:
    """The caller's."""
    with pytest.raises(ValueError, match=field):
        DecodeLimits(**{field: 0})  # type: ignore[arg-type]


def test_a_50_megapixel_phone_picture_passes() -> None:
    """8160 x 6120, progressive and not; only the header is read here."""
    image = Image.new("L", (8160, 6120), 90)
    for progressive in (False, True):
        data = saved(image, "JPEG", progressive=progressive)
        assert decode(data + bytes(12 * 2**20), LIMITS).frame_count == 1


def scans(count: int) -> bytes:
    data = saved(photo(1200, 900), "JPEG", progressive=True)
    last = data.rfind(b"\xff\xda")
    return data[:-2] + data[last:-2] * count + b"\xff\xd9"


def rle(width: int, height: int, codes: bytes) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(codes), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 1078) + head + b"\1\2\3\0" * 256 + codes


def slow() -> Iterator[tuple[str, bytes]]:
    """Built by hand to keep a decoder busy; all are within the default bytes."""
    small = saved(photo(64, 48), "JPEG")
    yield "JPEG: scans without end", scans(30)
    yield "JPEG: 1,000,000 tiny scans", scans(20_000)
    yield "JPEG: empty segments", small[:2] + b"\xff\xfe\0\2" * 2**20 + small[2:]
    yield "JPEG: fill bytes", small[:2] + b"\xff" * 2**24 + small[2:]
    plain = saved(photo(64, 48), "PNG")
    yield "PNG: empty chunks", plain[:33] + chunk(b"teXt", b"") * 2**20 + plain[33:]
    text = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**24)))
    yield "PNG: text that inflates", plain[:33] + text * 200 + plain[33:]
    row = zlib.compress(bytes(2**27), 9)
    yield "PNG: more rows than declared", png(64, 48, chunk(b"IDAT", row))
    yield "GIF: blocks of one byte", gif(9, 9, b",\0\0\0\0\1\0\1\0\0\2" + b"\1\0" * 2**22 + b"\0")
    yield "GIF: empty extensions", gif(9, 9, b"!\xfe\0" * 2**22)
    yield "GIF: 5,000 frames", gif(500, 500, gif_dot() * 5_000)
    yield "GIF: 100,000 frames", gif(9, 9, gif_dot() * 100_000)
    yield "BMP: run lengths of one", rle(2000, 2000, b"\1\5" * 2**22)
    yield "BMP: empty rows", rle(1500, 1500, b"\1\5\0\0" * 1500)
    page = tiff({256: (9,), 257: (9,), 273: (8,), 279: (81,)}, bytes(81))
    yield "TIFF: a page that follows itself", page[:-4] + struct.pack("<I", 89)
    strips = tiff(
        {256: (9,), 257: (999,), 259: (8,), 273: (8,) * 999, 279: (2**20,) * 999, 278: (1,)},
        bytes(2**20),
    )
    yield "TIFF: all strips the whole file", strips
    yield "AVIF: boxes without end", box(b"ftyp", b"avif", bytes(4)) + box(b"free") * 2**20


@pytest.mark.parametrize(("name", "data"), [pytest.param(n, d, id=n) for n, d in slow()])
def test_no_upload_takes_long(name: str, data: bytes) -> None:
    """Nor more processor time than is promised, at the defaults."""

    def taken() -> None:
        with contextlib.suppress(DecodeError):
            for _ in decode(data, LIMITS).frames:
                pass

    assert fastest(taken, under=SECONDS) < SECONDS, name


def test_a_tiff_whose_pages_run_in_a_circle_ends() -> None:
    """Each page is seen once."""
    page = tiff({256: (9,), 257: (9,), 258: (8,), 273: (8,), 279: (81,)}, bytes(81), following=89)
    assert decode(page, LIMITS).frame_count == 1


def test_tiff_tags_that_claim_a_huge_count_are_not_read() -> None:
    """A count of four billion in a file of 200 bytes."""
    page = bytearray(tiff({256: (9,), 257: (9,), 258: (8,), 273: (8,), 279: (81,)}, bytes(81)))
    at = page.find(struct.pack("<HHI", 273, 4, 1))
    page[at + 4 : at + 8] = b"\xff\xff\xff\xff"
    with pytest.raises(DecodeError):
        list(decode(bytes(page), LIMITS).frames)


def test_no_setting_of_pillow_is_touched() -> None:
    """Another library in the process may have its own."""
    from PIL import ImageFile

    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(Image.ID))
    for kind in ("JPEG", "PNG", "GIF", "TIFF", "WEBP"):
        list(decode(animation(kind, 3) if kind != "JPEG" else saved(photo(), kind), LIMITS).frames)
    assert (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(Image.ID)) == before


def test_pillows_own_pixel_limit_does_not_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that lowered it for its own uses gets neither a warning nor an error from us."""
    files = [saved(photo(), kind) for kind in ("JPEG", "BMP", "TIFF", "WEBP", "AVIF")]
    files += [animation(kind, 3) for kind in ("GIF", "PNG", "WEBP")]
    files += [saved(photo().convert("LA"), "PNG"), (DATA / "alpha.heic").read_bytes()]
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    for data in files:
        list(decode(data, LIMITS).frames)
