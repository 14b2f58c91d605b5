"""Distances as the harness computes them, in whole steps; see system.py for the rule.

A step is a bit, or a thousandth of a cosine distance. Everything scored is counted by step.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hashguard.robustness.system import Metric, Rows

COSINE_STEPS = 1000  # a unit of distance; finer than any threshold that is used

_BLOCK = 131_072  # distances computed at once: a megabyte of words, which stays in the cache

Steps: TypeAlias = NDArray[np.signedinteger[Any]]
"""Distances in steps: 64,000 uploads and 4,311 pictures have 276 million, so they are kept small.

Differences of two steps fit; sums need a wider type.
"""


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

    @property
    def dtype(self) -> type[np.signedinteger[Any]]:
        """Of arrays of steps: the smaller one that holds all of them, `never` included."""
        return np.int16 if self.never <= np.iinfo(np.int16).max else np.int32

    def step_of(self, max_distance: float) -> int:
        """The last step that is within a distance in the metric's unit; -1 if none is.

        What rounds to the step of a distance counts as within it: see `Table.steps`.
        """
        unit = 1 if self.metric is Metric.HAMMING else COSINE_STEPS
        # Half a millionth: 0.29 * 1000 is a little less than 290.
        step = math.floor(min(max_distance * unit, self.last) + 5e-7)
        return max(step, -1)

    def distance_of(self, step: int) -> float:
        """A step in the metric's unit."""
        return step if self.metric is Metric.HAMMING else step / COSINE_STEPS


class Table:
    """The rows of many pictures in one array, to be compared with uploads."""

    def __init__(self, pictures: Sequence[Rows], scale: Scale) -> None:
        """pictures: (k, width) each; k = 0 for one of which a system made nothing.

        Raises ValueError for rows of another width.
        """
        self._scale = scale
        self._count = len(pictures)
        rows, self._there, self._starts = _joined(pictures, scale)
        # Word by word, or number by number: what is compared with one upload lies side by side.
        self._columns = np.ascontiguousarray(_prepared(rows, scale).T)

    def steps(self, query: Rows) -> NDArray[np.int64]:
        """(pictures,) how far each is from `query`, (k, width), in steps.

        The nearest two rows count; `never` where the query or the picture has none. Cosine
        distances are rounded to the nearest step, half steps to the even one.
        """
        steps: NDArray[np.int64] = self.steps_many([query])[0].astype(np.int64)
        return steps

    def steps_many(self, queries: Sequence[Rows]) -> Steps:
        """(queries, pictures) `steps` of each of many uploads, of the `dtype` of the scale."""
        steps = np.full((len(queries), self._count), self._scale.never, dtype=self._scale.dtype)
        if not len(self._there):
            return steps
        for first, last in self._blocks([len(rows) for rows in queries]):
            rows, there, starts = _joined(queries[first:last], self._scale)
            if not len(there):
                continue
            each = self._each(_prepared(rows, self._scale))
            if len(each) > len(there):
                each = np.minimum.reduceat(each, starts, axis=0)
            if each.shape[1] > len(self._there):
                each = np.minimum.reduceat(each, self._starts, axis=1)
            steps[np.ix_(first + there, self._there)] = each
        return steps

    def _blocks(self, counts: Sequence[int]) -> Iterator[tuple[int, int]]:
        """From which query to which: as many at a time as fit into a block, at least one."""
        room = max(1, _BLOCK // self._columns.shape[1])
        first = total = 0
        for number, count in enumerate(counts):
            if number > first and total + count > room:
                yield first, number
                first, total = number, 0
            total += count
        if first < len(counts):
            yield first, len(counts)

    def _each(self, queries: NDArray[Any]) -> Steps:
        """(query rows, rows) in steps; queries as `_prepared` makes them."""
        if self._scale.metric is Metric.COSINE:
            cosine = (queries @ self._columns).clip(-1.0, 1.0)
            rounded: Steps = np.rint((1.0 - cosine) * COSINE_STEPS).astype(self._scale.dtype)
            return rounded
        each = np.zeros((len(queries), self._columns.shape[1]), dtype=self._scale.dtype)
        for word, column in enumerate(self._columns):
            each += np.bitwise_count(queries[:, word, np.newaxis] ^ column)
        return each


def _joined(
    pictures: Sequence[Rows], scale: Scale
) -> tuple[Rows, NDArray[np.int64], NDArray[np.int64]]:
    """All rows; which pictures have some; where in the rows those begin."""
    counts = np.array([len(rows) for rows in pictures], dtype=np.int64)
    there = np.flatnonzero(counts)
    starts = np.cumsum(counts[there]) - counts[there]
    with_rows = [rows for rows in pictures if len(rows)]
    rows = np.concatenate(with_rows) if with_rows else np.empty((0, scale.width), np.uint8)
    if rows.ndim != 2 or rows.shape[1] != scale.width:
        raise ValueError(f"rows are (k, {scale.width}), not {rows.shape}")
    return rows, there, starts


def _prepared(rows: Rows, scale: Scale) -> NDArray[Any]:
    """(n, words) uint64 of bits, (n, width) float64 of directions."""
    if scale.metric is Metric.HAMMING:
        # Whole words are compared four to eight times as fast as bytes.
        padded = np.zeros((len(rows), -(-scale.width // 8) * 8), dtype=np.uint8)
        padded[:, : scale.width] = rows
        return padded.view(np.uint64)
    vectors = rows.astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    # A vector of zeros has no direction: at right angles to everything.
    directions = np.zeros_like(vectors)
    np.divide(vectors, lengths, out=directions, where=lengths > 0)
    return directions
