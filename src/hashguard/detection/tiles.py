"""Collages: where the other panels lie, as those found say. Pure.

A panel that ends as white as the gap beside it, or looks like the next one, has edges nobody sees.
But panels are of one size, and the gaps between them and around them of one width; so one panel
tells the whole grid, and several that tell the same are no chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hashguard.detection.boxes import Box, is_among
from hashguard.detection.placing import Placed

_MOST = 3  # panels beside each other
_WIDEST = 0.04  # of a side; wider gaps stand between things, not between panels
_TELLING = 3  # times as many panels as were seen has a grid at most
_OFF = 0.006  # of a side, by which a panel may lie beside its place


@dataclass(frozen=True, slots=True)
class _Grid:
    """Panels of (width, height) pixels in columns and rows."""

    columns: int
    rows: int
    width: int
    height: int

    def panels(self, width: int, height: int) -> Iterator[Box]:
        """All of them, in an upload of this size; what would reach beyond it ends there."""
        across = (width - self.columns * self.width) / (self.columns + 1)
        down = (height - self.rows * self.height) / (self.rows + 1)
        for row in range(self.rows):
            for column in range(self.columns):
                left = round(across + column * (across + self.width))
                top = round(down + row * (down + self.height))
                right, bottom = min(left + self.width, width), min(top + self.height, height)
                yield max(left, 0), max(top, 0), right, bottom


def missing_panels(seen: Sequence[Placed], width: int, height: int) -> list[Placed]:
    """The panels that are not among those seen, as sure as the surest of the grid that most tell.

    seen: boxes in pixels. A third of the panels must be among them.
    """
    grids = [grid for one in seen if (grid := _grid(one.box, width, height))]
    best: list[Placed] = []
    panels: list[Box] = []
    for grid in grids:
        every = list(grid.panels(width, height))
        told = [one for one in seen if is_among(one.box, every, _OFF * width, _OFF * height)]
        if len(told) > len(best) and _TELLING * len(told) >= len(every):
            best, panels = told, every
    known = [one.box for one in best]
    score = max((one.score for one in best), default=0.0)
    return [
        Placed(box, score)
        for box in panels
        if not is_among(box, known, _OFF * width, _OFF * height)
    ]


def _grid(box: Box, width: int, height: int) -> _Grid | None:
    columns = _count(box[0], box[2], width)
    rows = _count(box[1], box[3], height)
    if columns * rows < 2:
        return None
    # Square grids and two panels are common; strips of other pictures are not.
    if columns != rows and columns * rows != 2:
        return None
    return _Grid(columns, rows, box[2] - box[0], box[3] - box[1])


def _count(start: int, stop: int, side: int) -> int:
    """How many panels of this one's size lie beside each other; 0 if it lies elsewhere."""
    for count in range(1, _MOST + 1):
        gap = (side - count * (stop - start)) / (count + 1)
        if not -_OFF * side <= gap <= _WIDEST * side:
            continue
        pitch = gap + stop - start
        place = round((start - gap) / pitch)
        if 0 <= place < count and abs(start - gap - place * pitch) <= _OFF * side:
            return count
    return 0
