"""Straight boundaries in a picture, along its rows: how much speaks for each stretch. Pure.

Across a boundary the luma jumps where it does not jump beside it; within a picture, jumps have
jumps beside them. So a jump minus the mean of those beside it is zero on average, however rough
the picture, and positive along a boundary, however low. Each place counts at most 1, so that
no strong edge of a thing stands for a long line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashguard.detection.small import Luma

FULL = 5.0  # levels of luma; a jump this much above those beside it counts 1
_WORTH = 0.5  # per place, below which a longer stretch is worth less
_SHORTEST = 0.05  # of the picture's width; shorter stretches bound nothing that is looked for


@dataclass(frozen=True, slots=True)
class Seams:
    """What speaks for boundaries along the rows of a small picture.

    sums: (rows, columns + 1), support summed from the left. lines: rows of the strongest
    stretches, ascending; a boundary between two cells may be given as either.
    """

    sums: NDArray[np.float32]
    lines: NDArray[np.intp]

    @property
    def columns(self) -> int:
        """How wide the small picture is."""
        return int(self.sums.shape[1]) - 1


def find_seams(luma: Luma, most: int) -> Seams:
    """The boundaries along the rows of a small picture; at most so many lines."""
    support = _support(luma)
    sums = np.zeros((len(support), support.shape[1] + 1), np.float32)
    np.cumsum(support, axis=1, out=sums[:, 1:])
    return Seams(sums, _strongest(_best_stretch(sums), most, _SHORTEST * support.shape[1]))


def _support(luma: Luma) -> Luma:
    """(rows, columns), -1 to 1: what speaks for a boundary in each cell, or at its edge.

    Jumps are taken over two cells, as a boundary lies somewhere within a cell.
    """
    jumps = np.zeros((len(luma) + 4, luma.shape[1]), np.float32)
    np.subtract(luma[2:], luma[:-2], out=jumps[3:-3])
    np.abs(jumps, out=jumps)
    # The outermost have a jump on one side only, which counts for both.
    jumps[1:3], jumps[-3:-1] = jumps[5:7], jumps[-7:-5]
    support = jumps[:-4] + jumps[4:]
    support *= -0.5
    support += jumps[2:-2]
    support /= FULL
    return np.clip(support, -1, 1, out=support)


def _best_stretch(sums: NDArray[np.float32]) -> NDArray[np.float32]:
    """(rows,): the most that a stretch of each row has above `_WORTH` per place."""
    excess = sums - np.arange(sums.shape[1], dtype=np.float32) * np.float32(_WORTH)
    lowest = np.minimum.accumulate(excess, axis=1)
    excess -= lowest
    best: NDArray[np.float32] = excess.max(axis=1)
    return best


def _strongest(values: NDArray[np.float32], most: int, least: float) -> NDArray[np.intp]:
    """Where the largest values are that no neighbour exceeds, ascending."""
    padded = np.pad(values, 1, constant_values=-1)
    # The first of two equal neighbours stands for both.
    peaks = (values > padded[:-2]) & (values >= padded[2:]) & (values >= least)
    rows = np.flatnonzero(peaks)
    if len(rows) > most:
        rows = rows[np.argpartition(-values[rows], most)[:most]]
    return np.sort(rows)
