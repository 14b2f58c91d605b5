"""One small luma picture of an upload, 256 x 256, from which any framing of it is hashed.

Each cell is the mean of the pixels under it, parts of pixels counted by their share; the shape of
the upload is dropped, as PDQ drops it. Pixels in, a thumbnail out; no state but cached weights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hashguard.hashers.products import ONE_THREAD, multiply
from hashguard.hashers.tent import LUMA, as_lines
from hashguard.hashes import Pixels

SIDE = 256  # cells; 384 or 512 bring the hash of a whole picture less than 2 bits nearer
_MAX_GROUP = 8  # cells that share a band; more would mostly multiply by zero

Thumbnail: TypeAlias = NDArray[np.float32]
"""(256, 256) luma, 0 to 255."""


@dataclass(frozen=True, slots=True)
class _Band:
    """Neighbouring cells of one axis, the stretch of pixels they need, and its weights."""

    cells: slice
    start: int
    stop: int
    weights: NDArray[np.float32]  # (cells, stop - start)


def thumbnail(pixels: Pixels) -> Thumbnail:
    """The thumbnail of (h, w) luma or (h, w, 3) RGB uint8, of any size.

    Raises ValueError for other arrays and for a picture without pixels.
    """
    shaped = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)
    if pixels.dtype != np.uint8 or not shaped or not pixels.size:
        raise ValueError(
            f"pixels must be (h, w) or (h, w, 3) uint8, not {pixels.shape} {pixels.dtype}"
        )
    if abs(pixels.strides[0]) < abs(pixels.strides[1]):
        # A view lying on its side (EXIF): read memory in its own order, turn the result instead.
        return np.ascontiguousarray(thumbnail(pixels.swapaxes(0, 1)).T)
    lines, step = as_lines(pixels)
    rows = _rows_reduced(lines)
    if step > 1:
        last = (pixels.shape[1] - 1) * step
        red, green, blue = (rows[:, channel : last + channel + 1 : step] for channel in range(3))
        rows = np.float32(LUMA[0]) * red + np.float32(LUMA[1]) * green
        rows += np.float32(LUMA[2]) * blue
    return _columns_reduced(rows)


def tilted(thumb: Thumbnail, degrees: float, *, height: int, width: int) -> Thumbnail:
    """The thumbnail of an upload turned back by `degrees` against the clock, about its centre.

    height, width: of the upload in pixels; only their ratio counts, for the thumbnail is squashed
    and the turn took place in pixels. Between cells bilinear; beyond the edges, their cells go on.
    """
    if degrees == 0:
        return thumb
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    cells = np.arange(SIDE, dtype=np.float32) - np.float32((SIDE - 1) / 2)
    middle = np.float32((SIDE - 1) / 2)
    # What stands upright at (x, y) stands in the upload turned by `degrees` with the clock.
    down = cells[:, None] * np.float32(cosine) + cells * np.float32(sine * width / height)
    across = cells * np.float32(cosine) - cells[:, None] * np.float32(sine * height / width)
    down, across = (np.clip(place + middle, 0, SIDE - 1) for place in (down, across))
    # The cell above and before; the last but one at the edge, so that the next is there, too.
    top = np.minimum(down.astype(np.int32), SIDE - 2)
    left = np.minimum(across.astype(np.int32), SIDE - 2)
    down -= top
    across -= left
    first = top * SIDE + left
    flat = thumb.ravel()
    upper = flat.take(first)
    upper += (flat.take(first + 1) - upper) * across
    lower = flat.take(first + SIDE)
    lower += (flat.take(first + (SIDE + 1)) - lower) * across
    upper += (lower - upper) * down
    return upper


def _rows_reduced(lines: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(256, line) means of the rows of (n, line)."""
    count, line = lines.shape
    bands = _bands(count, _group_size(count, line))
    out = np.empty((SIDE, line), np.float32)
    # One for all bands: fresh memory for each costs more than the arithmetic.
    scratch = np.empty((max(band.stop - band.start for band in bands), line), np.float32)
    for band in bands:
        floats = scratch[: band.stop - band.start]
        np.copyto(floats, lines[band.start : band.stop])
        multiply(band.weights, floats, out=out[band.cells])
    return out


def _columns_reduced(rows: NDArray[np.float32]) -> Thumbnail:
    """(256, 256) means of the columns of (256, w)."""
    width = rows.shape[1]
    out = np.empty((SIDE, SIDE), np.float32)
    for band in _bands(width, _group_size(width, SIDE)):
        np.matmul(rows[:, band.start : band.stop], band.weights.T, out=out[:, band.cells])
    return out


def _group_size(count: int, line: int) -> int:
    """Cells for each band: as many as keep its product on one thread."""
    for group in range(_MAX_GROUP, 1, -1):
        if group * (group * count // SIDE + 2) * line <= ONE_THREAD:
            return group
    return 1


@lru_cache(maxsize=64)  # picture sizes repeat; an entry takes some 20 KB at 4,000 pixels
def _bands(count: int, group: int) -> tuple[_Band, ...]:
    """The means of `count` pixels in 256 equal stretches, cut into bands of `group` cells."""
    edges = np.arange(SIDE + 1) * count / SIDE
    bands = []
    for first in range(0, SIDE, group):
        last = min(first + group, SIDE)
        start = int(edges[first])
        stop = min(math.ceil(edges[last]), count)
        pixels = np.arange(start, stop)
        begin = np.maximum(edges[first:last, None], pixels)
        end = np.minimum(edges[first + 1 : last + 1, None], pixels + 1)
        weights = np.maximum(end - begin, 0) * (SIDE / count)
        bands.append(_Band(slice(first, last), start, stop, weights.astype(np.float32)))
    return tuple(bands)
