"""Framing: borders, bars and frames around a picture that is whole itself."""

from __future__ import annotations

from functools import partial

import numpy as np
from PIL import Image, ImageFilter

from hashguard.robustness.attack import Attack
from hashguard.robustness.attacks import canvas
from hashguard.robustness.attacks.crop import RATIOS, cropped_to, has_ratio
from hashguard.robustness.attacks.drawing import (
    BLACK,
    WHITE,
    Colour,
    Scene,
    as_scene_jpeg,
    bounded,
    centred,
    placed,
    rounded_mask,
    strong_colour,
)

FAMILY = "frame"

_CARD: Colour = (250, 248, 243)  # the paper of an instant photograph
_BORDERS = (1, 2, 5, 10, 15, 25)
_BARS = (2, 5, 10, 20)
_STORY = 24  # pixels of the longer side to which a backdrop is shrunk before it is blurred


def framed(image: Image.Image, percents: tuple[float, float], colour: Colour) -> Scene:
    """With bars of one colour, left and right and above and below.

    percents: of the width, for each of the bars at its sides; of the height, for each of those
    above and below.
    """
    across, down = canvas.share(image.width, percents[0]), canvas.share(image.height, percents[1])
    back = Image.new("RGB", (image.width + 2 * across, image.height + 2 * down), colour)
    box = (across, down, across + image.width, down + image.height)
    return placed(back, image, box)


def bordered(
    image: Image.Image, percent: float, _rng: np.random.Generator, *, colour: Colour
) -> Scene:
    """A border: a percentage of the width left and right, of the height above and below."""
    return framed(image, (percent, percent), colour)


def coloured_border(image: Image.Image, percent: float, rng: np.random.Generator) -> Scene:
    """The same in a strong colour."""
    return framed(image, (percent, percent), strong_colour(rng))


def blurred_border(image: Image.Image, percent: float, _rng: np.random.Generator) -> Scene:
    """The same filled by the picture itself, enlarged, blurred and darkened."""
    across, down = canvas.share(image.width, percent), canvas.share(image.height, percent)
    back = _blurred_copy(image, (image.width + 2 * across, image.height + 2 * down))
    return placed(back, image, (across, down, across + image.width, down + image.height))


def letterboxed(image: Image.Image, percent: float, _rng: np.random.Generator) -> Scene:
    """Black bars above and below, each a percentage of the height."""
    return framed(image, (0, percent), BLACK)


def coloured_letterbox(image: Image.Image, percent: float, rng: np.random.Generator) -> Scene:
    """The same in a strong colour."""
    return framed(image, (0, percent), strong_colour(rng))


def pillarboxed(image: Image.Image, percent: float, _rng: np.random.Generator) -> Scene:
    """Black bars left and right, each a percentage of the width."""
    return framed(image, (percent, 0), BLACK)


def padded_size(width: int, height: int, ratio: float) -> tuple[int, int]:
    """Sides of the smallest frame around a picture that is `ratio` times as wide as it is high."""
    if has_ratio(width, height, ratio):
        return width, height
    return max(width, round(height * ratio)), max(height, round(width / ratio))


def padded(image: Image.Image, number: float, _rng: np.random.Generator) -> Scene:
    """Made a ratio by white bars on two sides."""
    size = padded_size(image.width, image.height, _ratio(number))
    back = Image.new("RGB", size, WHITE)
    return bounded(placed(back, image, centred(image.size, (0, 0, *size))))


def storied(image: Image.Image, number: float, _rng: np.random.Generator) -> Scene:
    """Made a ratio by the picture itself, enlarged, blurred and darkened behind it."""
    size = padded_size(image.width, image.height, _ratio(number))
    back = _blurred_copy(image, size)
    return bounded(placed(back, image, centred(image.size, (0, 0, *size))))


