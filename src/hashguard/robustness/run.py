"""The stage `run`: attack pictures, and keep what each system makes of them.

Two steps: `prepare` says what is measured, `measure` (workers.py) measures what is not measured
yet. So a run that was killed goes on when it is started again, and whatever was made with
another configuration is made anew.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from hashguard.errors import ResultsError
from hashguard.parallel import usable_processors
from hashguard.robustness import results
from hashguard.robustness.attack import Attack
from hashguard.robustness.code import add_code
from hashguard.robustness.pictures import find_pictures
from hashguard.robustness.results import (
    PHOTO,
    STRANGER,
    AttackRecord,
    LeftOut,
    Picture,
    Run,
    SystemRecord,
    Unreadable,
)
from hashguard.robustness.system import System
from hashguard.robustness.systems import registry
from hashguard.sources import Source, walk

MAX_SIDE = 1024  # pixels; what many services keep of an upload, and attacks stay fast
SEED = 1

_ROOM = tuple(
    f"robustness/{name}"
    for name in ("attack.py", "attacks", "measure.py", "pictures.py", "system.py", "systems")
)
_DECIDES = (
    *_ROOM,
    "decode",
    "detection",
    "hashers",
    "framing.py",
    "hashes.py",
    "probes",
    "policies.py",
)
"""Code, in the package, of which it depends what a part holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to measure.

    photos: the folder of pictures that are listed and attacked. distractors: of strangers, or
    None. systems: their names, see systems/registry.py. left_out: those that were wanted and are
    not installed. limit: of photographs, None for all. seed: of all randomness.
    """

    photos: Path
    distractors: Path | None
    attacks: tuple[Attack, ...]
    systems: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()
    limit: int | None = None
    distractor_limit: int | None = None
    max_side: int = MAX_SIDE
    seed: int = SEED

    def folders(self) -> list[tuple[str, Path, int | None]]:
        """Role, folder and limit of the pictures."""
        folders = [(PHOTO, self.photos, self.limit)]
        if self.distractors is not None:
            folders.append((STRANGER, self.distractors, self.distractor_limit))
        return folders


def files_of(plan: Plan) -> list[tuple[str, list[Source]]]:
    """All files that may be pictures, by role, as `prepare` wants them.

    Raises ResultsError if a folder is not there.
    """
    found = []
    for role, folder, _ in plan.folders():
        if not folder.is_dir():
            raise ResultsError(f"the folder of the {role}s is not there")
        found.append((role, list(walk(str(folder)))))
    return found


def prepare(
    plan: Plan, folder: Path, files: list[tuple[str, list[Source]]], *, advance: Callable[[], None]
) -> Run:
    """Decide what is measured and write it into `folder`, which is made if it is not there.

    advance: called after each file. Raises ResultsError if there is nothing to measure,
    MissingExtraError or ValueError for a system, and OSError.
    """
    # 1. The pictures.
    pictures, unreadable = examine(plan, files, advance=advance)
    # 2. Systems and attacks, and all that decides what comes out of them.
    systems = [registry.make(name) for name in plan.systems]
    record = record_of(plan, systems, pictures, unreadable, now=datetime.now(UTC))
    # 3. The folder, private.
    folder.mkdir(parents=True, exist_ok=True)
    results.parts_folder(folder, record).mkdir(mode=0o700, parents=True, exist_ok=True)
    results.write_run(folder, record)
    results.sweep(folder, record)
    return record


def examine(
    plan: Plan, files: list[tuple[str, list[Source]]], *, advance: Callable[[], None]
) -> tuple[list[Picture], list[Unreadable]]:
    """The pictures among the files of a plan, each file once, and all that cannot be measured.

    advance: called after each file. Raises ResultsError if there is no photograph.
    """
    pictures: list[Picture] = []
    unreadable: list[Unreadable] = []
    for (role, root, limit), (_, sources) in zip(plan.folders(), files, strict=True):
        found, refused = find_pictures(
            root, sources, role, limit=limit, known=pictures, advance=advance
        )
        pictures += found
        unreadable += refused
    if not any(picture.role == PHOTO for picture in pictures):
        raise ResultsError("none of the photographs can be measured; is it the right folder?")
    return pictures, unreadable


def record_of(
    plan: Plan,
    systems: Sequence[System],
    pictures: Sequence[Picture],
    unreadable: Sequence[Unreadable],
    *,
    now: datetime,
) -> Run:
    """What is measured, and a digest of all that decides it. now: in UTC."""
    attacks = tuple(attack_record(attack) for attack in plan.attacks)
    described = tuple(system_record(system) for system in systems)
    versions = registry.versions(systems)
    return Run(
        schema=results.SCHEMA,
        digest=_digest(described, attacks, plan, versions),
        seed=plan.seed,
        max_side=plan.max_side,
        photos=str(plan.photos.absolute()),
        distractors="" if plan.distractors is None else str(plan.distractors.absolute()),
        began=now.replace(microsecond=0, tzinfo=None).isoformat(),
        machine=f"{platform.system()} {platform.machine()}, {usable_processors()} cores",
        versions=versions,
        systems=described,
        left_out=plan.left_out,
        attacks=attacks,
        pictures=tuple(pictures),
        unreadable=tuple(unreadable),
    )


def _digest(
    systems: Sequence[SystemRecord],
    attacks: Sequence[AttackRecord],
    plan: Plan,
    versions: dict[str, str],
) -> str:
    """SHA-256, in hex, of everything that decides what a part of a given picture holds."""
    said = [asdict(one) for one in systems], [asdict(one) for one in attacks]
    text = f"{said!r}\n{plan.seed}\n{plan.max_side}\n{sorted(versions.items())!r}\n"
    summed = hashlib.sha256(text.encode())
    add_code(_DECIDES, summed)
    return summed.hexdigest()


def attack_record(attack: Attack) -> AttackRecord:
    """What is kept of an attack."""
    return AttackRecord(
        name=attack.name,
        family=attack.family,
        about=attack.about,
        unit=attack.unit,
        strengths=attack.strengths,
        typical=attack.typical,
        labels=attack.labels,
    )


def system_record(system: System) -> SystemRecord:
    """What is kept of a system."""
    return SystemRecord(
        name=system.name,
        about=system.about,
        metric=system.metric.value,
        width=system.width,
        max_distances=system.max_distances,
        source=system.source,
    )
