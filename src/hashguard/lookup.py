"""Which entries the probes of an upload reach, and how sure each of them is.

Probes and references in, matches out: no pictures, no clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from hashguard.budget import Grade, expected, grade_of
from hashguard.guards import NegativeList
from hashguard.hashes import Algorithm, Codes, pack_codes
from hashguard.policies import MatchPolicy
from hashguard.probes import Probe
from hashguard.references import References
from hashguard.verdict import Match

Probed: TypeAlias = tuple[int, Probe]
"""A probe, after the frame it was made of."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A probe to look up, and the frame it was made of.

    reach: bits within which an entry may match. doubt: why that is 0, or None. probes: how many
    the upload has.
    """

    frame: int
    probe: Probe
    reach: int
    doubt: str | None
    probes: int


class _Pair(NamedTuple):
    """A candidate, by its number, and the row of an entry in its reach."""

    candidate: int
    row: int
    distance: int


@dataclass(frozen=True, slots=True)
class Found:
    """An entry that a candidate reached, and the candidate nearest to it."""

    match: Match
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Lookup:
    """Looks probes up under a policy. negative: what must never match, if there is such a list."""

    policy: MatchPolicy
    negative: NegativeList | None

    def candidates(self, probed: Sequence[Probed], references: References) -> list[Candidate]:
        """How each probe is to be looked up; they are in the order of the probes."""
        return [
            self._candidate(frame, probe, len(references), len(probed)) for frame, probe in probed
        ]

    def _candidate(self, frame: int, probe: Probe, list_size: int, probes: int) -> Candidate:
        doubt = self.policy.doubt(probe.hashed)
        reach = self.policy.reach(probe.hashed, list_size=list_size, probes=probes)
        if doubt is None and reach is None:
            doubt = too_plain(probe, list_size)
        return Candidate(frame, probe, reach if doubt is None and reach else 0, doubt, probes)

    def search(
        self, candidates: list[Candidate], references: References
    ) -> tuple[list[Found], tuple[str, ...]]:
        """Every entry that a candidate reaches, once, with the nearest of them; nearest first.

        And notes on matches that do not count.
        """
        # 1. All pairs of a candidate and an entry in its reach.
        pairs = self._reached(candidates, references)
        # 2. Without those that are nearer to what must never match.
        pairs, notes = self._without_harmless(pairs, candidates, references)
        # 3. As far as they are in the budget, now that the entries are known; of each the nearest.
        nearest: dict[int, Found] = {}
        for pair in pairs:
            if pair.row in nearest and nearest[pair.row].match.distance <= pair.distance:
                continue
            candidate = candidates[pair.candidate]
            one = Found(self._match(candidate, references, pair.row, pair.distance), candidate)
            if self._counts(one):
                nearest[pair.row] = one
        ordered = sorted(nearest.items(), key=lambda item: (item[1].match.distance, item[0]))
        return [one for _, one in ordered], notes

    def _match(
        self, candidate: Candidate, references: References, row: int, distance: int
    ) -> Match:
        entry, probe = references.entry(row), candidate.probe
        cost = None
        if self.policy.algorithm is Algorithm.PDQ:
            tail = self.policy.row(probe.hashed, probes=candidate.probes, listed=entry.quality)
            cost = expected(distance, len(references), tail)
        grade = None if cost is None else grade_of(cost)
        if candidate.doubt is not None and cost is not None:
            grade = Grade.REVIEW  # an equal hash, but of a picture too plain to be sure of
        return Match(
            distance=distance,
            probe=probe.name,
            frame=candidate.frame,
            entry=entry,
            framing=probe.framing,
            grade=grade,
            expected=cost,
        )

    def _counts(self, found: Found) -> bool:
        """An equal hash of a plain picture counts whatever it costs (docs/adr/0004)."""
        cost = found.match.expected
        return cost is None or found.candidate.doubt is not None or self.policy.counts(cost)

    def _reached(self, candidates: list[Candidate], references: References) -> list[_Pair]:
        pairs = []
        for reach in {candidate.reach for candidate in candidates}:
            numbers = [n for n, candidate in enumerate(candidates) if candidate.reach == reach]
            found = references.range_search(self._codes(candidates, numbers), reach)
            pairs += [
                _Pair(numbers[query], row, distance)
                for query, row, distance in zip(
                    found.queries.tolist(),
                    found.rows.tolist(),
                    found.distances.tolist(),
                    strict=True,
                )
            ]
        return pairs

    def _without_harmless(
        self, pairs: list[_Pair], candidates: list[Candidate], references: References
    ) -> tuple[list[_Pair], tuple[str, ...]]:
        if self.negative is None or not pairs:
            return pairs, ()
        numbers = sorted({pair.candidate for pair in pairs})
        farthest = max(pair.distance for pair in pairs)
        hits = self.negative.hits(self._codes(candidates, numbers), farthest)
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

    def _codes(self, candidates: list[Candidate], numbers: list[int]) -> Codes:
        hashes = [candidates[number].probe.hashed.hash for number in numbers]
        return pack_codes(hashes, self.policy.algorithm)


def too_plain(probe: Probe, list_size: int) -> str:
    """Why next to nothing follows from a probe under a budget."""
    return f"quality {probe.hashed.quality} says too little on a list of {list_size:,} entries"
