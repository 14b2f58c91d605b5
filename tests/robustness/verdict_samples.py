"""Pictures, plans and parts of verdicts, small enough to be reckoned by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image

from hashguard.hashes import Algorithm
from hashguard.policies import PDQ_INLINE, PDQ_STRICT, MatchPolicy
from hashguard.robustness.attack import Attack
from hashguard.robustness.verdicts import parts
from hashguard.robustness.verdicts.parts import Part
from hashguard.robustness.verdicts.plan import Plan, files_of, prepare
from hashguard.robustness.verdicts.records import Asked, Near, PolicyRecord, Seen
from hashguard.robustness.verdicts.summary import summarise
from hashguard.robustness.verdicts.worker import Setup, files_to_ask, measure
from tests.robustness.samples import SAVED, run_of

NOW = datetime(2025, 1, 2, 3, 4, 5)
PHOTOS = ("cat.png", "camera.png", "astronaut.png")
STRANGERS = ("coffee.png", "rocket.jpg")


def _break(pixels, strength, rng):
    return b"no picture"


BROKEN = Attack(
    name="broken",
    family="compression",
    about="Bytes that are no picture.",
    unit="",
    strengths=(1,),
    typical=1,
    change=_break,
)
EVERYTHING = MatchPolicy(
    name="EVERYTHING",
    algorithm=Algorithm.PDQ,
    max_distance=255,
    source="for tests: any picture matches any other",
)


def folder_of(folder: Path, names: Sequence[str], photo_paths: Mapping[str, Path]) -> Path:
    """A folder with small copies of these photographs."""
    folder.mkdir()
    for name in names:
        with Image.open(photo_paths[name]) as image:
            image.thumbnail((200, 200))
            image.convert("RGB").save(folder / f"{Path(name).stem}.png")
    return folder


def plan(photos: Path, strangers: Path, **other: Any) -> Plan:
    """Two policies, one attack, a list of 300."""
    wanted = {"attacks": (SAVED,), "policies": (PDQ_STRICT, PDQ_INLINE), "list_size": 300}
    return Plan(photos=photos, distractors=strangers, **{**wanted, **other})


def prepared(plan: Plan, now: datetime = NOW) -> Asked:
    """What a plan asks."""
    return prepare(plan, files_of(plan), now=now, advance=lambda: None)


def ask(plan: Plan, folder: Path, *, processes: int = 1, same: Path | None = None) -> Asked:
    """All that the command does, but for what it tells."""
    asked = prepared(plan)
    folder.mkdir(exist_ok=True)
    steps: list[int] = []
    setup = Setup(folder, asked, plan.attacks, plan.policies)
    measure(setup, processes=processes, advance=steps.append)
    assert sum(steps) == files_to_ask(asked)
    summarise(folder, asked, same=same)
    return asked


def seen(
    outcome: str = "no match", right: str | None = None, near: Sequence[Near] = (), reason=None
) -> Seen:
    """What an upload came to."""
    return Seen(outcome=outcome, reason=reason, right=right, near=tuple(near))


def near(picture: int, grade: str | None, upper: float = 1.0, way: str = "") -> Near:
    """Another picture, 30 bits away."""
    return Near(picture=picture, way=way, distance=30, weighed=20, upper=upper, grade=grade)


def hand_asked(photos: Sequence[str], strangers: Sequence[str]) -> Asked:
    """Pictures of these names, all uploaded, under one policy, faded by 10 % and by 50 %."""
    run = run_of(photos, strangers, systems=())
    record = PolicyRecord(name="PDQ_BY_HAND", about="for tests", per_million=100.0, digest="d" * 64)
    return Asked(
        run=run,
        list_size=1000,
        hashed="e" * 64,
        uploads=tuple(range(len(run.pictures))),
        policies=(record,),
    )


def write_parts(
    folder: Path,
    asked: Asked,
    each: Mapping[str, Sequence[Seen]],
    on_white: Sequence[str] = (),
) -> None:
    """Parts of these pictures, by name; of the others nothing came."""
    (record,) = asked.policies
    folder.mkdir(exist_ok=True)
    for picture in asked.run.pictures:
        files = 1 + len(asked.run.settings) if picture.role == "photo" else 1
        part = Part(
            digest=record.digest,
            picture=picture.digest,
            on_white=picture.name in on_white,
            seen=tuple(each.get(picture.name, [seen()] * files)),
        )
        parts.write_part(parts.part_path(folder, record, picture), part)
