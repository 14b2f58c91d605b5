"""What is asked of policies: which pictures stand on the list, which are uploaded, how attacked.

What was made with another list, other attacks, other code or another policy is not used again:
digests say what a part depends on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hashguard.hashes import Algorithm
from hashguard.policies import MatchPolicy
from hashguard.robustness import run
from hashguard.robustness.attack import Attack
from hashguard.robustness.code import add_code
from hashguard.robustness.results import PHOTO, STRANGER, Run
from hashguard.robustness.selection import spread
from hashguard.robustness.verdicts.listing import Lengths, lengths
from hashguard.robustness.verdicts.records import Asked, PolicyRecord
from hashguard.sources import Source

LIST_SIZE = 1_000_000  # hashes; what lists of today hold

_HASHING = ("decode", "hashers", "hashes.py")
MATCHING = (
    *_HASHING,
    "budget.py",
    "chance.py",
    "data",
    "detection",
    "framing.py",
    "index",
    "lookup.py",
    "matcher.py",
    "policies.py",
    "probes",
    "references.py",
    "robustness/attack.py",
    "robustness/attacks",
    "robustness/measure.py",
    "robustness/pictures.py",
    "robustness/verdicts/judge.py",
    "robustness/verdicts/listing.py",
    "robustness/verdicts/worker.py",
    "verdict.py",
)
"""Code, in the package, of which it depends what a part holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to ask.

    photos: the folder of pictures that are listed and attacked. distractors: of those the rest of
    the list is made of. limit, distractor_limit: of each how many are uploaded, None for all; all
    are listed. seed: of all randomness.
    """

    photos: Path
    distractors: Path
    attacks: tuple[Attack, ...]
    policies: tuple[MatchPolicy, ...]
    list_size: int = LIST_SIZE
    limit: int | None = None
    distractor_limit: int | None = None
    max_side: int = run.MAX_SIDE
    seed: int = run.SEED

    def __post_init__(self) -> None:
        if len({policy.name for policy in self.policies}) != len(self.policies):
            raise ValueError("two policies have the same name")
        for policy in self.policies:
            if policy.algorithm is not Algorithm.PDQ:
                raise ValueError(f"only policies of PDQ are asked, not {policy.algorithm.value}")

    def pictures(self) -> run.Plan:
        """The same as a plan of a run without systems: for its pictures, all of them."""
        return run.Plan(
            photos=self.photos,
            distractors=self.distractors,
            attacks=self.attacks,
            systems=(),
            max_side=self.max_side,
            seed=self.seed,
        )


def files_of(plan: Plan) -> list[tuple[str, list[Source]]]:
    """All files that may be pictures, by role; see `run.files_of`."""
    return run.files_of(plan.pictures())


def prepare(
    plan: Plan,
    files: list[tuple[str, list[Source]]],
    *,
    now: datetime,
    advance: Callable[[], None],
) -> Asked:
    """Decide what is asked; nothing is written.

    now: in UTC. advance: called after each file. Raises ResultsError if there is no photograph, or
    no list of that size can be made, and OSError.
    """
    pictures, unreadable = run.examine(plan.pictures(), files, advance=advance)
    record = run.record_of(plan.pictures(), (), pictures, unreadable, now=now)
    places: dict[str, list[int]] = {PHOTO: [], STRANGER: []}
    for place, picture in enumerate(pictures):
        places[picture.role].append(place)
    lengths(len(places[PHOTO]), len(places[STRANGER]), plan.list_size)
    uploads = spread(places[PHOTO], plan.limit) + spread(places[STRANGER], plan.distractor_limit)
    matching = _digest(_of_list(record, plan.list_size), MATCHING)
    return Asked(
        run=record,
        list_size=plan.list_size,
        hashed=_digest([repr(sorted(record.versions.items()))], _HASHING),
        uploads=tuple(uploads),
        policies=tuple(_policy(policy, matching) for policy in plan.policies),
    )


def lengths_of(asked: Asked) -> Lengths:
    """How the list is made up."""
    photographs, distractors = (len(asked.run.of_role(role)) for role in (PHOTO, STRANGER))
    return lengths(photographs, distractors, asked.list_size)


def _policy(policy: MatchPolicy, matching: str) -> PolicyRecord:
    return PolicyRecord(
        name=policy.name,
        about=policy.source,
        per_million=None if policy.budget is None else policy.budget.per_million,
        digest=_digest([matching, repr(policy)], ()),
    )


def _of_list(record: Run, list_size: int) -> Iterator[str]:
    """What decides a list and the copies of its pictures."""
    yield record.digest  # attacks, seed, versions of libraries
    yield str(list_size)
    for picture in record.pictures:
        yield f"{picture.role} {picture.digest}"


def _digest(texts: Iterator[str] | Sequence[str], code: Sequence[str]) -> str:
    """SHA-256, in hex, of lines and of code."""
    summed = hashlib.sha256("".join(f"{text}\n" for text in texts).encode())
    add_code(code, summed)
    return summed.hexdigest()
