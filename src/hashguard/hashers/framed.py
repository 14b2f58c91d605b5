"""PDQ of any framing of an upload, from one thumbnail of it: hundreds within milliseconds.

A framing is a pair of small matrices (see operators.py), so a grid of framings is two stacks of
matrix products. What comes out is close to the plain PDQ of the whole picture that the framing
stands for, which is what lists hold; it is not bit for bit the same (benchmarks/framings.py).

Thumbnails and framings in, packed codes out; no state but cached matrices.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hashguard.framing import Framing
from hashguard.hashers.operators import TYPICAL_LAG, operators
from hashguard.hashers.orientation import Orientation
from hashguard.hashers.thumbnail import SIDE, Thumbnail, tilted
from hashguard.hashes import Codes

Lag: TypeAlias = tuple[float, float]
"""Of the rows and of the columns of the upload: see `operators.lag_of`."""

TYPICAL: Lag = (TYPICAL_LAG, TYPICAL_LAG)
STEPS = (0.025, 0.0125, 0.00625)
"""Of a refinement, in shares of the upload's side; the first is what grids are apart at best."""
RATIOS = (1.0, 5 / 4, 4 / 3, 3 / 2, 16 / 9)
"""Width to height of what cameras and apps make, lying; standing pictures have the inverse."""

_LEAST_MARGIN, _MOST_MARGIN = 0.01, 1.1  # of a side, at both of its ends
_BLOCK = 64  # columns; 16 x 256 x 64 multiplications OpenBLAS does not split over threads
_LATTICE = 160  # places on a side where refinements look, so that matrices are found again
_ROUNDS = 5  # with one step; what a refinement takes is bounded
_SMALLEST = 0.05  # of a side; a refinement does not shrink a framing below
_MOVES = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))
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


def framed_codes(
    thumb: Thumbnail, rows: ArrayLike, columns: ArrayLike, *, lag: Lag = TYPICAL
) -> Codes:
    """(m, n, 32): the codes of all framings with one of the rows and one of the columns.

    rows: (m, 2), top and bottom; columns: (n, 2), left and right; as in `Framing`.
    """
    return _packed(_coefficients(thumb, operators(rows, lag[0]), operators(columns, lag[1])))


def framed_orientations(
    thumb: Thumbnail,
    rows: ArrayLike,
    columns: ArrayLike,
    *,
    orientations: Sequence[Orientation] = tuple(Orientation),
    lag: Lag = TYPICAL,
) -> Mapping[Orientation, Codes]:
    """(m, n, 32) for each orientation, by default all: of the same grid, in the upload as it lies.

    Each code is that of the turned upload with the turned framing: what is found is a part of the
    upload, mirrored or turned.
    """
    found: dict[Orientation, Codes] = {}
    for upside_down in dict.fromkeys(_TURNS[way][0] for way in orientations):
        reduced = _rows_applied(thumb, _facing(rows, lag[0], reverse=upside_down))
        sides = {_TURNS[way][1] for way in orientations if _TURNS[way][0] is upside_down}
        for mirrored in sides:
            facing = _facing(columns, lag[1], reverse=mirrored)
            values = _columns_applied(reduced, facing)
            for way in orientations:
                if _TURNS[way][:2] == (upside_down, mirrored):
                    found[way] = _packed(values.swapaxes(2, 3) if _TURNS[way][2] else values)
    return {way: found[way] for way in orientations}


