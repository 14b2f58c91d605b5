"""Photographs made 4:3 and 3:2, by turns, for crops to other ratios.

    python -m benchmarks.reshaped PHOTOS OUT

The middle of each, as large as it fits, saved as JPEG of quality 95 into OUT, a new folder. Then:

    hashguard robustness verdicts OUT --distractors MORE --out RESULTS \
        --policy PDQ_DEEP --attack "cropped to a ratio"
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from PIL import Image

from benchmarks.codes import picture_files
from hashguard.robustness.attacks import canvas
from hashguard.robustness.attacks.crop import cropped_to

RATIOS = (4 / 3, 3 / 2)  # width to height


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("photos", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    options.out.mkdir(parents=True)
    for number, path in enumerate(picture_files(options.photos)):
        with Image.open(path) as image:
            made = cropped_to(image.convert("RGB"), RATIOS[number % len(RATIOS)])
        (options.out / f"{path.stem}.jpg").write_bytes(canvas.jpeg(made, 95))
    return 0


if __name__ == "__main__":
    sys.exit(main())
