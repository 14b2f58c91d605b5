"""PDQ as its definition reads: slow, plain, for checking the fast version against.

Every step is one function of whole arrays in double precision, in the order in which the
PDQ paper and Meta's public reference give them. Nothing in the product calls it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hashguard.hashes import Algorithm, Hash, Hashed, Pixels

Plane = NDArray[np.float64]


def hash_pixels(pixels: Pixels) -> Hashed:
    """PDQ hash and quality of (h, w) luma or (h, w, 3) RGB uint8; ties are not counted."""
    plane = luma(pixels)
    if min(plane.shape) < 5:
        return Hashed(Hash(Algorithm.PDQ, bytes(32)), quality=0)
    buffer = decimate(tent_filter(plane))
    return Hashed(Hash(Algorithm.PDQ, bits(dct(buffer))), quality=quality(buffer))


def luma(pixels: Pixels) -> Plane:
    """(h, w) brightness, 0 to 255, by the weights of ITU-R BT.601, kept in single precision."""
    if pixels.ndim == 2:
        return pixels.astype(np.float64)
    red, green, blue = (pixels[..., channel].astype(np.float64) for channel in range(3))
    return (0.299 * red + 0.587 * green + 0.114 * blue).astype(np.float32).astype(np.float64)


def tent_filter(plane: Plane) -> Plane:
    """Two passes of a box along X, then along Y: a tent in each direction."""
    for _ in range(2):
        plane = box_filter(plane)
        plane = box_filter(plane.T).T
    return plane


def box_filter(plane: Plane) -> Plane:
    """Mean over the box around each sample of a row; at the edges, over what is left of it."""
    length = plane.shape[1]
    width = (length + 127) // 128
    half = (width + 2) // 2
    out = np.empty_like(plane)
    for i in range(length):
        first = max(i - (width - half), 0)
        last = min(i + half - 1, length - 1)
        out[:, i] = plane[:, first : last + 1].mean(axis=1)
    return out


def decimate(plane: Plane) -> Plane:
    """64 x 64 samples, taken at the middle of each cell."""
    rows, columns = (
        [int((k + 0.5) * side / 64) for k in range(64)]  # as C truncates it
        for side in plane.shape
    )
    return plane[rows][:, columns]


def quality(buffer: Plane) -> int:
    """0 to 100: how much the 64 x 64 buffer varies between neighbours."""
    total = 0
    for axis in (0, 1):
        for step in np.diff(buffer.astype(np.float32), axis=axis).ravel():
            total += abs(int(step * np.float32(100) / np.float32(255)))
    return min(100, total // 90)


def dct(buffer: Plane) -> Plane:
    """The 16 x 16 lowest frequencies, without the constant row and column."""
    basis = np.array(
        [
            [math.sqrt(2 / 64) * math.cos(math.pi / 128 * (i + 1) * (2 * j + 1)) for j in range(64)]
            for i in range(16)
        ]
    )
    result: Plane = basis @ buffer @ basis.T
    return result


def bits(coefficients: Plane) -> bytes:
    """Bit k = 16 i + j says whether C[i, j] exceeds the lower median; k = 255 comes first."""
    flat = coefficients.ravel()
    median = sorted(flat)[127]
    number = 0
    for k, value in enumerate(flat):
        if value > median:
            number |= 1 << k
    return number.to_bytes(32)
