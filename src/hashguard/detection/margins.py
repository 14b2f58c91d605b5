"""Where a picture may end that ends in the colour of what surrounds it. Pure.

A drawing, a logo or a cut-out on white has white margins of its own. Once it stands on white,
none of its edges is in the pixels; but it is put there with as much room on opposite sides, as
far from words as other pictures are, and mostly shows things in its middle. Each of that tells a
few framings. A hash bears an edge that is off by 2 or 3 % of a side, so few are enough.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hashguard.detection.boxes import Box, is_among
from hashguard.detection.captions import between_words
from hashguard.detection.ground import (
    Shown,
    Span,
    bands,
    extent,
    is_closed,
    joined,
    length,
    shown_on_ground,
)
from hashguard.detection.panels import LEAST_SIDE
from hashguard.detection.small import Small

MOST_MARGINS = 8  # framings of an upload; each costs as much as another picture

_WITHIN = (0.0, 0.025, 0.05)  # of a side of a picture; the least of its own margins
_OWN = (0.012, 0.07, 0.13, 0.19, 0.255)
"""Of a picture's height, above what it shows and below; half a step off is near enough."""
_RATIOS = (9 / 16, 2 / 3, 3 / 4, 4 / 5, 1.0, 5 / 4, 4 / 3, 3 / 2, 16 / 9)  # height to width
_NEAR = 0.04  # of a height; it is taken to be the one that gives a usual ratio, or is seen
_PARTS = ((0.012, 5), (0.03, 3), (0.06, 4))
"""Gaps between parts of one picture, of the width, and how many of `_OWN` are tried with each."""
_BESIDE = 0.016  # of the width between a picture and words; 12 pixels in 800
_AS_HIGH = 0.5  # times the highest thing; what is lower is looked at only if it is the highest
_ROOMY = 2.4  # times as high as what is shown; more room has other things in it
_APART = 0.06  # of the width; what is farther away belongs to something else
_FULL = 0.95  # of the width; what is wider is a line, or a bar
_ALIGNED = 0.01  # of the width; lines of words begin at one place
_LINES = 3  # that do tell a column
_COLUMN = 0.04  # of the width, beside a column at least; pictures in feeds go beyond words
_NARROW = 0.8  # of the column; a picture as wide is not set to one side
_OFF = 2  # cells by which things that stand in line may be off
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
    main, _ = _highest(shown, rows, _PARTS[0][0] * width)
    is_alone = _is_alone(shown) and not _shows_edges(shown, rows, main)
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
    if not _has_four_edges(shown, (top, bottom)):
        return False
    in_cells = (left, top, width - right, height - bottom)
    in_shares = (left / width, top / height, 1 - right / width, 1 - bottom / height)
    return np.ptp(in_cells) <= _OFF or bool(np.ptp(in_shares) <= _LEAST_BORDER)


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
    beside = round(_BESIDE * width)
    rows = bands(shown)
    for gap, _ in _PARTS[:2]:
        main, room = _highest(shown, rows, gap * width)
        if not _shows_edges(shown, rows, main) and _has_room(shown, main, room):
            for left, right in _widths(shown, rows, main):
                yield left, room[0] + beside, right, room[1] - beside
        yield from _with_things_beside(shown, rows, main)


def _highest(shown: Shown, rows: list[Span], gap: float) -> tuple[Span, Span]:
    """The highest span, its parts joined over gaps; and from the one before it to the next.

    Of those whose edges are not seen, unless they are much lower: words below a photograph.
    """
    groups = joined(rows, gap)
    least = max(_AS_HIGH * length(max(groups, key=length)), LEAST_SIDE * len(shown))
    high = [one for one in groups if length(one) >= least]
    main = max([one for one in high if not is_closed(shown, one)] or groups, key=length)
    place = groups.index(main)
    above = groups[place - 1][1] if place else 0
    below = groups[place + 1][0] if place + 1 < len(groups) else len(shown)
    return main, (above, below)


def _shows_edges(shown: Shown, rows: list[Span], main: Span) -> bool:
    """Whether a picture in `main` has edges to go by, as wide as it may be, or beside others."""
    left, right = _widths(shown, rows, main)[0]
    if is_closed(shown[:, left:right], main):
        return True
    parts = joined(bands(shown[main[0] : main[1]].T), _PARTS[0][0] * shown.shape[1])
    mine = shown[:, slice(*max(parts, key=length))]
    own, _ = _highest(mine, bands(mine), 0)
    return len(parts) > 1 and _has_four_edges(mine, own)


def _has_four_edges(shown: Shown, band: Span) -> bool:
    """Whether what a band shows begins at once at all four sides."""
    left, right = extent(shown, band)
    part = shown[band[0] : band[1], left:right]
    return is_closed(part, (0, len(part))) and is_closed(part.T, (0, right - left))


