"""Cropping: what is left of a picture when parts at its edges are cut off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from hashguard.robustness.attack import Attack
from hashguard.robustness.attacks import canvas
from hashguard.robustness.attacks.drawn import as_jpeg, as_random_jpeg

FAMILY = "crop"

RATIOS = ((1, 1), (4, 5), (9, 16), (16, 9))  # width to height, as apps offer them
SAME_RATIO = 0.02  # a picture within this share of a ratio has it
_STRENGTHS = (1, 2, 5, 10, 20, 30, 40)


def cropped(image: Image.Image, percents: Sequence[float]) -> Image.Image:
    """Cut a percentage of the height off the top and the bottom, of the width off the sides.

    percents: top, right, bottom, left. Something is left of any picture.
    """
    width, height = image.size
    top, bottom = canvas.share(height, percents[0]), canvas.share(height, percents[2])
    right, left = canvas.share(width, percents[1]), canvas.share(width, percents[3])
    return image.crop((left, top, max(left + 1, width - right), max(top + 1, height - bottom)))


def cropped_evenly(image: Image.Image, percent: float) -> Image.Image:
    """Cut the same percentage off each side."""
    return cropped(image, [percent] * 4)


def cropped_on_one_side(
    image: Image.Image, percent: float, rng: np.random.Generator
) -> Image.Image:
    """Cut a percentage off one side, any of them."""
    percents = np.zeros(4)
    percents[rng.integers(4)] = percent
    return cropped(image, percents.tolist())


def cropped_at_random(image: Image.Image, percent: float, rng: np.random.Generator) -> Image.Image:
    """Cut between nothing and a percentage off each side, independently."""
    return cropped(image, rng.uniform(0, percent, size=4).tolist())


def has_ratio(width: float, height: float, ratio: float) -> bool:
    """Whether sides are in a ratio, within 2 %."""
    return abs(width - height * ratio) <= SAME_RATIO * height * ratio


def cropped_to(image: Image.Image, ratio: float) -> Image.Image:
    """The largest part around the centre that is `ratio` times as wide as it is high.

    A picture that has the ratio, or nearly, stays whole.
    """
    width, height = image.size
    if has_ratio(width, height, ratio):
        return image.copy()
    wide = min(width, max(1, round(height * ratio)))
    high = min(height, max(1, round(width / ratio)))
    left, top = (width - wide) // 2, (height - high) // 2
    return image.crop((left, top, left + wide, top + high))


def _cropped_to_numbered(image: Image.Image, number: float) -> Image.Image:
    wide, high = RATIOS[round(number) - 1]
    return cropped_to(image, wide / high)


ATTACKS: tuple[Attack, ...] = (
    Attack(
        name="cropped, all sides",
        family=FAMILY,
        about="This percentage of the width cut off left and right, of the height above and below.",
        unit="% a side",
        strengths=_STRENGTHS,
        typical=5,
        change=as_jpeg(cropped_evenly),
    ),
    Attack(
        name="cropped, one side",
        family=FAMILY,
        about="This percentage of the width or height cut off one side, chosen at random.",
        unit="% of the side",
        strengths=_STRENGTHS,
        typical=10,
        change=as_random_jpeg(cropped_on_one_side),
    ),
    Attack(
        name="cropped, at random",
        family=FAMILY,
        about="Each side cut by its own random percentage, from nothing up to this.",
        unit="% a side at most",
        strengths=_STRENGTHS,
        typical=10,
        change=as_random_jpeg(cropped_at_random),
    ),
    Attack(
        name="cropped to a ratio",
        family=FAMILY,
        about=(
            "The largest part around the centre with this ratio of width to height; a picture "
            "that has the ratio within 2 % is left as it is, so that nothing is cut."
        ),
        unit="",
        strengths=(1, 2, 3, 4),
        typical=1,
        labels=tuple(f"{wide}:{high}" for wide, high in RATIOS),
        change=as_jpeg(_cropped_to_numbered),
    ),
)
