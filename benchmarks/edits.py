"""Which single edits does each policy see through? Recall on your own photographs.

    python benchmarks/edits.py PHOTOS [--unrelated OTHERS] [--limit N]

Shrinks every photograph to at most 1,024 pixels, lists it, edits it in one way, and asks for a
verdict. A MATCH of the right entry counts, everything else is a miss, undecided included. Prints
a Markdown table with n and 95 % Wilson intervals, and how often unrelated pictures matched.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable
from math import sqrt
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from hashguard import Algorithm, Entry, HashList, Matcher, Outcome, policies
from hashguard.hashers.pdq import hash_pixels

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
MAX_SIDE = 1024  # pixels
POLICIES = (policies.PDQ_STRICT, policies.PDQ_STRICT_ORIENTED, policies.PDQ_WIDE)
Edit = Callable[[Image.Image], bytes]


def jpeg(image: Image.Image, quality: int = 90) -> bytes:
    """The picture as a JPEG file."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def crop(share: float) -> Edit:
    """Cut that share of each side away."""

    def edit(image: Image.Image) -> bytes:
        dx, dy = round(image.width * share), round(image.height * share)
        return jpeg(image.crop((dx, dy, image.width - dx, image.height - dy)))

    return edit


def border(share: float) -> Edit:
    """Put a white border around, that share of each side wide."""
    return lambda image: jpeg(
        ImageOps.expand(
            image, (round(image.width * share), round(image.height * share)), fill="white"
        )
    )


def tilt(degrees: float) -> Edit:
    """Turn a little, black corners and all."""
    return lambda image: jpeg(image.rotate(degrees, Image.Resampling.BICUBIC))


def caption(image: Image.Image) -> bytes:
    """Lay a black bar over the lowest 13 % of the picture."""
    copy = image.copy()
    top = round(copy.height * 0.87)
    ImageDraw.Draw(copy).rectangle((0, top, copy.width, copy.height), fill="black")
    return jpeg(copy)


def gif(image: Image.Image) -> bytes:
    """Save with a palette of 256 colours."""
    out = io.BytesIO()
    image.save(out, "GIF")
    return out.getvalue()


def small(image: Image.Image) -> bytes:
    """Shrink to 128 pixels on the longer side."""
    copy = image.copy()
    copy.thumbnail((128, 128))
    return jpeg(copy)


EDITS: dict[str, Edit] = {
    "saved again as JPEG of quality 20": lambda image: jpeg(image, 20),
    "shrunk to 128 pixels": small,
    "saved as GIF": gif,
    "made grey": lambda image: jpeg(image.convert("L")),
    "blurred (radius 3)": lambda image: jpeg(image.filter(ImageFilter.GaussianBlur(3))),
    "brightened by half": lambda image: jpeg(ImageEnhance.Brightness(image).enhance(1.5)),
    "cropped by 1 % a side": crop(0.01),
    "cropped by 2 % a side": crop(0.02),
    "cropped by 5 % a side": crop(0.05),
    "framed by a border of 2 % a side": border(0.02),
    "framed by a border of 5 % a side": border(0.05),
    "given a caption bar over 13 % of its height": caption,
    "tilted by 1°": tilt(1),
    "tilted by 2°": tilt(2),
    "tilted by 5°": tilt(5),
    "mirrored": lambda image: jpeg(ImageOps.mirror(image)),
    "turned by a quarter": lambda image: jpeg(image.transpose(Image.Transpose.ROTATE_90)),
}


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a share."""
    z = 1.96
    middle = (hits + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * sqrt(hits * (n - hits) / n + z * z / 4)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def pictures(folder: Path, limit: int) -> list[Path]:
    """The picture files of a folder, in order."""
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    return found[:limit]


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("photos", type=Path)
    parser.add_argument("--unrelated", type=Path)
    parser.add_argument("--limit", type=int, default=sys.maxsize)
    options = parser.parse_args()
    images = []
    for path in pictures(options.photos, options.limit):
        with Image.open(path) as image:
            picture = image.convert("RGB")
            picture.thumbnail((MAX_SIDE, MAX_SIDE))  # what many services keep; and it is faster
            images.append(picture)
    if not images:
        parser.error("no pictures there")
    entries = [
        Entry(id=str(n), hash=hash_pixels(np.asarray(image)).hash) for n, image in enumerate(images)
    ]
    hash_list = HashList.from_entries(entries, algorithm=Algorithm.PDQ)
    matchers = [Matcher(hash_list, policy=policy) for policy in POLICIES]

    print("| the copy was | " + " | ".join(f"`{p.name}`" for p in POLICIES) + " |")
    print("|---|" + "---|" * len(POLICIES))
    for name, edit in EDITS.items():
        uploads = [edit(image) for image in images]
        cells = []
        for matcher in matchers:
            hits = sum(
                str(n) in {match.entry.id for match in verdict.matches}
                for n, verdict in enumerate(matcher.check_many(uploads))
            )
            low, high = wilson(hits, len(images))
            cells.append(f"{hits / len(images):.2f} ({low:.2f} to {high:.2f})")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    print(f"\nn = {len(images)} photographs; in brackets the 95 % Wilson interval.")
    if options.unrelated:
        report_unrelated(options.unrelated, options.limit, matchers)
    return 0


def report_unrelated(folder: Path, limit: int, matchers: list[Matcher]) -> None:
    """Print how many pictures that are not listed matched anything."""
    paths = pictures(folder, limit)
    for matcher in matchers:
        verdicts = list(matcher.check_many(path.read_bytes() for path in paths))
        wrong = sum(verdict.outcome is Outcome.MATCH for verdict in verdicts)
        unsure = sum(verdict.outcome is Outcome.UNDECIDED for verdict in verdicts)
        _, high = wilson(wrong, len(paths))
        print(
            f"{matcher.policy.name}: {wrong} of {len(paths)} unrelated pictures matched "
            f"(at most {high:.4f} with 95 % confidence), {unsure} undecided."
        )


if __name__ == "__main__":
    sys.exit(main())
