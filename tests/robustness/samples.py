"""Small runs, written as `run` writes them, whose distances can be worked out by hand.

A picture stands on a line: at place p it is 64 bits of which the first p are set, so that two
pictures are as many bits apart as their places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np

from hashguard.hashes import Pixels
from hashguard.robustness import results
from hashguard.robustness.attack import Attack, Setting
from hashguard.robustness.attacks.canvas import jpeg
from hashguard.robustness.measure import Measurer
from hashguard.robustness.results import (
    PHOTO,
    STRANGER,
    AttackRecord,
    Made,
    Part,
    Picture,
    Run,
    SystemRecord,
    made_of,
)
from hashguard.robustness.run import attack_record, system_record
from hashguard.robustness.system import Metric, Reason, Rows, System

WIDTH = 8  # bytes

LINE = SystemRecord(
    name="line",
    about="for tests",
    metric="bits",
    width=WIDTH,
    max_distances=(5.0,),
    source="for tests",
)
FADED = AttackRecord(
    name="faded",
    family="light",
    about="for tests",
    unit="%",
    strengths=(10.0, 50.0),
    typical=50.0,
    labels=(),
)


def _save(pixels: Pixels, strength: float, rng: np.random.Generator) -> bytes:
    return jpeg(pixels, int(strength))


SAVED = Attack(
    name="saved again",
    family="compression",
    about="Saved again.",
    unit="JPEG quality",
    strengths=(90, 30),
    typical=90,
    change=_save,
)
"""An attack on real pictures that processes can be sent."""

Place: TypeAlias = int | Sequence[int] | Reason
"""Where a picture stands, one row for each number; or why a system made nothing of it."""


Claims: TypeAlias = Mapping[str, Sequence[tuple[float, float]]]
"""What a system says of the distances of each upload, by the name of the picture; see `Made`."""


def at(place: Place) -> Rows:
    """(k, 8) rows of a place."""
    if isinstance(place, Reason):
        return np.empty((0, WIDTH), np.uint8)
    places = [place] if isinstance(place, int) else place
    return np.stack([np.packbits(np.arange(8 * WIDTH) < one) for one in places])


def run_of(
    photos: Sequence[str],
    strangers: Sequence[str] = (),
    *,
    systems: Sequence[SystemRecord] = (LINE,),
    attacks: Sequence[AttackRecord] = (FADED,),
    digest: str = "c" * 64,
) -> Run:
    """A run of pictures of these names."""
    named = [(PHOTO, name) for name in photos] + [(STRANGER, name) for name in strangers]
    return Run(
        schema=results.SCHEMA,
        digest=digest,
        seed=1,
        max_side=512,
        photos="photos",
        distractors="others",
        began="2025-01-01T00:00:00",
        machine="for tests",
        versions={},
        systems=tuple(systems),
        left_out=(),
        attacks=tuple(attacks),
        pictures=tuple(
            Picture(name=name, digest=f"{number:064x}", role=role, width=10, height=10)
            for number, (role, name) in enumerate(named)
        ),
        unreadable=(),
    )


def made(places: Sequence[Place], claims: Sequence[tuple[float, float]] | None = None) -> Made:
    """What a system made of files that stand at these places."""
    return made_of(
        [at(place) for place in places],
        [place.value if isinstance(place, Reason) else 0 for place in places],
        claims or [(np.nan, np.nan)] * len(places),
        metric=Metric.HAMMING,
        width=WIDTH,
    )


def write(
    folder: Path,
    run: Run,
    references: Mapping[str, Place],
    uploads: Mapping[str, Sequence[Place]],
    claims: Claims | None = None,
) -> None:
    """A folder of results of one system.

    uploads: of each picture as it is, then of a photograph in every setting; by names, which are
    unique here. A picture without uploads is uploaded unchanged, in all settings.
    """
    results.parts_folder(folder, run).mkdir(parents=True, exist_ok=True)
    results.write_run(folder, run)
    for picture in run.pictures:
        files = 1 + len(run.settings) if picture.role == PHOTO else 1
        places = uploads.get(picture.name, [references[picture.name]] * files)
        reference = made([references[picture.name]])
        taken = made(places, (claims or {}).get(picture.name))
        for path, one in (
            (results.reference_path(folder, run, picture), reference),
            (results.uploads_path(folder, run, picture), taken),
        ):
            results.write_part(path, Part(run.digest, picture.digest, (one,)))


def measure(
    folder: Path,
    systems: Sequence[System],
    photos: Mapping[str, bytes],
    strangers: Mapping[str, bytes],
    attacks: Sequence[Attack],
) -> Run:
    """A folder of results of real systems, measured as `run` does; files of pictures by name."""
    run = run_of(
        list(photos),
        list(strangers),
        systems=[system_record(one) for one in systems],
        attacks=[attack_record(one) for one in attacks],
    )
    results.parts_folder(folder, run).mkdir(parents=True, exist_ok=True)
    results.write_run(folder, run)
    measurer = Measurer(
        systems=tuple(systems),
        settings=tuple(Setting(one, strength) for one in attacks for strength in one.strengths),
        seed=run.seed,
        max_side=run.max_side,
        digest=run.digest,
    )
    _measure_all(folder, run, measurer, {**photos, **strangers})
    return run


def _measure_all(folder: Path, run: Run, measurer: Measurer, files: Mapping[str, bytes]) -> None:
    listed: list[list[Rows]] = [[] for _ in run.systems]
    for picture in run.pictures:
        part = measurer.reference(files[picture.name], picture.digest)
        results.write_part(results.reference_path(folder, run, picture), part)
        if picture.role == PHOTO:
            for rows, one in zip(listed, part.made, strict=True):
                rows.append(one.of(0))
    for number, picture in enumerate(run.pictures):
        own = number if picture.role == PHOTO else None
        part = measurer.uploads(files[picture.name], picture.digest, listed, own)
        results.write_part(results.uploads_path(folder, run, picture), part)


HAND = run_of(["a", "b", "c"], ["x", "y"])
REFERENCES: Mapping[str, Place] = {"a": 0, "b": 20, "c": 40, "x": 30, "y": 60}
UPLOADS: Mapping[str, Sequence[Place]] = {
    "a": [0, 2, 6],
    "b": [20, 25, Reason.CRASHED],
    "c": [40, 47, 30],
}
"""Of HAND: as it is, faded by 10 %, by 50 %. The system is run at 5 bits."""
