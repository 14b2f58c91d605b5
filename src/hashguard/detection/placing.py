"""From a candidate in cells to a box in pixels. Pure but for what it remembers of one upload."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from hashguard.detection.boxes import Box
from hashguard.detection.candidates import Candidate
from hashguard.detection.edges import Side, exact_side, plain_rows
from hashguard.detection.small import Small
from hashguard.hashes import Pixels

LEAST_SCORE = 0.53  # of a box; ordinary photographs rarely reach it, real ones mostly 0.7

_NEEDED = (2.0, 0.6, 0.45, 0.35, 0.25)
"""What the weakest side needs on the pixels, by the number of sides that have a boundary."""
_BORDER_NEEDED = 0.4  # mean over the sides; a sky may be as white as the border beside it
_FAINT = 0.4  # support of a side that says little about where it is
_JPEG_BLOCK = 8  # pixels by which noise beside the picture may hide where a border ends
_GAP = 0.012  # of the upload; gaps between panels are no wider
_SURER = 0.25
"""How far a candidate's score goes towards that of the pixels, if these are surer of four sides.

A small picture has faint sides once it is made smaller still.
"""
SMALLEST = 16  # pixels, a side of a box


@dataclass(frozen=True, slots=True)
class Placed:
    """A box in pixels of the upload. score: 0 to 1; 0 if the pixels speak against it."""

    box: Box
    score: float


class Placing:
    """Places the boxes of one upload; a side that several share only once."""

    def __init__(self, pixels: Pixels, small: Small) -> None:
        self._pixels = pixels
        self._turned = pixels.swapaxes(0, 1)
        self._small = small
        self._known: dict[tuple[int, int, int, int, int, bool], Side] = {}

    def place(self, candidate: Candidate) -> Placed:
        """The box of a candidate on the pixels, and how sure it is there."""
        height, width = self._pixels.shape[:2]
        left, top, right, bottom = candidate.box
        rows, columns = self._small.luma.shape
        start, stop = left * self._small.across, right * self._small.across
        upper, lower = top * self._small.down, bottom * self._small.down
        # The last pixels of an upload fill no cell.
        stop, lower = width if right == columns else stop, height if bottom == rows else lower
        sides_across = self._sides(1, (start, stop), (upper, lower), candidate.is_border)
        span = (sides_across[0].place, sides_across[1].place)
        if span[1] - span[0] < SMALLEST:
            return Placed((span[0], upper, span[1], lower), 0.0)
        bounded = (left > 0, right < columns, top > 0, bottom < rows)
        least = 0.0 if candidate.is_border else _NEEDED[sum(bounded)]
        # Most of what is none is told by two sides; the others would cost as much again.
        seen = zip(bounded[:2], sides_across, strict=True)
        if any(real and one.support < least for real, one in seen):
            return Placed((span[0], upper, span[1], lower), 0.0)
        sides_down = self._sides(0, (upper, lower), span, candidate.is_border)
        box = (span[0], sides_down[0].place, span[1], sides_down[1].place)
        if box[3] - box[1] < SMALLEST:
            return Placed(box, 0.0)
        sides = zip(bounded, (*sides_across, *sides_down), strict=True)
        return Placed(box, _score(candidate, [side.support for real, side in sides if real]))

    def _sides(
        self, axis: int, near: tuple[int, int], span: tuple[int, int], is_border: bool
    ) -> tuple[Side, Side]:
        """Both sides of a box along an axis."""
        first = self._side(axis, near[0], span, 1, is_border)
        last = self._side(axis, near[1], span, -1, is_border)
        if not is_border:
            return first, last
        # Borders are mostly even: a side that is hard to see is where the other says.
        length = (self._turned if axis else self._pixels).shape[0]
        cell = self._small.across if axis else self._small.down
        if abs(near[0] - (length - near[1])) > 2 * cell:
            return first, last
        if first.support < _FAINT <= last.support:
            return replace(first, place=length - last.place), last
        if last.support < _FAINT <= first.support:
            return first, replace(last, place=length - first.place)
        return first, last

    def _side(
        self, axis: int, near: int, span: tuple[int, int], inward: int, is_border: bool
    ) -> Side:
        """A side along rows (0) or columns (1); the upload's own moves only behind a gap."""
        key = (axis, near, *span, inward, is_border)
        if key in self._known:
            return self._known[key]
        pixels = self._turned if axis else self._pixels
        cell = self._small.across if axis else self._small.down
        side = Side(near, 0.0)
        if 0 < near < len(pixels):
            # A boundary lies within the cell, or at either edge of it; with room beside it.
            reach = 2 * cell + 1 + (_JPEG_BLOCK if is_border else 0)
            # Past a gap the picture begins; within a border, it may have a frame of its own.
            last = (inward > 0) != is_border
            side = exact_side(pixels, near + cell // 2, reach, span, inward, last=last)
        if not is_border:
            gap = plain_rows(pixels, side.place, span, inward, int(len(pixels) * _GAP))
            side = Side(side.place + inward * gap, side.support)
        self._known[key] = side
        return side


def _score(candidate: Candidate, supports: list[float]) -> float:
    if candidate.is_border:
        mean = float(np.mean(supports)) if supports else 0.0
        return candidate.score * (2 + mean) / 3 if mean >= _BORDER_NEEDED else 0.0
    weakest = min(supports, default=0.0)
    if weakest < _NEEDED[len(supports)]:
        return 0.0
    # A weak side makes the others doubtful, but four that agree are no chance.
    on_pixels = math.sqrt(weakest * float(np.mean(supports)))
    before = candidate.score
    if len(supports) == len(candidate.box):
        before += _SURER * max(on_pixels - before, 0)
    return math.sqrt(before * on_pixels)
