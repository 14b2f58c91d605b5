"""Rates, and the single numbers that are made of them, from counts. Pure.

Pairs come as counts by step of their distance, see distances.py; the last count is of pairs that
have no distance. Ties go against the system: all pairs at a distance are matched together, and
where an order is needed, the wrong ones stand first.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hashguard.robustness.distances import Scale
from hashguard.robustness.scores import Histogram, Rate
from hashguard.robustness.system import Metric

Counts: TypeAlias = NDArray[np.int64]
"""(never + 1,) pairs at each step; the last have no distance."""

PRECISION = 90  # %, for `recall_at_precision`

_Z = 1.959963984540054  # of the normal distribution: 95 % lie within
_MAX_POINTS = 300  # of a ROC curve; more is not seen
_BINS = 200  # of a histogram, about


def counted(steps: NDArray[np.integer], scale: Scale) -> Counts:
    """How many of any array of steps are at each."""
    flat = np.asarray(steps).ravel()
    return np.bincount(flat, minlength=scale.never + 1).astype(np.int64)


def wilson(count: int, n: int) -> Rate:
    """A share with its 95 % interval after Wilson (1927); from 0 to 1 where n is 0."""
    if not n:
        return Rate(count=count, n=n, low=0.0, high=1.0)
    share, unit = count / n, _Z * _Z / n
    centre = share + unit / 2
    spread = math.sqrt(share * (1 - share) * unit + unit * unit / 4)
    # At both ends the formula gives the end itself, but for the last digit.
    low = max((centre - spread) / (1 + unit), 0.0) if count else 0.0
    high = min((centre + spread) / (1 + unit), 1.0) if count < n else 1.0
    return Rate(count=count, n=n, low=low, high=high)


def largest_step(unrelated: Counts, one_in: int) -> int | None:
    """The largest step within which at most one in `one_in` unrelated pairs are.

    If there are fewer pairs than that, the largest within which none is. None if there is no such
    step, or no pair.
    """
    within = np.cumsum(unrelated[:-1])
    pairs = int(within[-1])
    # Whole numbers: a rate of 0.000001 times a million is not always one.
    fitting = np.flatnonzero(within * one_in <= pairs)
    return int(fitting[-1]) if pairs and len(fitting) else None


def area(copies: Counts, unrelated: Counts) -> float:
    """Under the ROC curve: the share of (copy, unrelated pair) in which the copy is nearer.

    Equally near is not nearer. 0 if there are no copies or no pairs.
    """
    total, pairs = int(copies.sum()), int(unrelated[:-1].sum())
    if not total or not pairs:
        return 0.0
    beyond = pairs - np.cumsum(unrelated[:-1])
    return int((copies[:-1] * beyond).sum()) / (total * pairs)


def equal_error(copies: Counts, unrelated: Counts) -> float:
    """The larger of the shares of missed copies and of matched pairs where that is smallest.

    At a distance that can be chosen: shares are not drawn on between two. 1 if there are no copies
    or no pairs.
    """
    if not copies.sum() or not unrelated[:-1].sum():
        return 1.0
    matched, found = _shares(copies, unrelated)
    return float(np.maximum(1 - found, matched).min())


def average_precision(copies: Counts, wrong: Counts) -> float:
    """The mean over all copies of the precision at their rank; 0 for one without a distance.

    Of all predictions of all uploads together ("micro"). wrong: those that are no copies.
    """
    total = int(copies.sum())
    if not total:
        return 0.0
    found = np.arange(1, int(copies[:-1].sum()) + 1)
    ahead = np.repeat(np.cumsum(wrong[:-1]), copies[:-1])
    return float((found / (found + ahead)).sum()) / total


def recall_at_precision(copies: Counts, wrong: Counts, percent: int = PRECISION) -> float:
    """The largest share of copies found at a distance at which `percent` of matches are right."""
    found, ahead = np.cumsum(copies[:-1]), np.cumsum(wrong[:-1])
    precise = found[100 * found >= percent * (found + ahead)]
    total = int(copies.sum())
    return int(precise.max()) / total if len(precise) and total else 0.0


def roc(copies: Counts, unrelated: Counts) -> tuple[tuple[float, ...], ...]:
    """(matched unrelated pairs, found copies) as shares, from (0, 0), at most 300 points."""
    if not copies.sum() or not unrelated[:-1].sum():
        return ()
    points = np.stack(_shares(copies, unrelated), axis=1)
    changed = np.append(True, (np.diff(points, axis=0) != 0).any(axis=1))
    points = points[changed]
    kept = np.unique(np.linspace(0, len(points) - 1, min(len(points), _MAX_POINTS)).round())
    return tuple((x, y) for x, y in points[kept.astype(np.int64)].tolist())


def quartiles(steps: NDArray[np.integer], scale: Scale) -> tuple[float | None, ...]:
    """Three of the distances themselves, the farther one where a quartile lies between two.

    None where it is one that is missing; none at all of no distances.
    """
    ordered = np.sort(steps)
    if not len(ordered):
        return ()
    chosen = [ordered[math.ceil(quarter * (len(ordered) - 1) / 4)] for quarter in (1, 2, 3)]
    return tuple(distance(int(step), scale) for step in chosen)


def distance(step: int, scale: Scale) -> float | None:
    """In the metric's unit; None for no distance."""
    return None if step == scale.never else float(scale.distance_of(step))


def histogram(counts: Counts, scale: Scale) -> Histogram:
    """In bins of equal width, wide enough that distances which are all even leave no gaps."""
    width = _bin_width(scale)
    starts = np.arange(0, scale.last + 1, width)
    edges = [scale.distance_of(int(step)) for step in (*starts, starts[-1] + width)]
    return Histogram(
        edges=tuple(float(edge) for edge in edges),
        counts=tuple(np.add.reduceat(counts[:-1], starts).tolist()),
        without=int(counts[-1]),
    )


def _bin_width(scale: Scale) -> int:
    if scale.metric is Metric.COSINE:
        return 10  # steps: 0.01
    # Two at least: hashes with as many ones as zeros are an even number of bits apart.
    return max(2, 2 * math.ceil(scale.last / (2 * _BINS)))


def _shares(copies: Counts, unrelated: Counts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of unrelated pairs matched and of copies found, at no distance and then at each step."""
    matched = np.cumsum(unrelated[:-1]) / unrelated[:-1].sum()
    found = np.cumsum(copies[:-1]) / copies.sum()
    return np.append(0.0, matched), np.append(0.0, found)
