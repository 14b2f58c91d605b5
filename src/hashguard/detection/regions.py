"""Regions of one colour in a picture that may be put over it: by evenness, size and colour. Pure.

In blocks of cells, for speed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hashguard.detection.labels import Edges, Nodes, among, labelled
from hashguard.detection.shapes import Shape
from hashguard.detection.small import Luma

_BLOCKS = 128  # a side, at most; finer ones find as much and take longer
_EVEN = 4.0  # levels of luma within a block of one colour; JPEG moves a plain colour by less
_STEP = 1.5  # levels between neighbouring blocks of one colour
_JUMPS = (3, 5)  # blocks; what lies between two parts of a sticker: the mouth of a face
_JUMP_STEP = 0.8  # levels between such parts
_DEVIATION = 0.5  # levels of luma from the mean of a region, on average
_LEAST, MOST = 0.0015, 0.36  # of the picture, one region
_PAPER = 0.2  # of the picture; what has one colour so often is what is drawn on, not what is drawn
_SURROUNDED = 0.5  # of what surrounds an overlay differs from it
_REGIONS = 24  # of one picture, the largest

# What is cut out of a slope of luma must be more surely drawn:
_OFTEN = 5  # times as many blocks have its luma as have, on average, one of those about it,
_ABOUT = 3.0  # levels to both sides,
_EXACT = 0.1  # levels it deviates by at most; what is spread over half a level does by 0.125,
_CLIPPED = 2.0  # levels from black and from white it is more, which cameras see evenly, too,
_CUT_SURROUNDED = 0.75  # and so much of what surrounds it differs from it

Places: TypeAlias = NDArray[np.intp]
"""(n, 2): rows and columns of blocks."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """A picture in squares of cells. mean: (rows, columns) luma; spread: within each.

    rows: (h,) of each row of cells that of its block; columns: (w,) likewise.
    """

    mean: Luma
    spread: Luma
    rows: Nodes
    columns: Nodes


@dataclass(frozen=True, slots=True)
class Region:
    """Blocks of one colour. surrounded: which share of what surrounds it must differ from it."""

    places: Places
    surrounded: float


@dataclass(frozen=True, slots=True)
class _Flat:
    """Blocks of one colour each. places: (n,) in the picture, row by row; luma: (n,).

    edges: between those that have one colour.
    """

    places: Nodes
    luma: Luma
    edges: Edges


@dataclass(frozen=True, slots=True)
class _Parts:
    """What hangs together. labels: of each block that of its part; the others by label."""

    labels: Nodes
    counts: NDArray[np.intp]
    means: NDArray[np.float64]
    deviations: NDArray[np.float64]


def blocks_of(luma: Luma) -> Blocks:
    """The last cells are left out if they do not fill a block; they count to the last one."""
    size = -(-max(luma.shape) // _BLOCKS)
    # As many blocks as there are, but one at least of what is narrower than a block.
    height, width = (max(side // size, 1) for side in luma.shape)
    whole = luma[: height * size, : width * size]
    rows = [whole[row::size] for row in range(size)][: len(luma)]
    high, low = (_columnwise(_all(of, rows), of, size) for of in (np.maximum, np.minimum))
    total = _columnwise(_all(np.add, rows), np.add, size)
    cells = min(size, luma.shape[0]) * min(size, luma.shape[1])
    of_cells = (
        np.minimum(np.arange(side) // size, count - 1)
        for side, count in zip(luma.shape, (height, width), strict=True)
    )
    return Blocks(total / np.float32(cells), high - low, *of_cells)


def _columnwise(values: Luma, of: np.ufunc, size: int) -> Luma:
    return _all(of, [values[:, column::size] for column in range(min(size, values.shape[1]))])


def _all(of: np.ufunc, values: list[Luma]) -> Luma:
    result = values[0]
    for one in values[1:]:
        result = of(result, one)
    return result


def regions(blocks: Blocks) -> list[Region]:
    """Regions of one colour that is not that of the paper, largest first.

    1. What hangs together and is even. 2. Of what is not, blocks whose luma is far more frequent
    than the luma about it: a slope of luma has all of it equally often, and an overlay in the luma
    of a part of it hangs together with it there. 3. The largest of both.
    """
    places = np.flatnonzero(blocks.spread <= _EVEN)
    if not len(places):
        return []
    total = blocks.mean.size
    flat = _Flat(places, blocks.mean.ravel()[places], _edges(blocks, places))
    parts = _parts(flat)
    levels = np.bincount(np.rint(flat.luma).astype(np.intp), minlength=256)
    # How much of the picture has each colour, or one that JPEG makes of it.
    alike = np.convolve(levels, np.ones(5), mode="same") / total
    even = parts.deviations <= _DEVIATION
    found = [Region(places, _SURROUNDED) for places in _fitting(flat, parts, even, alike, blocks)]
    uneven = ~even & (parts.counts >= _LEAST * total)
    cut = _cut(flat, uneven[parts.labels], _LEAST * total)
    if cut is not None:
        parts = _parts(cut)
        clear = np.abs(parts.means - 127.5) < 127.5 - _CLIPPED
        exact = clear & (parts.deviations <= _EXACT)
        more = _fitting(cut, parts, exact, alike, blocks)
        found += [Region(places, _CUT_SURROUNDED) for places in more]
    return sorted(found, key=lambda region: -len(region.places))[:_REGIONS]


def _fitting(
    flat: _Flat, parts: _Parts, drawn: Shape, alike: NDArray[np.float64], blocks: Blocks
) -> list[Places]:
    """The largest parts that may be overlays by size and colour. drawn: which are even enough.

    alike: of each level, which share of the picture has about this luma.
    """
    shares = parts.counts / blocks.mean.size
    is_paper = alike[np.rint(parts.means).astype(np.intp)] > np.maximum(_PAPER, 1.5 * shares)
    found = np.flatnonzero(drawn & (shares >= _LEAST) & (shares <= MOST) & ~is_paper)
    largest = found[np.argsort(-shares[found], kind="stable")][:_REGIONS].tolist()
    columns = blocks.mean.shape[1]
    return [
        np.stack(np.divmod(flat.places[parts.labels == label], columns), 1) for label in largest
    ]


def _parts(flat: _Flat) -> _Parts:
    labels = labelled(len(flat.places), *flat.edges)
    counts = np.bincount(labels)
    each = np.maximum(counts, 1)
    means = np.bincount(labels, flat.luma) / each
    deviations = np.bincount(labels, np.abs(flat.luma - means[labels])) / each
    return _Parts(labels, counts, means, deviations)


def _cut(flat: _Flat, uneven: Shape, least: float) -> _Flat | None:
    """Of the uneven blocks those whose luma is far more frequent than what is about it.

    None if there are none. least: blocks of one luma.
    """
    places = np.flatnonzero(uneven)
    halves = np.rint(2 * flat.luma[places]).astype(np.intp)
    counts = np.bincount(halves, minlength=2 * 255 + 1)
    near = 2 * round(2 * _ABOUT)
    about = (np.convolve(counts, np.ones(near + 1), mode="same") - counts) / near
    frequent = (counts >= least) & (counts >= _OFTEN * about)
    if not frequent.any():
        return None
    kept = np.zeros(uneven.shape, dtype=bool)
    kept[places] = frequent[halves]
    return _Flat(flat.places[kept], flat.luma[kept], among(kept, flat.edges))


def _edges(blocks: Blocks, flat: Nodes) -> Edges:
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
