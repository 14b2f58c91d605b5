"""The attacks on what a picture shows, by name, and pictures to try them on."""

import io
from functools import partial

import numpy as np
from PIL import Image

from hashguard.hashes import Pixels
from hashguard.robustness.attacks import (
    canvas,
    combined,
    crop,
    drawing,
    frame,
    overlay,
    page,
    phone,
    screen,
)

MODULES = (crop, frame, overlay, screen, page, combined)
ATTACKS = {attack.name: attack for module in MODULES for attack in module.ATTACKS}

# Stages, by the attack that they belong to.
STAGES: dict[str, drawing.Stage] = {
    "border, white": partial(frame.bordered, colour=drawing.WHITE),
    "border, black": partial(frame.bordered, colour=drawing.BLACK),
    "border, coloured": frame.coloured_border,
    "border, blurred copy": frame.blurred_border,
    "bars above and below": frame.letterboxed,
    "bars above and below, coloured": frame.coloured_letterbox,
    "bars left and right": frame.pillarboxed,
    "padded to a ratio, white": frame.padded,
    "padded to a ratio, blurred copy": frame.storied,
    "instant photograph": frame.instant_photo,
    "caption above the picture": overlay.caption_above,
    "phone screenshot, light": partial(screen.phone_screenshot, theme=phone.LIGHT),
    "phone screenshot, dark": partial(screen.phone_screenshot, theme=phone.DARK),
    "desktop screenshot": screen.desktop_screenshot,
    "picture in a picture": page.inset,
    "collage, with gaps": partial(page.collage, gap=6),
    "collage, without gaps": partial(page.collage, gap=0),
    "meme, text above": page.meme_above,
    "meme, text above and below": page.meme_around,
    "page with text": page.printed,
}


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def noise(height: int, width: int) -> Pixels:
    """Neither black nor white anywhere, and hardly two neighbours alike."""
    return rng(7).integers(60, 200, (height, width, 3), dtype=np.uint8)


def map_of(height: int, width: int) -> Image.Image:
    """A picture that says of each pixel where it was: red is its column, green its row."""
    rows, columns = np.mgrid[0:height, 0:width]
    return canvas.image_of(np.stack([columns, rows, 0 * rows], axis=-1).astype(np.uint8))


def edges(part: Image.Image) -> tuple[int, int, int, int]:
    """Top, right, bottom, left of a part of `map_of`: the first and last rows and columns."""
    pixels = np.asarray(part)
    return (
        int(pixels[0, 0, 1]),
        int(pixels[-1, -1, 0]),
        int(pixels[-1, -1, 1]),
        int(pixels[0, 0, 0]),
    )


def opened(data: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def error(one: Pixels, other: Pixels) -> float:
    """Mean difference of two pictures, in levels of 255."""
    assert one.shape == other.shape
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def changed(before: Pixels, after: Pixels) -> float:
    """Which percentage of the pixels differs."""
    assert before.shape == after.shape
    return 100 * float((before != after).any(axis=-1).mean())
