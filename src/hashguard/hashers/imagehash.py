"""The hashes of the `imagehash` library, 64 bits each, behind our protocol. The one door to it.

Readable adapters for lists and measurements that use these hashes; PDQ is the shared one.
They know neither quality nor ties. Needs the extra `imagehash`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hashguard.errors import MissingExtraError
from hashguard.hashes import Algorithm, Hash, Hashed, Pixels


class ImagehashHasher:
    """One of imagehash's `phash`, `dhash`, `whash`, `average_hash`, at its default size."""

    def __init__(self, algorithm: Algorithm) -> None:
        """Raises MissingExtraError without the library, ValueError for PDQ."""
        if algorithm is Algorithm.PDQ:
            raise ValueError("imagehash has no PDQ; use PdqHasher")
        try:
            import imagehash
            from PIL import Image
        except ImportError as error:
            raise MissingExtraError(
                f"{algorithm.value} needs the imagehash library: pip install 'hashguard[imagehash]'"
            ) from error
        self._algorithm = algorithm
        self._image_from: Any = Image.fromarray
        self._compute: Any = {
            Algorithm.PHASH: imagehash.phash,
            Algorithm.DHASH: imagehash.dhash,
            Algorithm.WHASH: imagehash.whash,
            Algorithm.AVERAGE_HASH: imagehash.average_hash,
        }[algorithm]

    @property
    def algorithm(self) -> Algorithm:
        """The algorithm of every hash it returns."""
        return self._algorithm

    def hash_pixels(self, pixels: Pixels) -> Hashed:
        """The 64-bit hash of (h, w) luma or (h, w, 3) RGB uint8; quality None."""
        image = self._image_from(np.ascontiguousarray(pixels))
        bits = np.asarray(self._compute(image).hash, dtype=bool)
        # Row by row, most significant first: the order in which imagehash prints its hex.
        return Hashed(Hash(self._algorithm, np.packbits(bits.ravel()).tobytes()))
