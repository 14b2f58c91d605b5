"""How it is saved: other formats, transparency, animations, and notes on which way is up.

What a person sees in a viewer stays the same, or nearly; what a careless decoder makes of it
may not.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image
from PIL.Image import Transpose

from hashguard.hashes import Pixels
from hashguard.robustness.attack import Attack
from hashguard.robustness.attacks import canvas

FAMILY = "file format"
PNG_LEVEL = 1  # of zlib; the pixels are the same at every level, and 6 takes several times as long
PALETTE_SIDE = 128  # px; colours are chosen from a picture thinned to this, ten times as fast
BORDER = 5  # % of each side
COVER_SCALE = 4  # cover frames of an animation are drawn this much smaller and enlarged
COVER_COLOURS = 32
COVER_MS, LAST_MS = 60, 3000  # how long a cover frame and the picture are shown

_JPEG = {"quality": canvas.JPEG_QUALITY, "subsampling": canvas.JPEG_SUBSAMPLING}
_ORIENTATION = 0x0112  # EXIF 2.32
# What is done to the pixels before they are stored, so that the viewer's turn undoes it.
STORED: dict[int, Transpose] = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_90,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_270,
}


def reduced(image: Image.Image, colours: float) -> Image.Image:
    """A palette picture of at most so many colours, dithered as GIF encoders do."""
    thinned = image.copy()
    thinned.thumbnail((PALETTE_SIDE, PALETTE_SIDE), Image.Resampling.NEAREST)
    return image.quantize(
        palette=thinned.quantize(round(colours)), dither=Image.Dither.FLOYDSTEINBERG
    )


def _gif(pixels: Pixels, colours: float, _rng: np.random.Generator) -> bytes:
    return canvas.saved(reduced(canvas.image_of(pixels), colours), "GIF")


def _last_of_gif(pixels: Pixels, frames: float, rng: np.random.Generator) -> bytes:
    image = canvas.image_of(pixels)
    covers = [_cover(rng, image.size) for _ in range(round(frames) - 1)]
    return canvas.saved(
        covers[0],
        "GIF",
        save_all=True,
        append_images=[*covers[1:], reduced(image, 256)],
        duration=[COVER_MS] * len(covers) + [LAST_MS],
        loop=0,
    )


def _cover(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    width, height = (-(-side // COVER_SCALE) for side in size)
    small = canvas.filler(rng, width, height).quantize(COVER_COLOURS)
    return small.resize(size, Image.Resampling.NEAREST)


def _oriented(pixels: Pixels, orientation: float, _rng: np.random.Generator) -> bytes:
    exif = Image.Exif()
    exif[_ORIENTATION] = round(orientation)
    stored = canvas.image_of(pixels).transpose(STORED[round(orientation)])
    return canvas.saved(stored, "JPEG", exif=exif.tobytes(), **_JPEG)


def _png(image: Image.Image) -> bytes:
    return canvas.saved(image, "PNG", compress_level=PNG_LEVEL)


def _bmp(image: Image.Image) -> bytes:
    return canvas.saved(image, "BMP")


def _tiff(image: Image.Image) -> bytes:
    return canvas.saved(image, "TIFF")


def _progressive(image: Image.Image) -> bytes:
    return canvas.saved(image, "JPEG", progressive=True, **_JPEG)


def _cmyk(image: Image.Image) -> bytes:
    return canvas.saved(image.convert("CMYK"), "JPEG", quality=_JPEG["quality"])


def _palette_png(image: Image.Image) -> bytes:
    return _png(reduced(image, 256))


def _grey_16(image: Image.Image) -> bytes:
    return _png(Image.fromarray(_deep(image.convert("L"))))


def _colour_16(image: Image.Image) -> bytes:
    """A PNG of 16 bits a colour, which Pillow does not write (PNG specification, 5 and 11)."""
    samples = _deep(image).astype(">u2").reshape(image.height, -1).view(np.uint8)
    rows = np.zeros((image.height, 1 + samples.shape[1]), dtype=np.uint8)
    rows[:, 1:] = samples  # behind a byte that says "not filtered"
    head = struct.pack(">IIBBBBB", *image.size, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in (
            (b"IHDR", head),
            (b"IDAT", zlib.compress(rows.tobytes(), PNG_LEVEL)),
            (b"IEND", b""),
        )
    )


def _deep(image: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    # 255 * 257 is 65535: white stays white.
    return np.asarray(image).astype(np.uint16) * np.uint16(257)


def _half_transparent(image: Image.Image) -> bytes:
    return _png(_with_alpha(image, 128))


def _in_alpha(image: Image.Image) -> bytes:
    """Black everywhere, covering as much as the picture is dark: on white, the picture in grey."""
    light = np.asarray(image.convert("L"))
    both = np.zeros((image.height, image.width, 2), dtype=np.uint8)
    both[..., 1] = 255 - light
    return _png(Image.fromarray(both))


def _transparent_border(image: Image.Image) -> bytes:
    left, top = (max(1, canvas.share(side, BORDER)) for side in image.size)
    # Black under full transparency: white for a viewer, black for who drops the alpha.
    page = Image.new("RGBA", (image.width + 2 * left, image.height + 2 * top), (0, 0, 0, 0))
    page.paste(image, (left, top))
    return _png(page)


def _hidden(image: Image.Image) -> bytes:
    return _png(_with_alpha(image, 0))


def _with_alpha(image: Image.Image, alpha: int) -> Image.Image:
    image = image.copy()
    image.putalpha(alpha)
    return image


_Ways = dict[str, Callable[[Image.Image], bytes]]
OTHER_FORMATS: _Ways = {
    "PNG": _png,
    "BMP": _bmp,
    "TIFF": _tiff,
    "16-bit colour PNG": _colour_16,
    "progressive JPEG": _progressive,
    "16-bit grey PNG": _grey_16,
    "CMYK JPEG": _cmyk,
    "palette PNG": _palette_png,
}
TRANSPARENCIES: _Ways = {
    "half transparent": _half_transparent,
    "drawn in the alpha alone": _in_alpha,
    f"transparent border of {BORDER} %": _transparent_border,
    "hidden under full transparency": _hidden,
}


def _other(pixels: Pixels, number: float, _rng: np.random.Generator) -> bytes:
    return list(OTHER_FORMATS.values())[round(number) - 1](canvas.image_of(pixels))


def _transparent(pixels: Pixels, number: float, _rng: np.random.Generator) -> bytes:
    return list(TRANSPARENCIES.values())[round(number) - 1](canvas.image_of(pixels))


ATTACKS: tuple[Attack, ...] = (
    Attack(
        name="saved in another format",
        family=FAMILY,
        about=(
            "The same picture in another kind of file. Browsers show all but TIFF, which picture "
            "viewers do; a palette has 256 colours, CMYK is what the plain formula gives."
        ),
        unit="",
        strengths=tuple(range(1, len(OTHER_FORMATS) + 1)),
        typical=1,
        change=_other,
        labels=tuple(OTHER_FORMATS),
    ),
    Attack(
        name="saved as GIF",
        family=FAMILY,
        about="Saved as GIF with so many colours of its own choice, dithered.",
        unit="colours",
        strengths=(256, 64, 16),
        typical=256,
        change=_gif,
    ),
    Attack(
        name="last frame of a GIF",
        family=FAMILY,
        about=(
            "The last frame of an animated GIF of so many frames; the others show soft colours "
            f"and pass in {COVER_MS} ms each."
        ),
        unit="frames",
        strengths=(2, 5, 20),
        typical=2,
        change=_last_of_gif,
    ),
    Attack(
        name="transparency",
        family=FAMILY,
        about=(
            "A PNG whose alpha channel decides what is seen. Under full transparency the picture "
            "is in the file and no viewer shows it."
        ),
        unit="",
        strengths=tuple(range(1, len(TRANSPARENCIES) + 1)),
        typical=1,
        change=_transparent,
        labels=tuple(TRANSPARENCIES),
    ),
    Attack(
        name="stored turned",
        family=FAMILY,
        about="Stored mirrored or turned in a JPEG, with an EXIF orientation that undoes it.",
        unit="",
        strengths=tuple(STORED),
        typical=6,
        change=_oriented,
        labels=tuple(f"EXIF orientation {value}" for value in STORED),
    ),
)
