"""What a verdict costs under each policy, beside plain PDQ, on one core.

    OPENBLAS_NUM_THREADS=1 python -m benchmarks.tiers CORPUS [--rounds N]

The upload is a photograph of 1600 x 1200 pixels as JPEG, the list has a million hashes. All
policies are asked in turn, round after round; the ratios are of the same round. Writes
out/tiers.json.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.codes import picture_files
from benchmarks.common import Spread, pin_to_one_core, write_result
from hashguard import DecodeLimits, HashList, Matcher, policies
from hashguard.decode import decode
from hashguard.hashers.pdq import hash_orientations
from hashguard.robustness.attacks.canvas import image_of, jpeg
from hashguard.robustness.pictures import photograph
from hashguard.robustness.verdicts.listing import Hashes, long_list
from hashguard.robustness.verdicts.plan import LIST_SIZE

SIZE = (1600, 1200)  # pixels
PICTURES = 12  # photographs in turn; what is found in one makes it dearer than another
PLAIN = "PDQ_STRICT"
SEED = 1


def make_list(corpus: Path, photographs: Sequence[Path]) -> HashList:
    """The list that `hashguard robustness verdicts` asks policies on."""
    listed = [_hashes(path) for path in photographs]
    others = [_hashes(path) for path in picture_files(corpus / "distractors")]
    return long_list(listed, others, LIST_SIZE, seed=SEED).hash_list


def _hashes(path: Path) -> Hashes:
    turned = hash_orientations(next(decode(path.read_bytes(), DecodeLimits()).frames).pixels)
    hashes = list(turned.values())
    return Hashes(np.stack([one.hash.code for one in hashes]), hashes[0].quality or 0)


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--rounds", type=int, default=24)
    options = parser.parse_args()
    pin_to_one_core()
    photographs = picture_files(options.corpus / "photos")
    large = [path for path in photographs if path.stat().st_size > 200_000][:PICTURES]
    uploads = [
        jpeg(image_of(photograph(path.read_bytes(), 4096)).resize(SIZE), 85) for path in large
    ]
    hash_list = make_list(options.corpus, photographs)
    matchers = {name: Matcher(hash_list, policy=one) for name, one in policies.PRESETS.items()}
    for matcher in matchers.values():
        matcher.check(uploads[0])  # matrices, compiled code
    times: dict[str, list[float]] = {name: [] for name in matchers}
    for number in range(options.rounds):
        for name, matcher in matchers.items():
            started = perf_counter()
            matcher.check(uploads[number % len(uploads)])
            times[name].append(perf_counter() - started)
    result = {}
    for name, seconds in times.items():
        ratios = Spread.of((np.array(seconds) / np.array(times[PLAIN])).tolist())
        result[name] = {"ms": 1000 * float(np.median(seconds)), "ratio": ratios.median}
        print(f"{name}: {1000 * np.median(seconds):.1f} ms, {ratios.median:.2f} times {PLAIN}")
    write_result("tiers", result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
