"""What a second worker brings: `check_many` with 2 threads against 1, on the same uploads.

    python -m benchmarks.throughput [--list-size N] [--rounds N] [--seconds S] [--kinds]

The mix of uploads is MIX in uploads.py. In each round the same uploads pass with 1 and with 2
workers, and a load that needs no Python (zlib.crc32 on two threads) says how much two cores
gave at that moment: the ceiling. --kinds measures each kind of the mix by itself, too.
Writes out/throughput.json.
"""

from __future__ import annotations

import argparse
import os
import sys
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.common import LIST_SIZE, OUT, SEED, list_name, write_result
from benchmarks.prepare import make_list
from benchmarks.uploads import MIX, encode_mix, stream
from hashguard import HashList, Matcher, policies

_BLOCK = bytes(4 * 2**20)


def ceiling() -> float:
    """Two threads against one on work that never holds the interpreter lock."""

    def run(workers: int) -> float:
        started = perf_counter()
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda _: zlib.crc32(_BLOCK), range(200)))
        return perf_counter() - started

    return run(1) / run(2)


def passing(matcher: Matcher, uploads: list[bytes], workers: int) -> float:
    """Seconds for all uploads."""
    started = perf_counter()
    for _ in matcher.check_many(uploads, workers=workers):
        pass
    return perf_counter() - started


def compare(
    name: str, matcher: Matcher, draw: Callable[[int], list[bytes]], seconds: float, rounds: int
) -> dict[str, Any]:
    """One and two workers in turn, on as many uploads as one worker passes in `seconds`."""
    few = draw(16)
    passing(matcher, few, 1)
    count = max(16, round(16 * seconds / passing(matcher, few, 1)))
    uploads = draw(count)
    ones, twos, ceilings = [], [], []
    for number in range(rounds):
        order = (1, 2) if number % 2 else (2, 1)
        times = {workers: passing(matcher, uploads, workers) for workers in order}
        ones.append(times[1])
        twos.append(times[2])
        ceilings.append(ceiling())
    print(f"{name}: {np.median(np.array(ones) / np.array(twos)):.2f}", file=sys.stderr)
    return {
        "name": name,
        "uploads": count,
        "bytes": sum(map(len, uploads)),
        "one": ones,
        "two": twos,
        "ceiling": ceilings,
    }


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--list-size", type=int, default=LIST_SIZE)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=3.0, help="of one pass with one worker")
    parser.add_argument("--kinds", action="store_true")
    options = parser.parse_args()
    make_list(options.list_size)
    hash_list = HashList.load(OUT / f"{list_name(options.list_size)}.hgl")
    matcher = Matcher(hash_list, policy=policies.PDQ_STRICT)
    encodings = encode_mix(MIX)
    rng = np.random.default_rng(SEED)
    records = [
        compare(
            "the mix",
            matcher,
            lambda count: list(stream(MIX, encodings, count, rng)),
            options.seconds,
            options.rounds,
        )
    ]
    for kind in MIX if options.kinds else ():
        same_kind = encodings[kind.name]

        def draw(count: int, same_kind: list[bytes] = same_kind) -> list[bytes]:
            return [same_kind[n % len(same_kind)] for n in range(count)]

        records.append(
            compare(kind.name, matcher, draw, options.seconds / 3, max(3, options.rounds // 2))
        )
    mix = {kind.name: kind.share / 10 for kind in MIX}
    write_result("throughput", {"cores": os.cpu_count(), "mix": mix, "records": records})
    return 0


if __name__ == "__main__":
    sys.exit(main())
