"""Which pictures within uploads are found, how exactly, and how many boxes it takes.

    python -m benchmarks.detection PHOTOS [--photos N] [--quality Q] [--only WORD]

Every photograph is put into scenes whose box is known, saved as a JPEG and searched. A box is
exact if all its edges lie within a share of its sides. Bits are those of PDQ between what was
cut out and the photograph: of the nearest box, and of the whole upload beside it. Scenes in
which the picture fills the upload are left out; one of which nothing is found counts as a miss.

Prints Markdown tables; the first line is about the photographs as they are.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.codes import picture_files
from benchmarks.common import pin_to_one_core
from hashguard import DecodeLimits
from hashguard.decode import decode
from hashguard.detection import Found, find_pictures
from hashguard.hashers.pdq import hash_pixels
from hashguard.hashes import Pixels
from hashguard.robustness.attacks import canvas, frame, overlay, page, screen
from hashguard.robustness.attacks.drawing import BLACK, WHITE, Box, Scene, Stage
from hashguard.robustness.attacks.phone import DARK, LIGHT

EXACT = (0.005, 0.01)  # of the sides of the true box
BITS = (31, 47, 55, 63)
LARGEST = 1600  # pixels; larger photographs are shrunk, as services do

SCENES: dict[str, tuple[Stage, tuple[float, ...]]] = {
    "border, white": (partial(frame.bordered, colour=WHITE), (1, 2, 5, 10, 15, 25)),
    "border, black": (partial(frame.bordered, colour=BLACK), (1, 2, 5, 10, 15, 25)),
    "border, coloured": (frame.coloured_border, (1, 2, 5, 10, 15, 25)),
    "bars above and below": (frame.letterboxed, (2, 5, 10, 20)),
    "bars left and right": (frame.pillarboxed, (2, 5, 10, 20)),
    "padded, white": (frame.padded, (1, 2, 3, 4)),
    "padded, blurred copy": (frame.storied, (1, 2, 3, 4)),
    "instant photograph": (frame.instant_photo, (3, 5, 8)),
    "meme, above": (page.meme_above, (8, 12, 20, 30)),
    "meme, around": (page.meme_around, (8, 12, 20, 30)),
    "caption above": (overlay.caption_above, (5, 8, 13, 20, 30)),
    "phone, light": (partial(screen.phone_screenshot, theme=LIGHT), (1, 2, 3)),
    "phone, dark": (partial(screen.phone_screenshot, theme=DARK), (1, 2, 3)),
    "desktop": (screen.desktop_screenshot, (1, 2, 3)),
    "picture in a picture": (page.inset, (70, 50, 35, 25)),
    "collage, gaps": (partial(page.collage, gap=6), (2, 4, 9)),
    "collage, no gaps": (partial(page.collage, gap=0), (2, 4, 9)),
    "page with text": (page.printed, (100, 70, 45)),
}


@dataclass
class Tally:
    """What was seen of uploads of one kind."""

    errors: list[float] = field(default_factory=list)
    boxes: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    near: list[int] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, upload: Pixels, box: Box | None, photo: Pixels) -> None:
        """Search an upload and compare with the truth."""
        start = time.process_time()
        found = find_pictures(upload)
        self.seconds.append(time.process_time() - start)
        self.boxes.append(len(found))
        if box is None:
            return
        height, width = upload.shape[:2]
        errors = [_error(one, box, width, height) for one in found]
        best = int(np.argmin(errors)) if errors else 0
        self.errors.append(errors[best] if errors else np.inf)
        if errors and errors[best] <= EXACT[-1]:
            self.places.append(best + 1)
        wanted = hash_pixels(photo).hash
        self.whole.append(wanted.distance(hash_pixels(upload).hash))
        cuts = [wanted.distance(hash_pixels(_cut(upload, one)).hash) for one in found]
        self.near.append(min([*cuts, self.whole[-1]]))

    def row(self, name: str) -> str:
        """A line of the table."""
        exact = [f"{_share(self.errors, most):.3f}" for most in EXACT]
        near = [f"{_share(self.near, most):.3f}" for most in BITS]
        cells = [
            name,
            f"{len(self.errors)}",
            *exact,
            f"{np.mean(self.places):.1f}" if self.places else "-",
            f"{np.mean(self.boxes):.1f}",
            *near,
            f"{_share(self.whole, BITS[0]):.3f}",
            f"{np.median(self.seconds) * 1e3:.1f}",
        ]
        return f"| {' | '.join(cells)} |"


def _share(values: Sequence[float], most: float) -> float:
    return float(np.mean(np.array(values) <= most))


def _error(found: Found, box: Box, width: int, height: int) -> float:
    """The farthest edge from where it should be, in shares of the true box's side."""
    edges = found.framing
    across, down = box[2] - box[0], box[3] - box[1]
    return max(
        abs(edges.left * width - box[0]) / across,
        abs(edges.right * width - box[2]) / across,
        abs(edges.top * height - box[1]) / down,
        abs(edges.bottom * height - box[3]) / down,
    )


