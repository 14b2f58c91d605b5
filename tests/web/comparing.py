"""The hashes of the page beside those of Python, file by file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from hashguard.decode import DecodeLimits, decode
from hashguard.hashers.pdq import hash_pixels
from hashguard.hashes import Algorithm, Hash, Hashed
from tests.web.tool import Outcome, PageHash


@dataclass(frozen=True, slots=True)
class Compared:
    """bits: from the hash of Python; None where only one of the two has a hash."""

    path: Path
    bits: int | None
    same_quality: bool


def hash_of_file(path: Path) -> Hashed:
    """What `hashguard hash` says of a file: of a JPEG, it reads the luma as stored."""
    frame = next(iter(decode(path.read_bytes(), DecodeLimits()).frames))
    return hash_pixels(frame.pixels)


def hash_of_pixels(path: Path) -> Hashed:
    """The hash of the RGB pixels, rounded, that a browser's canvas holds, too."""
    data = path.read_bytes()
    if not data.startswith(b"\xff\xd8"):
        return hash_of_file(path)
    # With an end marker, lest Pillow refuse a file that lacks its own; a second does no harm.
    with Image.open(io.BytesIO(data + b"\xff\xd9")) as image:
        upright = ImageOps.exif_transpose(image)
        return hash_pixels(np.asarray(upright.convert("RGB")))


def compare(
    paths: Sequence[Path], found: Sequence[PageHash], expected: Sequence[Hashed]
) -> list[Compared]:
    """Each file in the order chosen.

    Of a file whose hash an earlier one has, the page shows no more than that: it is compared
    with the nearest of the earlier ones.
    """
    compared = []
    earlier: list[Hash] = []
    for path, ours, theirs in zip(paths, found, expected, strict=True):
        candidates = earlier if ours.outcome is Outcome.TWICE else []
        same_quality = True
        if ours.outcome is Outcome.SAVED:
            candidates = [Hash.from_hex(Algorithm.PDQ, ours.hash)]
            earlier += candidates
            same_quality = ours.quality == theirs.quality
        bits = min((one.distance(theirs.hash) for one in candidates), default=None)
        if ours.outcome is Outcome.PLAIN and theirs.quality == 0:
            bits = 0  # neither side keeps a hash
        compared.append(Compared(path, bits, same_quality))
    return compared
