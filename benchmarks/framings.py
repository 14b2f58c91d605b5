"""How near the hash of a framing comes to the picture's own, and what it costs to try many.

    OPENBLAS_NUM_THREADS=1 python -m benchmarks.framings PHOTOS [--strangers MORE] [--photos N]

Photographs are cropped, bordered and tilted, saved as JPEG of quality 90, and hashed through
`hashguard.hashers.framed`; distances are to the plain PDQ of the whole photograph. Pictures above
1,600 pixels are scaled down to that first, and are their own reference. Prints tables:

- whole uploads: thumbnail and plain PDQ of the same picture;
- what was cropped, bordered or tilted: median and 95 % of the distance, and the share found at
  31, 47, 55 and 63 bits, with the framing known and with grids;
- strangers: the nearest of all other pictures to any framing of a whole photograph;
- milliseconds of one call on this machine.
"""

from __future__ import annotations

import argparse
import io
import itertools
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.codes import picture_files
from hashguard.framing import Framing
from hashguard.hashers.framed import (
    TYPICAL,
    Lag,
    coded,
    framed_codes,
    framed_orientations,
    ratio_framings,
    upright,
)
from hashguard.hashers.operators import TYPICAL_LAG, lag_of, margin_of, operators
from hashguard.hashers.pdq import hash_pixels
from hashguard.hashers.thumbnail import Thumbnail, thumbnail, tilted
from hashguard.hashes import Codes, Pixels
from hashguard.robustness.attacks import canvas
from hashguard.robustness.attacks.crop import cropped_to
from hashguard.robustness.attacks.frame import framed
from hashguard.robustness.attacks.geometry import inscribed

LARGEST = 1600  # pixels
RADII = (31, 47, 55, 63)  # bits
STRANGE_RADII = (63, 70, 75, 80, 85, 90)  # bits
SEED = 5
GRIDS = {  # what may be missing at each side, in shares of the upload
    "16 framings: 2.5, 7.5 %": (0.025, 0.075),
    "81 framings: 0, 5, 10 %": (0.0, 0.05, 0.1),
    "256 framings: 0, 4, 8, 12 %": (0.0, 0.04, 0.08, 0.12),
    "625 framings: 0, 2.5, 5, 8, 12 %": (0.0, 0.025, 0.05, 0.08, 0.12),
    "625 framings: 0 to 10 % by 2.5": (0.0, 0.025, 0.05, 0.075, 0.1),
}
TILTS = range(-3, 4)  # degrees
DEGREES = (1, 1.5, 2, 2.5, 3)  # of tilted uploads; the halves are as far from TILTS as can be
Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels, right and bottom outside
Spans = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Upload:
    """A changed picture; where the whole of the original lies in it; the original's hash."""

    pixels: Pixels
    truth: Framing
    lag: Lag
    reference: Codes


def spans(shares: tuple[float, ...]) -> Spans:
    """Begin and end of an axis with each pair of shares missing."""
    return [(-before, 1 + behind) for before, behind in itertools.product(shares, repeat=2)]


def changed(image: Image.Image, rng: np.random.Generator) -> Iterator[tuple[str, Upload]]:
    """Uploads made of one photograph, each with the name of its kind."""
    original = np.asarray(image)
    reference = hash_pixels(original).hash.code
    lag = lag_of(image.height), lag_of(image.width)

    def upload(made: Image.Image, box: tuple[float, ...], tilt: float = 0.0) -> Upload:
        left, top, right, bottom = box
        across, down = made.width, made.height
        truth = Framing(left / across, top / down, right / across, bottom / down, tilt)
        return Upload(saved(made), truth, lag, reference)

    def crop(box: Box) -> Upload:
        return upload(
            image.crop(box), (-box[0], -box[1], image.width - box[0], image.height - box[1])
        )

    yield "as it is", upload(image, (0, 0, *image.size))
    for percent in (2, 5, 10):
        across, down = canvas.share(image.width, percent), canvas.share(image.height, percent)
        box = (across, down, image.width - across, image.height - down)
        yield f"crop, {percent} % a side", crop(box)
    for percent in (5, 10):
        shares = rng.uniform(0, percent / 100, 4) * (image.size * 2)
        before, above, behind, below = (round(share) for share in shares)
        box = (before, above, image.width - behind, image.height - below)
        yield f"crop, up to {percent} % a side", crop(box)
    for percent in (2, 5, 10, 15):
        scene = framed(image.convert("RGB"), (percent, percent), (255, 255, 255))
        yield f"border, {percent} %", upload(scene.image.convert("L"), scene.box)
    for degrees in DEGREES:
        tilt = float(degrees * rng.choice((-1, 1)))
        turned = image.rotate(-tilt, Image.Resampling.BICUBIC)
        yield f"tilt, {degrees} degrees", upload(turned, (0, 0, *image.size), tilt)
        wide, high = inscribed(image.width, image.height, degrees)
        left, top = (image.width - wide) // 2, (image.height - high) // 2
        kept = turned.crop((left, top, left + wide, top + high))
        box = (-left, -top, image.width - left, image.height - top)
        yield f"tilt and crop, {degrees} degrees", upload(kept, box, tilt)