def _cut(upload: Pixels, found: Found) -> Pixels:
    height, width = upload.shape[:2]
    edges = found.framing
    rows = slice(round(edges.top * height), round(edges.bottom * height))
    columns = slice(round(edges.left * width), round(edges.right * width))
    return np.ascontiguousarray(upload[rows, columns])


def _photographs(folder: Path, count: int) -> list[Pixels]:
    """So many photographs from all over a folder, RGB."""
    files = picture_files(folder)
    chosen = [files[number * len(files) // count] for number in range(min(count, len(files)))]
    made = []
    for path in chosen:
        image = Image.open(path).convert("RGB")
        image.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
        made.append(canvas.pixels_of(image))
    return made


def _luma(scene: Scene, quality: int) -> Pixels:
    (image,) = decode(canvas.jpeg(scene.image, quality), DecodeLimits()).frames
    return image.pixels


def main() -> None:
    """Search and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=60)
    parser.add_argument("--quality", type=int, default=canvas.JPEG_QUALITY)
    parser.add_argument("--only", default="", help="of scenes with this in their name")
    args = parser.parse_args()
    pin_to_one_core()
    photos = _photographs(args.folder, args.photos)
    plain = Tally()
    for photo in photos:
        plain.add(_luma(Scene(canvas.image_of(photo), (0, 0, 1, 1)), args.quality), None, photo)
    many = np.percentile(plain.boxes, [50, 75, 95]).tolist()
    print(
        f"{len(photos)} photographs as they are, quality {args.quality}: "
        f"{np.mean(plain.boxes):.2f} boxes on average, none for "
        f"{_share(plain.boxes, 0):.0%}, median {many[0]:g}, 75 % {many[1]:g}, 95 % {many[2]:g}; "
        f"median {np.median(plain.seconds) * 1e3:.1f} ms"
    )
    print()
    heads = ["scene", "n", "within 0.5 %", "1 %", "place", "boxes"]
    heads += [*(f"{bits} bits" for bits in BITS), "whole, 31 bits", "ms"]
    print(f"| {' | '.join(heads)} |")
    print(f"|{'---|' * len(heads)}")
    for name, (stage, strengths) in SCENES.items():
        if args.only in name:
            for strength in strengths:
                tally = _tally(photos, stage, strength, args.quality)
                if tally.errors:
                    print(tally.row(f"{name}, {strength:g}"), flush=True)


def _tally(photos: Sequence[Pixels], stage: Stage, strength: float, quality: int) -> Tally:
    tally = Tally()
    for number, photo in enumerate(photos):
        scene = stage(canvas.image_of(photo), strength, np.random.default_rng(number))
        if scene.box != (0, 0, *scene.image.size):
            tally.add(_luma(scene, quality), scene.box, photo)
    return tally


if __name__ == "__main__":
    main()
