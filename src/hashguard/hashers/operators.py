"""What PDQ does to one axis of a framed picture, as a matrix on the cells of a thumbnail.

A framing is a pair of them: the coefficients are `rows @ cells @ columns.T`, (16, 16). PDQ's tent
filter is modelled on a continuous line, two box averages of 1/128 of the framed side, because the
size of the picture that was listed is not known. Where a framing reaches beyond the upload, the
cells are those of the thumbnail and of its surroundings (see surroundings.py).
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hashguard.hashers.tent import SAMPLES
from hashguard.hashers.thumbnail import SIDE

TYPICAL_LAG = 0.0015
"""Of pictures of unknown size: half of what one of 512 pixels has; large ones have next to none."""
MOST_MARGIN = 128  # cells, half a side; what is missing further out is as the outermost cell
_KEPT = 512  # matrices of 16 to 32 KB
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


def margin_of(spans: ArrayLike, lag: float) -> int:
    """Cells beyond the edges that `operators` of these (m, 2) spans need, the same at both ends."""
    return max((_margin(*row, lag) for row in _pairs(spans)), default=0)


def operators(spans: ArrayLike, lag: float, margin: int) -> NDArray[np.float32]:
    """(m, 16, margin + 256 + margin): tent filter, decimation and cosines of each of (m, 2) spans.

    spans: begin and end of a framing along the axis, in shares of the upload's side.
    lag: see `lag_of`; below 0 for an axis whose direction is reversed.
    margin: cells beyond each edge; `margin_of` the spans, or more.
    Raises ValueError unless each begins before it ends.
    """
    pairs = _pairs(spans)
    made = np.zeros((len(pairs), len(_COSINES), SIDE + 2 * margin), np.float32)
    for matrix, pair in zip(made, pairs, strict=True):
        own = _operator(*pair, lag)
        beside = (made.shape[2] - own.shape[1]) // 2
        matrix[:, beside : beside + own.shape[1]] = own
    return made


def sampler(begin: float, end: float, lag: float) -> NDArray[np.float64]:
    """(64, 256 and the margin of the span twice): tent filter and decimation; rows sum to 1.

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
    edges = firsts[:, None] + np.arange(count + 1)
    # 2. the part of the tent over each: differences of its integral;
    place = np.clip((edges / SIDE - middles[:, None]) / reach, -1, 1)
    integral = place - 0.5 * place * np.abs(place)
    # 3. what lies further out than the margin goes to its last cell.
    margin = _margin(begin, end, lag)
    weights = np.zeros((SAMPLES, margin + SIDE + margin))
    cells = np.clip(edges[:, :-1] + margin, 0, weights.shape[1] - 1)
    np.add.at(weights, (np.arange(SAMPLES)[:, None], cells), integral[:, 1:] - integral[:, :-1])
    return weights


def _pairs(spans: ArrayLike) -> list[tuple[float, float]]:
    pairs = np.asarray(spans, np.float64)
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise ValueError(f"spans must be (m, 2), not {pairs.shape}")
    # Rounded, so that the same step of a search finds the same matrix again.
    return [(begin, end) for begin, end in pairs.round(7).tolist()]


def _margin(begin: float, end: float, lag: float) -> int:
    """Whole cells a span reaches beyond the edges, the same if its direction is reversed.

    What it sees of one more goes to the outermost: so a whole upload, which PDQ looks at a little
    off centre, needs no guess.
    """
    # Half a step between samples is what a tent reaches, so the first begins where the span does.
    outside = max(-begin, end - 1) + abs(lag) * (end - begin)
    if not 0 < outside <= _MAX_SPAN:
        return 0  # it lies within the upload, or is refused by `sampler`
    # To a millionth of a cell, that a span and its reverse come to one number.
    return min(MOST_MARGIN, math.floor(round(outside * SIDE, 6)))


@lru_cache(maxsize=_KEPT)
def _operator(begin: float, end: float, lag: float) -> NDArray[np.float32]:
    made: NDArray[np.float32] = (_COSINES @ sampler(begin, end, lag)).astype(np.float32)
    made.flags.writeable = False
    return made


# The cosine transform of 64 samples, frequencies 1 to 16, as in pdq.py.
_COSINES = math.sqrt(2 / SAMPLES) * np.cos(
    math.pi / (2 * SAMPLES) * np.outer(np.arange(1, 17), 2 * np.arange(SAMPLES) + 1)
)
