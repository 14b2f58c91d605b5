"""Pixels to pictures and pictures to files: what attacks draw on, and how they end."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from hashguard.hashes import Pixels

JPEG_QUALITY = 90  # of 100; where an attack is not about compression
JPEG_SUBSAMPLING = 2  # 4:2:0, as phones and platforms save


def image_of(pixels: Pixels) -> Image.Image:
    """A picture of (h, w, 3) RGB uint8."""
    return Image.fromarray(np.ascontiguousarray(pixels))


def pixels_of(image: Image.Image) -> Pixels:
    """(h, w, 3) RGB uint8 of a picture."""
    pixels: Pixels = np.asarray(image.convert("RGB"))
    return pixels


def jpeg(image: Image.Image | Pixels, quality: int = JPEG_QUALITY) -> bytes:
    """A JPEG file of an RGB picture; how an attack ends unless it is about the format."""
    if not isinstance(image, Image.Image):
        image = image_of(image)
    return saved(image, "JPEG", quality=quality, subsampling=JPEG_SUBSAMPLING)


def saved(image: Image.Image, format_: str, **options: Any) -> bytes:
    """A file of a picture in a format of Pillow's."""
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def share(side: int, percent: float) -> int:
    """Whole pixels of a percentage of a side."""
    return round(side * percent / 100)


def filler(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """A picture that shows nothing: soft colours at several scales, like a blurred photograph.

    What stands beside the picture in a collage, behind it in a page, around it on a wall.
    """
    total = np.zeros((height, width, 3), dtype=np.float32)
    for cells in (2, 4, 8, 16, 32):
        # Mostly light and shade, for photographs differ less in colour.
        noise = rng.normal(size=(cells, cells, 1)) + 0.3 * rng.normal(size=(cells, cells, 3))
        noise = noise.astype(np.float32)
        for channel in range(3):
            layer = Image.fromarray(np.ascontiguousarray(noise[..., channel]))
            resized = layer.resize((width, height), Image.Resampling.BICUBIC)
            total[..., channel] += np.asarray(resized) / cells**0.7
    base = rng.uniform(60, 190, size=3).astype(np.float32)
    return image_of(np.clip(base + total * 55, 0, 255).astype(np.uint8)).filter(
        ImageFilter.GaussianBlur(1)
    )
