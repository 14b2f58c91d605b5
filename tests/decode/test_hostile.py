"""Mutated files: pictures or DecodeError come out, nothing else, and soon."""

from __future__ import annotations

import random
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pytest

from hashguard.decode import DecodeLimits, decode
from hashguard.errors import DecodeError
from tests.decode.samples import DATA, animation, photo, saved
from tests.timing import fastest

EACH = 120  # mutations of each seed
LIMITS = DecodeLimits()

FILES: list[tuple[str, str, dict[str, Any]]] = [
    ("RGB", "JPEG", {}),
    ("RGB", "JPEG", {"progressive": True}),
    ("CMYK", "JPEG", {}),
    ("RGB", "PNG", {}),
    ("LA", "PNG", {}),
    ("P", "PNG", {"transparency": 3}),
    ("RGB", "GIF", {}),
    ("RGB", "BMP", {}),
    ("P", "BMP", {}),
    ("RGB", "TIFF", {}),
    ("P", "TIFF", {"compression": "tiff_lzw"}),
    ("RGB", "TIFF", {"compression": "jpeg"}),
    ("1", "TIFF", {"compression": "packbits"}),
    ("F", "TIFF", {}),
    ("RGB", "WEBP", {}),
    ("RGBA", "WEBP", {"lossless": True}),
    ("RGB", "AVIF", {"speed": 10}),
]


def seeds() -> list[tuple[str, bytes]]:
    made = [
        (f"{mode} {kind} {options}", saved(photo(48, 36).convert(mode), kind, **options))
        for mode, kind, options in FILES
    ]
    made += [(f"animated {k}", animation(k, 4)) for k in ("GIF", "PNG", "WEBP", "TIFF", "AVIF")]
    return made + [(path.name, path.read_bytes()) for path in sorted(DATA.glob("*.heic"))]


def mutated(data: bytes, other: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    match rng.randrange(4):
        case 0:
            for _ in range(rng.choice((1, 2, 8, 30))):
                changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        case 1:
            del changed[rng.randrange(len(changed)) :]
        case 2:
            at, source, size = (
                rng.randrange(len(data)),
                rng.randrange(len(other)),
                rng.randrange(200),
            )
            changed[at : at + size] = other[source : source + size]
        case _:  # heads, where sizes and counts stand, get the values that break things
            for _ in range(rng.choice((1, 3))):
                at = rng.randrange(min(len(changed), 400))
                changed[at] = rng.choice((0, 1, 127, 128, 255))
    return bytes(changed)


SEEDS = seeds()


@pytest.mark.parametrize("name", [name for name, _ in SEEDS])
def test_a_mutated_file_is_a_picture_or_our_error(name: str) -> None:
    """Bit flips, cuts, splices and bad heads; warnings are errors, two seconds the most."""
    data = dict(SEEDS)[name]
    rng = random.Random(name)
    for _ in range(EACH):
        other = data if rng.random() < 0.7 else rng.choice(SEEDS)[1]
        upload = mutated(data, other, rng)
        assert fastest(partial(picture_or_error, upload), under=2) < 2


def picture_or_error(upload: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            for frame in decode(upload, LIMITS).frames:
                assert frame.pixels.dtype == np.uint8
                assert frame.pixels.size
                assert frame.pixels.ndim == 2 or frame.pixels.shape[2:] == (3,)
        except DecodeError as error:
            assert len(str(error)) < 200  # noqa: PT017  (both outcomes are good)


def test_eight_threads_decode_as_one_does() -> None:
    """No state is shared between uploads."""

    def pixels(data: bytes) -> list[bytes]:
        return [frame.pixels.tobytes() for frame in decode(data, LIMITS).frames]

    files = [data for _, data in SEEDS]
    alone = [pixels(data) for data in files]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(pixels, files * 2))
    assert together == alone * 2
