"""Lossy compression: the same picture in fewer bytes, once or several times."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from hashguard.hashes import Pixels
from hashguard.robustness.attack import Attack
from hashguard.robustness.attacks import canvas

FAMILY = "compression"
AVIF_SPEED = 10  # of 0 to 10, the fastest; slower ones keep a little more at the same quality
MESSENGER_SCALE = 0.8  # from one pass to the next, as from 1600 to 1280 pixels
MESSENGER_QUALITIES = (75, 60)  # JPEG, in turn


def _jpeg(pixels: Pixels, quality: float, _rng: np.random.Generator) -> bytes:
    return canvas.jpeg(pixels, round(quality))


def _webp(pixels: Pixels, quality: float, _rng: np.random.Generator) -> bytes:
    return canvas.saved(canvas.image_of(pixels), "WEBP", quality=round(quality))


def _avif(pixels: Pixels, quality: float, _rng: np.random.Generator) -> bytes:
    # One thread: runs have a worker for each core already.
    return canvas.saved(
        canvas.image_of(pixels), "AVIF", quality=round(quality), speed=AVIF_SPEED, max_threads=1
    )


def _messenger(pixels: Pixels, passes: float, _rng: np.random.Generator) -> bytes:
    """Each pass opens the file of the pass before, as the next phone does."""
    image, data = canvas.image_of(pixels), b""
    for number in range(round(passes)):
        size = (
            max(1, round(image.width * MESSENGER_SCALE)),
            max(1, round(image.height * MESSENGER_SCALE)),
        )
        quality = MESSENGER_QUALITIES[number % len(MESSENGER_QUALITIES)]
        data = canvas.jpeg(image.resize(size, Image.Resampling.BILINEAR), quality)
        image = Image.open(io.BytesIO(data))
    return data


ATTACKS: tuple[Attack, ...] = (
    Attack(
        name="saved as JPEG",
        family=FAMILY,
        about="Saved as JPEG with colours at half the resolution.",
        unit="quality {}",
        strengths=(95, 75, 50, 30, 20, 10, 5),
        typical=75,
        change=_jpeg,
    ),
    Attack(
        name="saved as WebP",
        family=FAMILY,
        about="Saved as lossy WebP.",
        unit="quality {}",
        strengths=(75, 30, 5),
        typical=75,
        change=_webp,
    ),
    Attack(
        name="saved as AVIF",
        family=FAMILY,
        about="Saved as AVIF, at the fastest of the encoder's speeds.",
        unit="quality {}",
        strengths=(75, 30, 5),
        typical=75,
        change=_avif,
    ),
    Attack(
        name="sent by messenger",
        family=FAMILY,
        about=(
            "Shrunk and saved as JPEG once for each time it is sent on, with the qualities 75, 60, "
            "75, 60. Messengers shrink to 1600 and 1280 pixels; the pictures here may be smaller "
            "than that, so each pass shrinks to 80 % instead."
        ),
        unit="",
        strengths=(1, 2, 3, 4),
        typical=1,
        change=_messenger,
        labels=("once", "twice", "3 times", "4 times"),
    ),
)