def codes_of(
    thumb: Thumbnail,
    framings: Sequence[Framing],
    *,
    orientation: Orientation = Orientation.UPRIGHT,
    lag: Lag = TYPICAL,
) -> Codes:
    """(k, 32): the code of each framing, of a part of the upload that was turned so.

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
    reduced = _rows_applied(thumb, _facing(distinct, lag[0], reverse=upside_down))
    across = _facing(columns, lag[1], reverse=mirrored).swapaxes(1, 2)
    values = reduced[which.reshape(-1)] @ across
    return _packed(values.swapaxes(1, 2) if transposed else values)


def upright(framing: Framing, *, height: int, width: int) -> Framing:
    """Where a tilted framing lies once the thumbnail is turned back by its tilt.

    height, width: of the upload in pixels; only their ratio counts.
    """
    return replace(_carried(framing, -framing.tilt, height, width), tilt=0.0)


def tilted_framing(framing: Framing, degrees: float, *, height: int, width: int) -> Framing:
    """The inverse of `upright`: where a framing of the turned thumbnail lies in the upload."""
    return replace(_carried(framing, degrees, height, width), tilt=degrees)


def refine(
    thumb: Thumbnail,
    target: Codes,
    start: Framing,
    *,
    orientation: Orientation = Orientation.UPRIGHT,
    lag: Lag = TYPICAL,
    steps: Sequence[float] = STEPS,
) -> tuple[Framing, int]:
    """The framing near `start` whose code is nearest to `target`, (32,), and the distance in bits.

    Moves top and bottom, then left and right, each by at most one step, until nothing helps, then
    by the next smaller one. Never further from the target than `start`, which must not be tilted.
    steps: multiples of 1/160.
    """
    if start.tilt:
        raise ValueError("turn the thumbnail back first: see refine_tilted")
    search = _Search(thumb, target, orientation, lag)
    spans = [(start.top, start.bottom), (start.left, start.right)]
    (score,) = search.scores(0, [spans[0]], spans[1])
    for step in steps:
        for _ in range(_ROUNDS):
            before = score
            for axis in (0, 1):
                moved = _moved(spans[axis], step)
                if not moved:
                    continue
                scores = search.scores(axis, moved, spans[1 - axis])
                nearest = int(scores.argmin())
                if scores[nearest] < score:
                    score, spans[axis] = scores[nearest], moved[nearest]
            if score == before:
                break
    (top, bottom), (left, right) = spans
    return Framing(left, top, right, bottom), int(score)


def refine_tilted(
    thumb: Thumbnail,
    target: Codes,
    start: Framing,
    degrees: Sequence[float],
    *,
    height: int,
    width: int,
    orientation: Orientation = Orientation.UPRIGHT,
    lag: Lag = TYPICAL,
) -> tuple[Framing, int]:
    """The same over several tilts, beside that of `start`; the framing found may be tilted.

    height, width: of the upload in pixels; only their ratio counts.
    """
    found: list[tuple[Framing, int]] = []
    for tilt in dict.fromkeys((start.tilt, *degrees)):
        turned = tilted(thumb, tilt, height=height, width=width)
        straight = upright(replace(start, tilt=tilt), height=height, width=width)
        framing, distance = refine(turned, target, straight, orientation=orientation, lag=lag)
        found.append((tilted_framing(framing, tilt, height=height, width=width), distance))
    return min(found, key=lambda one: one[1])


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


class _Search:
    """Scores of framings of one thumbnail, each with one axis of many spans, against one code."""

    def __init__(self, thumb: Thumbnail, target: Codes, orientation: Orientation, lag: Lag) -> None:
        *self._reversed, transposed = _TURNS[orientation]
        # In pieces whose products stay on one thread.
        self._planes = tuple(
            np.ascontiguousarray(plane).reshape(-1, _BLOCK, SIDE) for plane in (thumb, thumb.T)
        )
        self._lag = lag
        bits = np.unpackbits(target)[::-1].astype(np.bool_).reshape(16, 16)
        bits = bits.T if transposed else bits
        self._bits = (bits, bits.T)

    def scores(
        self, axis: int, spans: Sequence[tuple[float, float]], other: tuple[float, float]
    ) -> NDArray[np.float64]:
        """(k,): distance in bits, and behind the point how clear the wrong bits are, below 1/2.

        axis: 0 if `spans` are of the rows and `other` of the columns, 1 the other way round.
        """
        # With rows and columns exchanged, the second case is the first.
        mine, others = (
            _facing(some, self._lag[which], reverse=self._reversed[which])
            for some, which in ((spans, axis), ([other], 1 - axis))
        )
        values = mine @ (self._planes[axis] @ others[0].T).reshape(SIDE, 16)
        flat = values.reshape(len(spans), 256)
        flat = flat - np.partition(flat, 127, axis=1)[:, 127:128]
        wrong = (flat > 0) != self._bits[axis].reshape(256)
        sizes = np.abs(flat)
        doubt = (sizes * wrong).sum(axis=1) / (sizes.sum(axis=1) + 1e-9)
        scores: NDArray[np.float64] = np.count_nonzero(wrong, axis=1) + 0.499 * doubt
        return scores


def _coefficients(
    thumb: Thumbnail, rows: NDArray[np.float32], columns: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(m, n, 16, 16)."""
    return _columns_applied(_rows_applied(thumb, rows), columns)


def _rows_applied(thumb: Thumbnail, rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """(m, 16, 256): `rows` times the thumbnail, in pieces that stay on one thread."""
    if thumb.shape != (SIDE, SIDE):
        raise ValueError(f"a thumbnail is ({SIDE}, {SIDE}), not {thumb.shape}")
    out = np.empty((len(rows), rows.shape[1], SIDE), np.float32)
    for start in range(0, SIDE, _BLOCK):
        block = np.ascontiguousarray(thumb[:, start : start + _BLOCK])
        out[:, :, start : start + _BLOCK] = rows @ block
    return out


def _columns_applied(
    reduced: NDArray[np.float32], columns: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(m, n, 16, 16): each of the reduced rows with each of the columns."""
    values: NDArray[np.float32] = reduced[:, None] @ columns.swapaxes(1, 2)
    return values


def _facing(spans: ArrayLike, lag: float, *, reverse: bool) -> NDArray[np.float32]:
    """Operators of an axis, as if its direction were reversed for what is hashed, if asked."""
    if not reverse:
        return operators(spans, lag)
    turned = 1 - np.asarray(spans, np.float64)[:, ::-1]
    return np.ascontiguousarray(operators(turned, lag)[:, :, ::-1])


def _packed(values: NDArray[np.float32]) -> Codes:
    """(..., 32) codes of (..., 16, 16) coefficients."""
    flat = values.reshape(*values.shape[:-2], 256)
    medians = np.partition(flat, 127, axis=-1)[..., 127:128]  # the lower median of 256
    # The most significant bit is the last coefficient.
    return np.packbits(flat[..., ::-1] > medians, axis=-1)


def _moved(span: tuple[float, float], step: float) -> list[tuple[float, float]]:
    """Begin or end or both moved by one step, to the nearest places of the lattice."""
    begin, end = span
    moved = [
        (
            round((begin + first * step) * _LATTICE) / _LATTICE,
            round((end + last * step) * _LATTICE) / _LATTICE,
        )
        for first, last in _MOVES
    ]
    return [(first, last) for first, last in moved if last - first >= _SMALLEST]


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
