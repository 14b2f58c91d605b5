"""What seems to be put over a picture: stickers, emoji, bars with or without words. Pure.

What is drawn has places of exactly one colour that end abruptly. Those of photographs, a sky or a
wall out of focus, are hardly ever so even: luma deviates from the mean of a region that hangs
together by at most 0.5 levels in one of ten, in 95 of 100 drawn ones by at most 0.35.

A place that was none costs little: it is filled with what surrounds it, which is often what it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hashguard.detection.filling import filled
from hashguard.detection.labels import Nodes, labelled
from hashguard.detection.shapes import Shape, enclosed, wider
from hashguard.detection.small import Luma

_BLOCKS = 128  # a side, at most; finer ones find as much and take longer
_EVEN = 4.0  # levels of luma within a block of one colour; JPEG moves a plain colour by less
_STEP = 1.5  # levels between neighbouring blocks of one colour
_JUMPS = (3, 5)  # blocks; what lies between two parts of a sticker: the mouth of a face
_JUMP_STEP = 0.8  # levels between such parts
_DEVIATION = 0.5  # levels of luma from the mean of a region, on average
_LEAST, _MOST = 0.0015, 0.36  # of the picture, one region
_PAPER = 0.2  # of the picture; what has one colour so often is what is drawn on, not what is drawn
_ROUND = 1.6  # times as large as its blocks is a region with what it encloses, at most
_APART = 6.0  # levels of luma; what surrounds an overlay differs from it by more
_SURROUNDED = 0.5  # of what surrounds it does
_REGIONS = 24  # of one picture, the largest
_MOST_HIDDEN = 0.45  # of the picture, in all; of what is left too little would follow

Region: TypeAlias = NDArray[np.intp]
"""(n, 2): rows and columns of its blocks."""


@dataclass(frozen=True, slots=True)
class _Blocks:
    """A picture in squares of `size` cells. mean: (rows, columns) luma; spread: within each."""

    mean: Luma
    spread: Luma
    size: int


def without_overlays(luma: Luma) -> Luma | None:
    """The (h, w) luma with what seems to cover it filled in; None if nothing does.

    1. Blocks of one colour. 2. Regions of them that hang together, or would if nothing was drawn
    upon them. 3. Those that may be overlays, with what they enclose, 4. are filled.
    """
    blocks = _blocks(luma)
    hidden = _hidden(blocks)
    if not hidden.any() or hidden.mean() > _MOST_HIDDEN:
        return None
    cells = tuple(
        np.minimum(np.arange(cells) // blocks.size, count - 1)
        for cells, count in zip(luma.shape, hidden.shape, strict=True)
    )
    place = np.ix_(*cells)
    without: Luma = np.where(hidden[place], filled(blocks.mean, hidden)[place], luma)
    return without


def _blocks(luma: Luma) -> _Blocks:
    """The last cells are left out if they do not fill a block."""
    size = -(-max(luma.shape) // _BLOCKS)
    # As many blocks as there are, but one at least of what is narrower than a block.
    height, width = (max(side // size, 1) for side in luma.shape)
    whole = luma[: height * size, : width * size]
    rows = [whole[row::size] for row in range(size)][: len(luma)]
    high, low = (_columnwise(_all(of, rows), of, size) for of in (np.maximum, np.minimum))
    total = _columnwise(_all(np.add, rows), np.add, size)
    cells = min(size, luma.shape[0]) * min(size, luma.shape[1])
    return _Blocks(total / np.float32(cells), high - low, size)


def _columnwise(values: Luma, of: np.ufunc, size: int) -> Luma:
    return _all(of, [values[:, column::size] for column in range(min(size, values.shape[1]))])


def _all(of: np.ufunc, values: list[Luma]) -> Luma:
    result = values[0]
    for one in values[1:]:
        result = of(result, one)
    return result


def _hidden(blocks: _Blocks) -> Shape:
    """(rows, columns): which blocks overlays cover, with a rim of one block."""
    hidden = np.zeros(blocks.mean.shape, dtype=bool)
    for region in _regions(blocks):
        top, left = np.maximum(region.min(axis=0) - 3, 0)
        bottom, right = region.max(axis=0) + 4
        part = blocks.mean[top:bottom, left:right]
        shape = np.zeros(part.shape, dtype=bool)
        shape[region[:, 0] - top, region[:, 1] - left] = True
        colour = part[shape].mean()
        # Blocks at its edge are of two colours; what it encloses is drawn upon it.
        shape = wider(shape)
        whole = enclosed(shape)
        if whole.sum() > min(_MOST * hidden.size, _ROUND * shape.sum()):
            continue
        around = wider(wider(whole)) & ~whole
        if around.any() and np.mean(np.abs(part[around] - colour) > _APART) >= _SURROUNDED:
            hidden[top:bottom, left:right] |= wider(whole)
    return hidden


def _regions(blocks: _Blocks) -> Iterator[Region]:
    """Regions of one colour that is not that of the paper, largest first."""
    flat = np.flatnonzero(blocks.spread <= _EVEN)
    if not len(flat):
        return
    values = blocks.mean.ravel()[flat]
    labels = labelled(len(flat), *_edges(blocks, flat))
    counts = np.bincount(labels)
    means = np.bincount(labels, values) / np.maximum(counts, 1)
    deviations = np.bincount(labels, np.abs(values - means[labels])) / np.maximum(counts, 1)
    levels = np.bincount(np.rint(values).astype(np.intp), minlength=256)
    # How much of the picture has each colour, or one that JPEG makes of it.
    alike = np.convolve(levels, np.ones(5), mode="same") / blocks.mean.size
    shares = counts / blocks.mean.size
    is_paper = alike[np.rint(means).astype(np.intp)] > np.maximum(_PAPER, 1.5 * shares)
    fits = (shares >= _LEAST) & (shares <= _MOST) & ~is_paper & (deviations <= _DEVIATION)
    found = np.flatnonzero(fits)
    for label in found[np.argsort(-counts[found], kind="stable")].tolist()[:_REGIONS]:
        place = np.divmod(flat[labels == label], blocks.mean.shape[1])
        yield np.stack(place, axis=1)


def _edges(blocks: _Blocks, flat: Nodes) -> tuple[Nodes, Nodes]:
    """Which of the flat blocks have one colour: neighbours, and others across what is drawn."""
    mean = blocks.mean
    numbers = np.full(mean.shape, -1)
    numbers.ravel()[flat] = np.arange(len(flat))
    ends, others = [], []
    for apart, step in ((1, _STEP), *((jump, _JUMP_STEP) for jump in _JUMPS)):
        for one, other in (
            (np.s_[apart:, :], np.s_[:-apart, :]),
            (np.s_[:, apart:], np.s_[:, :-apart]),
        ):
            alike = np.abs(mean[one] - mean[other]) <= step
            alike &= (numbers[one] >= 0) & (numbers[other] >= 0)
            ends.append(numbers[one][alike])
            others.append(numbers[other][alike])
    return np.concatenate(ends), np.concatenate(others)
