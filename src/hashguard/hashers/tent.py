"""The tent filter and decimation of PDQ as a banded 64 x n matrix, applied to raw pixels.

Away from the edges every weight of T(n) is a small integer over w * w (w the box width),
and pixels are integers. So the pass over the pixels multiplies and adds integers in single
precision, which is exact up to 2**24 (some 32,000 pixels a side), and everything after it
runs in double precision on 64 rows: what is plain in the picture is plain in the buffer.

Pixels are read once, band by band, each band small enough for the cache.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from hashguard.hashers.products import ONE_THREAD, multiply
from hashguard.hashes import Pixels

SAMPLES = 64
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601 weights of R, G, B
_MAX_GROUP = 8  # samples that share a band; more would mostly multiply by zero

Buffer = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Rows:
    """A picture reduced to 64 rows.

    sums: (64, line), `unit` times the samples; mostly integers. step: from a pixel to the next.
    """

    sums: NDArray[np.float32] | NDArray[np.uint8]
    unit: int
    step: int

    @property
    def width(self) -> int:
        line: int = self.sums.shape[1]
        return -(-line // self.step)  # the last pixel has no padding behind it

    def luma(self, start: int, stop: int) -> NDArray[np.float64]:
        """(64, stop - start), `unit` times the luma of these columns."""
        if self.step == 1:
            return self.sums[:, start:stop].astype(np.float64)
        stretch = self.sums[:, start * self.step : (stop - 1) * self.step + 3]
        red, green, blue = (stretch[:, channel :: self.step] for channel in range(3))
        luma: NDArray[np.float64] = LUMA[0] * red.astype(np.float64)
        luma += LUMA[1] * green.astype(np.float64)
        luma += LUMA[2] * blue.astype(np.float64)
        return luma


@dataclass(frozen=True, slots=True)
class _Band:
    """Neighbouring samples of one axis, the stretch of pixels they need, and their weights."""

    start: int
    stop: int
    samples: slice
    weights: NDArray[Any]  # (samples, stop - start), times the `unit` of the axis


@dataclass(frozen=True, slots=True)
class _Axis:
    """T(n) * unit as bands: the weights of `exact` are integers, those of `edges` need not be."""

    exact: tuple[_Band, ...]
    edges: tuple[_Band, ...]
    unit: int
    tallest: int  # pixels; the longest stretch of an exact band


class _Workspace(threading.local):
    """Memory that each thread keeps: fresh pages cost more than the arithmetic on them."""

    KEPT_BYTES = 8 * 2**20  # for each array; beyond it, a picture pays for its own pages

    def __init__(self) -> None:
        self._kept: dict[str, NDArray[np.float32]] = {}

    def array(self, name: str, shape: tuple[int, int]) -> NDArray[np.float32]:
        """An uninitialised array, valid until this thread asks for `name` again."""
        size = math.prod(shape)
        kept = self._kept.get(name)
        if kept is None or len(kept) < size:
            kept = np.empty(size, np.float32)
            if kept.nbytes <= self.KEPT_BYTES:
                self._kept[name] = kept
        return kept[:size].reshape(shape)


_workspace = _Workspace()


def buffers(
    pixels: Pixels, *, upside_down: bool = False, mirrored: tuple[bool, ...] = (False,)
) -> list[Buffer]:
    """`T(h) @ luma @ T(w).T`, (64, 64) float32, of (h, w) luma or (h, w, 3) RGB uint8.

    upside_down: as if the rows of the picture came in reverse order.
    mirrored: one buffer for each; True as if its columns came in reverse order.
    """
    if abs(pixels.strides[0]) < abs(pixels.strides[1]):
        # A view lying on its side (EXIF): read memory in its own order, turn the buffer instead.
        own = pixels.swapaxes(0, 1)
        return [_apply_columns(_apply_rows(own, flip), upside_down).T for flip in mirrored]
    rows = _apply_rows(pixels, upside_down)
    return [_apply_columns(rows, flip) for flip in mirrored]


def _apply_rows(pixels: Pixels, upside_down: bool) -> _Rows:
    """`T(h) @ luma`; valid until the same thread asks again."""
    lines, step = as_lines(pixels)
    height, line = lines.shape
    if _box_width(height) == 1:
        # Nothing is averaged: the samples are rows. Spares a strip of 74 x 65,000 pixels its
        # weight in single-precision copies.
        picked = lines[_middles(height)] if not upside_down else lines[::-1][_middles(height)]
        return _Rows(picked, 1, step)
    axis = _axis(height, _group_size(height, line), upside_down, np.float32)
    sums = _workspace.array("sums", (SAMPLES, line))
    scratch = _workspace.array("scratch", (axis.tallest, line))
    for band in axis.exact:
        floats = scratch[: band.stop - band.start]
        np.copyto(floats, lines[band.start : band.stop])
        multiply(band.weights, floats, out=sums[band.samples])
    for band in axis.edges:
        # Double precision, rounded once: a plain edge stays exactly as plain as the rest.
        precise = np.empty((1, line))
        multiply(band.weights, lines[band.start : band.stop].astype(np.float64), out=precise)
        sums[band.samples] = precise
    return _Rows(sums, axis.unit, step)


def as_lines(pixels: Pixels) -> tuple[NDArray[np.uint8], int]:
    """The picture as rows of single samples, and the samples from one pixel to the next.

    Colour is taken as it lies in memory, three or four bytes a pixel: skipping the fourth
    costs more than multiplying it.
    """
    if pixels.ndim == 2:
        return pixels, 1
    if pixels.strides[2] != 1 or pixels.strides[1] not in (3, 4):
        pixels = np.ascontiguousarray(pixels)
    step = pixels.strides[1]
    height, width = pixels.shape[:2]
    # Ends with the last channel of the last pixel, so it stays inside the memory of `pixels`.
    shape = (height, step * (width - 1) + 3)
    return as_strided(pixels, shape, (pixels.strides[0], 1), writeable=False), step


def _apply_columns(rows: _Rows, mirrored: bool) -> Buffer:
    """`rows @ T(w).T`, summed in double precision and rounded to single."""
    axis = _axis(rows.width, _group_size(rows.width, SAMPLES), mirrored, np.float64)
    out = np.empty((SAMPLES, SAMPLES))
    for band in (*axis.exact, *axis.edges):
        luma = rows.luma(band.start, band.stop)
        np.matmul(luma, band.weights.T, out=out[:, band.samples])
    out /= rows.unit * axis.unit
    return out.astype(np.float32)


def _group_size(length: int, line: int) -> int:
    """Samples for each band: as many as keep its product on one thread."""
    support = 2 * _box_width(length) + 1
    for group in range(_MAX_GROUP, 1, -1):
        stretch = (group - 1) * length // SAMPLES + support
        if group * stretch * line <= ONE_THREAD:
            return group
    return 1


def _middles(length: int) -> NDArray[np.intp]:
    """Where along an axis of `length` pixels the 64 samples are taken."""
    return ((np.arange(SAMPLES) + 0.5) * length / SAMPLES).astype(np.intp)


def _box_width(length: int) -> int:
    return (length + 127) // 128


@lru_cache(maxsize=256)  # picture sizes repeat; an entry takes some 20 KB
def _axis(length: int, group: int, reverse: bool, dtype: type[np.floating[Any]]) -> _Axis:
    """T(length) cut into bands of up to `group` samples; columns in reverse order if asked.

    dtype: of the exact weights; edges are always in double precision.
    """
    starts, weights = _tent(length)
    unit = _box_width(length) ** 2
    weights = weights * unit
    integers = np.rint(weights)
    inner = np.flatnonzero(np.abs(integers - weights).max(axis=1) < 1e-6)
    first, last = (int(inner[0]), int(inner[-1]) + 1) if len(inner) else (0, 0)
    weights[first:last] = integers[first:last]

    def cut(begin: int, end: int, dtype: type[np.floating[Any]]) -> _Band:
        start = int(starts[begin])
        places = (starts[begin:end, None] - start) + np.arange(weights.shape[1])
        block = np.zeros((end - begin, int(places[-1, -1]) + 1), dtype)
        np.put_along_axis(block, places, weights[begin:end], axis=1)
        # `_tent` pads its rows to one length with zeros.
        block = block[:, : int(np.flatnonzero(block.any(axis=0))[-1]) + 1]
        stop = start + block.shape[1]
        if reverse:
            start, stop, block = length - stop, length - start, block[:, ::-1]
        return _Band(start, stop, slice(begin, end), np.ascontiguousarray(block))

    exact = [cut(at, min(at + group, last), dtype) for at in range(first, last, group)]
    edges = [cut(at, at + 1, np.float64) for at in (*range(first), *range(last, SAMPLES))]
    tallest = max((band.stop - band.start for band in exact), default=0)
    return _Axis(tuple(exact), tuple(edges), unit, tallest)


def _tent(length: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """First pixel, (64,), and weights, (64, 2 w + 1), of each sample; zeros beyond its reach."""
    width = _box_width(length)
    half = (width + 2) // 2
    left, right = width - half, half - 1
    middle = _middles(length)
    # The second box averages the first boxes centred on `inner`; clipped at the edges, both.
    inner = middle[:, None] + np.arange(-left, right + 1)
    inside = (inner >= 0) & (inner < length)
    begin = np.maximum(inner - left, 0)
    end = np.minimum(inner + right, length - 1) + 1
    share = np.where(inside, 1.0 / (inside.sum(axis=1, keepdims=True) * (end - begin)), 0.0)
    # Each box adds `share` from begin to end: a step up, a step down, summed along the row.
    starts = np.maximum(np.maximum(middle - left, 0) - left, 0)
    steps = np.zeros((SAMPLES, 2 * width + 2))
    sample = np.broadcast_to(np.arange(SAMPLES)[:, None], inner.shape)[inside]
    np.add.at(steps, (sample, (begin - starts[:, None])[inside]), share[inside])
    np.add.at(steps, (sample, (end - starts[:, None])[inside]), -share[inside])
    weights = np.cumsum(steps, axis=1)[:, :-1]
    weights[weights < 1e-12] = 0.0  # what rounding leaves behind the last pixel
    return starts, weights
