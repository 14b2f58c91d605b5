"""What is put over parts of a picture: stickers, bars, patches and scribbles."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from hashguard.robustness.attacks.drawing import (
    BLACK,
    Box,
    Colour,
    figure,
    solid_share,
    stick,
    strong_colour,
    with_face,
)

STICKERS = 3  # at once
BARS = 2  # at once
_SHAPES = ("disc", "heart", "star", "flower", "tile")
_EMOJI: tuple[tuple[str, Colour], ...] = (
    ("disc", (255, 204, 50)),
    ("heart", (226, 38, 54)),
    ("star", (255, 172, 30)),
)
_EMOJI_SIDE = 0.1  # of the width, and at most of a quarter of the height
_CELLS = 8  # across the longer side of a pixelated patch
_OFF_CENTRE = 0.15  # of a side, at most, are patches away from the middle


def with_stickers(image: Image.Image, percent: float, rng: np.random.Generator) -> Image.Image:
    """Three shapes with faces, at random places, that cover a percentage of the area together.

    Each stands in its own third of the longer side, so that none covers another.
    """
    made = image.copy()
    for number in rng.permutation(STICKERS).tolist():
        shape = with_face(figure(_SHAPES[int(rng.integers(len(_SHAPES)))], strong_colour(rng)))
        area = image.width * image.height * percent / 100 / STICKERS
        strip = _strip(image, number)
        room = (strip[2] - strip[0], strip[3] - strip[1])
        side = max(1, min(round(math.sqrt(area / solid_share(shape))), *room))
        left = strip[0] + int(rng.integers(room[0] - side + 1))
        top = strip[1] + int(rng.integers(room[1] - side + 1))
        stick(made, shape, left, top, side)
    return made


def _strip(image: Image.Image, number: int) -> Box:
    """One third of the picture, cut across its longer side."""
    width, height = image.size
    if width >= height:
        return number * width // STICKERS, 0, (number + 1) * width // STICKERS, height
    return 0, number * height // STICKERS, width, (number + 1) * height // STICKERS


def with_emoji(image: Image.Image, count: float, rng: np.random.Generator) -> Image.Image:
    """A row of smiling faces, hearts and stars near the top or the bottom."""
    made = image.copy()
    side = max(4, round(min(image.width * _EMOJI_SIDE, image.height / 4)))
    step = round(side * 1.15)
    left = (image.width - step * round(count)) // 2
    edge = round(side * 0.4)
    top = edge if rng.random() < 0.5 else image.height - side - edge
    for number in range(round(count)):
        shape, colour = _EMOJI[int(rng.integers(len(_EMOJI)))]
        drawn = figure(shape, colour)
        stick(made, with_face(drawn) if shape == "disc" else drawn, left + number * step, top, side)
    return made


def censored(image: Image.Image, percent: float, rng: np.random.Generator) -> Image.Image:
    """Two black bars, in the upper and in the lower half, with a percentage of the area together.

    Each is four to six times as wide as it is high, if the picture is wide enough.
    """
    made = image.copy()
    width, height = image.size
    area = width * height * percent / 100 / BARS
    for number in range(BARS):
        wide = max(1, round(min(width * 0.9, math.sqrt(area * rng.uniform(4, 6)))))
        high = max(1, round(area / wide))
        left = int(rng.integers(width - wide + 1))
        top = number * height // BARS + int(rng.integers(max(1, height // BARS - high)))
        made.paste(BLACK, (left, top, left + wide, top + high))
    return made


def blurred_patch(image: Image.Image, percent: float, rng: np.random.Generator) -> Image.Image:
    """An ellipse near the middle, with a percentage of the area, blurred past recognition."""
    made = image.copy()
    # The ellipse in a rectangle is pi / 4 of it.
    box = _patch(image, percent * 4 / math.pi, rng)
    part = image.crop(box)
    mask = Image.new("L", part.size)
    ImageDraw.Draw(mask).ellipse((0, 0, part.width - 1, part.height - 1), fill=255)
    made.paste(part.filter(ImageFilter.GaussianBlur(max(2, min(part.size) / 7))), box[:2], mask)
    return made


def pixelated_patch(image: Image.Image, percent: float, rng: np.random.Generator) -> Image.Image:
    """A rectangle near the middle, with a percentage of the area, as coarse squares."""
    made = image.copy()
    box = _patch(image, percent, rng)
    part = image.crop(box)
    cell = max(3, max(part.size) / _CELLS)
    cells = (max(1, round(part.width / cell)), max(1, round(part.height / cell)))
    coarse = part.resize(cells, Image.Resampling.BOX)
    made.paste(coarse.resize(part.size, Image.Resampling.NEAREST), box[:2])
    return made


def _patch(image: Image.Image, percent: float, rng: np.random.Generator) -> Box:
    """A rectangle near the middle, somewhat wider or higher than the picture, with this area."""
    stretch, share = math.sqrt(rng.uniform(0.6, 1.6)), math.sqrt(percent / 100)
    wide = min(image.width, max(1, round(image.width * share * stretch)))
    high = min(image.height, max(1, round(image.height * share / stretch)))
    across, down = 0.5 + rng.uniform(-_OFF_CENTRE, _OFF_CENTRE, size=2)
    left = min(image.width - wide, max(0, round(image.width * across - wide / 2)))
    top = min(image.height - high, max(0, round(image.height * down - high / 2)))
    return left, top, left + wide, top + high


def scribbled(image: Image.Image, count: float, rng: np.random.Generator) -> Image.Image:
    """Strokes of a pen, to and fro as one crosses something out, each in its own colour."""
    made = image.copy()
    draw = ImageDraw.Draw(made)
    thick = max(2, round(min(image.size) * 0.014))
    for _ in range(round(count)):
        points = _stroke(image.size, rng)
        draw.line(points, fill=strong_colour(rng), width=thick, joint="curve")
    return made


def _stroke(size: tuple[int, int], rng: np.random.Generator) -> list[tuple[float, float]]:
    """A wavy line, a quarter to half as long as the shorter side, in any direction."""
    along = np.linspace(0, 1, 60)
    unit = min(size)
    length, swing = unit * rng.uniform(0.25, 0.5), unit * rng.uniform(0.04, 0.12)
    turns = rng.uniform(2, 6)
    # To and fro, each time a little more or less far.
    reach = 1 + 0.4 * np.sin(2 * math.pi * along * rng.uniform(0.5, 2) + rng.uniform(0, 6))
    x = (along - 0.5) * length
    y = swing * reach * np.sin(2 * math.pi * turns * along)
    angle = rng.uniform(0, math.pi)
    centre = rng.uniform(0.2, 0.8, size=2) * size
    across = centre[0] + x * math.cos(angle) - y * math.sin(angle)
    down = centre[1] + x * math.sin(angle) + y * math.cos(angle)
    return list(zip(across.tolist(), down.tolist(), strict=True))
