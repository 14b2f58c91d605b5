"""The hashes of the `imagehash` library, of what Pillow opens, as its README shows.

`hashguard.hashers.imagehash` hashes pixels that hashguard decoded; here the library decodes in its
own way, because it is measured as it is run. Needs the extra `imagehash`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashguard.errors import MissingExtraError
from hashguard.robustness.system import Metric, Rows
from hashguard.robustness.systems.shared import (
    LastReferences,
    pillow_converted,
    pillow_image,
    pillow_is_quiet,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One of the library's hashes.

    about: what it looks at, in a few words. function: its name in the library; options: what it
    is called with. bits: of one row. max_distances, source: see `System`.
    luma: whether the first thing it does is to turn the picture to mode L.
    """

    name: str
    about: str
    function: str
    options: Mapping[str, int] = field(default_factory=dict)
    bits: int = 64
    max_distances: tuple[float, ...] = (10, 4, 16)
    source: str = (
        '10 of 64 bits is the usual rule of thumb since Krawetz ("Looks Like It", 2011; "Kind of '
        'Like That", 2013); 4 and 16 chosen here'
    )
    luma: bool = True


KINDS: Mapping[str, Kind] = {
    "phash": Kind(
        name="imagehash phash",
        about="the 64 lowest frequencies of the picture",
        function="phash",
    ),
    "phash256": Kind(
        name="imagehash phash 256",
        about="the 256 lowest frequencies of the picture",
        function="phash",
        options={"hash_size": 16},
        bits=256,
        max_distances=(40, 16, 64),
        source="chosen here: the same shares of the bits as for 64 bits",
    ),
    "dhash": Kind(
        name="imagehash dhash",
        about="which of two neighbours is brighter, on 9 x 8 pixels",
        function="dhash",
    ),
    "whash": Kind(
        name="imagehash whash",
        about="the lowest band of a Haar wavelet transform",
        function="whash",
        source="chosen here: as for the library's other hashes of 64 bits",
    ),
    "average": Kind(
        name="imagehash average",
        about="which of 8 x 8 pixels are brighter than their mean",
        function="average_hash",
    ),
    "colorhash": Kind(
        name="imagehash colorhash",
        about="shares of black, of grey and of 12 colours in the picture, wherever they are",
        function="colorhash",
        bits=42,
        max_distances=(4, 2, 7),
        source="chosen here: the library names none",
        luma=False,
    ),
    "crop-resistant": Kind(
        name="imagehash crop-resistant",
        about="a dhash of each bright or dark region; one common region is enough",
        function="crop_resistant_hash",
        max_distances=(16, 10, 4),
        source="16 of 64 bits in one region is the library's default; 10 and 4 chosen here",
        luma=False,
    ),
}
"""By the names of the command line."""


class ImagehashSystem:
    """One of the hashes of `KINDS`; of several regions, the nearest two count."""

    metric = Metric.HAMMING
    libraries = ("imagehash", "scipy", "pywavelets", "pillow")

    def __init__(self, kind: Kind) -> None:
        """Raises MissingExtraError."""
        try:
            import imagehash
        except ImportError as error:
            raise MissingExtraError(
                f"{kind.name} needs the imagehash library: pip install 'hashguard[imagehash]'"
            ) from error
        self._kind = kind
        self._compute: Any = getattr(imagehash, kind.function)
        self._hash_of: Any = imagehash.ImageHash
        self._references = LastReferences(self._hashes)
        self.name = kind.name
        self.about = (
            f"{kind.function} of imagehash {version('imagehash')}, of what Pillow "
            f"{version('pillow')} opens: {kind.about}; {kind.bits} bits"
        )
        self.width = -(-kind.bits // 8)
        self.max_distances = kind.max_distances
        self.source = kind.source

    def hash_reference(self, data: bytes) -> Rows:
        """(k, width): one row, or one for each region. Raises RefusedError."""
        # The library turns every picture to L first: the same for all of its hashes.
        image = pillow_converted(data, "L") if self._kind.luma else pillow_image(data)
        with pillow_is_quiet():
            found = self._compute(image, **self._kind.options)
        hashes = getattr(found, "segment_hashes", (found,))
        # The last byte is filled up with zeros, the same on both sides.
        return np.packbits([np.ravel(one.hash) for one in hashes], axis=1)

    def hash_query(self, data: bytes) -> Rows:
        """As of a reference."""
        return self.hash_reference(data)

    def compare(self, query: Rows, references: Sequence[Rows]) -> NDArray[np.float64]:
        """(references,) bits, as the library subtracts two of its hashes."""
        mine = self._hashes(query)
        return np.array(
            [
                min(one - other for one in mine for other in listed)
                for listed in self._references.of(references)
            ],
            dtype=np.float64,
        )

    def _hashes(self, rows: Rows) -> list[Any]:
        bits = np.unpackbits(rows, axis=1, count=self._kind.bits).astype(bool)
        return [self._hash_of(one) for one in bits]
