"""Where a picture may end that ends in the colour of what surrounds it. Pure.

A drawing, a logo or a cut-out on white has white margins of its own. Once it stands on white,
none of its edges is in the pixels; but it is put there with as much room on opposite sides, as
far from words as other pictures are, and mostly shows things in its middle. Each of that tells a
few framings. A hash bears an edge that is off by 2 or 3 % of a side, so few are enough.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hashguard.detection.beside import with_things_beside
from hashguard.detection.boxes import Box, is_among
from hashguard.detection.captions import between_words
from hashguard.detection.ground import (
    Shown,
    Span,
    bands,
    is_closed,
    joined,
    length,
    shown_on_ground,
)
from hashguard.detection.panels import LEAST_SIDE
from hashguard.detection.rooms import (
    BESIDE,
    GAP,
    OFF,
    RATIOS,
    has_four_edges,
    has_room,
    highest,
    shows_edges,
    widths,
)
from hashguard.detection.small import Small

MOST_MARGINS = 8  # framings of an upload; each costs as much as another picture

_WITHIN = (0.0, 0.025, 0.05)  # of a side of a picture; the least of its own margins
_OWN = (0.012, 0.07, 0.13, 0.19, 0.255)
"""Of a picture's height, above what it shows and below; half a step off is near enough."""
_NEAR = 0.04  # of a height; it is taken to be the one that gives a usual ratio, or is seen
_PARTS = ((GAP, 5), (0.03, 3), (0.06, 4))
"""Gaps between parts of one picture, of the width, and how many of `_OWN` are tried with each."""
_APART = 0.06  # of the width; what is farther away belongs to something else
_LEAST_BORDER = 0.004  # of a side
_ALIKE = 0.008  # of a side; framings whose edges all lie within are one


def margin_boxes(small: Small, width: int, height: int) -> list[Box]:
    """Boxes, in pixels, at most `MOST_MARGINS`, likeliest first; none without a plain ground.

    width, height: of the upload that was made small. 1. Even borders, if nothing but one picture
    stands there. 2. Between bars with words. 3. All the room between what stands above and below
    it. 4. As much margin above it as below, or left as right.
    """
    shown = shown_on_ground(small.luma)
    if shown is None:
        return []
    square = max(small.down, small.across)
    shown = _in_squares(_in_squares(shown, square / small.down).T, square / small.across).T
    rows, columns = shown.shape
    found: list[Box] = [(0, 0, width, height)]
    for left, top, right, bottom in _proposed(shown):
        # The last pixels of an upload fill no cell.
        end = width if right >= columns else right * square
        lower = height if bottom >= rows else bottom * square
        box = max(left, 0) * square, max(top, 0) * square, end, lower
        if min((end - box[0]) / width, (lower - box[1]) / height) < LEAST_SIDE:
            continue
        if not is_among(box, found, _ALIKE * width, _ALIKE * height):
            found.append(box)
        if len(found) > MOST_MARGINS:
            break
    return found[1:]


def _in_squares(shown: Shown, cells: float) -> Shown:
    """With so many rows in one, at least 1, so that distances are the same along both axes."""
    if cells == 1:
        return shown
    starts = (np.arange(max(1, int(len(shown) / cells))) * cells).astype(np.intp)
    return np.logical_or.reduceat(shown, starts, axis=0)


def _proposed(shown: Shown) -> Iterator[Box]:
    width = shown.shape[1]
    rows = bands(shown)
    main, _ = highest(shown, rows, GAP * width)
    is_alone = _is_alone(shown) and not shows_edges(shown, rows, main)
    if is_alone and _is_alone(shown.T):
        if _is_framed(shown):
            return
        yield from _within_even_border(shown)
    for start, stop in between_words(shown):
        if _is_alone(shown[start:stop]) and not _is_filled(shown, start, stop):
            yield 0, start, width, stop
    yield from _filling_room(shown)
    yield from _centred(shown)
    if is_alone:
        for left, top, right, bottom in _centred(shown.T):
            yield top, left, bottom, right


def _is_framed(shown: Shown) -> bool:
    """Whether what is shown has edges of its own on all sides, and as much room beside each."""
    height, width = shown.shape
    (left, right), (top, bottom) = _around(shown.T, 0, width), _around(shown, 0, height)
    if not has_four_edges(shown, (top, bottom)):
        return False
    in_cells = (left, top, width - right, height - bottom)
    in_shares = (left / width, top / height, 1 - right / width, 1 - bottom / height)
    return np.ptp(in_cells) <= OFF or bool(np.ptp(in_shares) <= _LEAST_BORDER)


def _is_filled(shown: Shown, start: int, stop: int) -> bool:
    """Whether a picture with edges of its own lies there, which are better to go by."""
    seen = _around(shown, start, stop)
    off = max(seen[0] - start, stop - seen[1])
    return is_closed(shown, seen) and off <= _NEAR * (stop - start)


def _around(shown: Shown, start: int, stop: int) -> Span:
    """From the first of some rows that shows anything to the last."""
    rows = bands(shown[start:stop])
    return start + rows[0][0], start + rows[-1][1]


def _is_alone(shown: Shown) -> bool:
    """Whether one picture can be all there is."""
    return len(joined(bands(shown), _APART * shown.shape[1])) == 1


def _within_even_border(shown: Shown) -> Iterator[Box]:
    """Borders of the same share of each side, up to the nearest thing and a little less."""
    height, width = shown.shape
    (left, right), (top, bottom) = _around(shown.T, 0, width), _around(shown, 0, height)
    least = min(left / width, top / height, 1 - right / width, 1 - bottom / height)
    for own in _WITHIN:
        border = (least - own) / (1 - 2 * own)
        if border >= _LEAST_BORDER:
            across, down = round(border * width), round(border * height)
            yield across, down, width - across, height - down


def _filling_room(shown: Shown) -> Iterator[Box]:
    """From what stands above the highest thing to what stands below it."""
    width = shown.shape[1]
    beside = round(BESIDE * width)
    rows = bands(shown)
    for gap, _ in _PARTS[:2]:
        main, room = highest(shown, rows, gap * width)
        if not shows_edges(shown, rows, main) and has_room(shown, main, room):
            for left, right in widths(shown, rows, main):
                yield left, room[0] + beside, right, room[1] - beside
        yield from with_things_beside(shown, rows, main)


def _centred(shown: Shown) -> Iterator[Box]:
    """With as wide margins above what is shown as below, of several widths and usual ratios."""
    height, width = shown.shape
    rows = bands(shown)
    seen: list[Span] = []
    for gap, count in _PARTS:
        main, room = highest(shown, rows, gap * width)
        if main in seen or length(main) < LEAST_SIDE * height or shows_edges(shown, rows, main):
            continue
        seen.append(main)
        middle, high = (main[0] + main[1]) / 2, length(main)
        if room == (0, height):
            # Alone, it was put in the middle of the upload, wherever it shows things itself.
            middle, high = height / 2, height - 2 * min(main[0], height - main[1])
        left, right = widths(shown, rows, main)[0]
        for own in _OWN[:count]:
            tall = _as_usual(high / (1 - 2 * own), right - left, high)
            start, stop = round(middle - tall / 2), round(middle + tall / 2)
            if start >= room[0] - OFF and stop <= room[1] + OFF:
                yield left, start, right, stop


def _as_usual(tall: float, wide: int, least: float) -> float:
    """A height, or the one near it that gives a picture this wide a usual ratio."""
    usual = min((ratio * wide for ratio in RATIOS), key=lambda one: abs(one - tall))
    return usual if abs(usual - tall) <= _NEAR * tall and usual >= least - OFF else tall
