"""The image hashes of OpenCV's `img_hash`, of what `cv2.imdecode` decodes. The one door to OpenCV.

Those that are compared by differing bits: its RadialVarianceHash is compared by a correlation, its
ColorMomentHash by a sum of differences, which are no `Metric`. Needs the extra `opencv`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hashguard.errors import MissingExtraError
from hashguard.robustness.system import Metric, Reason, RefusedError, Rows

LIBRARY = "opencv"  # whichever of its four distributions is installed


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One of OpenCV's hashes.

    about: what it looks at, in a few words. create: the name of its maker in `cv2.img_hash`, which
    is called with `arguments`. bits: of a hash, whole bytes.
    max_distances, source: see `System`.
    """

    name: str
    about: str
    create: str
    arguments: tuple[int, ...] = ()
    bits: int
    max_distances: tuple[float, ...]
    source: str = "chosen here: the same shares of the bits as 10, 4 and 16 of 64"


_OF_64 = (
    '10 of 64 bits is the usual rule of thumb since Krawetz ("Looks Like It", 2011), whom OpenCV '
    "follows here; 4 and 16 chosen here"
)

KINDS: Mapping[str, Kind] = {
    "block-mean": Kind(
        name="OpenCV block mean",
        about="which of 16 x 16 blocks are not darker than the picture",
        create="BlockMeanHash_create",
        arguments=(0,),
        bits=256,
        max_distances=(40, 16, 64),
    ),
    "block-mean-968": Kind(
        name="OpenCV block mean 968",
        about="which of 31 x 31 overlapping blocks are not darker than the picture (961 used)",
        create="BlockMeanHash_create",
        arguments=(1,),
        bits=968,
        max_distances=(150, 60, 240),
    ),
    "marr-hildreth": Kind(
        name="OpenCV Marr-Hildreth",
        about="edges of the picture, by the Marr-Hildreth operator, block by block",
        create="MarrHildrethHash_create",
        bits=576,
        max_distances=(90, 36, 144),
    ),
    "opencv-phash": Kind(
        name="OpenCV PHash",
        about="the 64 lowest frequencies of the picture",
        create="PHash_create",
        bits=64,
        max_distances=(10, 4, 16),
        source=_OF_64,
    ),
    "opencv-average": Kind(
        name="OpenCV average",
        about="which of 8 x 8 pixels are brighter than their mean",
        create="AverageHash_create",
        bits=64,
        max_distances=(10, 4, 16),
        source=_OF_64,
    ),
}
"""By the names of the command line."""


class OpencvSystem:
    """One of the hashes of `KINDS`, one row a picture."""

    metric = Metric.HAMMING
    libraries = (LIBRARY,)

    def __init__(self, kind: Kind) -> None:
        """Raises MissingExtraError, also for an OpenCV without `img_hash`."""
        try:
            import cv2
            from cv2 import img_hash
        except ImportError as error:
            raise MissingExtraError(
                f"{kind.name} needs OpenCV with its contributed modules: "
                "pip install 'hashguard[opencv]'"
            ) from error
        # Processes are what shares the cores; its threads would only get in each other's way.
        cv2.setNumThreads(1)
        # Its words about odd files would tear the progress bar; what it cannot decode is counted.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        self._hasher: Any = getattr(img_hash, kind.create)(*kind.arguments)
        self.name = kind.name
        self.about = (
            f"{kind.create.removesuffix('_create')} of OpenCV {cv2.__version__}, of what its "
            f"imdecode gives: {kind.about}; {kind.bits} bits"
        )
        self.width = kind.bits // 8
        self.max_distances = kind.max_distances
        self.source = kind.source

    def hash_reference(self, data: bytes) -> Rows:
        """(1, width). Raises RefusedError."""
        row: Rows = self._hasher.compute(_decoded(data))
        return row

    def hash_query(self, data: bytes) -> Rows:
        """As of a reference."""
        return self.hash_reference(data)

    def compare(self, query: Rows, references: Sequence[Rows]) -> NDArray[np.float64]:
        """(references,) bits, as OpenCV compares two of its hashes."""
        return np.array([self._hasher.compare(query, one) for one in references], dtype=np.float64)


def library_version() -> str:
    """Of the OpenCV that is installed. Raises ImportError."""
    import cv2

    return str(cv2.__version__)


@lru_cache(maxsize=1)
def _decoded(data: bytes) -> NDArray[np.uint8]:
    """(h, w, 3) BGR, turned by EXIF, transparency dropped; the last one is kept."""
    import cv2

    try:
        pixels = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        # Nothing at all, or more pixels than it dares to decode.
        raise RefusedError(Reason.UNDECODABLE) from error
    if pixels is None:
        raise RefusedError(Reason.UNDECODABLE)
    pixels.flags.writeable = False
    return np.asarray(pixels, dtype=np.uint8)
