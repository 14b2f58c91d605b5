"""Draw the cohort of unrelated pictures that the croppings of an upload are compared with.

    python -m benchmarks.cohort PICTURES --date 2026-11-30 --out src/hashguard/data/cohort.json

Hashes of pictures of a quality of 50 and more, which is what lists should hold, drawn at random
and put in the order of their digits: nothing says which picture each is of. What is drawn is not
among the references of `unrelated.py`, which measures with it: draw first.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from benchmarks.unrelated import read
from hashguard.hashers.pdq import hash_pixels
from hashguard.policies import PDQ_MAX_TIES, PDQ_MIN_QUALITY

SCHEMA = "hashguard-cohort/1"
SIZE = 2048
SEED = 7


def hashes(folder: Path) -> list[str]:
    """Of each of its pictures that a list should hold."""
    found = (hash_pixels(pixels) for pixels in read(folder))
    return [
        one.hash.hex
        for one in found
        if (one.quality or 0) >= PDQ_MIN_QUALITY and one.ties <= PDQ_MAX_TIES
    ]


def main() -> None:
    """Draw and write."""
    parser = argparse.ArgumentParser(description="draw a cohort of unrelated pictures")
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--date", required=True, help="of the drawing, such as 2026-11-30")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    all_of = sorted(set(hashes(arguments.pictures)))
    if len(all_of) < SIZE:
        parser.error(f"{len(all_of)} pictures are too few for a cohort of {SIZE}")
    drawn = np.random.default_rng(SEED).choice(all_of, SIZE, replace=False)
    made = {
        "algorithm": "pdq",
        "date": arguments.date,
        "hashes": sorted(drawn.tolist()),
        "schema": SCHEMA,
        "source": f"benchmarks/cohort.py: {SIZE} of {len(all_of)} pictures",
    }
    text = json.dumps(made, indent=0, sort_keys=True) + "\n"
    arguments.out.write_text(text, encoding="ascii")


if __name__ == "__main__":
    main()
