"""What a picture may show where something covers it: as smooth as what surrounds it says. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hashguard.detection.shapes import Shape
from hashguard.detection.small import Luma

_SMOOTHED = 8  # times on each scale; half as often is 0.3 bits farther from what is hidden
_FINE = 256  # cells a side; smoothing finer scales takes longest, and a hash sees nothing of it


def filled(luma: Luma, hidden: Shape) -> Luma:
    """The luma with each hidden cell near the mean of its neighbours; the others as they are.

    From coarse to fine: each scale begins with what the one of half its size came to, so that a
    wide gap takes no more time than many small ones. Where everything is hidden, nothing changes.
    """
    if not hidden.any() or hidden.all():
        return luma
    # 1. Half the size: means of what is seen; hidden where nothing is.
    seen = _summed(~hidden)
    means = _summed(np.where(hidden, np.float32(0), luma))
    means /= np.maximum(seen, 1)
    coarse = filled(means, seen == 0)
    # 2. Its values for the hidden cells,
    height, width = luma.shape
    guess = coarse.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
    result: Luma = np.where(hidden, guess, luma)
    if max(height, width) > _FINE:
        return result
    # 3. smoothed, where they are. At an edge of the picture its own cells go on.
    rows, columns = np.flatnonzero(hidden.any(axis=1)), np.flatnonzero(hidden.any(axis=0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    changed = hidden[top:bottom, left:right]
    around = np.pad(result, 1, mode="edge")[top : bottom + 2, left : right + 2]
    for _ in range(_SMOOTHED):
        mean = around[:-2, 1:-1] + around[2:, 1:-1] + around[1:-1, :-2] + around[1:-1, 2:]
        np.copyto(around[1:-1, 1:-1], mean / 4, where=changed)
    result[top:bottom, left:right] = around[1:-1, 1:-1]
    return result


def _summed(values: Shape | Luma) -> NDArray[np.float32]:
    """Sums of each 2 x 2 cells; at an odd end, of those that are there."""
    height, width = values.shape
    even = np.zeros((height + height % 2, width + width % 2), np.float32)
    even[:height, :width] = values
    rows = even[::2] + even[1::2]
    sums: NDArray[np.float32] = rows[:, ::2] + rows[:, 1::2]
    return sums
