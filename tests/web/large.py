"""A photograph of 12 megapixels, made on the fly."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

PHOTOS = Path(__file__).parents[2] / "fixtures" / "photos"
SEED = 12


def large_jpeg() -> bytes:
    """4000 x 3000, as a phone makes it: enlarged, and with grain, which nothing blurs away."""
    with Image.open(PHOTOS / "mountains.jpg") as photo:
        pixels = np.asarray(photo.convert("RGB").resize((4000, 3000)), np.int16)
    grain = np.random.default_rng(SEED).integers(-6, 7, pixels.shape, np.int16)
    sink = io.BytesIO()
    Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8)).save(sink, "JPEG", quality=90)
    return sink.getvalue()
