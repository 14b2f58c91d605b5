"""Round corners: apps cut them off pictures, and what is behind shows there. Pure.

They are a hundredth of a picture, but four bright spots on a dark one are 60 bits of its hash.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashguard.detection.filling import filled
from hashguard.detection.small import Luma, Small, as_luma
from hashguard.hashes import Pixels

_WIDEST = 0.12  # of the shorter side; rounder ones leave no rectangle to be found
_PIXELS = 40  # a side of a corner, at most, that are looked at
_LEAST = 3  # cells of a side
_LIKE = 8.0  # levels of luma; JPEG moves a plain colour near an edge by less
_CUT = (0.1, 0.45)  # of the square of its sides is what an arc cuts off; 0.35 where it is soft
_UNEVEN = 0.4  # by which share of the larger one the sides of a corner or of two may differ
_NEEDED = 2  # corners that are surely round; the others may be hard to see, or as they were
_SEEN = 0.5  # of what an arc cuts off has the colour of what is behind
_TANGENT = 1.4  # times the side that is seen is the radius; an arc begins nearly straight
_RIM = 2  # cells along the arc have both colours


def have_round_corners(pixels: Pixels) -> bool:
    """Whether (h, w) luma or (h, w, 3) RGB uint8 seems to be cut off round; costs next to nothing.

    It looks at some pixels of each corner only.
    """
    side = int(_WIDEST * min(pixels.shape[:2]))
    step = max(1, -(-side // _PIXELS))
    squares = [corner[:side:step, :side:step] for corner in _corners(pixels)]
    return _radius([as_luma(square) for square in squares], step, step) is not None


def without_round_corners(small: Small) -> Luma | None:
    """The luma with what lies outside round corners filled in; None if there are none."""
    luma, down, across = small.luma, small.down, small.across
    side = int(_WIDEST * min(luma.shape[0] * down, luma.shape[1] * across))
    place = np.s_[: side // down, : side // across]
    squares = [corner[place] for corner in _corners(luma)]
    radius = _radius(squares, down, across)
    if radius is None:
        return None
    # As an arc of that radius cuts it off, where the picture is not seen behind it.
    middles = (np.indices(squares[0].shape).T + 0.5).T * np.array([down, across])[:, None, None]
    away = np.hypot(*np.maximum(radius - middles, 0))
    cut, wide = away > radius, away > radius - _RIM * max(down, across)
    hidden = np.zeros(luma.shape, dtype=bool)
    for corner, square in zip(_corners(hidden), squares, strict=True):
        if np.mean(np.abs(square[cut] - square[0, 0]) <= _LIKE) >= _SEEN:
            corner[place] = wide
    return filled(luma, hidden)


def _corners(values: NDArray[Any]) -> list[NDArray[Any]]:
    """Views, each with its corner first."""
    return [values, values[:, ::-1], values[::-1], values[::-1, ::-1]]


def _radius(squares: list[Luma], down: int, across: int) -> float | None:
    """Of round corners, in pixels; None unless enough are surely round, all by about the same.

    down, across: pixels of a cell.
    """
    sides = [one for square in squares if (one := _cut_off(square, down, across))]
    if len(sides) < _NEEDED or not _are_even(min(sides), max(sides)):
        return None
    return _TANGENT * float(np.median(sides))


def _cut_off(square: Luma, down: int, across: int) -> float:
    """Pixels of its sides by which an arc cuts the first corner of a square off; 0 if none does."""
    if min(square.shape) <= _LEAST:
        return 0.0
    alike = np.abs(square - square[0, 0]) <= _LIKE
    outside = np.logical_and.accumulate(alike, axis=1) & np.logical_and.accumulate(alike, axis=0)
    columns, rows = int(outside[0].sum()), int(outside[:, 0].sum())
    is_round = (
        min(columns, rows) >= _LEAST
        and columns < square.shape[1]
        and rows < square.shape[0]
        and _are_even(columns * across, rows * down)
        and _CUT[0] <= outside.sum() / (columns * rows) <= _CUT[1]
    )
    return (columns * across + rows * down) / 2 if is_round else 0.0


def _are_even(one: float, other: float) -> bool:
    return abs(one - other) <= _UNEVEN * max(one, other)
