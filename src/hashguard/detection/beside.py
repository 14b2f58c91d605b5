"""Pictures that stand beside other things, and have the room between those. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from hashguard.detection.boxes import Box
from hashguard.detection.ground import Shown, Span, bands, extent, is_closed, joined, length
from hashguard.detection.panels import LEAST_SIDE
from hashguard.detection.rooms import BESIDE, GAP, OFF, RATIOS, has_room, highest


def with_things_beside(shown: Shown, rows: list[Span], main: Span) -> Iterator[Box]:
    """The same for the widest two of the things that stand side by side in `main`.

    As wide as the room at its sides, and as the narrowest picture of a usual ratio that holds it.
    """
    width = shown.shape[1]
    parts = joined(bands(shown[main[0] : main[1]].T), GAP * width)
    if len(parts) < 2:
        return
    lefts = [extent(shown, one)[0] for one in rows if one[1] <= main[0] or one[0] >= main[1]]
    beside = round(BESIDE * width)
    for part in sorted(parts, key=length, reverse=True)[:2]:
        mine = shown[:, part[0] : part[1]]
        own, room = highest(mine, bands(mine), GAP * width)
        if length(part) < LEAST_SIDE * width or not has_room(mine, own, room):
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
        usual = ((stop - start) / ratio for ratio in RATIOS)
        wide = min((one for one in usual if one >= right - left - OFF), default=right - left)
        yield round((left + right - wide) / 2), start, round((left + right + wide) / 2), stop


def _sides(
    parts: list[Span], part: Span, lefts: list[int], shown: Span, beside: int
) -> Iterator[Span]:
    """From the thing before, or where lines begin, to the thing behind; one tells the other."""
    place = parts.index(part)
    before = parts[place - 1][1] + beside if place else None
    if before is None:
        before = min((one for one in lefts if OFF < one <= shown[0]), default=None)
    behind = parts[place + 1][0] - beside if place + 1 < len(parts) else None
    if before is not None and behind is not None:
        yield before, behind
    elif before is not None:
        yield before, sum(shown) - before
    elif behind is not None:
        yield sum(shown) - behind, behind
