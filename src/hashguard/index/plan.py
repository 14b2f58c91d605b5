"""Which way to search is expected to be fastest, for a list of a given size.

Pure: counts and rates in, expectations out. All ways are exact, so a wrong expectation costs
time and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hashguard.index.costs import Rates, flat_seconds, multi_seconds, scan_seconds
from hashguard.index.pigeonhole import Layout
from hashguard.index.scan import prefix_words

LAYOUTS = (Layout(32, 0), Layout(32, 8), Layout(64, 0), Layout(64, 8))

WORTH = 1.1
"""How many times slower a way may be that takes less memory. Memory is paid all day, and shared
caches are. Not more, for expectations are off by as much again."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to answer a search, and what is expected of it.

    name: "flat", "scan" or "multi-index". seconds: for one search. bytes: memory of the index,
    codes included. layout: of the multi-index.
    """

    name: str
    seconds: float
    bytes: int
    layout: Layout | None = None

    def __str__(self) -> str:
        told = {
            "flat": "flat, every code for every probe",
            "scan": "scan, every code once for all probes",
        }.get(self.name, self.name)
        if self.layout is not None:
            extra = " and an extra byte" if self.layout.extra_bits else ""
            told += f" of {self.layout.chunk_bits}-bit chunks{extra}"
        return f"{told}: about {_duration(self.seconds)}, {_size(self.bytes)}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an index does for `probes` probes at `max_distance` bits, and what it does not.

    chosen: the way taken. others: the ways not taken, fastest first.
    """

    codes: int
    bits: int
    max_distance: int
    probes: int
    chosen: Way
    others: tuple[Way, ...]

    def __str__(self) -> str:
        probes = "1 probe" if self.probes == 1 else f"{self.probes} probes"
        hashes = "1 hash" if self.codes == 1 else f"{self.codes:,} hashes"
        return "\n".join(
            [
                f"{hashes} of {self.bits} bits, exact up to {self.max_distance} bits",
                f"{probes} at once: {self.chosen}",
                *(f"  rather than {way}" for way in self.others),
            ]
        )


def ways(
    rates: Rates,
    code_bytes: int,
    queries: int,
    max_distance: int,
    *,
    layouts: Iterable[Layout],
    fast: bool,
    crowding: float = 1.0,
) -> list[Way]:
    """Every way to search rates.codes codes for `queries` queries at once, fastest first.

    layouts: of multi-indexes; those that do not fit the width are left out. fast: whether the
    compiled scan is there. crowding: see `Tables.crowding`.
    """
    count, words = rates.codes, code_bytes // 8
    found = [Way("flat", flat_seconds(rates, words, queries), count * code_bytes)]
    if fast:
        prefix = prefix_words(words, max_distance)
        found.append(Way("scan", scan_seconds(rates, words, queries, prefix), count * code_bytes))
    for layout in layouts:
        if code_bytes * 8 % layout.chunk_bits == 0:
            seconds = multi_seconds(
                rates, layout, code_bytes, queries, max_distance, crowding=crowding
            )
            found.append(Way("multi-index", seconds, layout.bytes(count, code_bytes), layout))
    return sorted(found, key=lambda way: way.seconds)


def choose(found: Sequence[Way], memory: int | None) -> Way:
    """The smallest way that is nearly as fast as the fastest of those that fit into `memory`.

    memory: bytes, codes included; None for no bound. The codes alone are there anyhow, so the
    ways that need nothing else always fit.
    """
    fitting = [way for way in found if memory is None or way.layout is None or way.bytes <= memory]
    fastest = min(way.seconds for way in fitting)
    near = [way for way in fitting if way.seconds <= fastest * WORTH]
    return min(near, key=lambda way: (way.bytes, way.seconds))


def _duration(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{seconds * 1e6:.0f} us"
    return f"{seconds * 1e3:.2f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 1e6 else f"{count / 1e3:,.1f} kB"
