"""What PDQ does to one axis of a framed picture, as a matrix on the 256 cells of a thumbnail.

A framing is a pair of them: the coefficients are `rows @ thumbnail @ columns.T`, (16, 16). PDQ's
tent filter is modelled on a continuous line, two box averages of 1/128 of the framed side, because
the size of the picture that was listed is not known. Where a framing reaches beyond the upload,
what was cropped off is guessed: at the edge what the edge shows, further out more and more the mean
of the whole line.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hashguard.hashers.tent import SAMPLES
from hashguard.hashers.thumbnail import SIDE

FORGOTTEN = 0.12
"""How far outside, as a share of the upload's side, the edge is trusted for 1/e.

Between two values tried on 220 crops of up to 10 % a side whose exact framing is known, of 110
photographs: at 31 bits .57 are found if the edge goes on for ever, .66 with 0.08 and with 0.16.
"""
TYPICAL_LAG = 0.0015
"""Of pictures of unknown size: half of what one of 512 pixels has; large ones have next to none."""
_KEPT = 1024  # matrices of 16 KB
_MIN_SPAN, _MAX_SPAN = 1e-3, 100.0  # sides of the upload; beyond, nothing of a picture is left


def lag_of(side: int) -> float:
    """By how much of its side PDQ looks at a picture of that many pixels off centre.

    Boxes of an even number of pixels reach further right than left, and samples are taken at whole
    pixels: 0.003 at 512 pixels, 0.006 at 256, under 0.001 beyond 1,600.
    """
    width = (side + 127) // 128
    half = (width + 2) // 2
    boxes = (half - 1) - (width - half)  # two, each off by half of that
    middles = ((np.arange(SAMPLES) + 0.5) * side / SAMPLES).astype(np.intp) + 0.5
    return (float(middles.mean()) - side / 2 + boxes) / side


def operators(spans: ArrayLike, lag: float) -> NDArray[np.float32]:
    """(m, 16, 256): tent filter, decimation and cosines of each of (m, 2) spans of an axis.

    spans: begin and end of a framing along the axis, in shares of the upload's side.
    lag: see `lag_of`; below 0 for an axis whose direction is reversed.
    Raises ValueError unless each begins before it ends.
    """
    pairs = np.asarray(spans, np.float64)
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise ValueError(f"spans must be (m, 2), not {pairs.shape}")
    if not len(pairs):
        return np.empty((0, len(_COSINES), SIDE), np.float32)
    # Rounded, so that the same step of a search finds the same matrix again.
    return np.stack([_operator(*row, lag) for row in pairs.round(7).tolist()])


def sampler(begin: float, end: float, lag: float) -> NDArray[np.float64]:
    """(64, 256): tent filter and decimation alone; rows sum to 1.

    Raises ValueError for a span that does not begin before its end, or is absurdly small or large.
    """
    length = end - begin
    if not _MIN_SPAN <= length <= _MAX_SPAN or max(abs(begin), abs(end)) > _MAX_SPAN:
        raise ValueError(f"a framing cannot span {begin} to {end} of an upload")
    middles = begin + ((np.arange(SAMPLES) + 0.5) / SAMPLES + lag) * length
    reach = length / 128  # two boxes of 1/128 make a tent which reaches that far on either side
    # 1. Cells as on the thumbnail, and beyond its edges as many as the framing needs;
    firsts = np.floor((middles - reach) * SIDE).astype(np.intp)
    count = math.ceil(2 * reach * SIDE) + 1
    before = max(0, -int(firsts[0]))
    behind = max(0, int(firsts[-1]) + count - SIDE)
    weights = np.zeros((SAMPLES, before + SIDE + behind))
    # 2. the part of the tent over each: differences of its integral;
    edges = firsts[:, None] + np.arange(count + 1)
    place = np.clip((edges / SIDE - middles[:, None]) / reach, -1, 1)
    integral = place - 0.5 * place * np.abs(place)
    cells = edges[:, :-1] + before
    weights[np.arange(SAMPLES)[:, None], cells] = integral[:, 1:] - integral[:, :-1]
    inside = weights[:, before : before + SIDE]
    # 3. what lies beyond an edge goes to its cell, and the further out, the more to all cells.
    for outside, edge in ((weights[:, :before][:, ::-1], 0), (weights[:, before + SIDE :], -1)):
        if outside.size:
            far = np.arange(1, outside.shape[1] + 1) / SIDE
            trusted = outside @ np.exp(-far / FORGOTTEN)
            inside[:, edge] += trusted
            inside += ((outside.sum(axis=1) - trusted) / SIDE)[:, None]
    return inside


@lru_cache(maxsize=_KEPT)
def _operator(begin: float, end: float, lag: float) -> NDArray[np.float32]:
    made: NDArray[np.float32] = (_COSINES @ sampler(begin, end, lag)).astype(np.float32)
    made.flags.writeable = False
    return made


# The cosine transform of 64 samples, frequencies 1 to 16, as in pdq.py.
_COSINES = math.sqrt(2 / SAMPLES) * np.cos(
    math.pi / (2 * SAMPLES) * np.outer(np.arange(1, 17), 2 * np.arange(SAMPLES) + 1)
)
