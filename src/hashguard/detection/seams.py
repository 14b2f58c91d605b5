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

_PAIR = 2  # cells of a row that count as one: a boundary goes on, what is rough does not
_ONE = 256  # whole numbers are summed several times as fast as others
FULL = 5.0  # levels of luma; a jump this much above those beside it counts 1
_WORTH = 0.5  # per place, below which a longer stretch is worth less
_SHORTEST = 0.025  # of the picture's width; shorter stretches bound nothing that is looked for


@dataclass(frozen=True, slots=True)
class Seams:
    """What speaks for boundaries along the rows of a small picture.

    sums: (rows, columns // _PAIR + 1), support summed from the left, in units of 1 / `_ONE`, for
    every `_PAIR` cells. columns: how wide the small picture is. lines: rows of the strongest
    stretches, ascending; a boundary between two cells may be given as either.
    """

    sums: NDArray[np.int32]
    columns: int
    lines: NDArray[np.intp]

    def support(
        self,
        lines: NDArray[np.intp],
        start: NDArray[np.intp],
        stop: NDArray[np.intp],
    ) -> NDArray[np.float64]:
        """The mean support of lines from one cell to another; they are broadcast."""
        first, last = start // _PAIR, stop // _PAIR
        sums = self.sums[lines, last] - self.sums[lines, first]
        mean: NDArray[np.float64] = sums / np.maximum((last - first) * _ONE, 1)
        return mean


def find_seams(luma: Luma, most: int) -> Seams:
    """The boundaries along the rows of a small picture; at most so many lines."""
    width = luma.shape[1]
    paired = luma[:, : width - 1 : _PAIR] + luma[:, 1::_PAIR]
    support = _support(paired)
    sums = np.zeros((len(support), support.shape[1] + 1), np.int32)
    np.cumsum(support, axis=1, out=sums[:, 1:])
    least = _SHORTEST * support.shape[1]
    return Seams(sums, width, _strongest(_best_stretch(sums), most, least))


def _support(paired: Luma) -> NDArray[np.int32]:
    """-`_ONE` to `_ONE`: what speaks for a boundary in each pair of cells, or at its edge.

    Jumps are taken over two cells, as a boundary lies somewhere within a cell.
    """
    jumps = np.zeros((len(paired) + 4, paired.shape[1]), np.float32)
    np.subtract(paired[2:], paired[:-2], out=jumps[3:-3])
    np.abs(jumps, out=jumps)
    # The outermost have a jump on one side only, which counts for both.
    jumps[1:3], jumps[-3:-1] = jumps[5:7], jumps[-7:-5]
    support = jumps[:-4] + jumps[4:]
    support *= -0.5
    support += jumps[2:-2]
    support *= _ONE / (FULL * _PAIR)
    np.clip(support, -_ONE, _ONE, out=support)
    return support.astype(np.int32)


def _best_stretch(sums: NDArray[np.int32]) -> NDArray[np.float32]:
    """(rows,): the most that a stretch of each row has above `_WORTH` per place."""
    excess = sums - np.arange(sums.shape[1], dtype=np.int32) * np.int32(_WORTH * _ONE)
    excess -= np.minimum.accumulate(excess, axis=1)
    best: NDArray[np.float32] = excess.max(axis=1) / np.float32(_ONE)
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
