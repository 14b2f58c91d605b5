"""Codes to search among: random ones, and PDQ hashes of real photographs.

    python -m benchmarks.codes N [--corpus FOLDER] [--real N]

Random: every bit is a fair coin. Real: of each photograph in the folder the hash of the whole
picture, then hashes of copies of a thumbnail that were cut, mirrored, turned, squeezed, framed
and brightened at random, until there are `real` different hashes, as many of each photograph.
No hash is left out for its quality.

The rest, up to n, is filled up: row i repeats real hash i % real with each bit flipped with a
probability that is drawn for the row, between 5 and 30 % (13 to 77 bits apart on average). So
buckets are as crowded and as unequal as those of real hashes, but neighbours within the radius
are more frequent than in a list of that many photographs.

Everything follows from a seed and is kept in out/; delete it there to have it made anew.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.common import OUT, PHOTOS, SEED
from hashguard import Codes, DecodeLimits
from hashguard.decode import decode
from hashguard.hashers.orientation import Orientation, turn
from hashguard.hashers.pdq import hash_orientations, hash_pixels
from hashguard.hashes import Hashed, Pixels
from hashguard.robustness.verdicts.listing import filled_up

CODE_BYTES = 32
REAL = 150_000  # hashes; some 35 of each of 4,311 photographs
FILLED_WITH = 30_000  # hashes of distractors and their copies, where a list is filled up with them
THUMBNAIL = 200  # pixels, the longer side
SIDES = (96, 128, 192)  # pixels of a copy; few, for the hasher keeps a matrix for each size
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


def picture_files(folder: Path) -> list[Path]:
    """The picture files in a folder and below it, in order."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


@dataclass(frozen=True, slots=True)
class RealHashes:
    """Different PDQ hashes, which photograph each shows, and its quality.

    codes: (n, 32) uint8. photographs: (n,) int32, ascending; the first hash of each photograph
    is that of the whole picture. qualities: (n,) int16.
    """

    codes: Codes
    photographs: NDArray[np.int32]
    qualities: NDArray[np.int16]

    def whole(self) -> Codes:
        """(photographs, 32): the hash of each whole picture."""
        _, first = np.unique(self.photographs, return_index=True)
        return self.codes[first]


def random_path(count: int) -> Path:
    """Where `random_codes` keeps that many."""
    return OUT / f"random-{count}.npy"


def real_path(count: int, corpus: Path, *, real: int = REAL) -> Path:
    """Where `real_codes` keeps that many."""
    return OUT / f"real-{_fingerprint(corpus)}-{real}-{count}.npy"


def random_codes(count: int) -> Codes:
    """(count, 32): every bit a fair coin."""

    def make() -> Codes:
        return np.random.default_rng(SEED).integers(0, 256, (count, CODE_BYTES), dtype=np.uint8)

    return _kept(random_path(count), make)


def real_codes(count: int, corpus: Path, *, real: int = REAL) -> Codes:
    """(count, 32): the hashes of `real_hashes` in random order, then those filled up."""

    def make() -> Codes:
        codes = real_hashes(corpus, real=real).codes
        rng = np.random.default_rng([SEED, 1])
        return filled_up(rng.permutation(codes), count, rng)

    return _kept(real_path(count, corpus, real=real), make)


def real_hashes(corpus: Path, *, real: int = REAL) -> RealHashes:
    """Real hashes only: `real` of them or a little more, fewer if the pictures are too plain."""
    name = f"hashes-{_fingerprint(corpus)}-{real}"
    parts = {part: OUT / f"{name}-{part}.npy" for part in ("codes", "photographs", "qualities")}
    if not all(path.exists() for path in parts.values()):
        made = _hash_corpus(picture_files(corpus), real)
        for part, path in parts.items():
            _keep(path, getattr(made, part))
    return RealHashes(**{part: np.load(path) for part, path in parts.items()})


def new_copies(count: int, corpus: Path) -> NDArray[np.uint8]:
    """(count, 8, 32): hashes of copies of photographs, made as those of `real_hashes`, but others.

    Each in all eight orientations: what is looked up of one upload.
    """

    def make() -> NDArray[np.uint8]:
        rng = np.random.default_rng([SEED, 2])
        paths = picture_files(corpus)
        made = []
        for number in rng.permutation(np.arange(count) % len(paths)):
            turned = hash_orientations(_copy(_thumbnail(_pixels(paths[number])), rng))
            made.append(b"".join(hashed.hash.packed for hashed in turned.values()))
        return np.frombuffer(b"".join(made), np.uint8).reshape(count, -1, CODE_BYTES)

    return _kept(OUT / f"copies-{_fingerprint(corpus)}-{count}.npy", make)


