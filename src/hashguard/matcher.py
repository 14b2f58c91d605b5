"""From the bytes of an upload to a verdict.

Composes decode, hashers, probes, references and policy. A hostile upload yields a verdict,
never an exception; only callers' mistakes and disk errors are raised.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter, time
from typing import Self

from hashguard.budget import Grade
from hashguard.decode import Decoded, DecodeLimits, decode
from hashguard.errors import AlgorithmMismatchError, DecodeError, RecallError
from hashguard.flood import FloodGuard
from hashguard.guards import NegativeList
from hashguard.hashers import hasher_for
from hashguard.hashes import Hash, Hashed
from hashguard.lists import HashList
from hashguard.live import LiveIndex
from hashguard.lookup import Candidate, Found, Lookup, Probed, too_plain
from hashguard.parallel import in_order, usable_processors
from hashguard.policies import MIN_REACH, MatchPolicy
from hashguard.probes import Probe, make_probes
from hashguard.references import Listed, References
from hashguard.verdict import Outcome, Timings, Verdict

Upload = bytes | bytearray | memoryview


class Matcher:
    """Checks uploads against one list under one policy. Safe from many threads at once."""

    def __init__(
        self,
        source: HashList | LiveIndex,
        *,
        policy: MatchPolicy,
        limits: DecodeLimits | None = None,
        negative: HashList | None = None,
        flood: FloodGuard | None = None,
    ) -> None:
        """An index is built over a list; of a live index, every check uses the newest view.

        negative: pictures that must never match, such as memes; see guards.py. flood: what sets
        entries aside that match far too often; see flood.py.
        Raises AlgorithmMismatchError if source, negative and policy differ in theirs, RecallError
        if the policy reaches farther than the live index is exact.
        """
        self._policy = policy
        self._limits = limits or DecodeLimits()
        self._flood = flood
        self._hasher = hasher_for(policy.algorithm)
        self._source = self._prepare(source)
        self._lookup = Lookup(policy, self._harmless(negative))

    @classmethod
    def follow(
        cls,
        folder: str | os.PathLike[str],
        *,
        policy: MatchPolicy,
        limits: DecodeLimits | None = None,
        negative: HashList | None = None,
        flood: FloodGuard | None = None,
    ) -> Self:
        """A matcher on a live folder that sees each change of it within a second.

        Several processes on one machine share what is in memory. Raises IndexFileError,
        and what `Matcher` raises.
        """
        live = LiveIndex.open(folder)
        return cls(live, policy=policy, limits=limits, negative=negative, flood=flood)

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
        if hashed.hash.algorithm is not self._policy.algorithm:
            raise AlgorithmMismatchError(
                f"the policy matches {self._policy.algorithm.value}, "
                f"this is a hash of {hashed.hash.algorithm.value}"
            )
        started = perf_counter()
        references = self.references
        candidates = self._lookup.candidates([(0, Probe("as given", hashed))], references)
        found, notes = self._search(candidates, references)
        timings = Timings(search=perf_counter() - started)
        return self._verdict(references, candidates, found, notes=notes, timings=timings)

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
        probed: list[Probed] = []
        notes: list[str] = []
        trouble: str | None = None
        try:
            decoded = decode(bytes(upload), self._limits)
            notes += decoded.notes
            for frame in decoded.frames:
                before = perf_counter()
                probes = make_probes(frame.pixels, self._policy.probes, self._hasher)
                probed += [(frame.index, probe) for probe in probes]
                hashing += perf_counter() - before
                notes += _frame_notes(decoded, frame.index, frame.notes)
            if not decoded.complete:
                trouble = "not all frames of the upload could be looked up"
        except DecodeError as error:
            trouble = str(error)
        searched = perf_counter()
        candidates = self._lookup.candidates(probed, references)
        found, more = self._search(candidates, references)
        timings = Timings(
            decode=searched - started - hashing, hash=hashing, search=perf_counter() - searched
        )
        notes += more
        return self._verdict(
            references, candidates, found, trouble=trouble, notes=tuple(notes), timings=timings
        )

    def _search(
        self, candidates: list[Candidate], references: References
    ) -> tuple[list[Found], tuple[str, ...]]:
        """What the candidates reach, nearest first; notes on what does not count, or for less."""
        found, notes = self._lookup.search(candidates, references)
        if self._flood is None:
            return found, notes
        now = time()
        watched = []
        for one in found:
            match = one.match
            if self._flood.record(match.entry.id, now):
                # It matches far too often all of a sudden: a person looks at it first.
                grade = None if match.grade is None else min(match.grade, Grade.REVIEW)
                match = replace(match, grade=grade)
                notes = (*notes, f"entry {match.entry.id} matches far more often than it used to")
            watched.append(Found(match, one.candidate))
        return watched, notes

    def _harmless(self, negative: HashList | None) -> NegativeList | None:
        if negative is None:
            return None
        if negative.algorithm is not self._policy.algorithm:
            raise AlgorithmMismatchError(
                f"the policy matches {self._policy.algorithm.value}, the negative list holds "
                f"{negative.algorithm.value}"
            )
        return NegativeList.of(
            negative, max_distance=self._policy.max_distance, probes=self._policy.probe_count
        )

    def _verdict(
        self,
        references: References,
        candidates: list[Candidate],
        found: list[Found],
        *,
        trouble: str | None = None,
        notes: tuple[str, ...] = (),
        timings: Timings,
    ) -> Verdict:
        reason: str | None = None
        if found:
            outcome = Outcome.MATCH
            notes = (*notes, trouble) if trouble else notes
            if all(one.candidate.doubt for one in found):
                reason = f"an equal hash is listed, although {found[0].candidate.doubt}"
        else:
            reason = trouble or self._doubt(candidates, len(references))
            outcome = Outcome.UNDECIDED if reason else Outcome.NO_MATCH
        return Verdict(
            outcome=outcome,
            reason=reason,
            matches=tuple(one.match for one in found),
            notes=notes,
            policy=self._policy.name,
            list_origin=references.origin,
            list_version=references.version,
            timings=timings,
        )

    def _doubt(self, candidates: list[Candidate], list_size: int) -> str | None:
        """Why an upload that reached nothing cannot be called clean, or None if it can.

        One frame of an animation with too little detail leaves it undecided: a picture may
        hide there. Blank frames, of quality 0, hide nothing and count only if all are blank.
        """
        frames: dict[int, Candidate] = {}
        for candidate in candidates:
            frames.setdefault(candidate.frame, candidate)  # the first is the frame as uploaded
        real = [one for one in frames.values() if one.probe.hashed.quality != 0]
        for one in real or frames.values():
            if one.doubt is not None:
                return one.doubt
            if self._policy.budget is not None and one.reach.radius < MIN_REACH:
                return too_plain(one.probe, list_size)
        return None


def _frame_notes(decoded: Decoded, index: int, notes: tuple[str, ...]) -> list[str]:
    if decoded.frame_count == 1:
        return list(notes)
    return [f"frame {index + 1} of {decoded.frame_count}: {note}" for note in notes]
