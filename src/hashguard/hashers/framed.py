"""PDQ of any framing of an upload, from one thumbnail of it: hundreds within milliseconds.

A framing is a pair of small matrices (see operators.py), so a grid of framings is two stacks of
matrix products. What was cropped off is guessed once for all of them (see surroundings.py). What
comes out is close to the plain PDQ of the whole picture that the framing
stands for, which is what lists hold; it is not bit for bit the same (benchmarks/framings.py).

Thumbnails and framings in, codes and how clear they are out; no state but cached matrices.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hashguard.framing import Framing
from hashguard.hashers.operators import TYPICAL_LAG, margin_of, operators
from hashguard.hashers.orientation import Orientation
from hashguard.hashers.pdq import clarity_of
from hashguard.hashers.products import ONE_THREAD
from hashguard.hashers.surroundings import surrounded
from hashguard.hashers.thumbnail import Thumbnail
from hashguard.hashes import Clarity, Codes

Lag: TypeAlias = tuple[float, float]
"""Of the rows and of the columns of the upload: see `operators.lag_of`."""

TYPICAL: Lag = (TYPICAL_LAG, TYPICAL_LAG)
RATIOS = (1.0, 5 / 4, 4 / 3, 3 / 2, 16 / 9)
"""Width to height of what cameras and apps make, lying; standing pictures have the inverse."""

_LEAST_MARGIN, _MOST_MARGIN = 0.01, 1.1  # of a side, at both of its ends
# Whether rows and columns are reversed, and whether they are exchanged afterwards.
_TURNS = {
    Orientation.UPRIGHT: (False, False, False),
    Orientation.TRANSPOSED: (False, False, True),
    Orientation.MIRRORED: (False, True, False),
    Orientation.TURNED_LEFT: (False, True, True),
    Orientation.FLIPPED: (True, False, False),
    Orientation.TURNED_RIGHT: (True, False, True),
    Orientation.UPSIDE_DOWN: (True, True, False),
    Orientation.TRANSVERSED: (True, True, True),
}


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """Hashes of framings. codes: (..., 32). clarity: (..., 256) of each of their bits."""

    codes: Codes
    clarity: Clarity


def framed_codes(
    thumb: Thumbnail, rows: ArrayLike, columns: ArrayLike, *, lag: Lag = TYPICAL
) -> Codes:
    """(m, n, 32): the codes of all framings with one of the rows and one of the columns.

    rows: (m, 2), top and bottom; columns: (n, 2), left and right; as in `Framing`.
    """
    down, across = margin_of(rows, lag[0]), margin_of(columns, lag[1])
    cells = surrounded(thumb, down, across)
    reduced = _rows_applied(cells, operators(rows, lag[0], down))
    values = _columns_applied(reduced, operators(columns, lag[1], across))
    return _packed(_above(values))


def framed_orientations(
    thumb: Thumbnail,
    rows: ArrayLike,
    columns: ArrayLike,
    *,
    orientations: Sequence[Orientation] = tuple(Orientation),
    lag: Lag = TYPICAL,
) -> Mapping[Orientation, Coded]:
    """(m, n) hashes for each orientation, by default all: of the same grid, in the upload as it is.

    Each code is that of the turned upload with the turned framing: what is found is a part of the
    upload, mirrored or turned.
    """
    down, across = margin_of(rows, lag[0]), margin_of(columns, lag[1])
    cells = surrounded(thumb, down, across)
    found: dict[Orientation, Coded] = {}
    for upside_down in dict.fromkeys(_TURNS[way][0] for way in orientations):
        reduced = _rows_applied(cells, _facing(rows, lag[0], down, reverse=upside_down))
        sides = {_TURNS[way][1] for way in orientations if _TURNS[way][0] is upside_down}
        for mirrored in sides:
            facing = _facing(columns, lag[1], across, reverse=mirrored)
            values = _columns_applied(reduced, facing)
            for way in orientations:
                if _TURNS[way][:2] == (upside_down, mirrored):
                    found[way] = _coded(values.swapaxes(2, 3) if _TURNS[way][2] else values)
    return {way: found[way] for way in orientations}


def coded(
    thumb: Thumbnail,
    framings: Sequence[Framing],
    *,
    orientation: Orientation = Orientation.UPRIGHT,
    lag: Lag = TYPICAL,
) -> Coded:
    """One hash for each framing, of a part of the upload that was turned so; k in all.

    Raises ValueError for a tilt: turn the thumbnail back first (`tilted`, `upright`).
    """
    if any(framing.tilt for framing in framings):
        raise ValueError("a tilted framing has no code: turn the thumbnail back, then hash")
    upside_down, mirrored, transposed = _TURNS[orientation]
    rows, columns = (
        np.array(spans, np.float64).reshape(-1, 2)
        for spans in (
            [(framing.top, framing.bottom) for framing in framings],
            [(framing.left, framing.right) for framing in framings],
        )
    )
    # Framings of a grid share their rows: those are applied once.
    distinct, which = np.unique(rows, axis=0, return_inverse=True)
    down, across = margin_of(distinct, lag[0]), margin_of(columns, lag[1])
    cells = surrounded(thumb, down, across)
    reduced = _rows_applied(cells, _facing(distinct, lag[0], down, reverse=upside_down))
    facing = _facing(columns, lag[1], across, reverse=mirrored).swapaxes(1, 2)
    values = reduced[which.reshape(-1)] @ facing
    return _coded(values.swapaxes(1, 2) if transposed else values)


def upright(framing: Framing, *, height: int, width: int) -> Framing:
    """Where a tilted framing lies once the thumbnail is turned back by its tilt.

    height, width: of the upload in pixels; only their ratio counts.
    """
    return replace(_carried(framing, -framing.tilt, height, width), tilt=0.0)


def tilted_framing(framing: Framing, degrees: float, *, height: int, width: int) -> Framing:
    """The inverse of `upright`: where a framing of the turned thumbnail lies in the upload."""
    return replace(_carried(framing, degrees, height, width), tilt=degrees)


def ratio_framings(height: int, width: int) -> tuple[Framing, ...]:
    """What an upload of these sides may be the middle of: pictures of other usual ratios.

    One framing for each of `RATIOS`, lying and standing, that is wider or higher by 2 % at least,
    and at most 3.2 times: of what is cut to less than that, too little is left to be recognised.
    """
    framings = []
    for ratio in sorted({*RATIOS, *(1 / ratio for ratio in RATIOS)}):
        wider = ratio * height / width
        margin = (max(wider, 1 / wider) - 1) / 2
        if not _LEAST_MARGIN <= margin <= _MOST_MARGIN:
            continue
        if wider > 1:
            framings.append(Framing(left=-margin, right=1 + margin))
        else:
            framings.append(Framing(top=-margin, bottom=1 + margin))
    return tuple(framings)


def _rows_applied(cells: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(m, 16, w): `rows`, (m, 16, h), times (h, w) cells, in pieces that stay on one thread."""
    (count, height, _), width = rows.shape, cells.shape[1]
    out = np.empty((count, height, width), np.float32)
    stripe = ONE_THREAD // rows[0].size if count else width
    for start in range(0, width, stripe):
        block = np.ascontiguousarray(cells[:, start : start + stripe])
        out[:, :, start : start + stripe] = rows @ block
    return out


