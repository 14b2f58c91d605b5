"""Attacked pictures and how they are looked at, for the tests of attacks on pixels and files."""

import io

import numpy as np
from PIL import Image

from hashguard.decode import DecodeLimits, decode
from hashguard.hashes import Pixels
from hashguard.robustness.attack import Attack, Setting
from hashguard.robustness.attacks import (
    compression,
    detail,
    formats,
    geometry,
    light,
    scaling,
)

MODULES = (compression, scaling, detail, light, geometry, formats)
ATTACKS: tuple[Attack, ...] = tuple(attack for module in MODULES for attack in module.ATTACKS)
NAMED = {attack.name: attack for attack in ATTACKS}


def made(name: str, strength: float, pixels: Pixels, seed: int = 0) -> bytes:
    return Setting(NAMED[name], strength).make(pixels, seed=seed, picture="p")


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def shown(data: bytes, side: int = 10_000) -> Pixels:
    """RGB of a JPEG, WebP, AVIF, GIF or opaque PNG as Pillow reads it, not we."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return np.array(image)


def seen(data: bytes) -> list[Pixels]:
    """The frames of a file in grey, as our decoder shows them."""
    return [grey_of(frame.pixels) for frame in decode(data, DecodeLimits()).frames]


def grey_of(pixels: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).convert("L"))


def apart(one: Pixels, other: Pixels) -> float:
    """Mean difference in grey levels or colours."""
    return float(np.abs(one.astype(float) - other).mean())


def flat(width: int, height: int, *colour: int) -> Pixels:
    return np.broadcast_to(np.array(colour, np.uint8), (height, width, 3))
