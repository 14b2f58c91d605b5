"""All pictures, uploaded as they are, against all references: the pairs that must not match.

A pair of pictures is there in two directions; it counts once, with the smaller of its distances.
Memory: 2 bytes (4 for rows of over 4,000 bytes) for each two pictures: 37 MB for 4,311 of them,
800 MB for 20,000.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from hashguard.robustness.distances import Scale, Steps, Table
from hashguard.robustness.metrics import Counts, counted
from hashguard.robustness.system import Rows
from hashguard.robustness.tail import Pairs, Weights

_BLOCK = 256  # pictures at a time


class Unrelated:
    """The steps between every two pictures."""

    def __init__(
        self,
        uploads: Sequence[Rows],
        references: Sequence[Rows],
        scale: Scale,
        same: Iterable[tuple[int, int]],
    ) -> None:
        """uploads, references: rows of each picture, in one order; k = 0 where there are none.

        same: numbers of pictures that are the same: no pairs.
        """
        self._scale = scale
        self._steps = Table(references, scale).steps_many(uploads)
        np.fill_diagonal(self._steps, scale.never)
        for one, other in same:
            self._steps[one, other] = self._steps[other, one] = scale.never

    @property
    def pictures(self) -> int:
        """How many there are, with and without rows."""
        return len(self._steps)

    def counts(self) -> Counts:
        """How many pairs are at each step. Those without a distance are none, and not counted."""
        total = np.zeros(self._scale.never + 1, dtype=np.int64)
        for _, block in self._blocks():
            total += counted(block, self._scale)
        total[-1] = 0
        return total

    def nearest(self, pictures: Sequence[int]) -> Steps:
        """(pictures,) how far each, as an upload, is from the nearest reference of another."""
        if not pictures:
            return np.empty(0, dtype=self._scale.dtype)
        nearest: Steps = self._steps[list(pictures)].min(axis=1)
        return nearest

    def within(self, step: int, limit: int | None = None) -> Pairs:
        """The pairs within a step, in order of the first picture and the second; first < second.

        limit: no more than these.
        """
        return self._listed(0, step, limit)

    def closest(self, counts: Counts, limit: int) -> Pairs:
        """The nearest pairs, nearest first, as upload and reference.

        counts: as `counts` says. Each pair in its nearer direction; of equally near ones those
        of the first pictures.
        """
        # 1. The step at which there are enough: nearer ones all, and as many of its own as fit.
        last = min(int(np.searchsorted(np.cumsum(counts[:-1]), limit)), self._scale.last)
        nearer = self.within(last - 1)
        at = self._listed(last, last, limit - len(nearer.steps))
        first, second, steps = (
            np.concatenate([one, other])
            for one, other in (
                (nearer.first, at.first),
                (nearer.second, at.second),
                (nearer.steps, at.steps),
            )
        )
        # 2. Nearest first, else in the order of the pictures.
        order = np.argsort(steps, kind="stable")
        first, second, steps = first[order], second[order], steps[order]
        # 3. Which of the two was the upload.
        turned = self._steps[first, second] > steps
        return Pairs(np.where(turned, second, first), np.where(turned, first, second), steps)

    def weighed(self, steps: Sequence[int], weights: Weights) -> NDArray[np.float64]:
        """(steps, resamples) total weight of the pairs within each of the steps; see tail.py."""
        totals = np.zeros((len(steps), len(weights)))
        # Small whole numbers, so that single precision is exact, whatever the order of the sums.
        columns = np.ascontiguousarray(weights.T, dtype=np.float32)
        for start, block in self._blocks():
            mine = columns[start : start + len(block)]
            for number, step in enumerate(steps):
                there = block <= step
                if there.any():
                    summed = there.astype(np.float32) @ columns
                    totals[number] += (summed * mine).sum(axis=0, dtype=np.float64)
        return totals

    def _listed(self, first_step: int, last_step: int, limit: int | None) -> Pairs:
        found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []
        total = 0
        for start, block in self._blocks():
            rows, columns = np.nonzero((block >= first_step) & (block <= last_step))
            found.append((rows + start, columns, block[rows, columns].astype(np.int64)))
            total += len(rows)
            if limit is not None and total >= limit:
                break
        first, second, steps = (np.concatenate(parts)[:limit] for parts in zip(*found, strict=True))
        return Pairs(first, second, steps)

    def _blocks(self) -> Iterator[tuple[int, Steps]]:
        """Some pictures against all that come after them; `never` in place of all others."""
        columns = np.arange(len(self._steps))
        for start in range(0, len(self._steps), _BLOCK):
            end = min(start + _BLOCK, len(self._steps))
            block = np.minimum(self._steps[start:end], self._steps[:, start:end].T)
            block[columns <= columns[start:end, np.newaxis]] = self._scale.never
            yield start, block
