"""Make what the benchmarks look at: pictures, a list that knows them, the peer's environment.

    python -m benchmarks.prepare [--list-size N] [--no-peer]

Nothing is measured here. What is there already is kept.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import venv
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.common import LIST_SIZE, OUT, PHOTOS, ROOT, SEED, list_name
from hashguard import Algorithm, Codes, Entry, Hash, HashList, hasher_for

SIZES = ((640, 480), (1600, 1200), (4000, 3000))
PROGRESSIVE = (1600, 1200)  # a size at which progressive files are looked at, too
# The photographs of most pixels first; the largest size is made of four, for the others would
# be enlarged more than threefold.
SOURCES = ("dandelions", "dogs", "sunset", "mountains", "galaxies", "fig", "brushes", "drum")
LARGE = 4
QUALITY = 85  # of JPEG
PEER = "threatexchange==1.2.17"
PEER_HOME = ROOT / ".venv-peer"


@dataclass(frozen=True, slots=True)
class Picture:
    """One upload: its file under OUT, and the row of its original in the list."""

    name: str
    width: int
    height: int
    progressive: bool
    file: str
    bytes: int
    row: int

    @property
    def label(self) -> str:
        """What the tables call files of this sort."""
        size = f"{self.width} x {self.height}"
        return f"{size}, progressive" if self.progressive else size


def peer_python() -> Path:
    """The interpreter of the peer's environment."""
    folder = "Scripts" if sys.platform == "win32" else "bin"
    return PEER_HOME / folder / "python"


def original(name: str) -> Image.Image:
    """A photograph of the fixtures, cut to 4:3 around its middle."""
    with Image.open(PHOTOS / f"{name}.jpg") as opened:
        image = opened.convert("RGB")
    width = min(image.width, image.height * 4 // 3)
    height = width * 3 // 4
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def encoded(image: Image.Image, size: tuple[int, int], container: str, **options: object) -> bytes:
    """The picture at another size in one of Pillow's containers."""
    sink = io.BytesIO()
    image.resize(size, Image.Resampling.LANCZOS).save(sink, container, **options)
    return sink.getvalue()


def make_pictures(list_size: int) -> list[Picture]:
    """Write every source at every size; rows are spread over the list."""
    (OUT / "pictures").mkdir(parents=True, exist_ok=True)
    pictures = []
    for number, name in enumerate(SOURCES):
        image = original(name)
        row = (2 * number + 1) * list_size // (2 * len(SOURCES))
        sizes = SIZES if number < LARGE else SIZES[:-1]
        for size, progressive in (*((size, False) for size in sizes), (PROGRESSIVE, True)):
            data = encoded(image, size, "JPEG", quality=QUALITY, progressive=progressive)
            file = f"pictures/{name}-{size[0]}x{size[1]}{'-progressive' * progressive}.jpg"
            (OUT / file).write_bytes(data)
            pictures.append(Picture(name, *size, progressive, file, len(data), row))
    return pictures


def make_codes(pictures: list[Picture], list_size: int) -> Codes:
    """Random hashes from a seed, with the hashes of the originals in their rows."""
    codes = np.random.default_rng(SEED).integers(0, 256, (list_size, 32), dtype=np.uint8)
    hasher = hasher_for(Algorithm.PDQ)
    for name, row in {picture.name: picture.row for picture in pictures}.items():
        codes[row] = hasher.hash_pixels(np.asarray(original(name))).hash.code
    return codes


def make_list(list_size: int) -> list[Picture]:
    """The list as a file of ours and as an array for the peer; and the pictures it knows."""
    manifest = OUT / f"{list_name(list_size)}.json"
    if manifest.exists():
        return read_pictures(list_size)
    pictures = make_pictures(list_size)
    codes = make_codes(pictures, list_size)
    np.save(OUT / f"{list_name(list_size)}.npy", codes)
    entries = (Entry(str(row), Hash.from_code(Algorithm.PDQ, c)) for row, c in enumerate(codes))
    hash_list = HashList.from_entries(entries, algorithm=Algorithm.PDQ, origin="benchmark")
    hash_list.save(OUT / f"{list_name(list_size)}.hgl")
    manifest.write_text(json.dumps([asdict(p) for p in pictures], indent=1), encoding="utf-8")
    return pictures


def read_pictures(list_size: int) -> list[Picture]:
    """The pictures that `make_list` wrote."""
    manifest = OUT / f"{list_name(list_size)}.json"
    return [Picture(**one) for one in json.loads(manifest.read_text(encoding="utf-8"))]


def make_peer() -> None:
    """Install the peer into an environment of its own; it never enters the project's."""
    done = PEER_HOME / f".{PEER}"
    if done.exists():
        return
    venv.create(PEER_HOME, with_pip=True, clear=True)
    subprocess.run([peer_python(), "-m", "pip", "install", "--quiet", PEER], check=True)
    done.touch()


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--list-size", type=int, default=LIST_SIZE)
    parser.add_argument("--no-peer", action="store_true", help="do not install the peer")
    options = parser.parse_args()
    for picture in make_list(options.list_size):
        bits = 8 * picture.bytes / (picture.width * picture.height)
        print(f"{picture.file}: {picture.bytes} bytes, {bits:.2f} bits per pixel")
    if not options.no_peer:
        make_peer()
    return 0


if __name__ == "__main__":
    sys.exit(main())
