"""Distances as the harness computes them, in whole steps; see system.py for the rule.

A step is a bit, or a thousandth of a cosine distance. Everything scored is counted by step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashguard.robustness.system import Metric, Rows

COSINE_STEPS = 1000  # a unit of distance; finer than any threshold that is used


@dataclass(frozen=True, slots=True)
class Scale:
    """The steps of a system's distances: 0 to `last`, and one more for "no distance at all"."""

    metric: Metric
    width: int

    @property
    def last(self) -> int:
        """The largest distance there is, in steps."""
        return 8 * self.width if self.metric is Metric.HAMMING else 2 * COSINE_STEPS

    @property
    def never(self) -> int:
        """The step of what has no distance: farther than everything."""
        return self.last + 1

    def step_of(self, max_distance: float) -> int:
        """The last step that is within a distance in the metric's unit."""
        unit = 1 if self.metric is Metric.HAMMING else COSINE_STEPS
        # Half a millionth: 0.3 * 1000 is a little less than 300.
        return min(int(max_distance * unit + 5e-7), self.last)

    def distance_of(self, step: int) -> float:
        """A step in the metric's unit."""
        return step if self.metric is Metric.HAMMING else step / COSINE_STEPS


class Table:
    """The rows of many pictures in one array, to be compared with one picture at a time."""

    def __init__(self, pictures: Sequence[Rows], scale: Scale) -> None:
        """pictures: (k, width) each; k = 0 for one of which a system made nothing."""
        self._scale = scale
        counts = np.array([len(rows) for rows in pictures], dtype=np.int64)
        self._there = np.flatnonzero(counts)
        self._starts = np.concatenate([[0], np.cumsum(counts[self._there])[:-1]]).astype(np.int64)
        self._count = len(pictures)
        there = [rows for rows in pictures if len(rows)]
        self._rows = _prepared(np.concatenate(there), scale) if there else None

    def steps(self, query: Rows) -> NDArray[np.int64]:
        """(pictures,) how far each is from `query`, (k, width), in steps.

        Cosine distances are rounded to the nearest step.
        """
        steps = np.full(self._count, self._scale.never, dtype=np.int64)
        if self._rows is None or not len(query):
            return steps
        queries = _prepared(query, self._scale)
        if self._scale.metric is Metric.HAMMING:
            nearest = np.full(len(self._rows), self._scale.last, dtype=np.int64)
            for row in queries:
                found = np.bitwise_count(self._rows ^ row).sum(axis=1, dtype=np.int64)
                np.minimum(nearest, found, out=nearest)
        else:
            cosine = (self._rows @ queries.T).max(axis=1).clip(-1.0, 1.0)
            nearest = np.rint((1.0 - cosine) * COSINE_STEPS).astype(np.int64)
        steps[self._there] = np.minimum.reduceat(nearest, self._starts)
        return steps


def _prepared(rows: Rows, scale: Scale) -> Rows:
    if scale.metric is Metric.HAMMING:
        # Whole words are compared four to eight times as fast as bytes.
        padded = np.zeros((len(rows), -(-scale.width // 8) * 8), dtype=np.uint8)
        padded[:, : scale.width] = rows
        return padded.view(np.uint64)
    vectors = rows.astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    # A vector of zeros has no direction: at right angles to everything.
    directions: Rows = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return directions
