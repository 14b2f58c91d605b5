"""Where a picture lies in an upload. Pure.

An upload may show more than the picture that is looked for, such as a border, or less of it, when
it was cropped. A framing says which: a rectangle on the upload, in shares of its sides, which
reaches outside where something was cut off.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

LEAST_TOLD = 0.005  # of a side; less than that is cut off without a word, as it reads 0 %


@dataclass(frozen=True, slots=True)
class Framing:
    """A rectangle on an upload, turned about its own centre.

    left, right: shares of the width of the upload, 0 at its left edge, 1 at its right; top, bottom:
    of its height, 0 at the top. Below 0 and above 1 lies outside: the upload was cropped there.
    tilt: degrees by which the picture in it was turned, clockwise positive; 0 for upright.
    """

    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0
    tilt: float = 0.0

    def __post_init__(self) -> None:
        if not (self.left < self.right and self.top < self.bottom):
            raise ValueError("a framing has its left edge left of its right, its top above its end")

    @property
    def is_whole(self) -> bool:
        """Whether it is the upload as it is."""
        return self == WHOLE

    def corners(self, *, height: int, width: int) -> tuple[tuple[float, float], ...]:
        """Its four corners as (x, y) in pixels of an upload of these sides.

        Clockwise as the picture in it is seen, from its top left.
        """
        turn = math.radians(self.tilt)
        centre_x = (self.left + self.right) / 2 * width
        centre_y = (self.top + self.bottom) / 2 * height
        half_x = (self.right - self.left) / 2 * width
        half_y = (self.bottom - self.top) / 2 * height
        return tuple(
            (
                centre_x + x * half_x * math.cos(turn) - y * half_y * math.sin(turn),
                centre_y + x * half_x * math.sin(turn) + y * half_y * math.cos(turn),
            )
            for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        )


WHOLE = Framing()
"""The upload as it is."""
