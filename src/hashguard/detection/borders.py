"""Rows and columns of one colour around a picture. Pure."""

from __future__ import annotations

import numpy as np

from hashguard.detection.boxes import Box, are_near
from hashguard.detection.small import Luma, middle

_LIKE = 6.0  # levels of luma; JPEG moves a plain colour by less
_PLAIN = 0.985  # of a row; a border has nothing in it
_BROKEN = 0.75  # of a row; how much of it looks like the border where the picture begins, at most
_BEGINNING = 3  # cells within which the picture begins; JPEG and averaging blur its edge
WIDEST = 0.45  # of a side; two borders leave something between them
_BORDERS = 2  # around each other


def inside_borders(luma: Luma) -> list[Box]:
    """Boxes, in cells, that are left when rows and columns of one colour are taken off.

    1. Bars above and below, then bars at the sides of what they leave. 2. The same once more, for
    a border within a border. 3. If opposite sides differ, both as wide as the narrower, and both
    as wide as the one if there seems to be no other: a plain sky passes for a border, a dark wall
    hides where one ends, and borders are mostly even.
    """
    height, width = luma.shape
    whole = box = (0, 0, width, height)
    found: list[Box] = []
    for _ in range(_BORDERS):
        inner = _taken_off(luma, box)
        if are_near(inner, box, 1, 1):
            break
        found.append(inner)
        box = inner
    if found:
        left, top, right, bottom = found[0]
        for narrower in (min, _one_or_narrower):
            across, down = narrower(left, width - right), narrower(top, height - bottom)
            even = (across, down, width - across, height - down)
            if even not in (*found, whole):
                found.append(even)
    return found


def _one_or_narrower(one: int, other: int) -> int:
    return min(one, other) or max(one, other)


def _taken_off(luma: Luma, box: Box) -> Box:
    left, top, right, bottom = box
    part = luma[top:bottom, left:right]
    above, below = _plain_rows(part), _plain_rows(part[::-1])
    part = part[above : len(part) - below].T
    before, behind = _plain_rows(part), _plain_rows(part[::-1])
    return left + before, top + above, right - behind, bottom - below


def _plain_rows(luma: Luma) -> int:
    """How many rows at the top have one colour, if the picture begins abruptly; otherwise 0.

    Skies and studio walls are plain as well, but end little by little.
    """
    most = int(len(luma) * WIDEST)
    if most < 1 or luma.shape[1] < 1:
        return 0
    colour = middle(luma[0])
    if np.count_nonzero(np.abs(luma[0] - colour) <= _LIKE) < _PLAIN * luma.shape[1]:
        return 0
    alike = (np.abs(luma[: most + _BEGINNING] - colour) <= _LIKE).mean(axis=1)
    broken = np.flatnonzero(alike < _PLAIN)
    if len(broken) == 0 or broken[0] > most:
        return 0
    first = int(broken[0])
    return first if alike[first : first + _BEGINNING].min() <= _BROKEN else 0
