"""Matrix products that stay on the thread that asked for them. Pure.

OpenBLAS splits a product over threads of its own once it is large enough, and lets those spin
between products: a process that hashes on every core then takes twice the time of a processor.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

ONE_THREAD = 2**18  # multiplications; OpenBLAS splits larger matrix products over threads


def multiply(weights: NDArray[Any], block: NDArray[Any], *, out: NDArray[Any]) -> None:
    """`weights @ block`, of (k, m) and (m, n), in stripes of columns."""
    stripe = max(1, ONE_THREAD // weights.size)
    for start in range(0, block.shape[1], stripe):
        columns = slice(start, start + stripe)
        np.matmul(weights, block[:, columns], out=out[:, columns])
