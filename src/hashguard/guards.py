"""What must never match: known harmless pictures, memes, the frames of apps. Pure.

A list of hashes that is looked up beside the list of references. It takes matches away, so it says
each time that it did. What matches far too often all of a sudden: see flood.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from hashguard.errors import AlgorithmMismatchError
from hashguard.hashes import Algorithm, Codes
from hashguard.lists import Entry, HashList
from hashguard.references import Listed


@dataclass(frozen=True, slots=True)
class Harmless:
    """The harmless picture that is nearest to a probe. distance: bits."""

    distance: int
    entry: Entry

    def outweighs(self, distance: int) -> bool:
        """Whether a probe that is this near to it does not match an entry `distance` bits away.

        At least as near is enough. A harmless picture is on its list because a person looked at
        it; of a hash on the other list nobody could. That also holds at distance 0 of both: the
        hash of a meme that was reported as an intimate picture is what this list is for. An
        entry at distance 0 matches whenever the harmless picture is not at 0 as well.

        By the triangle inequality, an entry can lose a match only to a harmless picture within
        twice the radius of itself: `conflicts` finds these before any upload does.
        """
        return self.distance <= distance

    def note(self, distance: int, entry_id: str) -> str:
        """What a verdict says of a match that it took away."""
        return (
            f"entry {entry_id} at {_bits(distance)} does not count: harmless entry "
            f"{self.entry.id} is at {_bits(self.distance)}"
        )


@dataclass(frozen=True, slots=True)
class NegativeList:
    """Harmless pictures and the index over them; only active entries count."""

    listed: Listed

    @classmethod
    def of(cls, hash_list: HashList, *, max_distance: int, probes: int = 1) -> NegativeList:
        """Builds the index. max_distance: bits; the largest radius at which matches are sought.

        probes: how many are usually looked up at once.
        """
        return cls(Listed.of(hash_list, max_distance=max_distance, probes=probes))

    @property
    def algorithm(self) -> Algorithm:
        """Of every hash."""
        return self.listed.algorithm

    @property
    def max_distance(self) -> int:
        """Bits up to which `hits` is exact."""
        return self.listed.max_distance

    def hits(self, codes: Codes, within: int) -> tuple[Harmless | None, ...]:
        """For each probe the nearest harmless picture within so many bits, or None.

        codes: (n, bits // 8) uint8; only probes that match something are worth looking up, within
        the farthest of their matches. Of equally near ones the first of the list. Raises
        RecallError if `within` exceeds max_distance.
        """
        found = self.listed.range_search(codes, within)
        hits: list[Harmless | None] = []
        for start, end in zip(found.lims[:-1].tolist(), found.lims[1:].tolist(), strict=True):
            if start == end:
                hits.append(None)
                continue
            entry = self.listed.entry(int(found.rows[start]))
            hits.append(Harmless(int(found.distances[start]), entry))
        return tuple(hits)

    def conflicts(self, hash_list: HashList, within: int) -> tuple[tuple[Entry, Harmless], ...]:
        """The active entries of a list that have a harmless picture within so many bits.

        For a person to look at whenever one of both lists changes; in the order of that list.
        With 0: the same hash is on both. Raises RecallError as `hits` does, and
        AlgorithmMismatchError.
        """
        if hash_list.algorithm is not self.algorithm:
            raise AlgorithmMismatchError(
                f"expected {self.algorithm.value} hashes, found {hash_list.algorithm.value}"
            )
        rows = hash_list.active_rows
        hits = self.hits(hash_list.codes[rows], within)
        return tuple(
            (hash_list.entry(int(row)), hit)
            for row, hit in zip(rows, hits, strict=True)
            if hit is not None
        )


def _bits(distance: int) -> str:
    return f"{distance} bit" if distance == 1 else f"{distance} bits"
