"""PDQ through `pdqhash` and Pillow, the way platforms run it. The one door to `pdqhash`.

As python-threatexchange does it: no EXIF rotation, the first frame only, transparency dropped. In
one thing it is treated better here: its pixels are always converted to RGB, whereas
python-threatexchange 1.2 hashes the numbers of palette entries of a GIF.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashguard.errors import MissingExtraError
from hashguard.policies import PDQ_MAX_DISTANCE, PDQ_MIN_QUALITY
from hashguard.robustness.system import Metric, Reason, RefusedError, Rows
from hashguard.robustness.systems.shared import LastReferences, pillow_converted


class PdqhashSystem:
    """PDQ of what Pillow opens, one hash a picture."""

    name = "pdqhash"
    metric = Metric.HAMMING
    width = 32
    max_distances: tuple[float, ...] = (PDQ_MAX_DISTANCE, 47, 63)
    source = (
        "31 bits is recommended by the authors of PDQ, and what python-threatexchange and HMA run "
        "by default; 47 and 63 chosen here, as for hashguard"
    )
    libraries = ("pdqhash", "pillow")

    def __init__(self) -> None:
        """Raises MissingExtraError."""
        try:
            import pdqhash
        except ImportError as error:
            raise MissingExtraError(
                "the system pdqhash needs the library of that name: pip install pdqhash"
            ) from error
        self._compute: Any = pdqhash.compute
        self._references = LastReferences(_numbers)
        self.about = (
            f"PDQ by pdqhash {version('pdqhash')} of what Pillow {version('pillow')} opens, as "
            "platforms run it: not turned by EXIF, first frame only, transparency dropped; "
            f"uploads of quality {PDQ_MIN_QUALITY} or more"
        )

    def hash_reference(self, data: bytes) -> Rows:
        """(1, 32), whatever its quality. Raises RefusedError."""
        row, _ = self._hashed(data)
        return row

    def hash_query(self, data: bytes) -> Rows:
        """(1, 32), if of the recommended quality. Raises RefusedError."""
        row, quality = self._hashed(data)
        if quality < PDQ_MIN_QUALITY:
            raise RefusedError(Reason.LOW_QUALITY)
        return row

    def compare(self, query: Rows, references: Sequence[Rows]) -> NDArray[np.float64]:
        """(references,) bits, counted in whole numbers of 256 bits each."""
        mine = _numbers(query)
        return np.array(
            [
                min((one ^ other).bit_count() for one in mine for other in listed)
                for listed in self._references.of(references)
            ],
            dtype=np.float64,
        )

    def _hashed(self, data: bytes) -> tuple[Rows, int]:
        bits, quality = self._compute(np.asarray(pillow_converted(data, "RGB")))
        # Its vector begins with the most significant bit, as hashguard's rows do.
        return np.packbits(np.asarray(bits, dtype=np.uint8))[np.newaxis], int(quality)


def _numbers(rows: Rows) -> list[int]:
    return [int.from_bytes(row.tobytes()) for row in rows]
