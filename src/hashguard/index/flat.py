"""Exact search by looking at every code: FAISS binary flat. The one door to FAISS.

For small lists and wide radii. FAISS is imported when the first index is built.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np

from hashguard.hashes import Codes
from hashguard.index.protocol import RangeResult, check_search


class FlatIndex:
    """Every query meets every code; exact at any radius up to the length of a hash."""

    def __init__(self, codes: Codes) -> None:
        """codes: (n, bits // 8) uint8; FAISS keeps its own copy."""
        import faiss

        self._faiss: Any = faiss
        self._width: int = codes.shape[1]
        self._index: Any = faiss.IndexBinaryFlat(self._width * 8)
        if len(codes):
            self._index.add(np.ascontiguousarray(codes))

    @property
    def max_distance(self) -> int:
        """The length of a hash in bits."""
        return self._width * 8

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def range_search(self, queries: Codes, max_distance: int) -> RangeResult:
        """See `Index.range_search`."""
        check_search(queries, self._width, max_distance, self.max_distance)
        if not len(queries) or not len(self):
            return RangeResult.join([_NOTHING] * len(queries))
        with self._one_thread():
            # FAISS keeps distances strictly below the radius; ours is inclusive.
            lims, distances, rows = self._index.range_search(
                np.ascontiguousarray(queries), max_distance + 1
            )
        bounds = lims.astype(np.int64)
        return RangeResult.join(
            [
                (rows[start:stop].astype(np.int64), distances[start:stop].astype(np.uint16))
                for start, stop in pairwise(bounds)
            ]
        )

    @contextmanager
    def _one_thread(self) -> Iterator[None]:
        # OpenMP turns a search of 1.5 ms into one of 11 ms; uploads run in parallel instead.
        # The setting belongs to the calling thread, and is handed back as it was found.
        before = self._faiss.omp_get_max_threads()
        self._faiss.omp_set_num_threads(1)
        try:
            yield
        finally:
            self._faiss.omp_set_num_threads(before)


_NOTHING = (np.empty(0, np.int64), np.empty(0, np.uint16))