def _columns_applied(
    reduced: NDArray[np.float32], columns: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(m, n, 16, 16): each of the reduced rows with each of the columns."""
    values: NDArray[np.float32] = reduced[:, None] @ columns.swapaxes(1, 2)
    return values


def _facing(spans: ArrayLike, lag: float, margin: int, *, reverse: bool) -> NDArray[np.float32]:
    """Operators of an axis, as if its direction were reversed for what is hashed, if asked."""
    if not reverse:
        return operators(spans, lag, margin)
    # Rounded as `operators` rounds, so that what is turned is as wide.
    turned = 1 - np.asarray(spans, np.float64).round(7)[:, ::-1]
    return np.ascontiguousarray(operators(turned, lag, margin)[:, :, ::-1])


def _coded(values: NDArray[np.float32]) -> Coded:
    """(...) hashes of (..., 16, 16) coefficients."""
    above = _above(values)
    return Coded(_packed(above), clarity_of(above))


def _above(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(..., 256) of (..., 16, 16) coefficients: less their median, in the order of the bits."""
    flat = values.reshape(*values.shape[:-2], 256)
    medians = np.partition(flat, 127, axis=-1)[..., 127:128]  # the lower median of 256
    # The most significant bit is the last coefficient.
    above: NDArray[np.float32] = flat[..., ::-1] - medians
    return above


def _packed(above: NDArray[np.float32]) -> Codes:
    return np.packbits(above > 0, axis=-1)


def _carried(framing: Framing, degrees: float, height: int, width: int) -> Framing:
    """With its centre turned clockwise about that of the upload; sides as they are."""
    turn = math.radians(degrees)
    across = (framing.left + framing.right - 1) / 2 * width
    down = (framing.top + framing.bottom - 1) / 2 * height
    right = (across * math.cos(turn) - down * math.sin(turn) - across) / width
    below = (across * math.sin(turn) + down * math.cos(turn) - down) / height
    return replace(
        framing,
        left=framing.left + right,
        right=framing.right + right,
        top=framing.top + below,
        bottom=framing.bottom + below,
    )
