"""From a drawing on a picture to an attack that saves it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from PIL import Image

from hashguard.hashes import Pixels
from hashguard.robustness.attack import Change
from hashguard.robustness.attacks import canvas

Draw = Callable[[Image.Image, float], Image.Image]
"""An RGB picture and a strength in, an RGB picture out; nothing is left to chance."""

RandomDraw = Callable[[Image.Image, float, np.random.Generator], Image.Image]
"""The same with randomness."""


def as_jpeg(draw: Draw) -> Change:
    """The attack that draws and ends in a JPEG file."""
    # Not a function in a function: worker processes must be able to receive an attack.
    return partial(_as_jpeg, draw)


def as_random_jpeg(draw: RandomDraw) -> Change:
    """The attack that draws with randomness and ends in a JPEG file."""
    return partial(_as_random_jpeg, draw)


def _as_jpeg(draw: Draw, pixels: Pixels, strength: float, _rng: np.random.Generator) -> bytes:
    return canvas.jpeg(draw(canvas.image_of(pixels), strength))


def _as_random_jpeg(
    draw: RandomDraw, pixels: Pixels, strength: float, rng: np.random.Generator
) -> bytes:
    return canvas.jpeg(draw(canvas.image_of(pixels), strength, rng))
