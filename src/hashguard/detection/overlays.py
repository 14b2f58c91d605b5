"""What seems to be put over a picture: stickers, emoji, bars with or without words. Pure.

What is drawn has places of exactly one colour that end abruptly. Those of photographs, a sky or a
wall out of focus, are hardly ever so even: luma deviates from the mean of a region that hangs
together by at most 0.5 levels in one of ten, in 95 of 100 drawn ones by at most 0.35.

A place that was none costs little: it is filled with what surrounds it, which is often what it was.
Blocks say where overlays are, their cells how far each reaches: what is filled without need is
lost, and what is left of its edge is an edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hashguard.detection.filling import filled
from hashguard.detection.regions import MOST, Blocks, Region, blocks_of, regions
from hashguard.detection.shapes import Shape, enclosed, wider
from hashguard.detection.small import Luma

_ROUND = 1.6  # times as large as its blocks is a region with what it encloses, at most
_APART = 6.0  # levels of luma; what surrounds an overlay differs from it by more
_SAME = 6.0  # levels of luma between a region and the cells of its edge that belong to it
_MOST_LOOKED_AT = 2  # times the cells of the picture; each of many stripes may reach across it
_MOST_HIDDEN = 0.45  # of the picture, in all; of what is left too little would follow
_AGAIN = 1.0  # levels between two places of one colour


@dataclass(frozen=True, slots=True)
class _Overlay:
    """What covers the cells of `shape`, whose first one is at `top` and `left`."""

    colour: float
    top: int
    left: int
    shape: Shape


def without_overlays(luma: Luma) -> Luma | None:
    """The (h, w) luma with what seems to cover it filled in; None if nothing does.

    1. Blocks of one colour. 2. Regions of them that hang together, or would if nothing was drawn
    upon them. 3. Those that may be overlays, with what they enclose, 4. are filled.
    """
    blocks = blocks_of(luma)
    overlays: list[_Overlay] = []
    left = _MOST_LOOKED_AT * luma.size
    for region in regions(blocks):
        one = _overlay(luma, blocks, region, left)
        if one is not None:
            overlays.append(one)
            left -= one.shape.size
    if not overlays:
        return None
    hidden = _hidden(luma, overlays)
    if hidden.mean() > _MOST_HIDDEN:
        # A drawing, which has its colours again and again; what covers it has mostly its own.
        colours = np.array([one.colour for one in overlays])
        alike = np.abs(colours - colours[:, np.newaxis]) <= _AGAIN
        times = alike.sum(axis=0).tolist()
        hidden = _hidden(luma, [one for one, n in zip(overlays, times, strict=True) if n == 1])
    if not hidden.any() or hidden.mean() > _MOST_HIDDEN:
        return None
    return filled(luma, hidden)


def _hidden(luma: Luma, overlays: list[_Overlay]) -> Shape:
    """(h, w): which cells they cover, with a rim of one cell, which has both colours."""
    hidden = np.zeros(luma.shape, dtype=bool)
    for one in overlays:
        height, width = one.shape.shape
        hidden[one.top : one.top + height, one.left : one.left + width] |= wider(one.shape)
    return hidden


def _overlay(luma: Luma, blocks: Blocks, region: Region, most: int) -> _Overlay | None:
    """A region with what it encloses, in cells, if it may be one. most: cells to look at."""
    # 1. In blocks: round enough, and apart from what surrounds it.
    top, left = np.maximum(region.places.min(axis=0) - 3, 0).tolist()
    bottom, right = (region.places.max(axis=0) + 4).tolist()
    part = blocks.mean[top:bottom, left:right]
    inner = np.zeros(part.shape, dtype=bool)
    inner[region.places[:, 0] - top, region.places[:, 1] - left] = True
    colour = float(part[inner].mean())
    # Blocks at its edge are of two colours; what it encloses is drawn upon it.
    shape = wider(inner)
    whole = enclosed(shape)
    if whole.sum() > min(MOST * blocks.mean.size, _ROUND * shape.sum()):
        return None
    around = wider(wider(whole)) & ~whole
    if not around.any() or np.mean(np.abs(part[around] - colour) > _APART) < region.surrounded:
        return None
    # 2. In cells: of the blocks at its edge, what has its colour.
    first, last = np.searchsorted(blocks.rows, (top, bottom)).tolist()
    start, end = np.searchsorted(blocks.columns, (left, right)).tolist()
    if (last - first) * (end - start) > most:
        return None
    place = np.ix_(blocks.rows[first:last] - top, blocks.columns[start:end] - left)
    same = np.abs(luma[first:last, start:end] - colour) <= _SAME
    cells = inner[place] | (wider(shape)[place] & same)
    return _Overlay(colour, first, start, enclosed(cells))
