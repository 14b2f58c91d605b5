"""What a hash costs over the bare decode: our decode and PDQ against Pillow's grey decode.

    python -m benchmarks.decode_hash [--rounds N]

Bare decode: `Image.open`, `draft("L", size)`, `load()` of the same bytes, which reads the luma
plane of a JPEG at full size and nothing else. Both run in turn in one process on one core.
Writes out/decode_hash.json.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
from time import perf_counter

from PIL import Image

from benchmarks.common import ONE_THREAD, OUT, ROOT, pin_to_one_core, write_result
from benchmarks.prepare import make_list
from hashguard import Algorithm, DecodeLimits, hasher_for
from hashguard.decode import decode

SMALL_LIST = 1_000  # only the pictures are wanted
WARM_UP = 3  # rounds that are not counted
_HASHER = hasher_for(Algorithm.PDQ)
_LIMITS = DecodeLimits()


def bare(data: bytes) -> float:
    """Seconds of Pillow's grey decode."""
    started = perf_counter()
    with Image.open(io.BytesIO(data)) as image:
        image.draft("L", image.size)
        image.load()
    return perf_counter() - started


def ours(data: bytes) -> tuple[float, float]:
    """Seconds of our decode, and of decode and hash together."""
    started = perf_counter()
    (frame, *_) = decode(data, _LIMITS).frames
    decoded = perf_counter()
    _HASHER.hash_pixels(frame.pixels)
    return decoded - started, perf_counter() - started


def measure(rounds: int) -> int:
    """Measure in this process; gives the exit status."""
    pinned = pin_to_one_core()
    records = []
    for picture in make_list(SMALL_LIST):
        data = (OUT / picture.file).read_bytes()
        for number in range(-WARM_UP, rounds):
            if number % 2:
                base = bare(data)
                decoded, total = ours(data)
            else:
                decoded, total = ours(data)
                base = bare(data)
            if number >= 0:
                records.append(
                    {
                        "size": picture.label,
                        "picture": picture.name,
                        "bare": base,
                        "decode": decoded,
                        "total": total,
                    }
                )
    write_result("decode_hash", {"pinned": pinned, "records": records})
    return 0


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=25)
    options = parser.parse_args()
    if all(os.environ.get(name) == value for name, value in ONE_THREAD.items()):
        return measure(options.rounds)
    # Libraries read these when they are loaded: begin again with them set.
    command = [sys.executable, "-m", "benchmarks.decode_hash", "--rounds", str(options.rounds)]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **ONE_THREAD}, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
