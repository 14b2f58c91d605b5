"""Exact search for hundreds of queries that are alike: their centres are looked up first.

The croppings that one upload may be are a thousand queries, and neighbours among them differ in a
few bits. Here they are gathered in clusters, each around a centre, a code that no one asked for.
If all of a cluster lie within s bits of its centre, whatever lies within r bits of one of them lies
within r + s of the centre: only that is compared with each of the cluster. So nothing is missed,
and an index that reads every code has a fourth of the queries to answer.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hashguard.hashes import Codes
from hashguard.index.protocol import Index, Near, RangeResult, check_search, words

LEAST_QUERIES = 256
LEAST_CODES = 65_536
"""Fewer, and all queries are answered in the time that it takes to gather them."""

WIDEST = 3 / 8
"""Of the bits of a code, the radius in which centres are looked up. Of unrelated pictures a few in
100,000 are as near; one bit in twenty-five more, and it is ten times as many."""

_PER_CLUSTER = 10  # queries, on average; fewer lie nearer to their centres, and more must be asked
_LEAST_SPREAD = 16  # bits; if no more is left for it, clusters would be too small
_GATHERED = 2048  # queries at a time; beyond, gathering would take as long as searching
_CENTRES = 32  # looked up at a time, and
_PAIRS = 2**18  # compared in one go: bounds memory where all codes are near


def pays(queries: int, codes: int) -> bool:
    """Whether so many queries of so many codes are worth gathering."""
    return queries >= LEAST_QUERIES and codes >= LEAST_CODES


def centre_radius(width: int) -> int:
    """Bits within which centres are looked up, of codes that are `width` bytes wide."""
    return int(WIDEST * 8 * width)


class ClusteredIndex:
    """An index that is exact at any radius, asked for centres where there are many queries."""

    def __init__(self, inner: Index, codes: Codes) -> None:
        """inner: exact at any radius. codes: its own, (n, bits // 8) uint8; not copied."""
        self._inner = inner
        self._words = words(codes)

    @property
    def max_distance(self) -> int:
        """That of the index within, in bits."""
        return self._inner.max_distance

    def __len__(self) -> int:
        return len(self._words)

    def range_search(self, queries: Codes, max_distance: int) -> RangeResult:
        """See `Index.range_search`."""
        width = 8 * self._words.shape[1]
        check_search(queries, width, max_distance, self.max_distance)
        spread = centre_radius(width) - max_distance
        if not pays(len(queries), len(self)) or spread < _LEAST_SPREAD:
            return self._inner.range_search(queries, max_distance)
        parts = [
            part
            for start in range(0, len(queries), _GATHERED)
            for part in self._gathered(queries, start, max_distance, spread)
        ]
        return RangeResult.joined(len(queries), parts)

    def _gathered(
        self, queries: Codes, start: int, max_distance: int, spread: int
    ) -> Iterator[Near]:
        """The neighbours of `_GATHERED` queries, from `start` on."""
        here = np.arange(start, min(start + _GATHERED, len(queries)))
        centres, members, alone = clustered(queries[here], spread)
        for first in range(0, len(centres), _CENTRES):
            some = slice(first, first + _CENTRES)
            near = self._inner.range_search(centres[some], max_distance + spread)
            yield from self._compared(
                queries, [here[one] for one in members[some]], near, max_distance
            )
        if len(alone):
            near = self._inner.range_search(queries[here[alone]], max_distance)
            yield here[alone][near.queries], near.rows, near.distances

    def _compared(
        self,
        queries: Codes,
        members: list[NDArray[np.int64]],
        near: RangeResult,
        max_distance: int,
    ) -> Iterator[Near]:
        """The neighbours of queries in clusters, of what is near the centres of those.

        members: of each cluster, the numbers of its queries.
        """
        asked = words(queries)
        for number, mine in enumerate(members):
            rows = near.rows[near.lims[number] : near.lims[number + 1]]
            step = max(_PAIRS // len(mine), 1)
            for first in range(0, len(rows), step):
                some = rows[first : first + step]
                differ = asked[mine][:, None] ^ self._words[some]
                distances = np.bitwise_count(differ).sum(axis=2, dtype=np.uint16)
                which, where = np.nonzero(distances <= max_distance)
                yield mine[which], some[where], distances[which, where]


def clustered(
    queries: Codes, spread: int
) -> tuple[Codes, list[NDArray[np.int64]], NDArray[np.int64]]:
    """Centres (k, bits // 8), the numbers of the queries around each, and of those around none.

    Every query is in one cluster, within `spread` bits of its centre, or alone. Those of no cluster
    are gathered once more; few are left then.
    """
    asked = words(queries)
    centres: list[Codes] = []
    members: list[NDArray[np.int64]] = []
    left = np.arange(len(queries))
    for _ in range(2):
        if len(left) < LEAST_QUERIES:
            break
        around = _centres(queries[left], len(left) // _PER_CLUSTER)
        distances = _distances(asked[left], words(around))
        nearest = distances.argmin(axis=1)
        within = distances[np.arange(len(left)), nearest] <= spread
        for number in np.unique(nearest[within]).tolist():
            mine = left[within & (nearest == number)]
            if len(mine) > 1:
                centres.append(around[number])
                members.append(mine)
            else:
                within[left == mine] = False
        left = left[~within]
    found = np.array(centres, np.uint8).reshape(-1, queries.shape[1])
    return found, members, left


def _centres(queries: Codes, count: int) -> Codes:
    """That many codes near which the queries lie.

    One after the other the query that is farthest from all before; then, of those nearest to each,
    what most of them say of every bit.
    """
    asked = words(queries)
    chosen = np.empty((count, asked.shape[1]), np.uint64)
    farthest, distances = 0, np.full(len(queries), np.iinfo(np.uint16).max, np.uint16)
    for number in range(count):
        chosen[number] = asked[farthest]
        to_it = np.bitwise_count(asked ^ chosen[number]).sum(axis=1, dtype=np.uint16)
        np.minimum(distances, to_it, out=distances)
        farthest = int(distances.argmax())
    nearest = _distances(asked, chosen).argmin(axis=1)
    of_which = (nearest == np.arange(count)[:, None]).astype(np.float32)
    sizes = of_which.sum(axis=1, keepdims=True)
    said = of_which @ np.unpackbits(queries, axis=1).astype(np.float32)
    return np.packbits(said * 2 > sizes, axis=1)


def _distances(left: NDArray[np.uint64], right: NDArray[np.uint64]) -> NDArray[np.uint16]:
    """(n, k): of each of the left from each of the right."""
    total = np.zeros((len(left), len(right)), np.uint16)
    for word in range(left.shape[1]):
        total += np.bitwise_count(left[:, word, None] ^ right[:, word])
    return total
