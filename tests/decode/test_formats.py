"""What is shown for each format, mode, transparency and orientation."""

from __future__ import annotations

import gc
import subprocess
import sys
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from hashguard.decode import Decoded, DecodeLimits, Format, Frame, decode
from hashguard.decode.arrow import blank, samples
from hashguard.errors import UnsupportedError
from tests.decode.samples import DATA, Array, box, chunk, photo, png, saved, turn_tag

LIMITS = DecodeLimits()


def only(data: bytes) -> Frame:
    frames = list(decode(data, LIMITS).frames)
    assert len(frames) == 1
    return frames[0]


def distance(one: Array, other: Array) -> int:
    assert one.shape == other.shape
    return int(np.abs(one.astype(int) - other).max())


def rgb(image: Image.Image) -> Array:
    return np.asarray(image.convert("RGB"))


LOSSLESS: list[tuple[str, dict[str, Any]]] = [
    ("PNG", {}),
    ("BMP", {}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ("TIFF", {"compression": "packbits"}),
    ("TIFF", {"compression": "zstd"}),
    ("TIFF", {"big_tiff": True}),
    ("WEBP", {"lossless": True}),
]


@pytest.mark.parametrize(("kind", "options"), LOSSLESS)
def test_a_photograph_leaves_every_lossless_container_unchanged(
    kind: str, options: dict[str, Any]
) -> None:
    """RGB in, the same RGB out."""
    image = photo()
    assert distance(only(saved(image, kind, **options)).pixels, rgb(image)) == 0


MODES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "1": lambda image: image.convert("1"),
    "L": lambda image: image.convert("L"),
    "LA": lambda image: image.convert("LA"),
    "P": lambda image: image.quantize(200),
    "P grey": lambda image: image.convert("L").quantize(16),
    "PA": lambda image: image.convert("P").convert("PA"),
    "RGBA": lambda image: image.convert("RGBA"),
    "CMYK": lambda image: image.convert("CMYK"),
    "YCbCr": lambda image: image.convert("YCbCr"),
    "I;16": lambda image: Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257),
    "I": lambda image: image.convert("I"),
    "F": lambda image: image.convert("F"),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "GIF"])
def test_every_mode_shows_the_same_picture_as_its_8_bit_conversion(mode: str, kind: str) -> None:
    """Modes that a container cannot hold are left out; the rest agree to a grey level."""
    image = MODES[mode](photo())
    if (kind, mode) not in {
        *(("PNG", m) for m in ("1", "L", "LA", "P", "P grey", "RGBA", "I;16")),
        *(("TIFF", m) for m in MODES),
        *(("BMP", m) for m in ("1", "L", "P", "P grey", "RGBA")),
        *(("GIF", m) for m in ("1", "L", "P", "P grey")),
    }:
        return
    pixels = only(saved(image, kind)).pixels
    eight = photo().convert("L") if mode in {"I;16", "I", "F"} else image
    grey = mode in {"1", "L", "LA", "P grey", "I;16", "I", "F"}
    expected = np.asarray(eight.convert("L")) if grey else rgb(eight)
    assert distance(pixels, expected) <= 1


def test_lab_tiffs_show_their_colours() -> None:
    """LAB goes through a colour transform: to within its rounding."""
    lab = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
    )
    image = ImageCms.applyTransform(photo(), lab)
    assert image is not None
    pixels = only(saved(image, "TIFF")).pixels
    assert np.abs(pixels.astype(int) - rgb(photo())).mean() < 3


@pytest.mark.parametrize("mode", ["L", "RGB", "RGB;adobe"])
def test_jpegs_give_their_luma_at_full_size(mode: str) -> None:
    """Grey, YCbCr and RGB JPEGs: one channel, close to the grey of the photograph."""
    image = photo(331, 217)
    options: dict[str, Any] = {"keep_rgb": True} if mode == "RGB;adobe" else {}
    pixels = only(saved(image.convert(mode[:3].strip(";")), "JPEG", quality=95, **options)).pixels
    assert pixels.shape == (217, 331)
    assert np.abs(pixels.astype(int) - np.asarray(image.convert("L"))).mean() < 3


def test_cmyk_jpegs_are_taken_as_inverted_with_and_without_adobes_word() -> None:
    """As browsers do; a file of ours with the marker removed shows the same."""
    data = saved(photo().convert("CMYK"), "JPEG", quality=95)
    at = data.find(b"Adobe") - 4
    bare = data[:at] + data[at + 16 :]
    shown = only(data).pixels
    assert np.abs(shown.astype(int) - rgb(photo())).mean() < 3
    assert distance(only(bare).pixels, shown) == 0