def _blurred_copy(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The middle of the picture enlarged to a size, blurred and darkened, as story apps do."""
    part = cropped_to(image, size[0] / size[1])
    scale = _STORY / max(part.size)
    small = part.resize(
        (max(1, round(part.width * scale)), max(1, round(part.height * scale))),
        Image.Resampling.BOX,
    )
    dark = small.filter(ImageFilter.GaussianBlur(1)).point(
        [level * 3 // 4 for level in range(256)] * 3
    )
    return dark.resize(size, Image.Resampling.BICUBIC)


def instant_photo(image: Image.Image, percent: float, _rng: np.random.Generator) -> Scene:
    """On a white card, with round corners and four times as much card below as at the sides."""
    edge = max(1, canvas.share(min(image.size), percent))
    back = Image.new("RGB", (image.width + 2 * edge, image.height + 5 * edge), _CARD)
    box = (edge, edge, edge + image.width, edge + image.height)
    back.paste(image, box[:2], rounded_mask(image.size, min(image.size) * 0.03))
    return Scene(back, box)


def _ratio(number: float) -> float:
    wide, high = RATIOS[round(number) - 1]
    return wide / high


_LABELS = tuple(f"to {wide}:{high}" for wide, high in RATIOS)
_BORDER = "of the width added left and right, of the height above and below."

ATTACKS: tuple[Attack, ...] = (
    *(
        Attack(
            name=f"border, {name}",
            family=FAMILY,
            about=f"A {name} border: this percentage {_BORDER}",
            unit="% a side",
            strengths=_BORDERS,
            typical=5,
            change=as_scene_jpeg(partial(bordered, colour=colour)),
        )
        for name, colour in (("white", WHITE), ("black", BLACK))
    ),
    Attack(
        name="border, coloured",
        family=FAMILY,
        about=f"A border in a strong colour, chosen at random: this percentage {_BORDER}",
        unit="% a side",
        strengths=_BORDERS,
        typical=5,
        change=as_scene_jpeg(coloured_border),
    ),
    Attack(
        name="border, blurred copy",
        family=FAMILY,
        about=f"A border of the picture, enlarged, blurred and darkened: this percentage {_BORDER}",
        unit="% a side",
        strengths=(5, 10, 25),
        typical=10,
        change=as_scene_jpeg(blurred_border),
    ),
    Attack(
        name="bars above and below",
        family=FAMILY,
        about="Black bars added above and below, each this percentage of the height.",
        unit="% of the height each",
        strengths=_BARS,
        typical=10,
        change=as_scene_jpeg(letterboxed),
    ),
    Attack(
        name="bars above and below, coloured",
        family=FAMILY,
        about="The same in a strong colour, chosen at random.",
        unit="% of the height each",
        strengths=(5, 10, 20),
        typical=10,
        change=as_scene_jpeg(coloured_letterbox),
    ),
    Attack(
        name="bars left and right",
        family=FAMILY,
        about="Black bars added left and right, each this percentage of the width.",
        unit="% of the width each",
        strengths=_BARS,
        typical=10,
        change=as_scene_jpeg(pillarboxed),
    ),
    Attack(
        name="padded to a ratio, white",
        family=FAMILY,
        about=(
            "White bars added on two sides until width and height have this ratio; a picture "
            "that has it within 2 % is left as it is."
        ),
        unit="",
        strengths=(1, 2, 3, 4),
        typical=1,
        labels=_LABELS,
        change=as_scene_jpeg(padded),
    ),
    Attack(
        name="padded to a ratio, blurred copy",
        family=FAMILY,
        about=(
            "Enlarged, blurred and darkened, the picture itself fills the bars that give width "
            "and height this ratio, as in story apps; one that has it within 2 % is left as it is."
        ),
        unit="",
        strengths=(1, 2, 3, 4),
        typical=3,
        labels=_LABELS,
        change=as_scene_jpeg(storied),
    ),
    Attack(
        name="instant photograph",
        family=FAMILY,
        about=(
            "Round corners on a white card: this percentage of the shorter side at three sides, "
            "four times as much below."
        ),
        unit="% of the shorter side",
        strengths=(3, 5, 8),
        typical=5,
        change=as_scene_jpeg(instant_photo),
    ),
)
