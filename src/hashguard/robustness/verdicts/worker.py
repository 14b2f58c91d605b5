"""What a process does: hash every picture for the list, then ask all policies about the uploads.

The list and what searches it are built once in each process, and only if there is something left
to ask: some 110 MB for a million hashes, and as much for each policy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hashguard.decode import decode
from hashguard.errors import ResultsError
from hashguard.hashers.pdq import hash_orientations
from hashguard.hashes import Pixels
from hashguard.matcher import Matcher
from hashguard.policies import MatchPolicy
from hashguard.robustness.attack import Attack, Setting
from hashguard.robustness.measure import uploads_of
from hashguard.robustness.pictures import LIMITS, read_unchanged
from hashguard.robustness.pool import work_through
from hashguard.robustness.results import PHOTO, STRANGER, Picture
from hashguard.robustness.verdicts import parts
from hashguard.robustness.verdicts.judge import ends_in_white, judged, wider
from hashguard.robustness.verdicts.listing import Hashes, LongList, long_list
from hashguard.robustness.verdicts.parts import Listed, Part
from hashguard.robustness.verdicts.records import Asked, PolicyRecord, Seen

_LISTED, _UPLOADS = "listed", "uploads"


@dataclass(frozen=True, slots=True)
class Setup:
    """All that a process needs to know. attacks, policies: those that `asked` tells of."""

    folder: Path
    asked: Asked
    attacks: tuple[Attack, ...]
    policies: tuple[MatchPolicy, ...]


def files_to_ask(asked: Asked) -> int:
    """Every picture for the list, every upload as it is, every photograph in every setting."""
    copies = len(asked.uploaded(PHOTO)) * len(asked.run.settings)
    return len(asked.run.pictures) + len(asked.uploads) + copies


def measure(setup: Setup, *, processes: int, advance: Callable[[int], None]) -> None:
    """Ask what is not asked yet.

    advance: called with the number of files done since the last call, those of an earlier run
    included. Raises ResultsError if a process dies or a picture is not what it was, and OSError.
    """
    asked = setup.asked
    parts.sweep(setup.folder)
    # A list needs the hashes of all pictures: they come first.
    stages = [
        (_LISTED, asked.run.pictures),
        (_UPLOADS, [asked.run.pictures[place] for place in asked.uploads]),
    ]
    work_through(Worker, setup, stages, processes=processes, advance=advance)


class _Asking:
    """One policy, and the matchers that answer for it."""

    def __init__(self, policy: MatchPolicy, listed: LongList) -> None:
        self._listed = listed
        self._matcher = Matcher(listed.hash_list, policy=policy, limits=LIMITS)
        self._wider = Matcher(listed.hash_list, policy=wider(policy), limits=LIMITS)

    def as_it_is(self, upload: bytes, own: int) -> Seen:
        """What a picture's own file comes to, and what is near it."""
        verdict, beyond = self._matcher.check(upload), self._wider.check(upload)
        return judged(verdict, beyond, own, self._listed)

    def copy(self, upload: bytes, own: int) -> Seen:
        """What an attacked copy comes to."""
        return judged(self._matcher.check(upload), None, own, self._listed)


class Worker:
    """What one process has at hand."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._asked = setup.asked
        self._settings = [setting for attack in setup.attacks for setting in attack.settings()]
        self._places = {
            (one.role, one.digest): place for place, one in enumerate(self._asked.run.pictures)
        }
        self._list: LongList | None = None
        self._asking: dict[str, _Asking] = {}

    def do(self, stage: str, picture: Picture) -> int:
        """Hash a picture for the list, or ask about it as uploads; how many files that are."""
        return self._hash(picture) if stage == _LISTED else self._ask(picture)

    def _hash(self, picture: Picture) -> int:
        path = parts.listed_path(self._setup.folder, self._asked, picture)
        digest = self._asked.hashed
        if parts.read_listed(path, digest=digest, picture=picture.digest) is None:
            turned = hash_orientations(_first_frame(read_unchanged(self._asked.run, picture)))
            hashes = list(turned.values())
            listed = Listed(
                digest=digest,
                picture=picture.digest,
                codes=tuple(one.hash.packed.hex() for one in hashes),
                quality=hashes[0].quality or 0,
            )
            parts.write_part(path, listed)
        return 1

    def _ask(self, picture: Picture) -> int:
        settings = self._settings if picture.role == PHOTO else []
        missing = [
            (record, policy)
            for record, policy in zip(self._asked.policies, self._setup.policies, strict=True)
            if self._read(record, picture) is None
        ]
        if missing:
            self._ask_anew(picture, settings, missing)
        return 1 + len(settings)

    def _ask_anew(
        self,
        picture: Picture,
        settings: Sequence[Setting],
        missing: Sequence[tuple[PolicyRecord, MatchPolicy]],
    ) -> None:
        run = self._asked.run
        data = read_unchanged(run, picture)
        own = self._places[picture.role, picture.digest]
        asking = [self._asking_of(policy) for _, policy in missing]
        seen: list[list[Seen]] = [[] for _ in missing]
        # 1. Each copy is made once, for all policies.
        files = uploads_of(data, picture.digest, settings, seed=run.seed, max_side=run.max_side)
        for number, upload in enumerate(files):
            for one, found in zip(asking, seen, strict=True):
                found.append(one.copy(upload, own) if number else one.as_it_is(upload, own))
        # 2. Kept when all are checked.
        on_white = picture.role == PHOTO and ends_in_white(_first_frame(data))
        for (record, _), found in zip(missing, seen, strict=True):
            part = Part(
                digest=record.digest, picture=picture.digest, on_white=on_white, seen=tuple(found)
            )
            parts.write_part(parts.part_path(self._setup.folder, record, picture), part)

    def _read(self, record: PolicyRecord, picture: Picture) -> Part | None:
        path = parts.part_path(self._setup.folder, record, picture)
        return parts.read_part(path, digest=record.digest, picture=picture.digest)

    def _asking_of(self, policy: MatchPolicy) -> _Asking:
        if self._list is None:
            self._list = self._made_list()
        if policy.name not in self._asking:
            self._asking[policy.name] = _Asking(policy, self._list)
        return self._asking[policy.name]

    def _made_list(self) -> LongList:
        photographs, distractors = (
            [self._hashes(picture) for picture in self._asked.run.of_role(role)]
            for role in (PHOTO, STRANGER)
        )
        return long_list(photographs, distractors, self._asked.list_size, seed=self._asked.run.seed)

    def _hashes(self, picture: Picture) -> Hashes:
        listed = parts.read_listed(
            parts.listed_path(self._setup.folder, self._asked, picture),
            digest=self._asked.hashed,
            picture=picture.digest,
        )
        if listed is None:
            raise ResultsError("the hash of a picture was removed while it was needed; run again")
        codes = np.frombuffer(bytes.fromhex("".join(listed.codes)), np.uint8)
        return Hashes(codes.reshape(len(listed.codes), -1), listed.quality)


def _first_frame(data: bytes) -> Pixels:
    return next(decode(data, LIMITS).frames).pixels
