"""Parts of a small picture that plain rows and columns set apart: a page, a screen, a bar. Pure.

A picture on a page, in a feed or under a caption has rows of one colour above and below it, with
words or nothing in the others. Its edge may be hard to see where it is as light as the page, but
begins everywhere in the same row.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hashguard.detection.boxes import Box
from hashguard.detection.panels import LEAST_SIDE
from hashguard.detection.small import Luma

_PLAIN = 10.0  # levels of luma between the darkest and the lightest of a plain row
_LIKE = 6.0  # levels of luma; JPEG moves a plain colour by less
_BROKEN = 0.75  # of a row; how much of it looks like the plain one where a picture begins, at most
_BEGINNING = 4  # cells within which a picture begins; JPEG and averaging blur its edge
_CUTS = 4  # in turn along rows and columns; a picture beside words on a page takes four
_MOST = 16  # blocks; a collage of 16 has as many


def find_blocks(luma: Luma) -> list[Box]:
    """Boxes, in cells, between plain rows and columns, largest first; never the whole.

    1. Cut along the rows, each part along the columns, and once more. Strips that are too narrow
    for a picture are left out: words, buttons. 2. Of what could not be cut any further, that of
    which every side begins abruptly.
    """
    height, width = luma.shape
    blocks: list[Box] = [(0, 0, width, height)]
    for number in range(_CUTS):
        parts = [part for box in blocks for part in _cut(luma, box, across=number % 2 == 1)]
        blocks = sorted(parts, key=_area, reverse=True)[:_MOST]
    trimmed = [_trimmed(luma, box) for box in blocks if box != (0, 0, width, height)]
    return [box for box in trimmed if box is not None]


def _cut(luma: Luma, box: Box, *, across: bool) -> Iterator[Box]:
    """The parts of a box between its plain columns, or rows."""
    left, top, right, bottom = box
    part = luma[top:bottom, left:right]
    along, least = (0, LEAST_SIDE * luma.shape[1]) if across else (1, LEAST_SIDE * luma.shape[0])
    plain = part.max(axis=along) - part.min(axis=along) <= _PLAIN
    ends = np.flatnonzero(np.diff(np.concatenate([[True], plain, [True]]).astype(np.int8)))
    for first, last in ends.reshape(-1, 2).tolist():
        if last - first >= least:
            yield (
                (left + first, top, left + last, bottom)
                if across
                else (left, top + first, right, top + last)
            )


def _trimmed(luma: Luma, box: Box) -> Box | None:
    """Where a block really begins, as what is plain looks rough beside it; None if nowhere."""
    left, top, right, bottom = box
    height, width = luma.shape
    rows, columns = luma[:, left:right], luma[top:bottom].T
    off = (
        _beginning(columns[max(left - 1, 0) : left + _BEGINNING], left > 0),
        _beginning(rows[max(top - 1, 0) : top + _BEGINNING], top > 0),
        _beginning(columns[right - _BEGINNING : right + 1][::-1], right < width),
        _beginning(rows[bottom - _BEGINNING : bottom + 1][::-1], bottom < height),
    )
    if min(off) < 0:
        return None
    return left + off[0], top + off[1], right - off[2], bottom - off[3]


def _beginning(rows: Luma, is_plain: bool) -> int:
    """How many rows behind a plain one, the first, something else begins; -1 if little by little.

    is_plain: whether there is one, or the picture ends there.
    """
    if not is_plain:
        return 0
    alike: NDArray[np.float64] = (np.abs(rows[1:] - rows[0].mean()) <= _LIKE).mean(axis=1)
    broken = np.flatnonzero(alike <= _BROKEN)
    return int(broken[0]) if len(broken) else -1


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])
