"""Which entries the probes of an upload reach, and how sure each of them is.

Probes and references in, matches out: no pictures, no clock.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hashguard.budget import Expected, Grade, expected, grade_of
from hashguard.chance import Row
from hashguard.guards import NegativeList
from hashguard.hashes import Algorithm, Codes, pack_codes, weighed
from hashguard.lists import Entry
from hashguard.policies import EQUAL, MatchPolicy, Reach
from hashguard.probes import Probe
from hashguard.references import References
from hashguard.verdict import Match

Probed: TypeAlias = tuple[int, Probe]
"""A probe, after the frame it was made of."""

_AT_ONCE = 4096  # pairs whose bits are weighed: a megabyte


@dataclass(frozen=True, slots=True)
class Candidate:
    """A probe to look up, and the frame it was made of.

    reach: how near an entry may match. doubt: why only an equal hash does, or None. probes: how
    many of the upload are tried as this one is, or are not.
    """

    frame: int
    probe: Probe
    reach: Reach
    doubt: str | None
    probes: int


class _Pair(NamedTuple):
    """A candidate, by its number, and the row of an entry that it reaches.

    weighed: bits, None where they are not. cost: None where it is not known. grade: None likewise,
    and for what not even a review is worth.
    """

    candidate: int
    row: int
    distance: int
    weighed: int | None = None
    cost: Expected | None = None
    grade: Grade | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An entry that a candidate reached, and the candidate that says best what was done."""

    match: Match
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Lookup:
    """Looks probes up under a policy. negative: what must never match, if there is such a list."""

    policy: MatchPolicy
    negative: NegativeList | None

    def candidates(self, probed: Sequence[Probed], references: References) -> list[Candidate]:
        """How each probe is to be looked up; they are in the order of the probes."""
        counts = Counter(probe.tried for _, probe in probed)
        # Hundreds are made of one frame, and as good as it: they are to be looked up alike.
        ways: dict[Hashable, tuple[Reach, str | None]] = {}
        candidates = []
        for frame, probe in probed:
            hashed = probe.hashed
            probes = counts[probe.tried]
            is_clear = hashed.clarity is not None
            kind = (hashed.quality, hashed.ties, is_clear, probe.tried, probe.handicap)
            if kind not in ways:
                ways[kind] = self._way(probe, len(references), probes)
            candidates.append(Candidate(frame, probe, *ways[kind], probes))
        return candidates

    def _way(self, probe: Probe, list_size: int, probes: int) -> tuple[Reach, str | None]:
        """How near an entry may match a probe, and why only an equal one does, or None."""
        doubt = self.policy.doubt(probe.hashed)
        reach = self.policy.reach(
            probe.hashed,
            list_size=list_size,
            probes=probes,
            tried=probe.tried,
            handicap=probe.handicap,
        )
        if doubt is None and reach is None:
            doubt = too_plain(probe, list_size)
        return (reach if doubt is None and reach else EQUAL), doubt

    def search(
        self, candidates: list[Candidate], references: References
    ) -> tuple[list[Found], tuple[str, ...]]:
        """Every entry that a candidate reaches, once; see `Verdict.matches`.

        And notes on matches that do not count.
        """
        # 1. All pairs of a candidate and an entry that match.
        reached = _Reached(self.policy, candidates, references)
        pairs = list(reached.pairs())
        # 2. Without those that are nearer to what must never match.
        pairs, notes = self._without_harmless(pairs, candidates, references)
        # 3. Of each entry the one that says best what was done.
        best: dict[int, _Pair] = {}
        for pair in pairs:
            if pair.row not in best or self._worse(pair) < self._worse(best[pair.row]):
                best[pair.row] = pair
        # 4. Under a budget the surest first.
        ordered = sorted(
            best.values(), key=lambda pair: (self._cost(pair), pair.distance, pair.row)
        )
        return [reached.found(pair) for pair in ordered], notes

    def _worse(self, pair: _Pair) -> tuple[float, int, int, int]:
        """Of the probes that reach an entry, those with its best grade; of these the nearest.

        By what each is clear about, and without its handicap: that is the upload's, so that of a
        copy which nobody cropped a cropping may cost less than the upload as it is.
        """
        if self.policy.budget is None:
            return 0.0, 0, pair.distance, pair.candidate
        graded = math.inf if pair.grade is None else pair.grade.per_million
        near = pair.distance if pair.weighed is None else pair.weighed
        return graded, near, pair.distance, pair.candidate

    def _cost(self, pair: _Pair) -> float:
        return pair.cost.upper if self.policy.budget and pair.cost else 0.0

    def _without_harmless(
        self, pairs: list[_Pair], candidates: list[Candidate], references: References
    ) -> tuple[list[_Pair], tuple[str, ...]]:
        if self.negative is None or not pairs:
            return pairs, ()
        numbers = sorted({pair.candidate for pair in pairs})
        farthest = max(pair.distance for pair in pairs)
        asked = _codes_of([candidates[number] for number in numbers], self.policy)
        hits = self.negative.hits(asked, farthest)
        harmless = dict(zip(numbers, hits, strict=True))
        kept: list[_Pair] = []
        notes: dict[int, str] = {}
        for pair in sorted(pairs, key=lambda pair: pair.distance):
            hit = harmless[pair.candidate]
            if hit is None or not hit.outweighs(pair.distance):
                kept.append(pair)
            else:
                note = hit.note(pair.distance, references.entry(pair.row).id)
                notes.setdefault(pair.row, note)
        return kept, tuple(notes.values())


