"""Uploads as a platform sees them, made from the photographs: sizes, formats, broken ones. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from benchmarks.prepare import SOURCES, encoded, original


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of upload and how many of a thousand are of it."""

    name: str
    width: int
    height: int
    container: str
    options: dict[str, object]
    share: int

    def encode(self, image: Image.Image) -> bytes:
        """The picture as an upload of this kind."""
        return encoded(image, (self.width, self.height), self.container, **self.options)


MIX = (
    Kind("JPEG 640 x 480", 640, 480, "JPEG", {"quality": 85}, 400),
    Kind("JPEG 1600 x 1200", 1600, 1200, "JPEG", {"quality": 85}, 300),
    Kind(
        "progressive JPEG 1600 x 1200",
        1600,
        1200,
        "JPEG",
        {"quality": 85, "progressive": True},
        50,
    ),
    Kind("JPEG 4000 x 3000", 4000, 3000, "JPEG", {"quality": 85}, 50),
    Kind("PNG 800 x 600", 800, 600, "PNG", {}, 100),
    Kind("WebP 1024 x 768", 1024, 768, "WEBP", {"quality": 80}, 60),
    Kind("GIF 480 x 360", 480, 360, "GIF", {}, 30),
    Kind("AVIF 1024 x 768", 1024, 768, "AVIF", {"quality": 60, "speed": 8}, 10),
)
"""Per thousand; assumed, not observed: mostly JPEG of screen size, as messengers send them."""

SMALL_MIX = (
    Kind("JPEG 320 x 240", 320, 240, "JPEG", {"quality": 85}, 400),
    Kind("JPEG 640 x 480", 640, 480, "JPEG", {"quality": 85}, 200),
    Kind("JPEG 1600 x 1200", 1600, 1200, "JPEG", {"quality": 85}, 40),
    Kind("JPEG 4000 x 3000", 4000, 3000, "JPEG", {"quality": 85}, 10),
    Kind("PNG 200 x 150", 200, 150, "PNG", {}, 150),
    Kind("PNG 1600 x 1200", 1600, 1200, "PNG", {}, 5),
    Kind("GIF 200 x 150", 200, 150, "GIF", {}, 145),
    Kind("WebP 320 x 240", 320, 240, "WEBP", {"quality": 80}, 50),
)
"""Per thousand, for runs of many thousands: the same formats, mostly small."""


def encode_mix(mix: tuple[Kind, ...]) -> dict[str, list[bytes]]:
    """Every source photograph in every kind, by the name of the kind."""
    images = [original(name) for name in SOURCES]
    return {kind.name: [kind.encode(image) for image in images] for kind in mix}


def stream(
    mix: tuple[Kind, ...],
    encodings: dict[str, list[bytes]],
    count: int,
    rng: np.random.Generator,
    *,
    broken: float = 0.0,
) -> Iterator[bytes]:
    """`count` uploads drawn by their shares; a part `broken` of them is cut or damaged."""
    shares = np.array([kind.share for kind in mix], float)
    chosen = rng.choice(len(mix), count, p=shares / shares.sum())
    for number in chosen:
        same_kind = encodings[mix[number].name]
        data = same_kind[int(rng.integers(len(same_kind)))]
        if rng.random() >= broken:
            yield data
        elif rng.random() < 0.5:
            yield data[: int(rng.integers(1, len(data)))]
        else:
            damaged = bytearray(data)
            for _ in range(8):
                damaged[int(rng.integers(len(damaged)))] = int(rng.integers(256))
            yield bytes(damaged)