def _has_room(shown: Shown, main: Span, room: Span) -> bool:
    """Whether a picture of which this is shown fits between things above and below it."""
    height, width = shown.shape
    if room[0] == 0 or room[1] == height or length(main) < LEAST_SIDE * height:
        return False
    beside = _BESIDE * width
    if main[0] - room[0] < beside / 2 or room[1] - main[1] < beside / 2:
        return False
    return bool(length(room) - 2 * beside <= _ROOMY * length(main))


def _widths(shown: Shown, rows: list[Span], main: Span) -> list[Span]:
    """Where what is shown in `main` may begin and end at its sides, likeliest first.

    1. As wide as the upload, or as the column of words above and below. 2. Set to one side, where
    other things begin or end; then with as much margin at the other side.
    """
    width = shown.shape[1]
    left, right = extent(shown, main)
    others = [extent(shown, one) for one in rows if one[1] <= main[0] or one[0] >= main[1]]
    others = [one for one in others if length(one) < _FULL * width]
    if not others:
        return [(0, width)]
    lefts = sorted(one[0] for one in others)
    first, last = lefts[0], max(one[1] for one in others)
    is_column = (
        len(lefts) >= _LINES
        and lefts[_LINES - 1] - first <= _ALIGNED * width
        and first >= _COLUMN * width
        and first - _OFF <= left
        and right <= width - first + _OFF
    )
    spans = [(first, width - first) if is_column else (0, width)]
    if first - _OFF <= left and right <= last + _OFF:
        before, behind = max(left - first, 0), max(last - right, 0)
        aside = (first, right + before) if before <= behind else (left - behind, last)
        if length(aside) < _NARROW * (last - first):
            spans.append(aside)
    return spans


def _with_things_beside(shown: Shown, rows: list[Span], main: Span) -> Iterator[Box]:
    """The same for the widest two of the things that stand side by side in `main`.

    As wide as the room at its sides, and as the narrowest picture of a usual ratio that holds it.
    """
    width = shown.shape[1]
    parts = joined(bands(shown[main[0] : main[1]].T), _PARTS[0][0] * width)
    if len(parts) < 2:
        return
    lefts = [extent(shown, one)[0] for one in rows if one[1] <= main[0] or one[0] >= main[1]]
    beside = round(_BESIDE * width)
    for part in sorted(parts, key=length, reverse=True)[:2]:
        mine = shown[:, part[0] : part[1]]
        own, room = _highest(mine, bands(mine), _PARTS[0][0] * width)
        if length(part) < LEAST_SIDE * width or not _has_room(mine, own, room):
            continue
        left, right = extent(mine, own)
        if is_closed(mine[:, left:right], own) and is_closed(
            mine[own[0] : own[1]].T, (left, right)
        ):
            continue
        start, stop = room[0] + beside, room[1] - beside
        left, right = part[0] + left, part[0] + right
        for before, behind in _sides(parts, part, lefts, (left, right), beside):
            yield before, start, behind, stop
        usual = ((stop - start) / ratio for ratio in _RATIOS)
        wide = min((one for one in usual if one >= right - left - _OFF), default=right - left)
        yield round((left + right - wide) / 2), start, round((left + right + wide) / 2), stop


def _sides(
    parts: list[Span], part: Span, lefts: list[int], shown: Span, beside: int
) -> Iterator[Span]:
    """From the thing before, or where lines begin, to the thing behind; one tells the other."""
    place = parts.index(part)
    before = parts[place - 1][1] + beside if place else None
    if before is None:
        before = min((one for one in lefts if _OFF < one <= shown[0]), default=None)
    behind = parts[place + 1][0] - beside if place + 1 < len(parts) else None
    if before is not None and behind is not None:
        yield before, behind
    elif before is not None:
        yield before, sum(shown) - before
    elif behind is not None:
        yield sum(shown) - behind, behind


def _centred(shown: Shown) -> Iterator[Box]:
    """With as wide margins above what is shown as below, of several widths and usual ratios."""
    height, width = shown.shape
    rows = bands(shown)
    seen: list[Span] = []
    for gap, count in _PARTS:
        main, room = _highest(shown, rows, gap * width)
        if main in seen or length(main) < LEAST_SIDE * height or _shows_edges(shown, rows, main):
            continue
        seen.append(main)
        middle, high = (main[0] + main[1]) / 2, length(main)
        if room == (0, height):
            # Alone, it was put in the middle of the upload, wherever it shows things itself.
            middle, high = height / 2, height - 2 * min(main[0], height - main[1])
        left, right = _widths(shown, rows, main)[0]
        for own in _OWN[:count]:
            tall = _as_usual(high / (1 - 2 * own), right - left, high)
            start, stop = round(middle - tall / 2), round(middle + tall / 2)
            if start >= room[0] - _OFF and stop <= room[1] + _OFF:
                yield left, start, right, stop


def _as_usual(tall: float, wide: int, least: float) -> float:
    """A height, or the one near it that gives a picture this wide a usual ratio."""
    usual = min((ratio * wide for ratio in _RATIOS), key=lambda one: abs(one - tall))
    return usual if abs(usual - tall) <= _NEAR * tall and usual >= least - _OFF else tall
