"""Overlays: captions, text, watermarks, and what is put over parts of a picture."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from hashguard.robustness.attack import Attack
from hashguard.robustness.attacks import canvas
from hashguard.robustness.attacks.covering import (
    blurred_patch,
    censored,
    pixelated_patch,
    scribbled,
    with_emoji,
    with_stickers,
)
from hashguard.robustness.attacks.drawing import (
    BLACK,
    WHITE,
    Scene,
    as_scene_jpeg,
    font,
    phrases,
    placed,
    write,
)
from hashguard.robustness.attacks.drawn import as_random_jpeg

FAMILY = "overlay"

_COVERED = (2, 5, 10, 15)  # % of the area
_PATCHED = (2, 5, 10, 20)
_OWNER = "photo archive"  # what watermarks say


def caption_over(image: Image.Image, percent: float, rng: np.random.Generator) -> Image.Image:
    """White words on a black bar, which hides the lowest percentage of the height."""
    made = image.copy()
    top = round(image.height * (1 - percent / 100))
    bar = (0, top, image.width, image.height)
    made.paste(BLACK, bar)
    write(made, bar, phrases(rng, 1), WHITE)
    return made


def caption_above(image: Image.Image, percent: float, rng: np.random.Generator) -> Scene:
    """White words on a black bar above the picture, a percentage of its height high."""
    bar = canvas.share(image.height, percent)
    back = Image.new("RGB", (image.width, image.height + bar), BLACK)
    write(back, (0, 0, image.width, bar), phrases(rng, 1), WHITE)
    return placed(back, image, (0, bar, image.width, bar + image.height))


def lines_of_text(image: Image.Image, count: float, rng: np.random.Generator) -> Image.Image:
    """Lines of white letters with black edges, one below the other, somewhere on the picture."""
    made = image.copy()
    high = max(1, round(min(image.height / 5, image.width / 10))) * round(count)
    top = int(rng.integers(max(1, image.height - high)))
    text = phrases(rng, round(count))
    write(made, (0, top, image.width, top + high), text, WHITE, edge=BLACK)
    return made


def watermarked(image: Image.Image, percent: float, rng: np.random.Generator) -> Image.Image:
    """White words, slanted, again and again over the whole picture; `percent` opaque."""
    across = max(24, round(max(image.size) / 3.5))
    word = Image.new("L", (across, max(6, across // 5)))
    draw = ImageDraw.Draw(word)
    middle = (word.width / 2, word.height / 2)
    bold = max(1, across // 110)
    size = across / 7.5
    draw.text(middle, _OWNER, fill=255, font=font(size), anchor="mm", stroke_width=bold)
    slanted = np.asarray(word.rotate(30, Image.Resampling.BICUBIC, expand=True))
    times = [math.ceil(side / have) + 1 for side, have in zip(image.size, word.size, strict=True)]
    tiled = np.tile(slanted, (times[1], times[0]))
    left, top = int(rng.integers(slanted.shape[1])), int(rng.integers(slanted.shape[0]))
    seen = tiled[top : top + image.height, left : left + image.width] * (percent / 100)
    made = image.copy()
    made.paste(WHITE, (0, 0), Image.fromarray(seen.astype(np.uint8)))
    return made


def signed(image: Image.Image, percent: float, rng: np.random.Generator) -> Image.Image:
    """A mark and a name in a corner, nearly opaque, together a percentage of the width wide."""
    wide = max(8, canvas.share(image.width, percent))
    high = max(2, min(wide // 5, image.height // 3))
    mark = Image.new("L", (wide, high))
    draw = ImageDraw.Draw(mark)
    draw.ellipse((0, 0, high - 1, high - 1), outline=225, width=max(1, high // 6))
    draw.ellipse((high * 0.36, high * 0.36, high * 0.64, high * 0.64), fill=225)
    size = min(high, (wide - high) / 6.8)
    draw.text((high * 1.25, high / 2), _OWNER, fill=225, font=font(size), anchor="lm")
    edge = max(1, round(min(image.size) * 0.03))
    left = edge if rng.random() < 0.5 else image.width - wide - edge
    top = edge if rng.random() < 0.5 else image.height - high - edge
    made = image.copy()
    made.paste(WHITE, (left, top), mark)
    return made


ATTACKS: tuple[Attack, ...] = (
    Attack(
        name="caption over the picture",
        family=FAMILY,
        about="A black bar with white words over the lowest part of the picture.",
        unit="% of the height",
        strengths=(5, 8, 13, 20, 30),
        typical=13,
        change=as_random_jpeg(caption_over),
    ),
    Attack(
        name="caption above the picture",
        family=FAMILY,
        about="A black bar with white words added above; this percentage of the height.",
        unit="% of the height",
        strengths=(5, 8, 13, 20, 30),
        typical=13,
        change=as_scene_jpeg(caption_above),
    ),
    Attack(
        name="text on the picture",
        family=FAMILY,
        about="Lines of white letters with black edges, at a random height.",
        unit="lines",
        strengths=(1, 2, 3, 4),
        typical=2,
        labels=("1 line", "2 lines", "3 lines", "4 lines"),
        change=as_random_jpeg(lines_of_text),
    ),
    Attack(
        name="stickers",
        family=FAMILY,
        about="Three coloured shapes with faces at random places; this share of the area together.",
        unit="% of the area",
        strengths=_COVERED,
        typical=5,
        change=as_random_jpeg(with_stickers),
    ),
    Attack(
        name="row of emoji",
        family=FAMILY,
        about="So many faces, hearts and stars in a row, each a tenth of the width wide.",
        unit="emoji",
        strengths=(1, 3, 8),
        typical=3,
        change=as_random_jpeg(with_emoji),
    ),
    Attack(
        name="watermarks all over",
        family=FAMILY,
        about="Slanted white words over the whole picture, again and again, as opaque as this.",
        unit="% opaque",
        strengths=(10, 20, 35, 50),
        typical=35,
        change=as_random_jpeg(watermarked),
    ),
    Attack(
        name="watermark in a corner",
        family=FAMILY,
        about="A white mark and a name in a random corner, together as wide as this.",
        unit="% of the width",
        strengths=(15, 25, 40),
        typical=25,
        change=as_random_jpeg(signed),
    ),
    Attack(
        name="censor bars",
        family=FAMILY,
        about="Two black bars at random places; this share of the area together.",
        unit="% of the area",
        strengths=_COVERED,
        typical=5,
        change=as_random_jpeg(censored),
    ),
    Attack(
        name="blurred patch",
        family=FAMILY,
        about="An ellipse near the middle, with this share of the area, strongly blurred.",
        unit="% of the area",
        strengths=_PATCHED,
        typical=10,
        change=as_random_jpeg(blurred_patch),
    ),
    Attack(
        name="pixelated patch",
        family=FAMILY,
        about="A rectangle near the middle, with this share of the area, as coarse squares.",
        unit="% of the area",
        strengths=_PATCHED,
        typical=10,
        change=as_random_jpeg(pixelated_patch),
    ),
    Attack(
        name="scribbles",
        family=FAMILY,
        about="Strokes of a pen to and fro, in strong colours at random places.",
        unit="strokes",
        strengths=(1, 3, 6, 10),
        typical=3,
        labels=("1 stroke", "3 strokes", "6 strokes", "10 strokes"),
        change=as_random_jpeg(scribbled),
    ),
)
