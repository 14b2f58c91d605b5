"""From the bytes of an upload to a verdict.

Composes decode, hashers, probes, references and policy. A hostile upload yields a verdict,
never an exception; only callers' mistakes and disk errors are raised.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Self

from hashguard.decode import Decoded, DecodeLimits, decode
from hashguard.errors import AlgorithmMismatchError, DecodeError, RecallError
from hashguard.hashers import hasher_for
from hashguard.hashes import Hash, Hashed, pack_codes
from hashguard.lists import HashList
from hashguard.live import LiveIndex
from hashguard.parallel import in_order, usable_processors
from hashguard.policies import MatchPolicy
from hashguard.probes import Probe, make_probes
from hashguard.references import Listed, References
from hashguard.verdict import Match, Outcome, Timings, Verdict

Upload = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A probe to look up, and the frame it was made of.

    doubt: see `MatchPolicy.doubt`.
    """

    frame: int
    probe: Probe
    doubt: str | None


_Found = tuple[Match, _Candidate]


class Matcher:
    """Checks uploads against one list under one policy. Safe from many threads at once."""

    def __init__(
        self,
        source: HashList | LiveIndex,
        *,
        policy: MatchPolicy,
        limits: DecodeLimits | None = None,
    ) -> None:
        """An index is built over a list; of a live index, every check uses the newest view.

        Raises AlgorithmMismatchError if source and policy differ in theirs, RecallError if the
        policy reaches farther than the live index is exact.
        """
        self._policy = policy
        self._limits = limits or DecodeLimits()
        self._hasher = hasher_for(policy.algorithm)
        self._source = self._prepare(source)

    @classmethod
    def follow(
        cls,
        folder: str | os.PathLike[str],
        *,
        policy: MatchPolicy,
        limits: DecodeLimits | None = None,
    ) -> Self:
        """A matcher on a live folder that sees each change of it within a second.

        Several processes on one machine share what is in memory. Raises IndexFileError,
        and what `Matcher` raises.
        """
        return cls(LiveIndex.open(folder), policy=policy, limits=limits)

    @property
    def references(self) -> References:
        """What the next check compares with."""
        return self._source.view() if isinstance(self._source, LiveIndex) else self._source

    @property
    def policy(self) -> MatchPolicy:
        """The policy in use."""
        return self._policy

    def replace(self, source: HashList | LiveIndex) -> None:
        """Use another list from now on. Checks that have begun finish with the old one.

        A live index that is no longer used is closed by whoever opened it.
        """
        self._source = self._prepare(source)

    def check(self, upload: Upload) -> Verdict:
        """The verdict on the bytes of an upload. No upload raises; not passing bytes does."""
        if not isinstance(upload, Upload):
            raise TypeError(f"an upload is bytes, not {type(upload).__name__}")
        return self._check(upload, self.references)

    def check_path(self, path: str | os.PathLike[str]) -> Verdict:
        """The verdict on a file. Raises OSError if it cannot be read."""
        with Path(path).open("rb") as file:
            # One byte more than allowed is enough to be refused.
            return self.check(file.read(self._limits.bytes + 1))

    def check_hash(self, hashed: Hash | Hashed) -> Verdict:
        """The verdict on a hash made elsewhere. A bare `Hash` is taken to be of good quality.

        Raises AlgorithmMismatchError if it is of another algorithm than the list.
        """
        if isinstance(hashed, Hash):
            hashed = Hashed(hashed)
        candidate = self._candidate(0, Probe("as given", hashed))
        started = perf_counter()
        references = self.references
        found = self._search([candidate], references)
        timings = Timings(search=perf_counter() - started)
        return self._verdict(references, [candidate], found, timings=timings)

    def check_many(
        self, uploads: Iterable[Upload], *, workers: int | None = None
    ) -> Iterator[Verdict]:
        """The verdicts on many uploads, in their order, computed by `workers` threads.

        Takes uploads from the iterable only as fast as verdicts are made, so it may be endless:
        at most 4 * workers uploads are held. workers: default one for each usable processor.
        """
        count = usable_processors() if workers is None else workers
        if count < 1:
            raise ValueError(f"workers must be at least 1, not {count}")
        return in_order(self.check, uploads, workers=count)

    def _prepare(self, source: HashList | LiveIndex) -> Listed | LiveIndex:
        listed = source.view() if isinstance(source, LiveIndex) else source
        if listed.algorithm is not self._policy.algorithm:
            raise AlgorithmMismatchError(
                f"the policy matches {self._policy.algorithm.value}, "
                f"the list holds {listed.algorithm.value}"
            )
        if isinstance(source, HashList):
            return Listed.of(
                source, max_distance=self._policy.max_distance, probes=self._policy.probe_count
            )
        reach, exact = self._policy.max_distance, source.view().max_distance
        if reach > exact:
            raise RecallError(
                f"the policy matches up to {reach} bits, but this index is exact only up to "
                f"{exact}; build one for {reach}"
            )
        return source

    def _check(self, upload: Upload, references: References) -> Verdict:
        started = perf_counter()
        hashing = 0.0
        candidates: list[_Candidate] = []
        notes: list[str] = []
        trouble: str | None = None
        try:
            decoded = decode(bytes(upload), self._limits)
            notes += decoded.notes
            for frame in decoded.frames:
                before = perf_counter()
                probes = make_probes(frame.pixels, self._policy.probes, self._hasher)
                candidates += [self._candidate(frame.index, probe) for probe in probes]
                hashing += perf_counter() - before
                notes += _frame_notes(decoded, frame.index, frame.notes)
            if not decoded.complete:
                trouble = "not all frames of the upload could be looked up"
        except DecodeError as error:
            trouble = str(error)
        searched = perf_counter()
        found = self._search(candidates, references)
        timings = Timings(
            decode=searched - started - hashing, hash=hashing, search=perf_counter() - searched
        )
        return self._verdict(
            references, candidates, found, trouble=trouble, notes=tuple(notes), timings=timings
        )

    def _candidate(self, frame: int, probe: Probe) -> _Candidate:
        return _Candidate(frame, probe, self._policy.doubt(probe.hashed))

    def _search(self, candidates: list[_Candidate], references: References) -> list[_Found]:
        """Every entry that a candidate reaches, once, with the nearest of them; nearest first."""
        nearest: dict[int, tuple[int, _Candidate]] = {}
        for trusted, reach in ((True, self._policy.max_distance), (False, 0)):
            chosen = [c for c in candidates if (c.doubt is None) is trusted]
            if not chosen:
                continue
            codes = pack_codes([c.probe.hashed.hash for c in chosen], self._policy.algorithm)
            found = references.range_search(codes, reach)
            for number, candidate in enumerate(chosen):
                here = slice(int(found.lims[number]), int(found.lims[number + 1]))
                rows, distances = found.rows[here].tolist(), found.distances[here].tolist()
                for row, distance in zip(rows, distances, strict=True):
                    if row not in nearest or distance < nearest[row][0]:
                        nearest[row] = (distance, candidate)
        ordered = sorted(nearest.items(), key=lambda item: (item[1][0], item[0]))
        return [
            (
                Match(
                    distance=distance,
                    probe=candidate.probe.name,
                    frame=candidate.frame,
                    entry=references.entry(row),
                ),
                candidate,
            )
            for row, (distance, candidate) in ordered
        ]

    def _verdict(
        self,
        references: References,
        candidates: list[_Candidate],
        found: list[_Found],
        *,
        trouble: str | None = None,
        notes: tuple[str, ...] = (),
        timings: Timings,
    ) -> Verdict:
        reason: str | None = None
        if found:
            outcome = Outcome.MATCH
            notes = (*notes, trouble) if trouble else notes
            if all(candidate.doubt for _, candidate in found):
                reason = f"an equal hash is listed, although {found[0][1].doubt}"
        else:
            reason = trouble or _doubt(candidates)
            outcome = Outcome.UNDECIDED if reason else Outcome.NO_MATCH
        return Verdict(
            outcome=outcome,
            reason=reason,
            matches=tuple(match for match, _ in found),
            notes=notes,
            policy=self._policy.name,
            list_origin=references.origin,
            list_version=references.version,
            timings=timings,
        )


def _doubt(candidates: list[_Candidate]) -> str | None:
    """Why an upload that reached nothing cannot be called clean, or None if it can.

    One frame of an animation with too little detail leaves it undecided: a picture may
    hide there. Blank frames, of quality 0, hide nothing and count only if all are blank.
    """
    frames: dict[int, _Candidate] = {}
    for candidate in candidates:
        frames.setdefault(candidate.frame, candidate)  # the first is the frame as uploaded
    real = [one for one in frames.values() if one.probe.hashed.quality != 0]
    return next((one.doubt for one in real or frames.values() if one.doubt), None)


def _frame_notes(decoded: Decoded, index: int, notes: tuple[str, ...]) -> list[str]:
    if decoded.frame_count == 1:
        return list(notes)
    return [f"frame {index + 1} of {decoded.frame_count}: {note}" for note in notes]
