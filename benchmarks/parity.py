"""Is our PDQ the PDQ of the field? Compare with `pdqhash` on a folder of photographs.

    python benchmarks/parity.py PHOTOS [MORE ...]

For every picture, on identical RGB pixels at native size: bits and quality against `pdqhash`,
the largest difference of a DCT coefficient, ties, the luma route against the RGB route, and
the eight orientations against hashing the really turned pixels. Prints one summary; exits 1
if any tie-free bit or any quality differs.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pdqhash
from numpy.typing import NDArray
from PIL import Image

from hashguard.decode import DecodeLimits, decode
from hashguard.hashers.orientation import turn
from hashguard.hashers.pdq import TIE_EPSILON, coefficients, hash_orientations, hash_pixels
from hashguard.hashers.tent import buffers
from hashguard.hashes import Pixels

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass
class Tally:
    """What was counted over all pictures."""

    pictures: int = 0
    bits_wrong: int = 0
    pictures_wrong: int = 0
    tied_bits_differ: int = 0
    quality_wrong: int = 0
    orientation_bits: int = 0
    largest_error: float = 0.0
    ties: list[int] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    luma_route: Counter[int] = field(default_factory=Counter)

    def add(self, pixels: Pixels, data: bytes) -> None:
        """Compare one picture, given as RGB pixels and as the file they came from."""
        ours = hash_pixels(pixels)
        bits, quality = pdqhash.compute(pixels)
        values, _ = pdqhash.compute_float(pixels)
        flat = coefficients(buffers(pixels)[0]).ravel()
        # pdqhash gives the most significant bit first, as hex is printed.
        differ = np.unpackbits(ours.hash.code) != np.asarray(bits, dtype=np.uint8)
        median = np.partition(flat, 127)[127]
        tied = (np.abs(flat - median) <= TIE_EPSILON)[::-1]
        wrong = int((differ & ~tied).sum())
        self.pictures += 1
        self.bits_wrong += wrong
        self.pictures_wrong += wrong > 0
        self.tied_bits_differ += int((differ & tied).sum())
        self.quality_wrong += ours.quality != quality
        self.largest_error = max(self.largest_error, _error(flat, np.asarray(values)))
        self.ties.append(ours.ties)
        self.gaps.append(float(np.sort(np.abs(flat - median))[1]))
        for orientation, hashed in hash_orientations(pixels).items():
            turned = hash_pixels(np.ascontiguousarray(turn(pixels, orientation)))
            self.orientation_bits += turned.hash.distance(hashed.hash)
        (frame, *_) = decode(data, DecodeLimits()).frames
        self.luma_route[hash_pixels(frame.pixels).hash.distance(ours.hash)] += 1

    def report(self) -> str:
        """The summary as Markdown lines."""
        ties = np.array(self.ties)
        return "\n".join(
            (
                f"- pictures: {self.pictures}",
                (
                    f"- with a tie-free bit that differs from pdqhash: {self.pictures_wrong} "
                    f"({self.bits_wrong} bits); tied bits that differ: {self.tied_bits_differ}"
                ),
                f"- with another quality: {self.quality_wrong}",
                (
                    f"- largest difference of a coefficient: {self.largest_error:.5f} "
                    f"(a tie is closer than {TIE_EPSILON} to the median)"
                ),
                (
                    f"- ties: none in {int((ties == 0).sum())} pictures, most {int(ties.max())}, "
                    f"over 32 in {int((ties > 32).sum())}"
                ),
                (
                    f"- bits between an orientation and the really turned pixels: "
                    f"{self.orientation_bits}"
                ),
                "- bits between the file decoded by us and its RGB pixels: "
                + ", ".join(f"{d}: {n}" for d, n in sorted(self.luma_route.items())),
            )
        )


def _error(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    return min(float(np.abs(ours - theirs).max()), float(np.abs(ours - theirs[::-1]).max()))


def main() -> int:
    """Run the comparison of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path)
    paths = sorted(
        path
        for folder in parser.parse_args().folders
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
    )
    if not paths:
        parser.error("no pictures there")
    tally = Tally()
    for number, path in enumerate(paths):
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"))
        tally.add(pixels, path.read_bytes())
        if number % 50 == 49:
            print(f"{number + 1} of {len(paths)}", file=sys.stderr)
    print(tally.report())
    return int(tally.bits_wrong + tally.quality_wrong + tally.orientation_bits > 0)


if __name__ == "__main__":
    sys.exit(main())
