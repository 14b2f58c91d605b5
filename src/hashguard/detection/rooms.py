"""What stands highest on a ground, and the room it has between other things. Pure."""

from __future__ import annotations

from hashguard.detection.ground import Shown, Span, bands, extent, is_closed, joined, length
from hashguard.detection.panels import LEAST_SIDE

GAP = 0.012  # of the width; what is nearer belongs to one thing
BESIDE = 0.016  # of the width between a picture and words; 12 pixels in 800
RATIOS = (9 / 16, 2 / 3, 3 / 4, 4 / 5, 1.0, 5 / 4, 4 / 3, 3 / 2, 16 / 9)  # height to width
OFF = 2  # cells by which things that stand in line may be off

_AS_HIGH = 0.5  # times the highest thing; what is lower is looked at only if it is the highest
_ROOMY = 2.4  # times as high as what is shown; more room has other things in it
_FULL = 0.95  # of the width; what is wider is a line, or a bar
_ALIGNED = 0.01  # of the width; lines of words begin at one place
_LINES = 3  # that do tell a column
_COLUMN = 0.04  # of the width, beside a column at least; pictures in feeds go beyond words
_NARROW = 0.8  # of the column; a picture as wide is not set to one side


def highest(shown: Shown, rows: list[Span], gap: float) -> tuple[Span, Span]:
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


def shows_edges(shown: Shown, rows: list[Span], main: Span) -> bool:
    """Whether a picture in `main` has edges to go by, as wide as it may be, or beside others."""
    left, right = widths(shown, rows, main)[0]
    if is_closed(shown[:, left:right], main):
        return True
    parts = joined(bands(shown[main[0] : main[1]].T), GAP * shown.shape[1])
    mine = shown[:, slice(*max(parts, key=length))]
    own, _ = highest(mine, bands(mine), 0)
    return len(parts) > 1 and has_four_edges(mine, own)


def has_four_edges(shown: Shown, band: Span) -> bool:
    """Whether what a band shows begins at once at all four sides."""
    left, right = extent(shown, band)
    part = shown[band[0] : band[1], left:right]
    return is_closed(part, (0, len(part))) and is_closed(part.T, (0, right - left))


def has_room(shown: Shown, main: Span, room: Span) -> bool:
    """Whether a picture of which this is shown fits between things above and below it."""
    height, width = shown.shape
    if room[0] == 0 or room[1] == height or length(main) < LEAST_SIDE * height:
        return False
    beside = BESIDE * width
    if main[0] - room[0] < beside / 2 or room[1] - main[1] < beside / 2:
        return False
    return bool(length(room) - 2 * beside <= _ROOMY * length(main))


def widths(shown: Shown, rows: list[Span], main: Span) -> list[Span]:
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
        and first - OFF <= left
        and right <= width - first + OFF
    )
    spans = [(first, width - first) if is_column else (0, width)]
    if first - OFF <= left and right <= last + OFF:
        before, behind = max(left - first, 0), max(last - right, 0)
        aside = (first, right + before) if before <= behind else (left - behind, last)
        if length(aside) < _NARROW * (last - first):
            spans.append(aside)
    return spans
