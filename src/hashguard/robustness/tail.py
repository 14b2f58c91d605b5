"""The lower tail of the distances of unrelated pairs: fitted, with its uncertainty. Pure.

The share of pairs within a distance falls off about exponentially, so its logarithm is fitted by a
line. Pairs are not independent, for each picture is in many of them: what is uncertain is found by
drawing pictures, not pairs, again and again. A pair then weighs the product of how often its two
pictures were drawn (Owen, The pigeonhole bootstrap, 2007): if what makes a pair near is a matter of
the pair and not of its pictures, that is too cautious by a factor of up to the root of three.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hashguard.robustness.distances import Scale
from hashguard.robustness.metrics import Counts
from hashguard.robustness.scores import Tail

RESAMPLES = 200
SHARE = 1e-3  # of unrelated pairs: the tail
MAX_SHARE = 1e-2  # where that holds too few; what lies beyond is no tail, but the bulk
MIN_PAIRS, MIN_DISTANCES = 30, 4  # fewer say nothing of a slope

_SEED = 20071
_POINTS = 60  # of a band that is drawn, about
_INTERVAL = (0.025, 0.975)

Weights: TypeAlias = NDArray[np.int64]
"""(resamples, pictures) how often each picture was drawn."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of pictures by their numbers, and the step of each; (n,) all three."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    steps: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Line:
    """log10 of the share of pairs within a step, as measured and in each resample.

    intercepts, slopes: (1 + resamples,), the first as measured; a resample that drew too few
    pairs for a line is NaN.
    """

    nearest: int
    farthest: int
    intercepts: NDArray[np.float64]
    slopes: NDArray[np.float64]

    def share(self, step: int) -> Estimate:
        """The share of unrelated pairs within a step, from 0 to 1."""
        shares = np.minimum(10 ** (self.intercepts + self.slopes * step), 1.0)
        return estimate(float(shares[0]), shares[1:])

    def told(self, scale: Scale) -> Tail:
        """As it is kept, in the unit of distances, with the band to draw."""
        unit = 1 / scale.distance_of(1)
        steps = np.unique(np.linspace(0, self.farthest, _POINTS).round().astype(np.int64))
        shares = [(step, self.share(step)) for step in steps.tolist()]
        return Tail(
            intercept=float(self.intercepts[0]),
            slope=float(self.slopes[0]) * unit,
            nearest=float(scale.distance_of(self.nearest)),
            farthest=float(scale.distance_of(self.farthest)),
            band=tuple((scale.distance_of(step), one.low, one.high) for step, one in shares),
        )


def drawn(pictures: int) -> Weights:
    """How often each picture is drawn in each resample; the same for the same number of them."""
    rng = np.random.default_rng(_SEED)
    return rng.multinomial(pictures, np.full(pictures, 1 / max(pictures, 1)), size=RESAMPLES)


def estimate(value: float, resampled: NDArray[np.float64]) -> Estimate:
    """The interval of a value from its resamples, of which NaN are left out; it holds the value."""
    there = resampled[~np.isnan(resampled)]
    if not len(there):
        return Estimate(value, value, value)
    low, high = np.quantile(there, _INTERVAL).tolist()
    return Estimate(value, min(low, value), max(high, value))


def window(counts: Counts) -> tuple[int, int] | None:
    """The steps of the nearest and the farthest pair of the tail; None if there is no tail.

    The tail holds one in a thousand pairs, or up to one in a hundred if that takes too few pairs or
    distances for a line: so at least 3,000 pairs are needed.
    """
    steps = np.flatnonzero(counts[:-1])
    within = np.cumsum(counts[steps])
    pairs = int(counts[:-1].sum())
    enough = (within >= MIN_PAIRS) & (np.arange(1, len(steps) + 1) >= MIN_DISTANCES)
    # 1. As far as one in a thousand, 2. or only as far as is enough.
    fitting = np.flatnonzero(enough & (within <= pairs * SHARE))
    if len(fitting):
        return int(steps[0]), int(steps[fitting[-1]])
    fitting = np.flatnonzero(enough & (within <= pairs * MAX_SHARE))
    return (int(steps[0]), int(steps[fitting[0]])) if len(fitting) else None


def fitted(
    pairs: Pairs, ends: tuple[int, int], weights: Weights, totals: NDArray[np.float64], count: int
) -> Line:
    """The line through the pairs of the tail.

    pairs: all unrelated pairs of the `window` whose ends these are. totals: (resamples,) weight of
    all unrelated pairs in each resample; count: how many there are.
    """
    # 1. Only steps at which there are pairs: where all distances are even, odd ones would say that
    #    the share stands still there.
    steps, places = np.unique(pairs.steps, return_inverse=True)
    measured = np.bincount(places, minlength=len(steps)).astype(np.float64)
    resampled = np.stack([*_histograms(pairs, places, len(steps), weights)])
    within = np.cumsum(np.vstack([measured, resampled]), axis=1)
    # 2. A weighted line for each: the more pairs, the surer is the logarithm of their share.
    totals = np.append(float(count), totals)[:, np.newaxis]
    intercepts, slopes = _lines(steps.astype(np.float64), within, totals)
    return Line(*ends, intercepts, slopes)


def _histograms(
    pairs: Pairs, places: NDArray[np.intp], length: int, weights: Weights
) -> Iterator[NDArray[np.float64]]:
    for one in weights:
        weight = one[pairs.first] * one[pairs.second]
        yield np.bincount(places, weight, minlength=length).astype(np.float64)


def _lines(
    steps: NDArray[np.float64], within: NDArray[np.float64], totals: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Intercepts and slopes of least squares of log10(within / totals), weighted by `within`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(within > 0, np.log10(np.where(within > 0, within, 1) / totals), 0.0)
        whole = within.sum(axis=1, keepdims=True)
        centre = (within * steps).sum(axis=1, keepdims=True) / whole
        level = (within * logs).sum(axis=1, keepdims=True) / whole
        away = steps - centre
        # 0 / 0 is NaN: all pairs of this resample are equally far.
        slopes = (within * away * (logs - level)).sum(axis=1) / (within * away**2).sum(axis=1)
        return level[:, 0] - slopes * centre[:, 0], slopes