def ratio_crops(image: Image.Image) -> Iterator[tuple[str, Upload]]:
    """Of pictures that are made 4:3 and 3:2 first, the middle that has another ratio."""
    for name, wide in (("4:3", 4 / 3), ("3:2", 3 / 2)):
        original = cropped_to(image, wide)
        reference = hash_pixels(np.asarray(original)).hash.code
        lag = lag_of(original.height), lag_of(original.width)
        for target, ratio in (("1:1", 1.0), ("4:5", 4 / 5), ("16:9", 16 / 9)):
            kept = cropped_to(original, ratio)
            across, down = original.width / kept.width, original.height / kept.height
            truth = Framing((1 - across) / 2, (1 - down) / 2, (1 + across) / 2, (1 + down) / 2)
            yield f"{name} cropped to {target}", Upload(saved(kept), truth, lag, reference)


def saved(image: Image.Image) -> Pixels:
    """Luma of a JPEG of the picture."""
    with Image.open(io.BytesIO(canvas.jpeg(image.convert("RGB")))) as read:
        pixels: Pixels = np.asarray(read.convert("L"))
    return pixels


def distances(codes: Codes, reference: Codes) -> NDArray[np.int64]:
    """Bits between packed codes; the shapes broadcast."""
    counted: NDArray[np.int64] = np.bitwise_count(
        codes.view(np.uint64) ^ reference.view(np.uint64)
    ).sum(axis=-1, dtype=np.int64)
    return counted


def found(upload: Upload, name: str) -> Iterator[tuple[str, int]]:
    """The distance that each way of looking comes to."""
    yield "plain PDQ", int(distances(hash_pixels(upload.pixels).hash.code, upload.reference))
    thumb = thumbnail(upload.pixels)
    if upload.truth.tilt:
        yield from _found_tilted(upload, thumb)
        return
    truth, reference = upload.truth, upload.reference
    for label, lag in (("framing known", TYPICAL), ("framing and size known", upload.lag)):
        yield label, int(distances(coded(thumb, [truth], lag=lag).codes, reference)[0])
    if "crop" in name:
        yield "framing known, edges going on", int(distances(_going_on(thumb, truth), reference))
    if "cropped to" in name:
        few = (Framing(), *ratio_framings(*upload.pixels.shape[:2]))
        far = distances(coded(thumb, few).codes, reference)
        yield f"{len(few)} framings by ratio", int(far.min())
    elif "crop" in name:
        for label, shares in GRIDS.items():
            far = distances(framed_codes(thumb, spans(shares), spans(shares)), reference)
            yield label, int(far.min())


def _going_on(thumb: Thumbnail, truth: Framing) -> Codes:
    """The code of a framing if the edges went on for ever, which a guess must beat."""
    rows, columns = [(truth.top, truth.bottom)], [(truth.left, truth.right)]
    margin = margin_of([*rows, *columns], TYPICAL_LAG)
    cells = np.pad(thumb, margin, mode="edge")
    down, across = (operators(axis, TYPICAL_LAG, margin)[0] for axis in (rows, columns))
    flat = (down @ cells @ across.T).ravel()[::-1]
    return np.packbits(flat > np.partition(flat, 127)[127])


def _found_tilted(upload: Upload, thumb: Thumbnail) -> Iterator[tuple[str, int]]:
    height, width = upload.pixels.shape[:2]
    truth, reference = upload.truth, upload.reference
    back = tilted(thumb, truth.tilt, height=height, width=width)
    straight = upright(truth, height=height, width=width)
    yield "tilt and framing known", int(distances(coded(back, [straight]).codes, reference)[0])
    # A tilted picture was often cropped, more the more it is tilted.
    grid = [Framing(-cut, -cut, 1 + cut, 1 + cut) for cut in (0.0, 0.025, 0.05)]
    far = np.stack(
        [
            distances(coded(tilted(thumb, tilt, height=height, width=width), grid).codes, reference)
            for tilt in TILTS
        ]
    )
    yield f"{len(TILTS)} tilts", int(far[:, 0].min())
    yield f"{len(TILTS)} tilts, each with 0, 2.5 and 5 % missing", int(far.min())


