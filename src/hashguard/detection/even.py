"""What is left of an upload if its borders are even, where one of their sides was not seen. Pure.

A picture may end as dark, as white or as plain as what was put around it. Whoever frames a picture
mostly frames it evenly, so the sides that were seen tell where the others are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hashguard.detection.borders import WIDEST
from hashguard.detection.boxes import Box
from hashguard.detection.placing import SMALLEST, Placed

_LEAST = 2  # pixels; less is no border


@dataclass(frozen=True, slots=True)
class _Margin:
    """How far a side of a box lies within the upload. side: 0 left, 1 above, 2 right, 3 below."""

    side: int
    pixels: int
    score: float
    is_border: bool


def even_boxes(
    seen: Sequence[tuple[Placed, bool]], width: int, height: int, same: float
) -> list[Placed]:
    """Boxes with even borders, surest first; some may be among those seen.

    seen: boxes in pixels, and whether all that surrounds each has one colour. same: of a side;
    margins that differ by less are one.

    1. The same on all sides, in pixels or as a share of each side, if two sides say so; or if one
    colour surrounds everything and no side says less. 2. Above and below, or left and right, where
    one side says so.
    """
    sizes = (width, height, width, height)
    # Each once, as the surest of its boxes has it; a border's before others'.
    ordered = sorted(seen, key=lambda one: (one[1], one[0].score))
    margins = {
        (side, pixels): _Margin(side, pixels, one.score, is_border)
        for one, is_border in ordered
        for side, pixels in enumerate(_margins(one.box, width, height))
        if _LEAST <= pixels <= WIDEST * sizes[side]
    }.values()
    found: dict[Box, float] = {}
    for margin in margins:
        for across, down in _both(margin, sizes):
            if min(width - 2 * across, height - 2 * down) < SMALLEST:
                continue
            wanted = (across, down, across, down)
            agree = {
                other.side
                for other in margins
                if abs(other.pixels - wanted[other.side]) <= same * sizes[other.side]
            }
            if margin.is_border and _is_least(margins, wanted):
                agree |= {margin.side, margin.side ^ 2}
            if len(agree) >= 2:
                box = (across, down, width - across, height - down)
                found[box] = max(found.get(box, 0), _worth(len(agree), margin))
        box = _pair(margin, width, height)
        if min(box[2] - box[0], box[3] - box[1]) >= SMALLEST:
            found[box] = max(found.get(box, 0), _worth(1, margin))
    placed = [Placed(box, score) for box, score in found.items()]
    return sorted(placed, key=lambda one: -one.score)


def _margins(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    return box[0], box[1], width - box[2], height - box[3]


def _both(margin: _Margin, sizes: tuple[int, int, int, int]) -> Iterator[tuple[int, int]]:
    """Across and down, in pixels: as many, and the same share of each side."""
    yield margin.pixels, margin.pixels
    share = margin.pixels / sizes[margin.side]
    yield round(share * sizes[0]), round(share * sizes[1])


def _is_least(margins: Iterable[_Margin], wanted: Sequence[int]) -> bool:
    """Whether one colour surrounds all of it at least so far."""
    borders = [one for one in margins if one.is_border]
    everywhere = len({one.side for one in borders}) == len(wanted)
    return everywhere and all(one.pixels >= wanted[one.side] - 1 for one in borders)


def _worth(sides: int, margin: _Margin) -> float:
    """The more sides say so, the surer; then the surer the box is of which it is one."""
    return (sides + margin.score) / 5


def _pair(margin: _Margin, width: int, height: int) -> Box:
    if margin.side % 2:
        return (0, margin.pixels, width, height - margin.pixels)
    return (margin.pixels, 0, width - margin.pixels, height)
