"""Exact search for many queries at once: one pass over the codes, compiled by Numba.

FAISS reads all codes again for every query. Here a block of codes is brought into the cache
once, turned into planes (the first words of all codes, then the second, ...), so that several
codes are compared with one instruction, and meets every query before the next block is read.

Most blocks hold no neighbour. To find out, a prefix of the words is enough: what differs in
more than the radius there differs in more everywhere. Only where a code passes, in a block and
then in a slice of it, are codes looked at in full, so nothing is missed. `FlatIndex` is the plain
twin; both answer the same tests.

The one door to Numba, an optional dependency (extra `fast`). Nothing compiled is kept on disk,
because Numba would read it back with pickle: a process compiles for half a second, once.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np

from hashguard.errors import MissingExtraError
from hashguard.hashes import Codes
from hashguard.index.protocol import RangeResult, check_search, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

BLOCK = 1024  # codes; their planes take 32 KiB for PDQ and stay in the first-level cache
_SLICE = (
    64  # codes; of a block that may hold a neighbour, only slices that may are looked at in full
)
_SECOND_LOOKS = 1 / 16  # expected share of blocks that a prefix lets pass though nothing is near
_ROOM = 65_536  # neighbours; if there are more, all is looked through again


def available() -> bool:
    """Whether the extra `fast` is installed."""
    return find_spec("numba") is not None


class ScanIndex:
    """Every query meets every code, all queries in one pass."""

    def __init__(self, codes: Codes, *, usual: Iterable[int]) -> None:
        """codes: (n, bits // 8) uint8, not copied. usual: radii in bits, for which is compiled now.

        For others, it is when they are first asked for. Raises MissingExtraError.
        """
        self._words = words(codes)
        for radius in usual:
            self._kernel_for(radius)

    @property
    def max_distance(self) -> int:
        """The length of a hash in bits."""
        return 64 * int(self._words.shape[1])

    def __len__(self) -> int:
        return len(self._words)

    def range_search(self, queries: Codes, max_distance: int) -> RangeResult:
        """See `Index.range_search`."""
        check_search(queries, self._words.shape[1] * 8, max_distance, self.max_distance)
        kernel = self._kernel_for(max_distance)
        asked = words(queries)
        room = _ROOM
        while True:
            numbers, rows = np.empty(room, np.int64), np.empty(room, np.int64)
            distances = np.empty(room, np.uint16)
            found = kernel(self._words, asked, np.uint64(max_distance), numbers, rows, distances)
            if found <= room:
                return RangeResult.of(
                    len(queries), numbers[:found], rows[:found], distances[:found]
                )
            room = int(found)

    def _kernel_for(self, max_distance: int) -> Callable[..., int]:
        width = self._words.shape[1]
        return _kernel(prefix_words(width, max_distance), width)


def prefix_words(width: int, max_distance: int) -> int:
    """The fewest words of `width` whose distance alone lets hardly any block of codes pass."""
    for count in range(1, width):
        bits = 64 * count
        ways = sum(comb(bits, flips) for flips in range(min(max_distance, bits) + 1))
        if BLOCK * ways < _SECOND_LOOKS * 2**bits:
            return count
    return width


@lru_cache(maxsize=8)
def _kernel(prefix: int, width: int) -> Callable[..., int]:
    """The compiled scan of codes of `width` words that sifts blocks by the first `prefix`."""
    try:
        numba: Any = import_module("numba")
        intrinsic: Any = import_module("numba.extending").intrinsic
    except ImportError as error:
        raise MissingExtraError(
            "searching many probes at once needs Numba: pip install 'hashguard[fast]'"
        ) from error

    @intrinsic  # type: ignore[untyped-decorator]
    def popcount(_context: Any, _word: Any) -> Any:
        # Numba does not know np.bitwise_count; LLVM knows the instruction.
        def code(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return builder.ctpop(arguments[0])

        return numba.types.uint64(numba.types.uint64), code

    @numba.njit(nogil=True)  # type: ignore[untyped-decorator]
    def nearest(planes: Any, query: Any, start: int, end: int) -> Any:
        """The smallest distance in the prefix; a loop that LLVM turns into vectors."""
        best = np.uint64(2**63)
        for code in range(start, end):
            distance = np.uint64(0)
            for word in range(prefix):
                distance += popcount(planes[word, code] ^ query[word])
            best = min(best, distance)
        return best

    # Mapped codes are read-only; a signature that says so takes the others, too.
    types = numba.types
    readable = types.Array(types.uint64, 2, "C", readonly=True)
    numbers_out, distances_out = types.int64[::1], types.uint16[::1]
    signature = types.int64(
        readable, readable, types.uint64, numbers_out, numbers_out, distances_out
    )

    @numba.njit(signature, nogil=True)  # type: ignore[untyped-decorator]
    def scan(  # noqa: PLR0917  (compiled code takes no keywords)
        codes: Any, queries: Any, radius: Any, numbers: Any, rows: Any, distances: Any
    ) -> int:
        """Neighbours found; those that fit are in the last three arguments."""
        planes = np.empty((prefix, BLOCK), np.uint64)
        found = 0
        for start in range(0, len(codes), BLOCK):
            count = min(BLOCK, len(codes) - start)
            for code in range(count):
                for word in range(prefix):
                    planes[word, code] = codes[start + code, word]
            for number in range(len(queries)):
                query = queries[number]
                if nearest(planes, query, 0, count) > radius:
                    continue
                for begin in range(0, count, _SLICE):
                    end = min(begin + _SLICE, count)
                    if nearest(planes, query, begin, end) > radius:
                        continue
                    for code in range(begin, end):
                        distance = np.uint64(0)
                        for word in range(width):
                            distance += popcount(codes[start + code, word] ^ query[word])
                        if distance <= radius:
                            if found < len(rows):
                                numbers[found] = number
                                rows[found] = start + code
                                distances[found] = distance
                            found += 1
        return found

    return scan  # type: ignore[no-any-return]
