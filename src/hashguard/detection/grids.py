"""Collages: the panels that are missing, and boxes that are several panels. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hashguard.detection.boxes import Box
from hashguard.detection.candidates import Candidate

_FEWEST = 3  # panels of one size from which a grid is told
_MOST = 16  # panels of a grid
_SAME = 3  # cells by which the sizes and places of panels differ at most


def with_panels(candidates: Sequence[Candidate]) -> list[Candidate]:
    """All panels first if some were found, then the rest, without boxes of several panels.

    A panel as dark as those beside it is weakly bounded itself, but stands where the grid says.
    1. The largest group of boxes of one size that do not overlap. 2. Where they begin across and
    down, each place with each. 3. Other boxes, if no two panels lie in them.
    """
    panels = max((_alike(one, candidates) for one in candidates), key=len, default=[])
    lefts = _places([panel.box[0] for panel in panels])
    tops = _places([panel.box[1] for panel in panels])
    if len(panels) < _FEWEST or len(lefts) * len(tops) > _MOST:
        return list(candidates)
    width, height = _size(panels[0].box)
    grid = list(panels)
    for left in lefts:
        for top in tops:
            box = (left, top, left + width, top + height)
            if not any(_overlap(box, panel.box) for panel in grid):
                grid.append(replace(panels[-1], box=box))
    rest = [
        one
        for one in candidates
        if one not in panels
        and (one.is_border or sum(_holds(one.box, panel.box) for panel in grid) < 2)
    ]
    borders = [one for one in rest if one.is_border]
    return [*borders, *grid, *(one for one in rest if not one.is_border)]


def _alike(first: Candidate, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those of the size of the first that overlap neither it nor each other, and itself."""
    width, height = _size(first.box)
    group = [first]
    for one in candidates:
        wide, high = _size(one.box)
        if abs(wide - width) > _SAME or abs(high - height) > _SAME or one.is_border:
            continue
        if not any(_overlap(one.box, other.box) for other in group):
            group.append(one)
    return group


def _places(values: Sequence[int]) -> list[int]:
    """Without those that are nearly one before."""
    places: list[int] = []
    for value in sorted(values):
        if not places or value - places[-1] > _SAME:
            places.append(value)
    return places


def _size(box: Box) -> tuple[int, int]:
    return box[2] - box[0], box[3] - box[1]


def _overlap(one: Box, other: Box) -> bool:
    """Whether they share more than their edges may be off."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across > _SAME and down > _SAME


def _holds(outer: Box, inner: Box) -> bool:
    return (
        outer[0] <= inner[0] + _SAME
        and outer[1] <= inner[1] + _SAME
        and outer[2] >= inner[2] - _SAME
        and outer[3] >= inner[3] - _SAME
    )
