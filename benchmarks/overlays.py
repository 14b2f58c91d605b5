"""How near pictures come once what was put over them is filled in, and how many need no such thing.

    python -m benchmarks.overlays CORPUS [--photos N]

CORPUS holds `photos/` and `distractors/`. Photographs, evenly drawn from all, are covered, saved
and hashed as they are and, where `make_probes` sees something that covers them, with it filled in.
Prints which share lies within some distances, in weighed bits: as uploaded, and the nearer of both.
Also how many photographs and distractors get such a probe as they are.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.codes import picture_files
from benchmarks.unrelated import read
from hashguard.decode import DecodeLimits, decode
from hashguard.hashers.pdq import PdqHasher, hash_pixels
from hashguard.hashes import Hashed, Pixels, weighed
from hashguard.probes import UNCOVERED, Probe, ProbePlan, make_probes
from hashguard.robustness.attack import Setting
from hashguard.robustness.attacks import ATTACKS
from hashguard.robustness.pictures import photograph
from hashguard.robustness.run import MAX_SIDE, SEED

COVERINGS = (
    *("stickers", "censor bars", "row of emoji", "caption over the picture", "text on the picture"),
    *("scribbles", "watermark in a corner", "blurred patch", "pixelated patch"),
)
RADII = (31, 44, 54)  # weighed bits; what PDQ_STANDARD calls certain, probable, and for review
PLAN = ProbePlan(overlays=True)


def copies(path: Path, settings: list[Setting]) -> Iterator[tuple[str, Pixels]]:
    """The covered photograph, by setting, as decoded again."""
    pixels = photograph(path.read_bytes(), MAX_SIDE)
    pixels.flags.writeable = False
    for setting in settings:
        yield setting.label, _pixels(setting.make(pixels, seed=SEED, picture=path.name))


def bits(probe: Probe, reference: Hashed) -> int:
    """Weighed."""
    clarity = probe.hashed.clarity
    if clarity is None:
        raise ValueError("a probe says how clear it is")
    codes = probe.hashed.hash.code[np.newaxis], reference.hash.code[np.newaxis]
    return int(weighed(clarity[np.newaxis], *codes)[0])


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--photos", type=int, default=104)
    options = parser.parse_args()
    files = picture_files(options.corpus / "photos")
    chosen = [files[row * len(files) // options.photos] for row in range(options.photos)]
    settings = [one for attack in ATTACKS if attack.name in COVERINGS for one in attack.settings()]
    far: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for path in chosen:
        reference = hash_pixels(_pixels(path.read_bytes()))
        for label, pixels in copies(path, settings):
            probes = make_probes(pixels, PLAN, PdqHasher())
            away = [bits(probe, reference) for probe in probes]
            far[label].append((away[0], min(away)))
    print(f"| {len(chosen)} photographs | " + " | ".join(f"within {r} bits" for r in RADII) + " |")
    print("|---|" + "---|" * len(RADII))
    for label, pairs in far.items():
        shares = np.array(pairs)[..., np.newaxis] <= np.array(RADII)
        before, after = shares.mean(axis=0)
        cells = [f"{one:.3f}, {two:.3f}" for one, two in zip(before, after, strict=True)]
        print(f"| {label} | " + " | ".join(cells) + " |")
    for part in ("photos", "distractors"):
        pictures = [make_probes(one, PLAN, PdqHasher()) for one in read(options.corpus / part)]
        count = sum(probes[-1].name == UNCOVERED for probes in pictures)
        print(f"{part} that get such a probe as they are: {count} of {len(pictures)}")
    return 0


def _pixels(data: bytes) -> Pixels:
    return next(decode(data, DecodeLimits()).frames).pixels


if __name__ == "__main__":
    sys.exit(main())
