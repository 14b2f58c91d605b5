"""Finds pictures within an upload, and what was put over it. Pure.

Pictures: without their border, in a screenshot, in a collage. Looks for straight boundaries and for
places of one colour, not for what a picture shows, and knows nothing of any list.
"""

from hashguard.detection.corners import have_round_corners, without_round_corners
from hashguard.detection.find import MOST, Found, find_pictures
from hashguard.detection.overlays import without_overlays
from hashguard.detection.small import Luma, Small, made_small

__all__ = [
    "MOST",
    "Found",
    "Luma",
    "Small",
    "find_pictures",
    "have_round_corners",
    "made_small",
    "without_overlays",
    "without_round_corners",
]
