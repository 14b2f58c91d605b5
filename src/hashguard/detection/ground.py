"""What stands on a ground of one colour, and how its parts lie above each other. Pure.

Spans are rows or columns of the small luma: the first, and the first behind them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hashguard.detection.small import Luma, middle

_LIKE = 10.0  # levels of luma; JPEG moves a plain colour near a line by less
_PLAIN = 0.985  # of an outermost row; what surrounds a picture has nothing in it
_STEP = 3  # cells; a third of the rows and columns tells which colours are common
_LEVELS = 5  # of luma that count as one colour
_AROUND = 0.15  # of the upload has the colour of an outermost row, or that is a bar of its own
_COMMON = 0.3  # of the upload has the colour of a page that touches no side of a screenshot
_CLOSED = 0.9  # of a row; where so much of it begins at once, the picture does
_BEGINNING = 3  # cells within which it begins

Span: TypeAlias = tuple[int, int]
Shown: TypeAlias = NDArray[np.bool_]
"""(rows, columns) of the small luma: what has another colour than the ground."""


def shown_on_ground(luma: Luma) -> Shown | None:
    """What is not ground; None if nothing is, or if there is no colour that may be the ground."""
    counts = np.bincount(luma[::_STEP, ::_STEP].ravel().astype(np.intp), minlength=256)
    shares = np.convolve(counts, np.ones(_LEVELS), mode="same") / counts.sum()
    colour = _outermost(luma, shares)
    if colour is None and shares.max() >= _COMMON:
        colour = float(shares.argmax())
    if colour is None:
        return None
    shown: Shown = np.abs(luma - np.float32(colour)) > _LIKE
    return shown if shown.any() else None


def _outermost(luma: Luma, shares: NDArray[np.float64]) -> float | None:
    """The colour of a plain outermost row or column that much of the upload has as well."""
    for row in (luma[0], luma[-1], luma[:, 0], luma[:, -1]):
        colour = middle(row)
        plain = np.mean(np.abs(row - np.float32(colour)) <= _LIKE) >= _PLAIN
        if plain and shares[int(colour)] >= _AROUND:
            return colour
    return None


def bands(shown: Shown) -> list[Span]:
    """Spans of rows that are not all ground, from the top; of columns if it is turned."""
    flags = np.concatenate([[False], shown.any(axis=1), [False]])
    ends = np.flatnonzero(np.diff(flags.astype(np.int8))).tolist()
    return list(zip(ends[::2], ends[1::2], strict=True))


def joined(spans: Sequence[Span], gap: float) -> list[Span]:
    """The same, as one where no more than a gap lies between them."""
    made = list(spans[:1])
    for start, stop in spans[1:]:
        if start - made[-1][1] <= gap:
            made[-1] = (made[-1][0], stop)
        else:
            made.append((start, stop))
    return made


def extent(shown: Shown, band: Span) -> Span:
    """From the first to the last column that is not ground in a band of `bands`."""
    columns = np.flatnonzero(shown[band[0] : band[1]].any(axis=0))
    return int(columns[0]), int(columns[-1]) + 1


def length(span: Span) -> int:
    """How many rows or columns."""
    return span[1] - span[0]


def is_closed(shown: Shown, band: Span) -> bool:
    """Whether a band begins and ends in full rows: a picture that shows its own edges."""
    first = shown[band[0] : min(band[0] + _BEGINNING, band[1])]
    last = shown[max(band[1] - _BEGINNING, band[0]) : band[1]]
    return all(float(rows.mean(axis=1).max()) >= _CLOSED for rows in (first, last))
