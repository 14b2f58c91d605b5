"""Systems that would fool a harness that believes them: `python:tests.robustness.cheats:NAME`."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hashguard.hashers.pdq import hash_pixels
from hashguard.robustness.system import Metric, Reason, RefusedError, Rows
from hashguard.robustness.systems.shared import first_frame


class Honest:
    """Plain PDQ of the first frame."""

    metric = Metric.HAMMING
    width = 32
    max_distances: tuple[float, ...] = (31,)
    source = "the PDQ authors"
    about = "for tests"

    @property
    def name(self) -> str:
        return type(self).__name__

    def hash_reference(self, data: bytes) -> Rows:
        return hash_pixels(first_frame(data)).hash.code[np.newaxis]

    def hash_query(self, data: bytes) -> Rows:
        return self.hash_reference(data)

    def compare(self, query: Rows, references: Sequence[Rows]) -> NDArray[np.float64]:
        return np.array(
            [np.bitwise_count(query ^ rows).sum() for rows in references], dtype=np.float64
        )


class AlwaysZero(Honest):
    """Says that everything is a copy of everything; its hashes are honest."""

    def compare(self, query: Rows, references: Sequence[Rows]) -> NDArray[np.float64]:
        return np.zeros(len(references))


class SameHash(Honest):
    """Has one hash for all pictures."""

    def hash_reference(self, data: bytes) -> Rows:
        return np.zeros((1, 32), np.uint8)


class Random(Honest):
    """Has another hash whenever it is asked."""

    def hash_reference(self, data: bytes) -> Rows:
        return np.frombuffer(os.urandom(32), np.uint8).reshape(1, 32)


class CrashesOnHalf(Honest):
    """Raises for every file whose digits are odd; which those are depends on its bytes alone."""

    def hash_query(self, data: bytes) -> Rows:
        if sum(data) % 2:
            raise KeyError("a bug of its own")
        return self.hash_reference(data)


class NotItsOwn(Honest):
    """Says half of the distance its hashes have."""

    def compare(self, query: Rows, references: Sequence[Rows]) -> NDArray[np.float64]:
        return super().compare(query, references) / 2


class Refuses(Honest):
    """Finds every upload too plain."""

    def hash_query(self, data: bytes) -> Rows:
        raise RefusedError(Reason.LOW_QUALITY)


class Odd(Honest):
    """Returns what is no rows: a vector, the wrong width, floats, none; by length of the file."""

    def hash_query(self, data: bytes) -> Rows:
        wrong: list[object] = [
            np.zeros(32, np.uint8),
            np.zeros((1, 31), np.uint8),
            np.zeros((1, 32), np.float64),
            np.zeros((0, 32), np.uint8),
            None,
        ]
        return wrong[len(data) % len(wrong)]  # type: ignore[return-value]


class Unfinished(Honest):
    """Its comparison raises."""

    def compare(self, query: Rows, references: Sequence[Rows]) -> NDArray[np.float64]:
        raise ZeroDivisionError


class Dies(Honest):
    """Takes its process with it."""

    def hash_query(self, data: bytes) -> Rows:
        os._exit(3)