def queries_near(codes: Codes, radius: int, count: int, rng: np.random.Generator) -> Codes:
    """(count, bytes): a quarter random, the others within the radius of a listed code."""
    bits = 8 * codes.shape[1]
    distances = rng.integers(0, radius + 1, (count, 1))
    # Ranks of random numbers: every choice of that many bits is equally likely.
    flips = rng.random((count, bits)).argsort(axis=1).argsort(axis=1) < distances
    near = codes[rng.integers(0, len(codes), count)] ^ np.packbits(flips, axis=1)
    strange = rng.integers(0, 256, near.shape, dtype=np.uint8)
    return np.where(rng.random((count, 1)) < 0.25, strange, near)


def _hash_corpus(paths: list[Path], real: int) -> RealHashes:
    """Hashes of the whole pictures and of copies. Raises ValueError if there are no pictures."""
    if not paths:
        raise ValueError("no pictures in the folder of photographs")
    share = -(-real // len(paths))
    found: dict[bytes, int] = {}  # hashes and their qualities
    photographs: list[int] = []
    for number, path in enumerate(paths):
        hashes = list(_hashes_of(path, share, np.random.default_rng([SEED, number])))
        if hashes[0].hash.packed in found:
            continue  # the same picture under another name
        new = {one.hash.packed: one.quality or 0 for one in hashes}
        new = {packed: quality for packed, quality in new.items() if packed not in found}
        found |= new
        photographs += [number] * len(new)
        if number % 200 == 199:
            print(f"{number + 1} of {len(paths)} photographs", file=sys.stderr)
    joined = np.frombuffer(b"".join(found), np.uint8).reshape(-1, CODE_BYTES)
    qualities = np.fromiter(found.values(), np.int16, len(found))
    return RealHashes(joined, np.array(photographs, np.int32), qualities)


def _hashes_of(path: Path, count: int, rng: np.random.Generator) -> Iterator[Hashed]:
    """The hash of the whole picture, then of count - 1 copies."""
    pixels = _pixels(path)
    yield hash_pixels(pixels)
    thumbnail = _thumbnail(pixels)
    for _ in range(count - 1):
        yield hash_pixels(_copy(thumbnail, rng))


def _pixels(path: Path) -> Pixels:
    (frame, *_) = decode(path.read_bytes(), DecodeLimits()).frames
    return frame.pixels


def _thumbnail(pixels: Pixels) -> Image.Image:
    thumbnail = Image.fromarray(pixels).convert("L")
    thumbnail.thumbnail((THUMBNAIL, THUMBNAIL))
    return thumbnail


def _copy(picture: Image.Image, rng: np.random.Generator) -> Pixels:
    """A copy as people make them: (96 to 192, 96 to 192) luma."""
    # 1. cut: 60 to 100 % of each axis is left, scaled to another size and shape;
    shares = rng.uniform(0.6, 1.0, 2)
    left, top = rng.uniform(0, 1 - shares)
    box = np.array([left, top, left + shares[0], top + shares[1]]) * (picture.size * 2)
    width, height = (int(side) for side in rng.choice(SIDES, 2))
    pixels = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR, tuple(box)))
    # 2. brightness, half to one and a half times; what is too bright for a byte is lost;
    bright = np.clip(pixels * np.float32(rng.uniform(0.5, 1.5)), 0, 255).astype(np.uint8)
    # 3. every third is framed: bars of up to 12 % along some of its sides, in one grey;
    if rng.random() < 1 / 3:
        bars = rng.integers(0, (height // 8, height // 8, width // 8, width // 8))
        upper, lower, before, after = np.where(rng.random(4) < 0.5, bars, 0)
        framed = np.full_like(bright, rng.integers(0, 256))
        inner = (slice(upper, height - lower), slice(before, width - after))
        framed[inner] = bright[inner]
        bright = framed
    # 4. every other is mirrored, every tenth lies on its side.
    if rng.random() < 1 / 2:
        bright = turn(bright, Orientation.MIRRORED)
    return turn(bright, Orientation.TURNED_LEFT) if rng.random() < 1 / 10 else bright


def _fingerprint(corpus: Path) -> str:
    """Eight digits that tell one folder of photographs from another, by names and sizes."""
    files = (
        f"{path.relative_to(corpus).as_posix()} {path.stat().st_size}\n"
        for path in picture_files(corpus)
    )
    return hashlib.sha256("".join(files).encode()).hexdigest()[:8]


def _kept(path: Path, make: Callable[[], Codes]) -> Codes:
    """What is in the file; made and kept first if it is not there."""
    if path.exists():
        codes: Codes = np.load(path)
        return codes
    codes = make()
    _keep(path, codes)
    return codes


def _keep(path: Path, array: NDArray[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        np.save(file, array)
    unfinished.replace(path)


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("count", type=int, metavar="N")
    parser.add_argument("--corpus", type=Path, default=PHOTOS, help="default: fixtures/photos")
    parser.add_argument("--real", type=int, default=REAL)
    options = parser.parse_args()
    random_codes(options.count)
    print(random_path(options.count).name)
    real_codes(options.count, options.corpus, real=options.real)
    print(real_path(options.count, options.corpus, real=options.real).name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
