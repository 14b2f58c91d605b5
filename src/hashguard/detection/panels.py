"""Rectangles that straight boundaries close, and how sure each is. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashguard.detection.edges import CORNER
from hashguard.detection.seams import Seams

LEAST_SIDE = 0.12  # of the upload; smaller pictures are shown too small to be told apart

_GAP = 5  # cells; gaps between panels are mostly narrower
_END = 4  # of a side, the part in so many next to the upload's edge tells whether it gets there
_LIKELY = 20_000  # rectangles that are weighed; only patterns have more
LEAST_SUPPORT = (2.0, 0.55, 0.4, 0.3, 0.2)
"""What the weakest side needs, by the number of sides that are not those of the upload.

The upload itself has no such side and is never found.
"""


@dataclass(frozen=True, slots=True)
class Rectangles:
    """Surest first. boxes: (n, 4) cells: left, top, right, bottom.

    supports: (n,), 0 to 1, how sure each is. means: (n,), mean support of its sides. bounded: (n,),
    how many of its sides are not those of the upload.
    """

    boxes: NDArray[np.intp]
    supports: NDArray[np.float64]
    means: NDArray[np.float64]
    bounded: NDArray[np.intp]


def find_rectangles(across: Seams, down: Seams, most: int) -> Rectangles:
    """Rectangles between the lines of both directions and the edges of the upload.

    across: seams along rows; down: seams along columns, of the turned picture.
    """
    height, width = down.columns, across.columns
    tops, lefts = _with_edges(across.lines, height), _with_edges(down.lines, width)
    spans_x, spans_y = _spans(lefts), _spans(tops)
    along_rows = _supports(across, tops, lefts[spans_x])
    along_columns = _supports(down, lefts, tops[spans_y])
    # (spans_x, spans_y): rectangles no side of which is out of the question.
    rows, columns = _may_bound(along_rows), _may_bound(along_columns)
    likely = rows.T[:, spans_y[:, 0]] & rows.T[:, spans_y[:, 1]]
    likely &= columns[spans_x[:, 0]] & columns[spans_x[:, 1]]
    x, y = (places[:_LIKELY] for places in np.nonzero(likely))
    sides = [
        along_columns[spans_x[x, 0], y],
        along_rows[spans_y[y, 0], x],
        along_columns[spans_x[x, 1], y],
        along_rows[spans_y[y, 1], x],
    ]
    left_right, top_bottom = lefts[spans_x[x]], tops[spans_y[y]]
    boxes = np.stack([left_right, top_bottom], axis=2).reshape(len(x), 4)
    return _surest(boxes, np.stack(sides), most)


def _surest(boxes: NDArray[np.intp], sides: NDArray[np.float64], most: int) -> Rectangles:
    """Those with enough support. sides: (4, n) supports, NaN for the upload's own edges."""
    free = np.isnan(sides)
    bounded = 4 - free.sum(axis=0)
    weakest = np.where(free, 1, sides).min(axis=0)
    means = np.where(free, 0, sides).sum(axis=0) / np.maximum(bounded, 1)
    sure = np.flatnonzero(weakest >= np.array(LEAST_SUPPORT)[bounded])
    # A weak side makes all the others doubtful.
    supports = np.sqrt(weakest[sure] * means[sure])
    order = np.argsort(-supports, kind="stable")[:most]
    sure = sure[order]
    return Rectangles(boxes[sure], supports[order], means[sure], bounded[sure])


def _may_bound(supports: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether a line may be a side; the edges of the upload may."""
    return np.isnan(supports) | (supports >= LEAST_SUPPORT[-1])


def _with_edges(lines: NDArray[np.intp], size: int) -> NDArray[np.intp]:
    return np.concatenate([[0], lines[(lines > 1) & (lines < size - 2)], [size]]).astype(np.intp)


def _spans(lines: NDArray[np.intp]) -> NDArray[np.intp]:
    """(n, 2): pairs of numbers of lines that are far enough apart."""
    first, second = np.triu_indices(len(lines), 1)
    far = lines[second] - lines[first] >= LEAST_SIDE * lines[-1]
    return np.stack([first[far], second[far]], axis=1)


def _supports(
    seams: Seams, lines: NDArray[np.intp], spans: NDArray[np.intp]
) -> NDArray[np.float64]:
    """(lines, spans): mean support of a line over a span; NaN for the edges of the upload."""
    trim = ((spans[:, 1] - spans[:, 0]) * CORNER).astype(np.intp)
    start, stop = spans[:, 0] + trim, spans[:, 1] - trim
    supports = np.full((len(lines), len(spans)), np.nan)
    supports[1:-1] = seams.support(lines[1:-1, None], start, stop)
    return supports


def crossed(
    boxes: NDArray[np.intp], across: Seams, down: Seams
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The best support of a line that runs through each box from side to side; 0 if none.

    Two of (n,): of lines near an edge, so that the box seems to hold a gap beside a panel, or a
    bar if the edge is that of the upload; and of lines in its middle, so that it may be two.
    """
    at_edge, middle = np.zeros(len(boxes)), np.zeros(len(boxes))
    for seams, low, high in ((across, (0, 1), (2, 3)), (down, (1, 0), (3, 2))):
        start, stop = boxes[:, low[0]], boxes[:, high[0]]
        trim = ((stop - start) * CORNER).astype(np.intp)
        start, stop = start + trim, stop - trim
        lines = seams.lines[:, None]
        support = seams.support(lines, start, stop)
        first, last = boxes[:, low[1]], boxes[:, high[1]]
        depth = np.minimum(lines - first, last - lines)
        deep = depth >= (last - first) * LEAST_SIDE
        middle = np.maximum(middle, np.where(deep, support, 0).max(axis=0, initial=0))
        free = np.where(lines - first <= last - lines, first == 0, last == seams.sums.shape[0])
        near = (depth > 2) & ~deep & (free | (depth <= _GAP))
        at_edge = np.maximum(at_edge, np.where(near, support, 0).max(axis=0, initial=0))
    return at_edge, middle


def reaching(boxes: NDArray[np.intp], across: Seams, down: Seams) -> NDArray[np.float64]:
    """(n,), 0 to 1: how much of the support of a side is left where it meets the upload's edge.

    The least of any side; 1 for boxes that touch no edge. The sides of a window, drawn out, divide
    the desktop behind it, too; but they end where the window does. 1 for what lies between bars
    only: it ends in no corner that could be that of something smaller, however faint its sides.
    """
    lasting = np.ones(len(boxes))
    for seams, (low, high), sides in ((across, (0, 2), (1, 3)), (down, (1, 3), (0, 2))):
        start, stop = boxes[:, low], boxes[:, high]
        trim = ((stop - start) * CORNER).astype(np.intp)
        first, last = start + trim, stop - trim
        part = (last - first) // _END
        ends = ((start == 0, first, first + part), (stop == seams.columns, last - part, last))
        for line in (boxes[:, side] for side in sides):
            is_own = (line == 0) | (line == len(seams.sums))
            inside = np.where(is_own, 0, line)
            mean = np.maximum(seams.support(inside, first, last), LEAST_SUPPORT[-1])
            for meets, begin, end in ends:
                share = np.clip(seams.support(inside, begin, end) / mean, 0, 1)
                lasting = np.minimum(lasting, np.where(meets & ~is_own, share, 1))
    own = np.concatenate([boxes[:, :2] > 0, boxes[:, 2:] < (across.columns, down.columns)], axis=1)
    has_corner = own[:, ::2].any(axis=1) & own[:, 1::2].any(axis=1)
    return np.where(has_corner, lasting, 1.0)
