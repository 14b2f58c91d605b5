"""Exact search by looking at every code: FAISS's scan of binary codes. The one door to FAISS.

For small lists, wide radii and few queries at once. The codes stay where they are, so that
processes which map the same file share one copy. FAISS is imported with the first index.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from hashguard.hashes import Codes
from hashguard.index.protocol import RangeResult, check_search


class FlatIndex:
    """Every query meets every code; exact at any radius up to the length of a hash."""

    def __init__(self, codes: Codes) -> None:
        """codes: (n, bits // 8) uint8; not copied, and not to be changed."""
        import faiss

        self._faiss: Any = faiss
        self._codes = np.ascontiguousarray(codes)

    @property
    def max_distance(self) -> int:
        """The length of a hash in bits."""
        return 8 * int(self._codes.shape[1])

    def __len__(self) -> int:
        return len(self._codes)

    def range_search(self, queries: Codes, max_distance: int) -> RangeResult:
        """See `Index.range_search`."""
        width = self._codes.shape[1]
        check_search(queries, width, max_distance, self.max_distance)
        count = len(queries)
        found = self._faiss.RangeSearchResult(count)
        asked = np.ascontiguousarray(queries)
        pointer = self._faiss.swig_ptr
        with self._one_thread():
            # FAISS keeps distances strictly below the radius; ours is inclusive.
            self._faiss.hamming_range_search(
                pointer(asked),
                pointer(self._codes),
                count,
                len(self),
                max_distance + 1,
                width,
                found,
            )
        # What these point at goes away with `found`; `RangeResult.of` copies.
        view = self._faiss.rev_swig_ptr
        lims = view(found.lims, count + 1).astype(np.int64)
        total = int(lims[-1])
        if not total:
            return RangeResult(lims, np.empty(0, np.int64), np.empty(0, np.uint16))
        return RangeResult.of(
            count,
            np.repeat(np.arange(count), np.diff(lims)),
            view(found.labels, total),
            view(found.distances, total).astype(np.uint16),
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
