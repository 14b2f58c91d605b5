"""Compositions: two or three changes at once, and the same ones again and again."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from hashguard.hashes import Pixels
from hashguard.robustness.attack import Attack, Change
from hashguard.robustness.attacks import canvas
from hashguard.robustness.attacks.covering import with_stickers
from hashguard.robustness.attacks.crop import cropped_at_random, cropped_evenly
from hashguard.robustness.attacks.drawing import WHITE
from hashguard.robustness.attacks.frame import coloured_border, framed
from hashguard.robustness.attacks.overlay import caption_over, lines_of_text
from hashguard.robustness.attacks.page import meme_above
from hashguard.robustness.attacks.phone import DARK, feed, viewer
from hashguard.robustness.attacks.screen import photographed

FAMILY = "combined"


def _step(strength: float, values: tuple[float, float, float]) -> float:
    """What a part of a composition is set to: light, medium or strong."""
    return values[round(strength) - 1]


def _mirrored_cropped(pixels: Pixels, strength: float, _rng: np.random.Generator) -> bytes:
    mirrored = ImageOps.mirror(canvas.image_of(pixels))
    return canvas.jpeg(cropped_evenly(mirrored, _step(strength, (2, 5, 10))))


def _cropped_captioned(pixels: Pixels, strength: float, rng: np.random.Generator) -> bytes:
    part = cropped_evenly(canvas.image_of(pixels), _step(strength, (2, 5, 10)))
    return canvas.jpeg(caption_over(part, _step(strength, (8, 13, 20)), rng))


def _border_compressed(pixels: Pixels, strength: float, _rng: np.random.Generator) -> bytes:
    border = _step(strength, (2, 5, 10))
    framed_ = framed(canvas.image_of(pixels), (border, border), WHITE).image
    return canvas.jpeg(framed_, round(_step(strength, (70, 50, 30))))


def _screenshot_cropped_compressed(
    pixels: Pixels, strength: float, rng: np.random.Generator
) -> bytes:
    """The screenshot, cut by hand to where the picture stands: a little too much or too little."""
    scene = viewer(canvas.image_of(pixels), DARK, rng)
    left, top, right, bottom = scene.box
    miss = rng.uniform(-1, 1, size=4) * _step(strength, (1, 3, 6))
    across = canvas.share(right - left, miss[0]), canvas.share(right - left, miss[1])
    down = canvas.share(bottom - top, miss[2]), canvas.share(bottom - top, miss[3])
    # The picture is as wide as the screen or as high as the viewer, so some cuts find an edge.
    part = scene.image.crop(
        (
            max(0, left + across[0]),
            max(0, top + down[0]),
            min(scene.image.width, right + across[1]),
            min(scene.image.height, bottom + down[1]),
        )
    )
    return canvas.jpeg(part, round(_step(strength, (75, 60, 45))))


def _mirrored_stickers_compressed(
    pixels: Pixels, strength: float, rng: np.random.Generator
) -> bytes:
    mirrored = ImageOps.mirror(canvas.image_of(pixels))
    covered = with_stickers(mirrored, _step(strength, (2, 5, 10)), rng)
    return canvas.jpeg(covered, round(_step(strength, (75, 60, 40))))


def _brighter_tilted_compressed(pixels: Pixels, strength: float, rng: np.random.Generator) -> bytes:
    factor = _step(strength, (1.1, 1.25, 1.5))
    brighter = ImageEnhance.Brightness(canvas.image_of(pixels)).enhance(factor)
    degrees = _step(strength, (1, 2, 4)) * (1 if rng.random() < 0.5 else -1)
    tilted = brighter.rotate(degrees, Image.Resampling.BICUBIC)
    return canvas.jpeg(tilted, round(_step(strength, (75, 60, 40))))


def few_colours(image: Image.Image, colours: int) -> Image.Image:
    """With a palette of this many colours and its dither, as after a round trip through a GIF."""
    # Choosing colours takes long; a small copy has the same.
    small = image.resize((96, 96), Image.Resampling.BOX).quantize(colours)
    return image.quantize(palette=small, dither=Image.Dither.FLOYDSTEINBERG).convert("RGB")


def _few_colours_border(pixels: Pixels, strength: float, rng: np.random.Generator) -> bytes:
    few = few_colours(canvas.image_of(pixels), round(_step(strength, (128, 48, 16))))
    return canvas.jpeg(coloured_border(few, _step(strength, (1, 3, 6)), rng).image)


def _meme_in_feed(pixels: Pixels, strength: float, rng: np.random.Generator) -> bytes:
    meme = meme_above(canvas.image_of(pixels), _step(strength, (8, 14, 22)), rng).image
    return canvas.jpeg(feed(meme, DARK, rng).image, round(_step(strength, (80, 65, 50))))


def _photographed_cropped_text(pixels: Pixels, strength: float, rng: np.random.Generator) -> bytes:
    photo = photographed(canvas.image_of(pixels), _step(strength, (1, 2, 3)), rng)
    part = cropped_evenly(photo, _step(strength, (2, 4, 8)))
    return canvas.jpeg(lines_of_text(part, _step(strength, (1, 2, 3)), rng))


def _passed_on(pixels: Pixels, times: float, rng: np.random.Generator) -> bytes:
    data, image = b"", canvas.image_of(pixels)
    for _ in range(round(times)):
        part = cropped_at_random(image, 1, rng)
        part = ImageEnhance.Brightness(part).enhance(rng.uniform(0.96, 1.04))
        size = (max(1, round(part.width * 0.97)), max(1, round(part.height * 0.97)))
        small = part.resize(size, Image.Resampling.BICUBIC)
        data = canvas.jpeg(small, int(rng.integers(60, 86)))
        image = Image.open(io.BytesIO(data)).convert("RGB")
    return data


def _composed(name: str, about: str, change: Change) -> Attack:
    """A composition in three degrees, which `about` spells out in this order."""
    return Attack(
        name=name,
        family=FAMILY,
        about=f"{about} (light, medium, strong).",
        unit="",
        strengths=(1, 2, 3),
        typical=2,
        labels=("light", "medium", "strong"),
        change=change,
    )


ATTACKS: tuple[Attack, ...] = (
    _composed(
        "mirrored, cropped",
        "Left and right exchanged; 2, 5 or 10 % cut off each side",
        _mirrored_cropped,
    ),
    _composed(
        "cropped, captioned",
        "2, 5 or 10 % cut off each side; a black bar with words over the lowest 8, 13 or 20 %",
        _cropped_captioned,
    ),
    _composed(
        "border, compressed",
        "A white border of 2, 5 or 10 % a side; JPEG quality 70, 50 or 30",
        _border_compressed,
    ),
    _composed(
        "screenshot, cropped, compressed",
        "A phone's full-screen viewer, cut to the picture with up to 1, 3 or 6 % too much or too "
        "little at each side; JPEG quality 75, 60 or 45",
        _screenshot_cropped_compressed,
    ),
    _composed(
        "mirrored, stickers, compressed",
        "Left and right exchanged; stickers over 2, 5 or 10 % of the area; JPEG quality 75, 60 "
        "or 40",
        _mirrored_stickers_compressed,
    ),
    _composed(
        "brighter, tilted, compressed",
        "Brightness times 1.1, 1.25 or 1.5; tilted by 1, 2 or 4 degrees with black corners; JPEG "
        "quality 75, 60 or 40",
        _brighter_tilted_compressed,
    ),
    _composed(
        "few colours, border",
        "A palette of 128, 48 or 16 colours with dither; a coloured border of 1, 3 or 6 % a side",
        _few_colours_border,
    ),
    _composed(
        "meme in a feed",
        "A white bar with words above, 8, 14 or 22 % of the height; screenshot of a phone's feed; "
        "JPEG quality 80, 65 or 50",
        _meme_in_feed,
    ),
    _composed(
        "photographed, cropped, text",
        "Photographed from a screen in degree 1, 2 or 3; 2, 4 or 8 % cut off each side; 1, 2 or 3 "
        "lines of text",
        _photographed_cropped_text,
    ),
    Attack(
        name="passed on",
        family=FAMILY,
        about=(
            "So many times: up to 1 % cut off each side, brightness changed by up to 4 %, shrunk "
            "by 3 %, saved as JPEG of quality 60 to 85."
        ),
        unit="times",
        strengths=(2, 4, 8),
        typical=4,
        change=_passed_on,
    ),
)
