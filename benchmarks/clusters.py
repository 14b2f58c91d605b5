"""What looking up the centres of probes that are alike saves, and that it finds the same.

    OPENBLAS_NUM_THREADS=1 python -m benchmarks.clusters CORPUS [--pictures N]

The probes are the croppings that `PDQ_DEEP` makes of a photograph, the list has a million hashes.
Each photograph is looked up four times in turn, on one core: compiled scan and FAISS, asked for
every cropping and for the centres. Writes out/clusters.json.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.codes import picture_files
from benchmarks.common import Spread, pin_to_one_core, write_result
from benchmarks.tiers import make_list
from hashguard import Codes, policies
from hashguard.hashers.pdq import PdqHasher
from hashguard.hashes import Algorithm, farthest_plain, pack_codes
from hashguard.index.clustered import ClusteredIndex, centre_radius, clustered
from hashguard.index.flat import FlatIndex
from hashguard.index.protocol import Index, RangeResult
from hashguard.index.scan import ScanIndex
from hashguard.probes import Tried, make_probes
from hashguard.robustness.pictures import photograph

RADIUS = farthest_plain(50)  # bits; what a list of a million leaves to croppings
LARGEST = 4096  # pixels of a side


def croppings(path: Path) -> Codes:
    """The codes of all croppings of a photograph."""
    pixels = photograph(path.read_bytes(), LARGEST)
    probes = make_probes(pixels, policies.PDQ_DEEP.probes, PdqHasher())
    return pack_codes(
        [one.hashed.hash for one in probes if one.tried is Tried.CROPPINGS], Algorithm.PDQ
    )


def timed(search: Callable[[], RangeResult]) -> tuple[float, list[list[int]]]:
    """Seconds, and what was found."""
    started = perf_counter()
    found = search()
    seconds = perf_counter() - started
    return seconds, [found.lims.tolist(), found.rows.tolist(), found.distances.tolist()]


def measured(name: str, index: Index, codes: Codes, asked: Sequence[Codes]) -> dict[str, float]:
    """Of one index, with and without centres."""
    gathering = ClusteredIndex(index, codes)
    gathering.range_search(asked[0], RADIUS)  # compiled code
    ratios, seconds = [], []
    for queries in asked:
        each, found = timed(lambda: index.range_search(queries, RADIUS))  # noqa: B023 (asked now)
        centres, same = timed(lambda: gathering.range_search(queries, RADIUS))  # noqa: B023
        if same != found:
            raise SystemExit("centres find something else")
        ratios.append(each / centres)
        seconds.append(centres)
    spread = Spread.of(ratios)
    print(
        f"{name}: {spread.median:.1f} times as fast ({spread.least:.1f} to {spread.most:.1f}, "
        f"n={spread.n}), {1000 * np.median(seconds):.0f} ms"
    )
    return {"median": spread.median, "least": spread.least, "most": spread.most}


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--pictures", type=int, default=24)
    options = parser.parse_args()
    pin_to_one_core()
    photographs = picture_files(options.corpus / "photos")
    codes = make_list(options.corpus, photographs).codes
    step = max(len(photographs) // options.pictures, 1)
    asked = [croppings(path) for path in photographs[::step][: options.pictures]]
    gathered = [clustered(queries, centre_radius(codes.shape[1]) - RADIUS) for queries in asked]
    of_each = np.median([len(centres) + len(alone) for centres, _, alone in gathered])
    print(f"{len(asked[0])} croppings are {of_each:.0f} queries")
    result: dict[str, object] = {"queries": float(of_each)}
    indexes: dict[str, Index] = {
        "scan": ScanIndex(codes, usual=[RADIUS]),
        "flat": FlatIndex(codes),
    }
    for name, index in indexes.items():
        result[name] = measured(name, index, codes, asked)
    write_result("clusters", result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
