"""Boxes in whole cells or pixels, and when two are one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom; right and bottom are the first ones outside."""


def are_near(one: Box, other: Box, across: float, down: float) -> bool:
    """Whether all edges lie within so much of each other."""
    return (
        abs(one[0] - other[0]) <= across
        and abs(one[1] - other[1]) <= down
        and abs(one[2] - other[2]) <= across
        and abs(one[3] - other[3]) <= down
    )


def is_among(box: Box, others: Sequence[Box], across: float, down: float) -> bool:
    """Whether a box is near one of the others."""
    return any(are_near(box, other, across, down) for other in others)
