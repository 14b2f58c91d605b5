"""What a system is: anything that says how far apart two pictures are.

A system turns a listed picture into rows, an upload into rows, and says how far an upload is
from each reference. Rows are kept, and scores come from distances that the harness itself
computes of them (distances.py); what a system says of its distances is only compared with that.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Rows: TypeAlias = NDArray[Any]
"""What a system makes of a picture: (k, width), k >= 1, as its `Metric` says.

Several rows are several variants of the picture; two pictures are as far apart as the nearest
two of their rows.
"""


class Metric(enum.Enum):
    """How the distance of two rows is computed."""

    HAMMING = "bits"
    """Differing bits of packed bits, uint8; a distance is a whole number from 0 to 8 * width."""
    COSINE = "cosine"
    """1 - cosine of the angle of two float32 vectors, from 0 to 2."""


class Reason(enum.Enum):
    """Why a system made nothing of a picture; the number is how results keep it."""

    NONE = 0  # it did make something of it
    UNDECODABLE = 1
    LOW_QUALITY = 2
    CRASHED = 3  # it raised something else, or returned no rows

    @property
    def text(self) -> str:
        """As a person reads it."""
        return self.name.lower().replace("_", " ")


class RefusedError(Exception):
    """A system can say nothing of a picture; what else it raises counts as a crash."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.text)
        self.reason = reason


class System(Protocol):
    """One way to compare pictures. One process uses it from one thread."""

    @property
    def name(self) -> str:
        """Unique and short: a column of tables."""
        ...

    @property
    def about(self) -> str:
        """One sentence: what it is, with the versions of what it uses; part of the results."""
        ...

    @property
    def metric(self) -> Metric:
        """How its rows are compared."""
        ...

    @property
    def width(self) -> int:
        """Bytes of a HAMMING row, or numbers of a COSINE row."""
        ...

    @property
    def max_distances(self) -> tuple[float, ...]:
        """At which distances, inclusive, it is measured; the first is the one it is run at."""
        ...

    @property
    def source(self) -> str:
        """Where these distances come from."""
        ...

    def hash_reference(self, data: bytes) -> Rows:
        """The rows of a listed picture, of its file. Raises RefusedError."""
        ...

    def hash_query(self, data: bytes) -> Rows:
        """The rows of an upload, of its file. Raises RefusedError."""
        ...

    def compare(self, query: Rows, references: Sequence[Rows]) -> NDArray[np.float64]:
        """How far the upload is from each reference, as the system itself computes it."""
        ...
