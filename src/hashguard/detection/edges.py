"""Where exactly a side of a box lies, in whole pixels of the upload. Pure.

Along rows; for columns the upload is given turned. Only some places along a side are looked at,
so that a side costs the same in any upload.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hashguard.detection.seams import FULL
from hashguard.detection.small import Luma, as_luma, middle
from hashguard.hashes import Pixels

CORNER = 0.06  # of a side left out at each end, where corners may be round

_SAMPLES = 150  # groups of pixels along a side that are looked at, at least if it has as many
_GROUP = 4  # pixels along a side that are averaged
_AS_GOOD = 0.8  # of the strongest boundary nearby; one as strong may be meant as well
_LIKE = 8.0  # levels of luma; JPEG moves a plain colour beside a picture by less
_QUITE_LIKE = 3.0  # levels of luma; what JPEG does to a plain colour where nothing is near
_PLAIN = 0.96  # of a row of one colour
_BROKEN = 0.6  # of a row, at most, where something else begins
_BEGINNING = 3  # pixels within which it begins

Span: TypeAlias = tuple[int, int]
"""From the first pixel of a side to the first behind it."""


@dataclass(frozen=True, slots=True)
class Side:
    """place: the first row behind the boundary, in pixels. support: -1 to 1, as in seams.py."""

    place: int
    support: float


def exact_side(
    pixels: Pixels, near: int, reach: int, span: Span, inward: int, *, last: bool
) -> Side:
    """The boundary within `reach` pixels of `near`; support 0 if there is none.

    inward: 1 if what it bounds lies below it, -1 if above. last: of boundaries that are about as
    strong take the last, otherwise the first.
    """
    start, stop = max(2, near - reach), min(len(pixels) - 2, near + reach) + 1
    if stop <= start:
        return Side(near, 0.0)
    rows = _sampled(pixels, start - 2, stop + 1, span)
    if rows.size == 0:
        return Side(near, 0.0)
    jumps = np.abs(np.diff(rows, axis=0))
    support = jumps[1:-1] - 0.5 * (jumps[:-2] + jumps[2:])
    profile: NDArray[np.float32] = np.clip(support, -FULL, FULL).mean(axis=1) / np.float32(FULL)
    if profile.max() <= 0:
        return Side(near, 0.0)
    good = np.flatnonzero(profile >= _AS_GOOD * profile.max())
    # The first of them is between rows 1 and 2 of the sampled ones.
    place = int(good[-1] if last else good[0])
    sure = float(profile[place])
    inside, outside = rows[place + 2], rows[place : place + 2]
    if inward < 0:
        inside, outside = rows[place + 1], rows[place + 2 : place + 4]
    if _leaves_plain(inside, outside):
        sure = (1 + sure) / 2
    return Side(start + place, sure)


def _leaves_plain(inside: Luma, outside: Luma) -> bool:
    """Whether one colour ends here: where it does, even a low boundary is one."""
    colour = middle(outside)
    return (
        _share(outside, colour, _QUITE_LIKE) >= _PLAIN
        and _share(inside, colour, _QUITE_LIKE) <= _BROKEN
    )


def plain_rows(pixels: Pixels, edge: int, span: Span, inward: int, most: int) -> int:
    """How many rows behind an edge have one colour, if something else begins within `most`.

    Such as the gap between the panels of a collage, whose farther edge may be the stronger one.
    0 if the first is not plain, or if they end little by little as a sky does.
    """
    first = edge if inward > 0 else edge - 1
    row = _sampled(pixels, first, first + 1, span)
    if row.size == 0 or first < 0 or _share(row, colour := middle(row), _LIKE) < _PLAIN:
        return 0
    ahead = most + _BEGINNING
    if inward > 0:
        rows = _sampled(pixels, edge, edge + ahead, span)
    else:
        rows = _sampled(pixels, max(0, edge - ahead), edge, span)[::-1]
    alike = (np.abs(rows - colour) <= _LIKE).mean(axis=1)
    broken = np.flatnonzero(alike < _PLAIN)
    if len(broken) == 0 or broken[0] > most:
        return 0
    gap = int(broken[0])
    return gap if alike[gap : gap + _BEGINNING].min() <= _BROKEN else 0


def _share(values: Luma, colour: float, within: float) -> float:
    """How much of the values is like a colour."""
    return np.count_nonzero(np.abs(values - np.float32(colour)) <= within) / values.size


def _sampled(pixels: Pixels, start: int, stop: int, span: Span) -> Luma:
    """Luma of these rows, averaged over a few pixels along the span, its ends left out.

    Averages, as noise and fine texture would hide a low boundary.
    """
    trim = int((span[1] - span[0]) * CORNER)
    # A side that was placed on the small luma may end a pixel beyond the upload.
    left, right = max(span[0], 0) + trim, min(span[1], pixels.shape[1]) - trim
    if right <= left:
        return np.empty((0, 0), np.float32)
    group = max(1, min(_GROUP, (right - left) // _GROUP))
    count = (right - left) // group
    step = max(1, count // _SAMPLES)
    rows = pixels[start:stop, left : left + count * group]
    groups = rows.reshape(len(rows), count, group, *rows.shape[2:])[:, ::step]
    means: Luma = as_luma(groups.sum(axis=2, dtype=np.uint16)) / np.float32(group)
    return means
