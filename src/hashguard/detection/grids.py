"""Collages: the panels that are missing, and boxes that are several panels. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hashguard.detection.boxes import Box, are_near
from hashguard.detection.candidates import Candidate

_FEWEST = 3  # panels of one size from which a grid is told
_MOST = 16  # panels of a grid
_FOUND = 3  # times as many panels as were found has a grid at most
_FILLED = 0.8  # of a grid are panels; the windows of a house have more wall between them
_UNION = 0.5  # what a box is worth that holds two panels
_SAME = 3  # cells by which the sizes and places of panels differ at most


def with_panels(candidates: Sequence[Candidate]) -> list[Candidate]:
    """All panels first if some were found, then the rest; boxes of several panels are worth less.

    A panel as dark as those beside it is weakly bounded itself, but stands where the grid says.
    1. The largest group of boxes of one size that do not overlap. 2. Where they begin across and
    down, each place with each. 3. Other boxes.
    """
    panels = max((_alike(one, candidates) for one in candidates), key=len, default=[])
    lefts = _places([panel.box[0] for panel in panels])
    tops = _places([panel.box[1] for panel in panels])
    if not _is_grid(panels, lefts, tops):
        return list(candidates)
    width, height = _size(panels[0].box)
    grid = list(panels)
    for left in lefts:
        for top in tops:
            box = (left, top, left + width, top + height)
            if not any(_overlap(box, panel.box) for panel in grid):
                grid.append(replace(panels[-1], box=box))
    around = _around(grid)
    rest = [one for one in candidates if one not in panels]
    # A border around nothing but the panels comes after them: few pictures are looked up.
    first = [one for one in rest if one.is_border and not are_near(one.box, around, _SAME, _SAME)]
    return [
        *first,
        # Each is as sure as the surest of them: together they are no chance.
        *(replace(one, score=max(panel.score for panel in panels)) for one in grid),
        *(_weighed(one, grid) for one in rest if one not in first),
    ]


def _weighed(one: Candidate, grid: Sequence[Candidate]) -> Candidate:
    """Worth less if two panels lie in it."""
    if sum(_holds(one.box, panel.box) for panel in grid) < 2:
        return one
    return replace(one, score=_UNION * one.score)


def _is_grid(panels: Sequence[Candidate], lefts: Sequence[int], tops: Sequence[int]) -> bool:
    """Whether boxes of one size are panels, side by side, and not just alike."""
    places = len(lefts) * len(tops)
    if len(panels) < _FEWEST or places > min(_MOST, _FOUND * len(panels)):
        return False
    width, height = _size(panels[0].box)
    wide, high = _size(_around(panels))
    return places * width * height >= _FILLED * wide * high


def _around(panels: Sequence[Candidate]) -> Box:
    """The smallest box that holds all of them."""
    lefts, tops, rights, bottoms = zip(*(panel.box for panel in panels), strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


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
