"""At which distances a system is measured, and what each costs in false matches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashguard.robustness import tail
from hashguard.robustness.distances import Scale
from hashguard.robustness.metrics import Counts, largest_step, wilson
from hashguard.robustness.results import SystemRecord
from hashguard.robustness.scores import FalseMatches, Rate, Tail, Threshold
from hashguard.robustness.system import Metric
from hashguard.robustness.unrelated import Unrelated

ENOUGH = 10  # pairs within a distance; from then on they are counted, not extrapolated

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold as it is told, and its step; -1 if nothing is within it."""

    threshold: Threshold
    step: int


def limits(
    record: SystemRecord, scale: Scale, unrelated: Counts, one_in: Sequence[int]
) -> tuple[Limit, ...]:
    """The distances of the system itself, then those at which one in so many pairs matches."""
    fixed = (_fixed(distance, scale) for distance in record.max_distances)
    return (*fixed, *(_chosen(unrelated, one, scale) for one in one_in))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """What false matches are counted among.

    unrelated: all pairs, and counts: of them by step. nearest: (n,) how far each stranger of which
    the system made something is, as an upload, from the nearest reference. pictures: how many can
    be compared.
    """

    unrelated: Unrelated
    counts: Counts
    nearest: NDArray[np.integer]
    pictures: int


def costs(
    listed: Sequence[Limit], among: Pictures, scale: Scale, list_size: int
) -> tuple[tuple[FalseMatches, ...], Tail | None]:
    """What each threshold costs that there is, and the tail by which it is extrapolated."""
    # 1. All pairs, and those within each threshold, in every resample of the pictures.
    there = [limit for limit in listed if limit.threshold.max_distance is not None]
    weights = tail.drawn(among.unrelated.pictures)
    steps = [scale.last, *(limit.step for limit in there)]
    totals, *within = among.unrelated.weighed(steps, weights)
    # 2. The tail; then each threshold, counted or by the tail.
    line = _line(among, weights, totals)
    cost = _Cost(among, line, list_size)
    shares = zip(there, _shares(within, totals), strict=True)
    false_matches = tuple(cost.of(limit, resampled) for limit, resampled in shares)
    return false_matches, line.told(scale) if line else None


@dataclass(frozen=True, slots=True)
class _Cost:
    among: Pictures
    line: tail.Line | None
    list_size: int

    def of(self, limit: Limit, resampled: NDArray[np.float64]) -> FalseMatches:
        """resampled: the share of pairs within the limit."""
        nearest = self.among.nearest
        pairs = self._pairs(limit, resampled)
        share, extrapolated = self._share(limit, pairs)
        factor = self.list_size * _MILLION
        return FalseMatches(
            threshold=limit.threshold.name,
            max_distance=limit.threshold.max_distance or 0.0,
            uploads=wilson(int((nearest <= limit.step).sum()), len(nearest)),
            pairs=pairs,
            per_million=None if share is None else share.value * factor,
            per_million_low=None if share is None else share.low * factor,
            per_million_high=self._high(pairs, share, factor),
            extrapolated=extrapolated,
        )

    def _pairs(self, limit: Limit, resampled: NDArray[np.float64]) -> Rate:
        counts = self.among.counts[:-1]
        count, n = int(counts[: limit.step + 1].sum()), int(counts.sum())
        naive = wilson(count, n)
        if not n:
            return naive
        if not count:
            # As `FalseMatches.pairs` says.
            kind = wilson(1, self.among.pictures).high
            return Rate(count=0, n=n, low=0.0, high=max(naive.high, kind * kind))
        one = tail.estimate(count / n, resampled)
        return Rate(count=count, n=n, low=one.low, high=one.high)

    def _share(self, limit: Limit, pairs: Rate) -> tuple[tail.Estimate | None, bool]:
        """The share of pairs that match, None if nothing can be said; whether it is the tail's."""
        as_counted = tail.Estimate(pairs.value, pairs.low, pairs.high)
        if pairs.count >= ENOUGH:
            return as_counted, False
        if self.line is None:
            return None, False
        by_tail = self.line.share(limit.step)
        # A few near pairs may belong to no tail: the line must not promise less than was seen.
        if pairs.count and by_tail.value < pairs.value:
            return as_counted, False
        return by_tail, True

    def _high(self, pairs: Rate, share: tail.Estimate | None, factor: int) -> float | None:
        if share is not None:
            return share.high * factor
        return pairs.high * factor if pairs.n else None


def _line(among: Pictures, weights: tail.Weights, totals: NDArray[np.float64]) -> tail.Line | None:
    ends = tail.window(among.counts)
    if ends is None:
        return None
    pairs = among.unrelated.within(ends[1])
    return tail.fitted(pairs, ends, weights, totals, int(among.counts[:-1].sum()))


def _shares(
    within: Sequence[NDArray[np.float64]], totals: NDArray[np.float64]
) -> Iterator[NDArray[np.float64]]:
    """NaN for a resample without any pair."""
    for one in within:
        yield np.divide(one, totals, out=np.full_like(one, np.nan), where=totals > 0)


def _fixed(distance: float, scale: Scale) -> Limit:
    threshold = Threshold(
        name=f"at {_told(distance, scale)}", max_distance=distance, false_rate=None
    )
    return Limit(threshold, scale.step_of(distance))


def _chosen(unrelated: Counts, one_in: int, scale: Scale) -> Limit:
    pairs = int(unrelated[:-1].sum())
    name = f"at 1 false match in {one_in:,} pairs"
    if pairs < one_in:
        name = f"at no false match in {pairs:,} pairs, too few for 1 in {one_in:,}"
    step = largest_step(unrelated, one_in)
    distance = None if step is None else float(scale.distance_of(step))
    threshold = Threshold(name=name, max_distance=distance, false_rate=1 / one_in)
    return Limit(threshold, -1 if step is None else step)


def _told(distance: float, scale: Scale) -> str:
    if scale.metric is Metric.COSINE:
        return f"cosine {distance:g}"
    return f"{distance:g} {'bit' if distance == 1 else 'bits'}"
