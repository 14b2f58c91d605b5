"""Where in an upload a match lies, as a picture a person can look at.

The bytes of an upload and a match in, a PNG out; no files. Nothing of the listed picture is needed,
and nothing of it is shown: nobody has it.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from hashguard.decode import DecodeLimits, decode
from hashguard.verdict import Match

if TYPE_CHECKING:
    from PIL import Image

MAX_SIDE = 1280  # pixels of the upload in the picture; to see where, not to look at it
MAX_REACH = 1.25  # sides of the upload that are shown beside it, at most, where it was cropped

_Points: TypeAlias = Sequence[tuple[float, float]]
_LINE, _HALO = (255, 176, 0), (0, 0, 0)  # amber on black is seen on light and on dark pictures
_BEYOND = (208, 212, 216)  # what was cut off, and so is not there to be shown
_SHADE = 0.45  # brightness of the upload around the frame
_MARGIN = 12  # pixels around everything


def explain_match(upload: bytes, match: Match, *, limits: DecodeLimits) -> bytes:
    """The frame of the upload that matched, in grey, with the place of the match drawn in: a PNG.

    Grey, because those who look at such pictures all day bear it better, and see the line better.
    Where the listed picture reaches beyond the upload, so does the line. Raises DecodeError as
    the check of the upload would, and ValueError for a match of a frame that it does not have.
    """
    # 1. The frame that matched, small.
    grey = _frame(upload, match.frame, limits)
    width, height = grey.size
    # 2. A canvas that holds it and the place of the match.
    corners = match.framing.corners(height=height, width=width)
    left, top, right, bottom = _extent(corners, width, height)
    origin = (_MARGIN - left, _MARGIN - top)
    size = (right - left + 2 * _MARGIN, bottom - top + 2 * _MARGIN)
    points = [(x + origin[0], y + origin[1]) for x, y in corners]
    # 3. The upload, darker outside the place; the line around it.
    canvas = _lit(grey, origin, size, points)
    _outline(canvas, points)
    out = io.BytesIO()
    canvas.save(out, "PNG")
    return out.getvalue()


def _frame(upload: bytes, index: int, limits: DecodeLimits) -> Image.Image:
    from PIL import Image

    for frame in decode(upload, limits).frames:
        if frame.index == index:
            grey = Image.fromarray(np.ascontiguousarray(frame.pixels)).convert("L")
            grey.thumbnail((MAX_SIDE, MAX_SIDE))
            return grey
    raise ValueError(f"the upload shows no frame {index + 1}: this match is of another one")


def _extent(corners: _Points, width: int, height: int) -> tuple[int, int, int, int]:
    """Whole pixels that hold the upload and the corners, as far as MAX_REACH."""
    across, down = (sorted(one) for one in zip(*corners, strict=True))
    return (
        math.floor(max(min(0, across[0]), -MAX_REACH * width)),
        math.floor(max(min(0, down[0]), -MAX_REACH * height)),
        math.ceil(min(max(width, across[-1]), (1 + MAX_REACH) * width)),
        math.ceil(min(max(height, down[-1]), (1 + MAX_REACH) * height)),
    )


def _lit(
    grey: Image.Image, origin: tuple[int, int], size: tuple[int, int], points: _Points
) -> Image.Image:
    from PIL import Image, ImageDraw

    canvas = Image.new("RGB", size, _BEYOND)
    canvas.paste(grey.point(lambda value: value * _SHADE), origin)
    bright = Image.new("RGB", size, _BEYOND)
    bright.paste(grey, origin)
    inside = Image.new("L", size, 0)
    ImageDraw.Draw(inside).polygon(points, fill=255)
    canvas.paste(bright, mask=inside)
    return canvas


def _outline(canvas: Image.Image, points: _Points) -> None:
    from PIL import ImageDraw

    line = max(3, round(max(canvas.size) / 250))
    draw = ImageDraw.Draw(canvas)
    ring = [*points, points[0], points[1]]  # once more along the first side, to join the corner
    draw.line(ring, fill=_HALO, width=2 * line + 1, joint="curve")
    draw.line(ring, fill=_LINE, width=line, joint="curve")
