"""A run measures each picture once, goes on where it was, and mixes nothing in."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from hashguard.errors import ResultsError
from hashguard.robustness import results
from hashguard.robustness.results import Run, read_part, read_run
from hashguard.robustness.run import Plan, files_of, prepare
from hashguard.robustness.workers import Setup, files_to_hash, measure
from tests.robustness.samples import SAVED

SYSTEM = "python:tests.robustness.cheats:Honest"


@pytest.fixture
def photos(tmp_path: Path, photo_paths) -> Path:
    """Three photographs, one of them in a folder below, and what is none."""
    folder = tmp_path / "photos"
    (folder / "below").mkdir(parents=True)
    for name, where in (("cat.png", ""), ("camera.png", ""), ("astronaut.png", "below")):
        with Image.open(photo_paths[name]) as image:
            image.thumbnail((200, 200))
            image.save(folder / where / name)
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.fixture
def strangers(tmp_path: Path, photo_paths) -> Path:
    folder = tmp_path / "others"
    folder.mkdir()
    for name in ("coffee.png", "rocket.jpg"):
        shutil.copy(photo_paths[name], folder)
    return folder


def plan(photos: Path, strangers: Path | None = None, **other) -> Plan:
    return Plan(
        **{
            "photos": photos,
            "distractors": strangers,
            "attacks": (SAVED,),
            "systems": (SYSTEM,),
            **other,
        }
    )


def prepared(plan: Plan, folder: Path) -> Run:
    return prepare(plan, folder, files_of(plan), advance=lambda: None)


def run(plan: Plan, folder: Path, processes: int = 1) -> Run:
    made = prepared(plan, folder)
    steps: list[int] = []
    setup = Setup(folder, made, plan.attacks, plan.systems)
    measure(setup, processes=processes, advance=steps.append)
    assert sum(steps) == files_to_hash(made)
    return made


def parts(folder: Path) -> dict[str, bytes]:
    """Contents of all parts; of no other file is there any."""
    found = [path for path in (folder / "parts").rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_every_picture_is_measured_as_a_reference_and_as_uploads(photos, strangers, tmp_path):
    """Photographs in each setting, strangers as they are; all of it private."""
    folder = tmp_path / "out"
    made = run(plan(photos, strangers), folder)
    assert read_run(folder) == made
    assert [(p.name, p.role) for p in made.pictures] == [
        ("below/astronaut.png", "photo"),
        ("camera.png", "photo"),
        ("cat.png", "photo"),
        ("coffee.png", "stranger"),
        ("rocket.jpg", "stranger"),
    ]
    assert len(parts(folder)) == 10
    for picture in made.pictures:
        part = read_part(
            results.uploads_path(folder, made, picture), digest=made.digest, picture=picture.digest
        )
        assert part is not None
        assert len(part.made[0].reasons) == (3 if picture.role == "photo" else 1)
    modes = {stat.S_IMODE(p.stat().st_mode) for p in folder.rglob("*") if p.is_file()}
    assert modes == {0o600}


def test_processes_make_the_same_as_one(photos, strangers, tmp_path):
    """Byte for byte: results do not depend on who made them."""
    for name, processes in (("one", 1), ("two", 2)):
        run(plan(photos, strangers), tmp_path / name, processes)
    assert parts(tmp_path / "one") == parts(tmp_path / "two")


def test_a_run_goes_on_where_it_was(photos, tmp_path):
    """What is there is not measured again; what is missing, torn or of another picture is."""
    folder = tmp_path / "out"
    made = run(plan(photos), folder)
    before = parts(folder)
    paths = [results.uploads_path(folder, made, picture) for picture in made.pictures]
    old = paths[0].stat().st_mtime_ns - 10**9
    for path in paths:
        os.utime(path, ns=(old, old))
    paths[1].write_bytes(paths[1].read_bytes()[:100])
    shutil.copy(paths[0], paths[2])
    run(plan(photos), folder)
    assert parts(folder) == before
    assert [path.stat().st_mtime_ns == old for path in paths] == [True, False, False]


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"max_side": 128},
        {"attacks": (replace(SAVED, strengths=(90, 20)),)},
        {"systems": ("python:tests.robustness.cheats:Random",)},
    ],
)
def test_parts_of_another_configuration_are_not_used(photos, tmp_path, change):
    """Nor lost: the old run is still whole when it is asked for again."""
    folder = tmp_path / "out"
    first = run(plan(photos), folder)
    before = parts(folder)
    second = run(plan(photos, **change), folder)
    assert first.digest != second.digest
    picture = second.pictures[0]
    path = results.uploads_path(folder, second, picture)
    assert read_part(path, digest=first.digest, picture=picture.digest) is None
    assert before.items() <= parts(folder).items()


def test_new_pictures_are_all_that_is_measured_anew(photos, strangers, tmp_path):
    """A part belongs to a picture and a configuration, not to a run."""
    folder = tmp_path / "out"
    first = run(plan(photos), folder)
    second = run(plan(photos, strangers), folder)
    assert first.digest == second.digest
    assert len(second.pictures) == len(first.pictures) + 2


def test_what_cannot_be_measured_is_told(photos, strangers, tmp_path):
    """A torn picture, one that is there twice, a photograph among the strangers."""
    (photos / "torn.jpg").write_bytes((strangers / "rocket.jpg").read_bytes()[:700])
    shutil.copy(photos / "cat.png", photos / "twice.png")
    shutil.copy(photos / "camera.png", strangers / "a-photo.png")
    made = prepared(plan(photos, strangers), tmp_path / "out")
    assert [(one.name, one.role) for one in made.unreadable] == [
        ("torn.jpg", "photo"),
        ("twice.png", "photo"),
        ("a-photo.png", "stranger"),
    ]
    assert [one.reason for one in made.unreadable[1:]] == ["the same file as another one"] * 2
    assert len(made.pictures) == 5


def test_limits_take_the_first_pictures(photos, strangers, tmp_path):
    """By name, as folders are walked."""
    made = prepared(plan(photos, strangers, limit=1, distractor_limit=1), tmp_path / "out")
    assert [picture.name for picture in made.pictures] == ["below/astronaut.png", "coffee.png"]


def test_nothing_to_measure_is_an_error(tmp_path):
    """An empty folder, or none."""
    with pytest.raises(ResultsError, match="not there"):
        files_of(plan(tmp_path / "gone"))
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ResultsError, match="right folder"):
        prepared(plan(empty), tmp_path / "out")


@pytest.mark.parametrize("processes", [1, 2])
def test_a_picture_that_changes_meanwhile_ends_the_run(photos, tmp_path, processes):
    """It would be compared with a reference of something else."""
    folder = tmp_path / "out"
    made = prepared(plan(photos), folder)
    (photos / "camera.png").write_bytes((photos / "cat.png").read_bytes())
    setup = Setup(folder, made, (SAVED,), (SYSTEM,))
    with pytest.raises(ResultsError, match="changed or removed"):
        measure(setup, processes=processes, advance=lambda _: None)


def test_a_process_that_dies_is_told(photos, tmp_path):
    """And the run can go on afterwards."""
    folder = tmp_path / "out"
    wanted = plan(photos, systems=("python:tests.robustness.cheats:Dies",))
    made = prepared(wanted, folder)
    with pytest.raises(ResultsError, match="run again"):
        measure(Setup(folder, made, (SAVED,), wanted.systems), processes=2, advance=lambda _: None)
