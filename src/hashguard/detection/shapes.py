"""What is done to shapes of cells: wider, with what they enclose. Pure."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Shape: TypeAlias = NDArray[np.bool_]
"""(rows, columns): which cells belong to it."""


def wider(shape: Shape) -> Shape:
    """With all cells beside it."""
    wide = shape.copy()
    wide[1:] |= shape[:-1]
    wide[:-1] |= shape[1:]
    wide[:, 1:] |= shape[:, :-1]
    wide[:, :-1] |= shape[:, 1:]
    return wide


def enclosed(shape: Shape) -> Shape:
    """With what lies between two of its cells both in its row and in its column."""
    within = np.ones(shape.shape, dtype=bool)
    for axis in (0, 1):
        before = np.logical_or.accumulate(shape, axis=axis)
        behind = np.flip(np.logical_or.accumulate(np.flip(shape, axis), axis=axis), axis)
        within &= before & behind
    return within
