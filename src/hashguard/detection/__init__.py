"""Finds pictures within an upload: without their border, in a screenshot, in a collage. Pure.

Looks for straight boundaries, not for what a picture shows, and knows nothing of any list.
"""

from hashguard.detection.find import MOST, Found, find_pictures

__all__ = ["MOST", "Found", "find_pictures"]
