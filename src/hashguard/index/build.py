"""One index that takes, for every search, the way that is expected to be fastest."""

from __future__ import annotations

from hashguard.hashes import Codes
from hashguard.index import scan
from hashguard.index.clustered import ClusteredIndex, centre_radius, pays
from hashguard.index.costs import DEFAULT_COSTS, Costs
from hashguard.index.flat import FlatIndex
from hashguard.index.multi_index import MultiIndex
from hashguard.index.plan import LAYOUTS, Explanation, Way, choose, ways
from hashguard.index.protocol import Index, RangeResult, check_search

_REMEMBERED = 256  # numbers of queries and radii for which the fastest way is not worked out again


class PlannedIndex:
    """Codes and the ways to search them; made by `build_index`. Safe from many threads."""

    def __init__(
        self,
        codes: Codes,
        *,
        max_distance: int,
        probes: int = 1,
        costs: Costs | None = None,
        multi: MultiIndex | None = None,
    ) -> None:
        """codes: (n, bits // 8) uint8, not copied. multi: over the same codes, if worth it."""
        self.codes = codes
        self.probes = probes
        self.multi = multi
        self._max_distance = max_distance
        self._rates = (costs or DEFAULT_COSTS).at(max(len(codes), 1))
        self._crowding = multi.tables.crowding if multi else 1.0
        self._ways: dict[str, Index] = {"flat": ClusteredIndex(FlatIndex(codes), codes)}
        if multi:
            self._ways["multi-index"] = multi
        # Compiling takes half a second: only where it is expected to pay.
        if scan.available() and self._order(probes, max_distance, fast=True)[0].name == "scan":
            usual = [max_distance]
            if pays(probes, len(codes)):
                usual.append(centre_radius(codes.shape[1]))
            every = scan.ScanIndex(codes, usual=usual)
            self._ways["scan"] = ClusteredIndex(every, codes)
        self._fastest: dict[tuple[int, int], Index] = {}

    @property
    def max_distance(self) -> int:
        """The radius the index was built for, in bits."""
        return self._max_distance

    @property
    def nbytes(self) -> int:
        """Memory of codes and tables, shared between processes that map the same files."""
        tables = self.multi.layout.bytes(len(self), self.codes.shape[1]) if self.multi else 0
        return max(tables, self.codes.nbytes)

    def __len__(self) -> int:
        return len(self.codes)

    def range_search(self, queries: Codes, max_distance: int) -> RangeResult:
        """See `Index.range_search`."""
        check_search(queries, self.codes.shape[1], max_distance, self._max_distance)
        asked = (len(queries), max_distance)
        way = self._fastest.get(asked)
        if way is None:
            way = self._ways[self._order(*asked, fast="scan" in self._ways)[0].name]
            if len(self._fastest) < _REMEMBERED:
                self._fastest[asked] = way
        return way.range_search(queries, max_distance)

    def explain(self) -> Explanation:
        """What is done for `probes` probes at `max_distance` bits, and what is expected of it."""
        chosen = self._order(self.probes, self._max_distance, fast="scan" in self._ways)[0]
        everything = ways(
            self._rates,
            self.codes.shape[1],
            self.probes,
            self._max_distance,
            layouts=LAYOUTS,
            fast=scan.available(),
            crowding=self._crowding,
        )
        return Explanation(
            codes=len(self),
            bits=self.codes.shape[1] * 8,
            max_distance=self._max_distance,
            probes=self.probes,
            chosen=chosen,
            others=tuple(way for way in everything if way != chosen),
        )

    def _order(self, queries: int, max_distance: int, *, fast: bool) -> list[Way]:
        """The ways this index has, fastest first; with the scan, too, if `fast`."""
        return ways(
            self._rates,
            self.codes.shape[1],
            queries,
            max_distance,
            layouts=[self.multi.layout] if self.multi else [],
            fast=fast,
            crowding=self._crowding,
        )


def build_index(
    codes: Codes,
    *,
    max_distance: int,
    probes: int = 1,
    memory: int | None = None,
    costs: Costs | None = None,
) -> PlannedIndex:
    """An index over codes (n, bits // 8) uint8 that is exact up to `max_distance` bits.

    probes: how many queries one search usually has; what is built is the fastest for that many.
    memory: bytes, codes included, that the index may take; without it, what is fastest decides.
    costs: of this machine, see `hashguard index calibrate`; default those of a server of 2024.
    The codes are not copied and must not change. Raises ValueError if max_distance is not between
    0 and the length of a hash, or probes is below 1.
    """
    bits = codes.shape[1] * 8
    if not 0 <= max_distance <= bits:
        raise ValueError(f"max_distance must be 0 to {bits} bits, not {max_distance}")
    if probes < 1:
        raise ValueError(f"probes must be at least 1, not {probes}")
    considered = ways(
        (costs or DEFAULT_COSTS).at(max(len(codes), 1)),
        codes.shape[1],
        probes,
        max_distance,
        layouts=LAYOUTS,
        fast=scan.available(),
    )
    layout = choose(considered, memory).layout
    multi = MultiIndex(codes, max_distance=max_distance, layout=layout) if layout else None
    return PlannedIndex(codes, max_distance=max_distance, probes=probes, costs=costs, multi=multi)
