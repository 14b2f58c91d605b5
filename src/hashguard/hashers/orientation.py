"""The eight ways a picture can be turned and mirrored."""

from __future__ import annotations

import enum

from hashguard.hashes import Pixels


class Orientation(enum.Enum):
    """The eight ways a picture can be turned and mirrored; turns are clockwise."""

    UPRIGHT = "as uploaded"
    MIRRORED = "mirrored"
    UPSIDE_DOWN = "turned 180 degrees"
    FLIPPED = "flipped top to bottom"
    TURNED_RIGHT = "turned 90 degrees right"
    TURNED_LEFT = "turned 90 degrees left"
    TRANSPOSED = "mirrored and turned 90 degrees left"
    TRANSVERSED = "mirrored and turned 90 degrees right"


def turn(pixels: Pixels, orientation: Orientation) -> Pixels:
    """The pixels turned, as a view; what `hash_orientations` is exactly equal to hashing."""
    transpose = (1, 0, 2)[: pixels.ndim]
    match orientation:
        case Orientation.UPRIGHT:
            return pixels
        case Orientation.MIRRORED:
            return pixels[:, ::-1]
        case Orientation.UPSIDE_DOWN:
            return pixels[::-1, ::-1]
        case Orientation.FLIPPED:
            return pixels[::-1]
        case Orientation.TURNED_RIGHT:
            return pixels[::-1].transpose(transpose)
        case Orientation.TURNED_LEFT:
            return pixels[:, ::-1].transpose(transpose)
        case Orientation.TRANSPOSED:
            return pixels.transpose(transpose)
        case Orientation.TRANSVERSED:
            return pixels[::-1, ::-1].transpose(transpose)
