"""Which boxes of a small picture may show a picture of their own, surest first. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashguard.detection.blocks import find_blocks
from hashguard.detection.borders import inside_borders
from hashguard.detection.boxes import Box, is_among
from hashguard.detection.panels import crossed, find_rectangles, reaching
from hashguard.detection.seams import find_seams
from hashguard.detection.small import Luma

_LINES = 26  # in each direction; the screenshot of a chat has some 20 above each other
_RECTANGLES = 1500  # a collage of 9 with gaps has 784 that are all perfect
_LOOKED_AT = 150  # of them, the surest; four variants of each of the panels of a collage
_ALIKE = 3.5  # cells; of candidates whose edges all lie within, one is kept
_AS_GOOD = 0.93  # of its sides' mean support has a line that makes a box doubtful
_SET_APART = 0.95  # is worth a box between plain rows and columns
_DIVIDED = (0.75, 0.75, 0.75, 0.75, 0.85)
"""What a box is worth that such a line divides, as a horizon does. By the number of sides that are
not those of the upload: where four close it, it is one picture more likely than two panels."""
_LOOSE = 0.6  # what it is worth if the line is near one of its edges
_ENDING = 0.7  # of its worth, at most, loses a box whose sides end before the edge they should meet
_WIDER = 0.4  # what a box is worth that holds a part of what seems to be a border
_BESIDE_BEST = 0.45  # of the best score; what is less sure is not looked at
_ENOUGH = 0.36  # of any score; a window on a screen is surer than the picture in it
_SMALLER = 0.15  # less is the smallest box worth than the largest
_FLAT = (0.75, 0.75, 0.85, 0.9, 0.9)
"""Of a box; one of which more has one colour shows words, not a picture. By the number of sides
that are not those of the upload: words stand in bars, pictures within."""
_LARGE = 0.4  # of the upload; bars with words are smaller, so this may be a drawing
_LEVELS = 5  # of luma that count as one colour


@dataclass(frozen=True, slots=True)
class Candidate:
    """box: in cells. score: 0 to 1. is_border: whether all that surrounds it has one colour."""

    box: Box
    score: float
    is_border: bool


def find_candidates(luma: Luma, most: int) -> list[Candidate]:
    """At most so many boxes that differ: those within borders, those set apart, then the rest."""
    borders = inside_borders(luma)
    framed = [Candidate(box, 1.0, is_border=True) for box in borders]
    apart, found = list(framed), list(framed)
    for box in find_blocks(luma):
        _add(apart, luma, Candidate(box, _SET_APART, is_border=False))
    # Not beside those: a picture that ends as plain as the page has one edge as a block, and
    # another one as a rectangle.
    boxes, scores = _scored_rectangles(luma)
    if borders:
        scores *= np.where(_reaches_out(boxes, borders[0]), _WIDER, 1)
    least = min(_BESIDE_BEST * scores.max(initial=0), _ENOUGH)
    for number in np.argsort(-scores, kind="stable")[:_LOOKED_AT].tolist():
        if len(apart) + len(found) - len(framed) >= most or scores[number] < least:
            break
        left, top, right, bottom = boxes[number].tolist()
        score = float(scores[number])
        _add(found, luma, Candidate((left, top, right, bottom), score, is_border=False))
    return [*apart, *found[len(framed) :]][:most]


def _add(found: list[Candidate], luma: Luma, candidate: Candidate) -> None:
    """To those found, unless it is nearly one of them, or no picture."""
    known = [one.box for one in found]
    if not is_among(candidate.box, known, _ALIKE, _ALIKE) and not _is_flat(luma, candidate.box):
        found.append(candidate)


def _scored_rectangles(luma: Luma) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """(n, 4) boxes in no order, and (n,) scores."""
    across = find_seams(luma, _LINES)
    down = find_seams(np.ascontiguousarray(luma.T), _LINES)
    rectangles = find_rectangles(across, down, _RECTANGLES)
    boxes, supports = rectangles.boxes, rectangles.supports
    if not len(boxes):
        return boxes, supports  # as in most uploads
    at_edge, in_middle = crossed(boxes, across, down)
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) / luma.size
    scores = supports * (1 - _SMALLER * (1 - area))
    scores *= 1 - _ENDING * (1 - reaching(boxes, across, down))
    divided = np.array(_DIVIDED)[rectangles.bounded]
    scores *= np.where(in_middle >= _AS_GOOD * rectangles.means, divided, 1)
    scores *= np.where(at_edge >= _AS_GOOD * rectangles.means, _LOOSE, 1)
    return boxes, scores


def _reaches_out(boxes: NDArray[np.intp], border: Box) -> NDArray[np.bool_]:
    """(n,): which boxes hold a part of a border, as one side of the picture was hard to see."""
    low, high = np.array(border[:2]) - _ALIKE, np.array(border[2:]) + _ALIKE
    outside = np.concatenate([boxes[:, :2] < low, boxes[:, 2:] > high], axis=1)
    reaches: NDArray[np.bool_] = np.any(outside, axis=1)
    return reaches


def _is_flat(luma: Luma, box: Box) -> bool:
    """Whether one colour fills most of a box: a bar with words, a part of a page or a screen."""
    left, top, right, bottom = box
    if (right - left) * (bottom - top) >= _LARGE * luma.size:
        return False
    part = luma[top + 2 : bottom - 2 : 4, left + 2 : right - 2 : 4].ravel()
    counts = np.bincount(part.astype(np.intp), minlength=256)
    bounded = (left > 0) + (top > 0) + (right < luma.shape[1]) + (bottom < luma.shape[0])
    return bool(np.convolve(counts, np.ones(_LEVELS)).max() > _FLAT[bounded] * len(part))
