"""`hashguard robustness`: from a folder of photographs to a page, in two commands."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hashguard.robustness.attacks import ATTACKS
from hashguard.robustness.results import read_run
from tests.cli.conftest import Run


@pytest.fixture(scope="module")
def photos(tmp_path_factory, photo_paths) -> Path:
    folder: Path = tmp_path_factory.mktemp("photos")
    for name in ("cat.png", "astronaut.png", "camera.png"):
        shutil.copy(photo_paths[name], folder)
    return folder


@pytest.fixture(scope="module")
def others(tmp_path_factory, photo_paths) -> Path:
    folder: Path = tmp_path_factory.mktemp("others")
    for name in ("coffee.png", "rocket.jpg"):
        shutil.copy(photo_paths[name], folder)
    return folder


FEW = ("--attack", "mirrored", "--attack", "compression", "--system", "pdq-oriented")


def test_two_commands_make_a_page(run: Run, photos: Path, others: Path, tmp_path: Path):
    """And a table and a text beside it; the second command scores by itself."""
    out = str(tmp_path / "report")
    ran = run("robustness", "run", str(photos), "--distractors", str(others), "--out", out, *FEW)
    assert (ran.status, ran.err) == (0, "")
    assert ran.lines[0].startswith("3 photographs, 2 unrelated pictures, 5 attacks, ")
    ran = run("robustness", "report", out)
    assert (ran.status, ran.err) == (0, "")
    page = tmp_path / "report" / "index.html"
    assert ran.lines[-1] == f"open {page}"
    for name in ("index.html", "results.csv", "false-matches.csv", "results.md", "scores.json"):
        assert (tmp_path / "report" / name).stat().st_size > 100
    assert "cat.png" in page.read_text(encoding="utf-8")


def test_no_pictures_means_no_names_either(run: Run, photos: Path, tmp_path: Path):
    """The page can be passed on."""
    out = str(tmp_path / "report")
    assert run("robustness", "run", str(photos), "--out", out, *FEW).status == 0
    assert run("robustness", "report", out, "--no-pictures").status == 0
    for name in ("index.html", "results.csv", "results.md"):
        text = (tmp_path / "report" / name).read_text(encoding="utf-8")
        assert "data:image" not in text
        assert not any(picture.name in text for picture in photos.iterdir())


def test_a_run_goes_on_and_scores_alone(run: Run, photos: Path, tmp_path: Path):
    """A second run measures nothing; `score` is there for whoever wants no page."""
    out = str(tmp_path / "report")
    first = run("robustness", "run", str(photos), "--out", out, *FEW)
    second = run("robustness", "run", str(photos), "--out", out, *FEW)
    assert first.out == second.out
    scored = run("robustness", "score", out, "--list-size", "5000")
    assert (scored.status, scored.err) == (0, "")


def test_a_missing_file_of_pairs_is_not_taken_for_missing_results(
    run: Run, photos: Path, tmp_path: Path
):
    """Nothing is wrong with what was measured."""
    out = str(tmp_path / "report")
    assert run("robustness", "run", str(photos), "--out", out, *FEW).status == 0
    ran = run("robustness", "score", out, "--same", str(tmp_path / "gone.csv"))
    assert ran.status == 4
    assert "the file of pairs cannot be read (No such file or directory)" in ran.err


def test_a_report_keeps_what_was_judged(run: Run, photos: Path, others: Path, tmp_path: Path):
    """Pairs that were listed as the same stay so, until another file is given."""
    out, same = tmp_path / "report", tmp_path / "same.csv"
    words = ("robustness", "run", str(photos), "--distractors", str(others), "--out", str(out))
    assert run(*words, *FEW).status == 0
    same.write_text("cat.png,camera.png\n")
    assert run("robustness", "score", str(out), "--same", str(same)).status == 0
    assert run("robustness", "report", str(out)).status == 0
    assert "1 pair that the user listed" in (out / "index.html").read_text(encoding="utf-8")
    assert run("robustness", "report", str(out), "--list-size", "1000").status == 0
    assert "1 pair that the user listed" in (out / "index.html").read_text(encoding="utf-8")
    same.write_text("")
    assert run("robustness", "report", str(out), "--same", str(same)).status == 0
    assert "the user listed" not in (out / "index.html").read_text(encoding="utf-8")


def test_quick_measures_each_attack_once(run: Run, photos: Path, tmp_path: Path):
    """At its typical strength."""
    out = tmp_path / "report"
    words = ("--quick", "--limit", "1", "--system", "pdq-strict", "--workers", "1")
    assert run("robustness", "run", str(photos), "--out", str(out), *words).status == 0
    made = read_run(out)
    assert [attack.strengths for attack in made.attacks] == [(a.typical,) for a in ATTACKS]
    assert len(made.pictures) == 1


def test_what_can_be_measured_is_listed(run: Run):
    """Every attack with what it does, every system with what it is."""
    listed = run("robustness", "attacks")
    assert listed.status == 0
    for attack in ATTACKS:
        assert f"  {attack.name}: " in listed.out
        assert attack.about in listed.out
    systems = run("robustness", "systems")
    assert (systems.status, systems.err) == (0, "")
    assert "* pdq-strict: hashguard" in systems.out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("run", "gone", "--out", "r"), (4, "the folder of the photos is not there")),
        (("run", ".", "--out", "r", "--attack", "frob"), (2, "there is no attack 'frob'")),
        (("run", ".", "--out", "r", "--system", "frob"), (2, "there is no system 'frob'")),
        (("run", ".", "--out", "r", "--system", "python:os:gone"), (2, "no class")),
        (("run", ".", "--out", "r", "--system", "python:io:StringIO"), (2, "is no system")),
        (("run", ".", "--out", "r", "--system", "onnx:gone.onnx"), (2, "cannot be read")),
        (("run", ".", "--out", "r", "--system", "phash", "--system", "phash"), (2, "twice")),
        (("run", ".", "--out", "r", "--limit", "0"), (2, "--limit: must be 1 to")),
        (("run", ".", "--out", "r", "--max-side", "9"), (2, "--max-side: must be 64 to")),
        (("run", ".", "--out", "r", "--workers", "0"), (2, "--workers: must be 1 to")),
        (("run", ".", "--out", "r"), (4, "none of the photographs can be measured")),
        (("score", "r"), (4, "no results are there")),
        (("report", "r"), (4, "no results are there")),
        (("score", ".", "--list-size", "0"), (2, "--list-size: must be 1 to")),
    ],
)
def test_what_cannot_be_done_is_one_line(run: Run, words, expected, tmp_path, monkeypatch):
    """It says what is wrong; nothing is on standard output, and no folder is left half made."""
    monkeypatch.chdir(tmp_path)
    ran = run("robustness", *words)
    assert (ran.status, expected[1] in ran.err) == (expected[0], True), ran.err
    assert (ran.out, ran.err.count("\n")) == ("", 1)
    assert not (tmp_path / "r").exists()


def test_what_is_not_measured_is_told(run: Run, photos: Path, tmp_path: Path):
    """A line for each file, on standard error; the rest is measured."""
    folder = tmp_path / "with-torn"
    shutil.copytree(photos, folder)
    (folder / "torn.png").write_bytes((photos / "cat.png").read_bytes()[:400])
    ran = run("robustness", "run", str(folder), "--out", str(tmp_path / "report"), *FEW)
    assert ran.status == 0
    assert ran.err.startswith("hashguard: torn.png is not measured: ")
    assert ran.lines[0].startswith("3 photographs, 0 unrelated pictures")


def test_a_folder_that_cannot_be_written_is_told(run: Run, photos: Path, tmp_path: Path):
    """A file stands where the folder should be."""
    (tmp_path / "report").write_text("a file")
    ran = run("robustness", "run", str(photos), "--out", str(tmp_path / "report"), *FEW)
    assert ran.status == 4
    assert ran.err.count("\n") == 1


def test_scores_of_a_run_that_was_stopped_say_so(run: Run, photos: Path, tmp_path: Path):
    """How many pictures are missing, and what to do."""
    out = tmp_path / "report"
    assert run("robustness", "run", str(photos), "--out", str(out), *FEW).status == 0
    next(out.rglob("*.photo.npz")).unlink()
    ran = run("robustness", "report", str(out))
    assert ran.status == 4
    assert "1 of 3 pictures are not measured yet" in ran.err


ASKED = ("--attack", "mirrored", "--list-size", "500", "--workers", "1")


def test_policies_are_asked_and_reported(run: Run, photos: Path, others: Path, tmp_path: Path):
    """Two commands; the folder needs no other results."""
    out = tmp_path / "verdicts"
    words = ("robustness", "verdicts", str(photos), "--distractors", str(others), "--out", str(out))
    ran = run(*words, *ASKED, "--policy", "PDQ_INLINE")
    assert (ran.status, ran.err) == (0, "")
    assert ran.lines[0].startswith("3 photographs in 3 settings, 2 unrelated pictures, 1 policy; ")
    assert "3 photographs, 16 hashes of 2 unrelated pictures" in ran.lines[0]
    again = run(*words, *ASKED, "--policy", "PDQ_INLINE")
    assert again.out == ran.out
    told = run("robustness", "report", str(out))
    assert (told.status, told.err) == (0, "")
    assert told.lines == [f"open {out / 'verdicts.html'}"]
    lines = (out / "verdicts.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if "| mirrored, " in line]
    assert len(rows) == 3
    assert all("| 3 | 1.000 (0.439 to 1.000) |" in row for row in rows)
    refused = run("robustness", "report", str(out), "--list-size", "5")
    assert refused.status == 2
    assert "ask again" in refused.err


def test_one_folder_may_hold_both_kinds_of_results(
    run: Run, photos: Path, others: Path, tmp_path: Path
):
    """A report makes both pages; pairs that are the same are left out of both."""
    out, same = tmp_path / "both", tmp_path / "same.csv"
    words = (str(photos), "--distractors", str(others), "--out", str(out), "--attack", "mirrored")
    assert run("robustness", "run", *words, "--system", "pdq-oriented").status == 0
    ran = run("robustness", "verdicts", *words, *ASKED[2:], "--limit", "1")
    assert ran.status == 0
    same.write_text("cat.png,coffee.png\n")
    told = run("robustness", "report", str(out), "--same", str(same))
    assert (told.status, told.err) == (0, "")
    assert told.lines == [f"open {out / name}" for name in ("index.html", "verdicts.html")]
    for name in ("index.html", "verdicts.html"):
        assert "1 pair that the user listed" in (out / name).read_text(encoding="utf-8")


def test_what_cannot_be_asked_is_told_in_a_line(
    run: Run, photos: Path, others: Path, tmp_path: Path
):
    """Names that are not known, numbers that are odd, a folder that is not there."""
    words = ("robustness", "verdicts", str(photos), "--out", str(tmp_path / "out"))
    both = (*words, "--distractors", str(others))
    for wrong, status, text in (
        ((*both, "--policy", "pdq-inline"), 2, "there is no policy 'pdq-inline'"),
        ((*both, "--attack", "frob"), 2, "there is no attack 'frob'"),
        ((*both, "--list-size", "0"), 2, "--list-size: must be 1"),
        ((*both, "--distractor-limit", "0"), 2, "--distractor-limit: must be 1"),
        (words, 2, "Missing option '--distractors'"),
        ((*words, "--distractors", str(tmp_path / "gone")), 4, "the folder of the strangers"),
        ((*both, "--list-size", "2"), 4, "does not hold 3 photographs"),
    ):
        ran = run(*wrong)
        assert ran.status == status, wrong
        assert text in ran.err
        assert ran.err.count("\n") == 1
    assert not (tmp_path / "out").exists()