def test_avif_and_webp_come_close() -> None:
    """Lossy: the same picture."""
    for kind, quality in (("AVIF", 90), ("WEBP", 95)):
        pixels = only(saved(photo(), kind, quality=quality)).pixels
        assert np.abs(pixels.astype(int) - rgb(photo())).mean() < 4


@pytest.mark.parametrize("name", ["plain", "grey", "alpha"])
def test_heic_decodes_with_the_extra(name: str) -> None:
    """data/*.heic: 160 x 120, made by pillow-heif from smooth random fields."""
    upload = decode((DATA / f"{name}.heic").read_bytes(), LIMITS)
    assert (upload.format, upload.width, upload.height) == (Format.HEIC, 160, 120)
    (frame,) = upload.frames
    assert frame.pixels.shape == ((120, 160) if name == "grey" else (120, 160, 3))
    assert frame.pixels.std() > 10


def on_white(colour: Array, alpha: Array) -> Array:
    wide = alpha[..., None].astype(int)
    flat: Array = (2 * (colour.astype(int) * wide + 255 * (255 - wide)) + 255) // 510
    return flat


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_alpha_is_composited_on_white(kind: str) -> None:
    """The sum (c * a + 255 * (255 - a)) / 255, rounded."""
    image = photo().convert("RGBA")
    alpha = np.linspace(0, 255, 160, dtype=np.uint8)[None].repeat(120, 0)
    image.putalpha(Image.fromarray(alpha))
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    pixels = only(saved(image, kind, **options)).pixels
    assert distance(pixels, on_white(rgb(photo()), alpha)) == 0


def test_grey_with_alpha_stays_grey() -> None:
    """LA: one channel, on white."""
    image = photo().convert("LA")
    image.putalpha(100)
    grey = np.asarray(photo().convert("L"))
    expected = on_white(grey[..., None], np.full_like(grey, 100))[..., 0]
    assert distance(only(saved(image, "PNG")).pixels, expected) == 0


def test_a_fully_transparent_picture_is_white() -> None:
    """Whatever colours hide under it."""
    image = photo().convert("RGBA")
    image.putalpha(0)
    for kind in ("PNG", "TIFF", "WEBP"):
        assert (only(saved(image, kind)).pixels == 255).all()


@pytest.mark.parametrize(
    ("bits", "colour", "row", "key", "shown"),
    [
        (1, 0, b"\x80", b"\0\0", [255, 255]),
        (1, 0, b"\x80", b"\0\1", [255, 0]),
        (2, 0, b"\xb0", b"\0\2", [255, 255]),
        (8, 0, b"\x07\x08", b"\0\7", [255, 8]),
        (16, 0, b"\x01\x01\x02\x02", b"\1\1", [255, 2]),
        (8, 2, b"\1\2\3\1\2\4", b"\0\1\0\2\0\3", [[255] * 3, [1, 2, 4]]),
    ],
)
def test_a_transparent_colour_of_a_png_is_white(
    bits: int, colour: int, row: bytes, key: bytes, shown: list[Any]
) -> None:
    """A tRNS on grey and RGB names one colour."""
    data = png(
        2,
        1,
        chunk(b"tRNS", key),
        chunk(b"IDAT", zlib.compress(b"\0" + row)),
        bits=bits,
        colour=colour,
    )
    assert only(data).pixels[0].tolist() == shown


def test_palette_transparency_counts_colour_by_colour() -> None:
    """A tRNS on a palette is a list of alphas."""
    image = Image.new("P", (3, 1))
    image.putpalette([0, 0, 0, 200, 0, 0, 0, 0, 100])
    image.putdata([0, 1, 2])
    pixels = only(saved(image, "PNG", transparency=bytes([255, 128, 0]))).pixels
    assert pixels[0].tolist() == [[0, 0, 0], [227, 127, 127], [255, 255, 255]]


def turned(pixels: Array, value: int) -> Array:
    """The reference: what each EXIF orientation means, written out."""
    return {
        1: pixels,
        2: np.fliplr(pixels),
        3: np.rot90(pixels, 2),
        4: np.flipud(pixels),
        5: np.swapaxes(pixels, 0, 1),
        6: np.rot90(pixels, -1),
        7: np.rot90(np.swapaxes(pixels, 0, 1), 2),
        8: np.rot90(pixels),
    }[value]