class _Reached:
    """Candidates and the entries that match them, whatever else is the matter with those."""

    def __init__(
        self, policy: MatchPolicy, candidates: list[Candidate], references: References
    ) -> None:
        self._policy = policy
        self._candidates = candidates
        self._references = references
        self._entries: dict[int, Entry] = {}
        self._costs: dict[tuple[Row, int], tuple[Expected, Grade | None]] = {}

    def pairs(self) -> Iterator[_Pair]:
        """Those that count, in no order."""
        for bits in {candidate.reach.bits for candidate in self._candidates}:
            numbers = [n for n, one in enumerate(self._candidates) if one.reach.bits == bits]
            codes = _codes_of([self._candidates[number] for number in numbers], self._policy)
            found = self._references.range_search(codes, bits)
            queries = np.array(numbers, np.int64)[found.queries]
            for start in range(0, len(queries), _AT_ONCE):
                piece = slice(start, start + _AT_ONCE)
                yield from self._judged(queries[piece], found.rows[piece], found.distances[piece])

    def found(self, pair: _Pair) -> Found:
        """What a pair comes to."""
        candidate = self._candidates[pair.candidate]
        probe = candidate.probe
        match = Match(
            distance=pair.distance,
            probe=probe.name,
            frame=candidate.frame,
            entry=self._entry(pair.row),
            framing=probe.framing,
            grade=pair.grade,
            expected=pair.cost,
            weighed=pair.weighed,
        )
        return Found(match, candidate)

    def _judged(
        self, queries: NDArray[np.int64], rows: NDArray[np.int64], distances: NDArray[np.uint16]
    ) -> Iterator[_Pair]:
        weights = self._weighed(queries, rows)
        for number, row, distance, bits in zip(
            queries.tolist(), rows.tolist(), distances.tolist(), weights, strict=True
        ):
            candidate = self._candidates[number]
            if self._policy.algorithm is not Algorithm.PDQ:
                yield _Pair(number, row, distance)
                continue
            tail = self._policy.row(
                candidate.probe.hashed,
                probes=candidate.probes,
                listed=self._entry(row).quality,
                tried=candidate.probe.tried,
            )
            known = bits if tail.weighed else None
            judged = distance if known is None else max(known + candidate.probe.handicap, 0)
            cost, grade = self._judgement(tail, judged)
            if candidate.doubt is not None:
                # An equal hash of a picture too plain to be sure of counts whatever it costs
                # (docs/adr/0004).
                yield _Pair(number, row, distance, known, cost, Grade.REVIEW)
            elif self._policy.counts(cost):
                yield _Pair(number, row, distance, known, cost, grade)

    def _weighed(self, queries: NDArray[np.int64], rows: NDArray[np.int64]) -> list[int | None]:
        """Of each pair, in bits; None where it is not known how clear the probe is."""
        clarity = [self._candidates[number].probe.hashed.clarity for number in queries.tolist()]
        known = np.array([one is not None for one in clarity], dtype=bool)
        if self._policy.budget is None or not known.any():
            return [None] * len(queries)
        places = np.flatnonzero(known).tolist()
        mine = _codes_of([self._candidates[queries[place]] for place in places], self._policy)
        theirs = pack_codes(
            [self._entry(int(rows[place])).hash for place in places], self._policy.algorithm
        )
        bits: list[int | None] = [None] * len(queries)
        clear = np.stack([one for one in clarity if one is not None])
        for place, one in zip(places, weighed(clear, mine, theirs).tolist(), strict=True):
            bits[place] = one
        return bits

    def _entry(self, row: int) -> Entry:
        if row not in self._entries:
            self._entries[row] = self._references.entry(row)
        return self._entries[row]

    def _judgement(self, tail: Row, bits: int) -> tuple[Expected, Grade | None]:
        if (tail, bits) not in self._costs:
            cost = expected(bits, len(self._references), tail)
            self._costs[tail, bits] = cost, grade_of(cost)
        return self._costs[tail, bits]


def _codes_of(candidates: Sequence[Candidate], policy: MatchPolicy) -> Codes:
    return pack_codes([one.probe.hashed.hash for one in candidates], policy.algorithm)


def too_plain(probe: Probe, list_size: int) -> str:
    """Why next to nothing follows from a probe under a budget."""
    return f"quality {probe.hashed.quality} says too little on a list of {list_size:,} entries"
