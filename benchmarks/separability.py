"""How separable the hashes of photographs are, and those of copies of them.

    python -m benchmarks.separability CORPUS

CORPUS holds `photos/` and `distractors/`. Prints the quantiles for whole pictures of quality 80
and more, and the share of copies of the distractors of such quality that lies above the bound of
`make_probes`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from benchmarks.codes import FILLED_WITH, real_hashes
from benchmarks.unrelated import BANDS, read
from hashguard import Algorithm, Hash
from hashguard.hashers.pdq import hash_pixels, separability
from hashguard.probes import MAX_SEPARABILITY

QUANTILES = (0.0, 0.5, 0.9, 0.99, 1.0)


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    corpus: Path = parser.parse_args().corpus
    hashed = [hash_pixels(one) for part in ("photos", "distractors") for one in read(corpus / part)]
    whole = [separability(one.hash) for one in hashed if (one.quality or 0) >= BANDS[-2]]
    values = ", ".join(f"{value:.2f}" for value in np.quantile(whole, QUANTILES))
    print(f"{len(whole):,} whole pictures, quantiles {QUANTILES}: {values}")
    known = real_hashes(corpus / "distractors", real=FILLED_WITH)
    codes = known.codes[known.qualities >= BANDS[-2]]
    above = sum(
        separability(Hash.from_code(Algorithm.PDQ, code)) > MAX_SEPARABILITY for code in codes
    )
    share = f"{100 * above / len(codes):.2f} %"
    print(f"{above} of {len(codes):,} copies above {MAX_SEPARABILITY}: {share}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