@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_orientation_is_applied_once(kind: str, value: int) -> None:
    """Turned by us equals turned beforehand, 0 levels apart."""
    options: dict[str, Any] = {"quality": 90} if kind in {"JPEG", "AVIF"} else {}
    if kind == "WEBP":
        options["lossless"] = True
    upright = only(saved(photo(), kind, **options)).pixels
    exif = Image.Exif()
    exif[274] = value
    upload = decode(saved(photo(), kind, exif=exif, **options), LIMITS)
    (frame,) = upload.frames
    assert distance(frame.pixels, turned(upright, value)) == 0
    assert (upload.height, upload.width) == frame.pixels.shape[:2]


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_a_wrong_orientation_is_none(value: int) -> None:
    """Like browsers: as if the tag were not there."""
    plain = saved(photo(), "PNG")
    for order in "<>":
        tagged = plain[:33] + chunk(b"eXIf", turn_tag(value, order)) + plain[33:]
        assert distance(only(tagged).pixels, only(plain).pixels) == 0


def test_exif_in_any_byte_order_turns() -> None:
    """Motorola and Intel blocks say the same."""
    plain = saved(photo(), "PNG")
    for order in "<>":
        tagged = plain[:33] + chunk(b"eXIf", turn_tag(6, order)) + plain[33:]
        assert distance(only(tagged).pixels, turned(only(plain).pixels, 6)) == 0


def test_a_bmp_without_any_alpha_is_opaque() -> None:
    """32-bit BMPs with an alpha mask and zeros in it were never meant to be invisible."""
    image = photo().convert("RGBA")
    image.putalpha(0)
    assert distance(only(saved(image, "BMP")).pixels, rgb(photo())) == 0


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7\n",
        b"8BPS\0\1",
        b"\0\0\0\x0cjP  \r\n\x87\n",
        b"BM is how this sentence begins, but it is no bitmap",
        box(b"ftyp", b"isom", b"\0\0\2\0", b"mp41") + bytes(64),
        box(b"ftyp", b"crx ", b"\0\0\0\1", b"isom") + bytes(64),
        b"RIFF\x10\0\0\0WAVEfmt ",
    ],
)
def test_anything_else_is_unsupported(data: bytes) -> None:
    """Decided from content."""
    with pytest.raises(UnsupportedError):
        decode(data, LIMITS)


def test_the_allow_list_is_the_callers() -> None:
    """A good file of a format the caller does not accept."""
    limits = DecodeLimits(formats=frozenset({Format.JPEG}))
    with pytest.raises(UnsupportedError, match="PNG is not among"):
        decode(saved(photo(), "PNG"), limits)


def test_names_do_not_matter_content_does() -> None:
    """Each format is recognised from its bytes."""
    for kind in Format:
        if kind is Format.HEIC:
            data = (DATA / "plain.heic").read_bytes()
        else:
            data = saved(photo(), kind.name)
        upload: Decoded = decode(data, LIMITS)
        assert upload.format is kind


def test_importing_the_room_does_not_import_pillow() -> None:
    """Pillow is loaded when a picture is, and not for one that is refused."""
    code = (
        "import sys; from hashguard.decode import decode, DecodeLimits\n"
        "try: decode(b'no', DecodeLimits())\nexcept Exception: pass\n"
        "sys.exit('PIL' in sys.modules or 'pi_heif' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], check=False)  # noqa: S603  (our own)
    assert found.returncode == 0


def test_heic_without_its_extra_names_it() -> None:
    """A fresh interpreter in which pi_heif cannot be imported."""
    code = (
        "import sys; sys.modules['pi_heif'] = None\n"
        "from hashguard.decode import decode, DecodeLimits\n"
        "try: decode(open(sys.argv[1], 'rb').read(), DecodeLimits())\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    found = subprocess.run(  # noqa: S603  (our own code)
        [sys.executable, "-c", code, str(DATA / "plain.heic")],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "UnsupportedError" in found.stdout
    assert "pip install 'hashguard[heif]'" in found.stdout


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA"])
@pytest.mark.parametrize("megabytes", [0, 17])
def test_lent_samples_equal_copied_ones_and_outlive_the_image(mode: str, megabytes: int) -> None:
    """No copy, also over 16 MB; the memory stays until the array goes."""
    height = (megabytes << 20) // (1000 if mode == "L" else 4000) + 5
    size = (1000, height)
    image = blank(mode, size)
    image.paste(Image.linear_gradient("L").resize(size).convert("RGB").convert("L").convert(mode))
    copied = np.array(image)
    lent = samples(image)
    assert not lent.flags.owndata
    assert not lent.flags.writeable
    del image
    gc.collect()
    churn = [np.full(size[::-1], 7, np.uint8) for _ in range(3)]
    assert np.array_equal(lent, copied)
    del churn