def strangers(photos: list[Path], others: list[Path]) -> None:
    """Print how near unrelated hashes come to any framing of each photograph."""
    paths = [*photos, *others]
    listed = np.stack([hash_pixels(luma(path)).hash.code for path in paths])
    nearest: dict[str, list[NDArray[np.int64]]] = defaultdict(list)
    for number, path in enumerate(photos):
        thumb = thumbnail(luma(path))
        rest = np.delete(listed, number, axis=0)
        nearest["plain PDQ"].append(distances(rest, listed[number]))
        for label, shares in GRIDS.items():
            grid = spans(shares)
            nearest[label].append(_nearest_of_each(framed_codes(thumb, grid, grid), rest))
    print(f"\n{len(photos)} photographs, {len(listed) - 1} strangers each")
    print(f"{'':50} {'pairs':>8} {'least':>6}   pairs within {STRANGE_RADII}")
    pairs = {label: np.concatenate(rows) for label, rows in nearest.items()}
    for label, all_pairs in pairs.items():
        within = "  ".join(f"{(all_pairs <= radius).sum():5}" for radius in STRANGE_RADII)
        print(f"{label:50} {len(all_pairs):8} {all_pairs.min():6}   {within}")


def _nearest_of_each(codes: Codes, rest: Codes) -> NDArray[np.int64]:
    """For each of the rest the distance of the nearest code."""
    best = np.full(len(rest), 257, np.int64)
    for code in codes.reshape(-1, 32):
        np.minimum(best, distances(rest, code), out=best)
    return best


def luma(path: Path) -> Pixels:
    """A picture as luma, at most 1,600 pixels large."""
    return np.asarray(opened(path))


def opened(path: Path) -> Image.Image:
    """The same as an image."""
    with Image.open(path) as image:
        image.draft("L", image.size)
        read = image.convert("L")
    if max(read.size) > LARGEST:
        read.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
    return read


def times() -> None:
    """Milliseconds, the median of many calls, matrices cached."""
    luma_plane = np.random.default_rng(SEED).integers(0, 256, (1200, 1600), dtype=np.uint8)
    colour = np.random.default_rng(SEED).integers(0, 256, (1200, 1600, 3), dtype=np.uint8)
    thumb = thumbnail(luma_plane)
    coarse, fine = spans((0.0, 0.05, 0.1)), spans((0.0, 0.025, 0.05, 0.075, 0.1))
    calls: dict[str, Callable[[], object]] = {
        "plain PDQ, 1600 x 1200 luma": lambda: hash_pixels(luma_plane),
        "thumbnail, 1600 x 1200 luma": lambda: thumbnail(luma_plane),
        "thumbnail, 1600 x 1200 RGB": lambda: thumbnail(colour),
        "81 framings": lambda: framed_codes(thumb, coarse, coarse),
        "81 framings, 8 orientations": lambda: framed_orientations(thumb, coarse, coarse),
        "625 framings": lambda: framed_codes(thumb, fine, fine),
        "625 framings, 8 orientations": lambda: framed_orientations(thumb, fine, fine),
        "thumbnail turned back": lambda: tilted(thumb, 2, height=1200, width=1600),
    }
    print("\nmilliseconds")
    for name, call in calls.items():
        call()
        taken = []
        for _ in range(15):
            started = perf_counter()
            call()
            taken.append(perf_counter() - started)
        print(f"{name:50} {1e3 * float(np.median(taken)):6.2f}")


def crops(photos: list[Path]) -> None:
    """Print what each way of looking finds of each kind of upload."""
    table: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, path in enumerate(photos):
        image = opened(path)
        rng = np.random.default_rng([SEED, number])
        for name, upload in (*changed(image, rng), *ratio_crops(image)):
            for way, distance in found(upload, name):
                table[name, way].append(distance)
    print(f"{'':82} {'n':>4} {'median':>6} {'95 %':>5}   found at {RADII}")
    for (name, way), bits in table.items():
        middle, high = np.percentile(bits, (50, 95))
        shares = "  ".join(f"{np.mean(np.array(bits) <= radius):.3f}" for radius in RADII)
        print(f"{name:30} {way:51} {len(bits):4} {middle:6.0f} {high:5.0f}   {shares}")


def pictures(folder: Path, count: int) -> list[Path]:
    """Up to so many pictures of a folder, evenly drawn from all."""
    paths = picture_files(folder)
    order = np.random.default_rng(SEED).permutation(len(paths))[:count]
    return [paths[place] for place in sorted(order)]


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="PHOTOS")
    parser.add_argument("--strangers", type=Path, metavar="MORE")
    parser.add_argument("--photos", type=int, default=70)
    parser.add_argument("--others", type=int, default=1000, help="of MORE; default: 1,000")
    parser.add_argument("--only", choices=("crops", "strangers", "times"))
    options = parser.parse_args()
    photos = pictures(options.folder, options.photos)
    if not photos:
        parser.error("no pictures in the folder")
    if options.only in (None, "crops"):
        crops(photos)
    if options.only in (None, "strangers"):
        others = pictures(options.folder, sys.maxsize)
        others = [path for path in others if path not in photos]
        if options.strangers:
            others += pictures(options.strangers, options.others)
        strangers(photos, others)
    if options.only in (None, "times"):
        times()
    return 0


if __name__ == "__main__":
    sys.exit(main())
