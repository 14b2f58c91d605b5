"""Do we measure of plain PDQ what others measured? A table of both, with intervals.

    python -m benchmarks.robustness.agreement [RESULTS]

RESULTS: a folder of `hashguard robustness run`, by default the one that benchmarks.robustness made.
The figures to compare with are of 100 photographs of about 500 pixels, so only photographs of at
most 600 pixels are taken here. Exits 1 if the intervals of a setting do not meet.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from benchmarks.common import OUT
from hashguard.robustness.gather import gather
from hashguard.robustness.metrics import wilson
from hashguard.robustness.results import PHOTO, read_run
from hashguard.robustness.scores import Rate

SYSTEM = "pdqhash"
MAX_SIDE = 600  # pixels
N = 100  # photographs of the figures to compare with
DISTANCES = (31, 47, 63)  # bits

OTHERS: dict[tuple[str, float], tuple[float, float, float]] = {
    ("saved as JPEG", 20): (1.0, 1.0, 1.0),
    ("shrunk to a thumbnail", 128): (0.98, 1.0, 1.0),
    ("blurred", 3): (1.0, 1.0, 1.0),
    ("brighter", 1.5): (0.89, 1.0, 1.0),
    ("caption over the picture", 13): (0.20, 0.74, 0.97),
    ("cropped, all sides", 1): (0.95, 1.0, 1.0),
    ("cropped, all sides", 2): (0.15, 0.87, 1.0),
    ("cropped, all sides", 5): (0.0, 0.0, 0.04),
    ("border, white", 2): (0.03, 0.76, 1.0),
    ("border, white", 5): (0.0, 0.0, 0.01),
    ("border, black", 2): (0.03, 0.76, 1.0),
    ("border, black", 5): (0.0, 0.0, 0.01),
    ("tilted, black corners", 1): (0.83, 0.99, 0.99),
    ("tilted, black corners", 2): (0.13, 0.78, 1.0),
    ("tilted, black corners", 5): (0.0, 0.01, 0.11),
    ("mirrored", 95): (0.0, 0.0, 0.0),
    ("turned", 90): (0.0, 0.0, 0.0),
}
"""Attack and strength; recall of 100 photographs at 31, 47 and 63 bits."""


def told(rate: Rate) -> str:
    """A share with its interval."""
    return f"{rate.value:.2f} ({rate.low:.2f} to {rate.high:.2f})"


def main(arguments: list[str]) -> int:
    """Print the table; gives the exit status."""
    folder = Path(arguments[0]) if arguments else OUT / "robustness"
    run = read_run(folder)
    (found,) = (one for one in gather(folder, run, ()) if one.record.name == SYSTEM)
    photographs = [picture for picture in run.pictures if picture.role == PHOTO]
    alike = np.array([max(one.width, one.height) <= MAX_SIDE for one in photographs])
    columns = {
        (attack.name, strength): number
        for number, (attack, strength) in enumerate(run.settings, start=1)
    }
    print(f"{SYSTEM}, {alike.sum()} photographs of at most {MAX_SIDE} pixels, beside {N} others'")
    print("| attack | bits | here | there | |\n|---|---:|---|---|---|")
    apart = 0
    for setting, shares in OTHERS.items():
        steps = found.copies[alike, columns[setting]]
        for bits, share in zip(DISTANCES, shares, strict=True):
            here = wilson(int((steps <= bits).sum()), len(steps))
            there = wilson(round(share * N), N)
            meet = here.low <= there.high and there.low <= here.high
            apart += not meet
            mark = "" if meet else "apart"
            print(
                f"| {setting[0]}, {setting[1]:g} | {bits} | {told(here)} | {told(there)} | {mark} |"
            )
    print(f"{apart} of {len(OTHERS) * len(DISTANCES)} apart")
    return int(apart > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
