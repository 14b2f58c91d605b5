"""Does memory grow? Resident memory while many uploads pass through `check_many`.

    python -m benchmarks.memory [--uploads N]

Small and large JPEG, PNG, GIF and WebP, one in ten of them cut or damaged (SMALL_MIX in
uploads.py), all different in order and damage, two workers. Linux only: reads /proc.
Writes out/memory.json.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from time import perf_counter

import numpy as np

from benchmarks.common import OUT, SEED, list_name, resident, write_result
from benchmarks.prepare import make_list
from benchmarks.uploads import SMALL_MIX, encode_mix, stream
from hashguard import HashList, Matcher, policies

EVERY = 50  # uploads from one sample to the next
LIST = 100_000  # hashes
BROKEN = 0.1


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--uploads", type=int, default=20_000)
    options = parser.parse_args()
    make_list(LIST)
    hash_list = HashList.load(OUT / f"{list_name(LIST)}.hgl")
    matcher = Matcher(hash_list, policy=policies.PDQ_STRICT)
    encodings = encode_mix(SMALL_MIX)
    rng = np.random.default_rng(SEED)
    uploads = stream(SMALL_MIX, encodings, options.uploads, rng, broken=BROKEN)
    before, _ = resident()
    samples: list[tuple[int, int]] = []
    outcomes: Counter[str] = Counter()
    started = perf_counter()
    for number, verdict in enumerate(matcher.check_many(uploads, workers=2), start=1):
        outcomes[verdict.outcome.value] += 1
        if number % EVERY == 0:
            samples.append((number, resident()[0]))
        if number % 1000 == 0:
            print(f"{number}: {resident()[0] / 2**20:.0f} MB", file=sys.stderr)
    write_result(
        "memory",
        {
            "uploads": options.uploads,
            "seconds": perf_counter() - started,
            "before": before,
            "peak": resident()[1],
            "samples": samples,
            "outcomes": dict(outcomes),
        },
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
