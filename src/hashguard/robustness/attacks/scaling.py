"""Other sizes and other aspect ratios: the whole picture on more or fewer pixels."""

from __future__ import annotations

from PIL import Image

from hashguard.robustness.attack import Attack
from hashguard.robustness.attacks.drawn import as_jpeg

FAMILY = "scaling"
MAX_SIDE = 3000  # pixels of an enlarged picture; more costs seconds and shows nothing new


def resized(
    image: Image.Image,
    across: float,
    down: float,
    resample: Image.Resampling = Image.Resampling.LANCZOS,
) -> Image.Image:
    """The picture with its sides times these factors, at least one pixel each."""
    size = (max(1, round(image.width * across)), max(1, round(image.height * down)))
    return image.resize(size, resample)


def scaled(image: Image.Image, factor: float) -> Image.Image:
    """The picture times a factor, of at most MAX_SIDE pixels a side if it grows."""
    if factor > 1:
        factor = max(1.0, min(factor, MAX_SIDE / max(image.size)))
    return resized(image, factor, factor)


def _nearest(image: Image.Image, factor: float) -> Image.Image:
    return resized(image, factor, factor, Image.Resampling.NEAREST)


def _thumbnail(image: Image.Image, side: float) -> Image.Image:
    factor = min(1.0, side / max(image.size))
    return resized(image, factor, factor)


def _square(image: Image.Image, side: float) -> Image.Image:
    return image.resize((round(side), round(side)), Image.Resampling.LANCZOS)


def _widened(image: Image.Image, factor: float) -> Image.Image:
    return resized(image, factor, 1)


ATTACKS: tuple[Attack, ...] = (
    Attack(
        name="shrunk",
        family=FAMILY,
        about="Shrunk with a Lanczos filter.",
        unit="times the size",
        strengths=(0.75, 0.5, 0.25, 0.1),
        typical=0.5,
        change=as_jpeg(scaled),
    ),
    Attack(
        name="shrunk without a filter",
        family=FAMILY,
        about="Shrunk by taking the nearest pixel, which leaves jagged edges.",
        unit="times the size",
        strengths=(0.5, 0.25, 0.1),
        typical=0.5,
        change=as_jpeg(_nearest),
    ),
    Attack(
        name="enlarged",
        family=FAMILY,
        about=f"Enlarged with a Lanczos filter, to at most {MAX_SIDE} pixels on the longer side.",
        unit="times the size",
        strengths=(1.5, 2, 4),
        typical=1.5,
        change=as_jpeg(scaled),
    ),
    Attack(
        name="shrunk to a thumbnail",
        family=FAMILY,
        about="Shrunk to so many pixels on the longer side; never enlarged.",
        unit="px, longer side",
        strengths=(512, 256, 128, 64),
        typical=256,
        change=as_jpeg(_thumbnail),
    ),
    Attack(
        name="squashed to a square",
        family=FAMILY,
        about="The whole picture resized to a square of this side, whatever its shape.",
        unit="px a side",
        strengths=(512, 256, 128),
        typical=512,
        change=as_jpeg(_square),
    ),
    Attack(
        name="stretched in width",
        family=FAMILY,
        about="Made wider by this factor, its height kept.",
        unit="times the width",
        strengths=(1.1, 1.25, 1.5, 2),
        typical=1.25,
        change=as_jpeg(_widened),
    ),
)
