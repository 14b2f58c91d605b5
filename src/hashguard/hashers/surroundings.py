"""What may have lain around an upload: a thumbnail continued beyond its edges.

What was cropped off cannot be known, only guessed. Each edge is taken apart into cosines along it,
and each of them fades with the distance: fine detail within a few cells, broad light and shade
slowly. How fast is read from the picture itself, for the stripes of a beach go on for long where
leaves do not.

Pure: a thumbnail in, a larger one out, the same whichever framing is asked for.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hashguard.hashers.products import multiply
from hashguard.hashers.thumbnail import SIDE, Thumbnail

WAVES = 32
"""Cosines along an edge that go on. PDQ sees 16 along a framing, finer ones hardly at all."""
STEP = 8  # cells over which a picture tells how fast it changes; 4 and 16 do as well
TYPICAL_WEIGHT = 0.5
"""What pictures do on average, against 1 for what this one does; 0.25 to 1 do as well."""


def surrounded(thumb: Thumbnail, down: int, across: int) -> NDArray[np.float32]:
    """(256 + 2 down, 256 + 2 across): the thumbnail with so many cells more at each end.

    Its own cells stay as they are. Far out, all comes to their mean.
    Raises ValueError for what is no thumbnail.
    """
    if thumb.shape != (SIDE, SIDE):
        raise ValueError(f"a thumbnail is ({SIDE}, {SIDE}), not {thumb.shape}")
    if not (down or across):
        return thumb
    mean = thumb.mean(dtype=np.float64).astype(np.float32)
    plane = thumb - mean
    canvas = np.empty((SIDE + 2 * down, SIDE + 2 * across), np.float32)
    rows, columns = slice(down, down + SIDE), slice(across, across + SIDE)
    canvas[rows, columns] = thumb
    if across:
        before, behind = _beyond(plane, across)
        canvas[rows, :across] = before + mean
        canvas[rows, columns.stop :] = behind + mean
    if down:
        before, behind = _beyond(plane.T, down)
        canvas[:down, columns] = before.T + mean
        canvas[rows.stop :, columns] = behind.T + mean
    if down and across:
        _fill_corners(canvas, rows, columns)
    return canvas


def _fill_corners(canvas: NDArray[np.float32], rows: slice, columns: slice) -> None:
    """Each cell of a corner is the mean of the nearest of the two stretches beside it.

    A corner is under 2 % of a picture cropped by 12 %; fading both ways is no better.
    """
    for down, edge in ((slice(0, rows.start), rows.start), (slice(rows.stop, None), rows.stop - 1)):
        for across, end in (
            (slice(0, columns.start), columns.start),
            (slice(columns.stop, None), columns.stop - 1),
        ):
            canvas[down, across] = (canvas[down, end, None] + canvas[edge, across]) / 2


def _beyond(
    plane: NDArray[np.float32], count: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(256, count) before the first and behind the last column of a plane whose mean is 0."""
    waves = np.empty((WAVES, SIDE), np.float32)
    multiply(_COSINES, plane, out=waves)
    distance = np.arange(1, count + 1) / SIDE
    fading = np.exp(-_rates(waves)[:, None] * distance).astype(np.float32)
    before, behind = np.empty((2, SIDE, count), np.float32)
    multiply(_COSINES.T, waves[:, :1] * fading[:, ::-1], out=before)
    multiply(_COSINES.T, waves[:, -1:] * fading, out=behind)
    return before, behind


def _rates(waves: NDArray[np.float32]) -> NDArray[np.float64]:
    """(32,): how fast each wave along the edge fades away from it, by e in 1 / rate sides.

    Where the correlation falls by exp(-rate * x), two values x apart differ by 2 - 2 exp(-rate * x)
    of the power, squared and on average. That is measured over `STEP` cells within the picture,
    together with the two neighbouring waves, and mixed with what is typical.
    """
    before, behind = waves[:, :-STEP].astype(np.float64), waves[:, STEP:].astype(np.float64)
    change = _with_neighbours(((behind - before) ** 2).sum(axis=1))
    power = _with_neighbours((behind**2 + before**2).sum(axis=1) / 2)
    seen = np.divide(change, power, out=_TYPICAL_CHANGE.copy(), where=power > 0)
    mixed = (seen + TYPICAL_WEIGHT * _TYPICAL_CHANGE) / (1 + TYPICAL_WEIGHT)
    # A wave that turns over within a step says nothing beyond the first cells.
    kept = np.maximum(1 - mixed / 2, 1e-3)
    rates: NDArray[np.float64] = -np.log(kept) * (SIDE / STEP)
    return rates


def _with_neighbours(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    padded = np.pad(sums, 1)
    added: NDArray[np.float64] = padded[:-2] + padded[1:-1] + padded[2:]
    return added


# The cosine transform of 256 cells, frequencies 0 to 31; its rows are of length 1.
_COSINES = np.cos(math.pi / (2 * SIDE) * np.outer(np.arange(WAVES), 2 * np.arange(SIDE) + 1))
_COSINES *= np.where(np.arange(WAVES) == 0, math.sqrt(1 / SIDE), math.sqrt(2 / SIDE))[:, None]
_COSINES = _COSINES.astype(np.float32)

# Power falls with the square of the frequency in photographs. Then the best linear guess beyond a
# straight edge fades by exp(-pi k d). Photographs do so more slowly, and the waves of 0 do fade; of
# rates from half of that to all of it, half finds most by 0.3 bits (docs/adr/0015).
_TYPICAL_RATES = math.pi / 2 * (np.arange(WAVES) + 1)
_TYPICAL_CHANGE = 2 - 2 * np.exp(-_TYPICAL_RATES * (STEP / SIDE))
