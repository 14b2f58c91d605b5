"""`hashguard case`: nothing but codes leaves the pictures, and only the code takes them back."""

import json
import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hashguard import HashList, Status
from hashguard.case_file import CaseFile, Picture, PictureKind, new_case
from hashguard.hashers.pdq import hash_pixels
from tests.cli.conftest import PHOTOS, Ran, Run, environment, process

WRONG = "WXYZ-2345-6789-ABCD"


def code_of(ran: Ran) -> str:
    (line,) = [one for one in ran.lines if one.startswith("withdrawal code")]
    return line.split()[-1]


@pytest.fixture
def case(run: Run, photos: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A case file of the two photographs, and a file with its code."""
    target, code = tmp_path / "codes.json", tmp_path / "code.txt"
    ran = run("case", "new", photos, "-o", target)
    assert ran.status == 0
    code.write_text(code_of(ran).lower().replace("-", " ") + "\n")
    return target, code


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """A picture with a little detail: quality above 0 and under 50."""
    target = tmp_path / "wall.png"
    cat = Image.open(PHOTOS / "cat.png").convert("L").resize((400, 300))
    cat.point(lambda level: 110 + level // 6).save(target)
    return target


def test_a_new_case_holds_what_the_schema_allows_and_nothing_else(
    run: Run, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is made of the number; no file name, size or date, and never the code."""
    monkeypatch.chdir(tmp_path)
    ran = run("case", "new", photos / "cat.png", photos / "coffee.png", "--kind", "photo")
    assert (ran.status, ran.err) == (0, "")
    (target,) = tmp_path.glob("codes-*.json")
    made = CaseFile.load(target)
    assert target.name == made.file_name
    assert made.matches_withdrawal(code_of(ran))
    assert f"case number      {made.case}" in ran.lines
    assert {one.kind for one in made.pictures} == {PictureKind.PHOTO}
    raw = target.read_text()
    assert "cat" not in raw
    assert code_of(ran) not in raw
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert made.pictures[0].hash.hex not in ran.out
    assert json.loads(raw).keys() == {"case", "pictures", "schema", "version", "withdrawal"}


def test_the_hashes_are_those_of_hashguard_hash(
    run: Run, photos: Path, case: tuple[Path, Path]
) -> None:
    """Of the same pictures, in the same order."""
    hashed = [json.loads(line) for line in run("hash", photos, "--json").lines]
    made = CaseFile.load(case[0])
    assert [(str(one.hash), one.quality) for one in made.pictures] == [
        (one["hash"], one["quality"]) for one in hashed
    ]


def test_every_case_has_a_number_and_a_code_of_its_own(
    run: Run, photos: Path, tmp_path: Path
) -> None:
    """The same pictures twice: nothing but their hashes is the same."""
    codes = [code_of(run("case", "new", photos, "-o", tmp_path / name)) for name in "ab"]
    first, second = (CaseFile.load(tmp_path / name) for name in "ab")
    assert first.pictures == second.pictures
    assert codes[0] != codes[1]
    assert first.case != second.case
    assert not set(first.entry_ids()) & set(second.entry_ids())


def test_a_picture_that_shows_nothing_is_never_saved(
    run: Run, photos: Path, blank: Path, tmp_path: Path
) -> None:
    """Status 4, for it was named; the others are in the file. Alone, it makes none."""
    target = tmp_path / "codes.json"
    ran = run("case", "new", blank, photos / "cat.png", "-o", target)
    assert ran.status == 4
    assert ran.err.endswith("as a plain colour does; it is not in the file\n")
    assert len(CaseFile.load(target).pictures) == 1
    alone = run("case", "new", blank, "-o", tmp_path / "none.json")
    assert alone.status == 4
    assert "no picture gave a code" in alone.err
    assert not (tmp_path / "none.json").exists()


def test_low_quality_is_explained_and_kept(run: Run, flat: Path, tmp_path: Path) -> None:
    """By new, show and check, each in words that say what it means."""
    target = tmp_path / "codes.json"
    ran = run("case", "new", flat, "-o", target)
    assert ran.status == 0
    assert f"{flat}: little detail: services may find exact copies only" in ran.err
    assert 0 < CaseFile.load(target).pictures[0].quality < 50
    assert "little detail" in run("case", "show", target).out
    assert "advice: 1 picture with little detail" in run("case", "check", target).out


def test_the_same_picture_is_in_a_case_once(run: Run, photos: Path, tmp_path: Path) -> None:
    """Also as another file; told by both names, and no reason for another status."""
    copy = tmp_path / "copy.bmp"
    Image.open(photos / "cat.png").save(copy)
    ran = run("case", "new", photos / "cat.png", copy, "-o", tmp_path / "c.json")
    assert ran.status == 0
    assert f"{copy}: has the same code as {photos / 'cat.png'}; it is in the file once" in ran.err
    assert len(CaseFile.load(tmp_path / "c.json").pictures) == 1


def test_what_cannot_be_read_is_told_and_the_others_are_saved(
    run: Run, photos: Path, tmp_path: Path
) -> None:
    """A name that is not there, and a file that is no picture."""
    target = tmp_path / "c.json"
    ran = run("case", "new", photos / "gone", photos / "read me.txt", photos, "-o", target)
    assert ran.status == 4
    assert ran.err.count("it is not in the file\n") == 2
    assert "skipped 1 file that is no picture" in ran.err
    assert len(CaseFile.load(target).pictures) == 2


def test_an_animation_gives_one_code_and_says_so(run: Run, tmp_path: Path) -> None:
    """The first frame, as the page takes it."""
    frames = [Image.open(PHOTOS / "camera.png").rotate(90 * turn) for turn in range(3)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    ran = run("case", "new", tmp_path / "a.gif", "-o", tmp_path / "c.json")
    assert ran.status == 0
    assert "is 3 frames long; the code is of the first" in ran.err
    assert len(CaseFile.load(tmp_path / "c.json").pictures) == 1


def test_a_case_is_never_replaced(run: Run, photos: Path, case: tuple[Path, Path]) -> None:
    """Its code would be worth nothing any more; nor is a device written to."""
    before = case[0].read_bytes()
    ran = run("case", "new", photos, "-o", case[0])
    assert ran.status == 4
    assert ran.err == f"hashguard: {case[0]} is there already; name another file with -o\n"
    assert case[0].read_bytes() == before
    assert run("case", "new", photos, "-o", "-").status == 2
    assert run("case", "new", photos, "-o", photos / "none" / "c.json").status == 4


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_case_whose_code_nobody_saw_is_not_kept(photos: Path, tmp_path: Path) -> None:
    """It could never be withdrawn."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(  # noqa: S603 (our own command)
            [sys.executable, "-m", "hashguard", "case", "new", photos, "-o", tmp_path / "c.json"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
        )
    assert done.returncode == 4
    assert b"cannot write to standard output" in done.stderr
    assert not (tmp_path / "c.json").exists()


def test_more_pictures_than_a_case_holds_make_no_file(
    run: Run, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the most it is made; one more, and the person is told to make several."""
    for most, status in ((2, 0), (1, 4)):
        monkeypatch.setattr("hashguard.case_file.MAX_PICTURES", most)
        ran = run("case", "new", photos, "-o", tmp_path / f"{most}.json")
        assert ran.status == status
        assert (tmp_path / f"{most}.json").exists() == (status == 0)
    assert "at most 1 pictures" in ran.err
    assert "make several" in ran.err


def test_show_tells_everything_but_the_hashes(run: Run, case: tuple[Path, Path]) -> None:
    """Somebody may look over a shoulder."""
    made = CaseFile.load(case[0])
    ran = run("case", "show", case[0])
    assert ran.status == 0
    assert f"case number  {made.case}" in ran.lines
    assert ran.lines[-1] == "2        -              100"
    for one in made.pictures:
        assert one.hash.hex not in ran.out
    assert made.withdrawal not in ran.out


def test_check_tells_a_whole_file_from_others(run: Run, case: tuple[Path, Path]) -> None:
    """Status 4 and one line that names the reason; a file that others may read is advice."""
    target = case[0]
    assert run("case", "check", target).out == f"{target}: whole; version 1, 2 pictures\n"
    target.chmod(0o644)
    advised = run("case", "check", target)
    assert advised.status == 0
    assert "advice: others who use this computer may read it" in advised.out
    good = target.read_bytes()
    for altered in (b"", good[:-1], good.replace(b"case", b"CASE"), b"\xff" + good, good * 200):
        target.write_bytes(altered)
        for command in ("check", "show"):
            ran = run("case", command, target)
            assert (ran.status, ran.out) == (4, "")
            assert ran.err.startswith(f"hashguard: {target}: not a case file: ")
            assert ran.err.count("\n") == 1
    assert run("case", "check", target.with_name("gone")).status == 4


def test_check_names_hashes_that_no_list_takes(run: Run, tmp_path: Path) -> None:
    """All zeros: a file written by hand, or by a broken tool."""
    picture = CaseFile.load(Path(__file__).parents[2] / "fixtures/cases/version-1.json").pictures[0]
    zero = Picture(type(picture.hash)(picture.hash.algorithm, bytes(32)), 77)
    new_case([zero], choose=lambda letters: letters[0])[0].save(tmp_path / "c.json")
    assert "that any plain picture would match" in run("case", "check", tmp_path / "c.json").out
    assert run("list", "build", tmp_path / "c.json", "-o", tmp_path / "l.hgl").status == 4


def test_from_pictures_to_matches_and_back(
    run: Run, case: tuple[Path, Path], tmp_path: Path
) -> None:
    """List, find the re-encoded upload, withdraw with the code, find it no longer."""
    target, code = case
    listed = tmp_path / "ncii.hgl"
    assert run("list", "build", target, "-o", listed, "--source", "a hotline").status == 0
    upload = tmp_path / "upload.jpg"
    Image.open(PHOTOS / "cat.png").convert("RGB").save(upload, quality=60)
    found = run("match", upload, "--list", listed)
    assert found.status == 1
    assert CaseFile.load(target).case not in found.out
    assert CaseFile.load(target).entry_ids()[0] in found.out
    ran = run("case", "withdraw", target, "--list", listed, "--code-file", code)
    assert (ran.status, ran.err) == (0, "")
    assert ran.lines[0] == f"{listed}: version 2, 2 entries, 2 fewer to match"
    assert run("match", upload, "--list", listed).status == 0
    assert {one.status for one in HashList.load(listed).entries()} == {Status.WITHDRAWN}
    assert all(one.modified for one in HashList.load(listed).entries())


def test_what_was_withdrawn_does_not_come_back_by_itself(
    run: Run, case: tuple[Path, Path], tmp_path: Path
) -> None:
    """Adding the file again lists nothing; withdrawing again changes nothing."""
    target, code = case
    listed = tmp_path / "l.hgl"
    run("list", "build", target, "-o", listed)
    again = run("list", "add", listed, target)
    assert "unchanged, nothing new to add; left out: 2 listed already" in again.out
    run("case", "withdraw", target, "--list", listed, "--code-file", code)
    before = listed.read_bytes()
    again = run("list", "add", listed, target, "--source", "another")
    assert "unchanged, nothing new to add; left out: 2 withdrawn already" in again.out
    ran = run("case", "withdraw", target, "--list", listed, "--code-file", code)
    assert (ran.status, ran.out) == (0, f"{listed}: unchanged, this case is withdrawn already\n")
    assert listed.read_bytes() == before


def test_remove_leaves_no_trace(run: Run, case: tuple[Path, Path], tmp_path: Path) -> None:
    """Whether the entries were withdrawn before or not."""
    target, code = case
    for words in ((), ("--remove",)):
        listed = tmp_path / f"{len(words)}.hgl"
        run("list", "build", target, "-o", listed)
        call = ("case", "withdraw", target, "--list", listed, "--code-file", code)
        run(*call, *words)
        if not words:
            last = run(*call, "--remove")
            assert last.lines[0] == f"{listed}: version 3, 0 entries, 0 fewer to match"
        assert len(HashList.load(listed)) == 0
        gone = run(*call)
        assert gone.status == 4
        assert "no picture of this case is on it" in gone.err


def test_a_case_withdraws_its_own_entries_and_no_others(
    run: Run, photos: Path, case: tuple[Path, Path], tmp_path: Path
) -> None:
    """Two people in one picture: each takes back their own, and the other's stays matched."""
    target, code = case
    other, listed = tmp_path / "other.json", tmp_path / "l.hgl"
    theirs = tmp_path / "theirs.txt"
    theirs.write_text(code_of(run("case", "new", photos / "cat.png", "-o", other)))
    assert "3 entries" in run("list", "build", target, other, "-o", listed).out
    ran = run("case", "withdraw", target, "--list", listed, "--code-file", code)
    assert ran.lines[1] == "still matched: 1 picture of this case, which somebody else listed, too"
    assert run("match", PHOTOS / "cat.png", "--list", listed).status == 1
    assert run("match", PHOTOS / "coffee.png", "--list", listed).status == 0
    run("case", "withdraw", other, "--list", listed, "--code-file", theirs)
    assert run("match", PHOTOS / "cat.png", "--list", listed).status == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (WRONG, "this is not the withdrawal code of this case"),
        (WRONG[:-1], "has 16 letters and digits, this has 15"),
        (WRONG[:-1] + "O", "without I and O"),
        ("", "this has 0"),
        ("\x00" * 300, "holds more than a withdrawal code"),
        ("\udcff" * 16, "without I and O"),
    ],
)
def test_a_wrong_code_changes_nothing_and_is_not_repeated(
    run: Run, case: tuple[Path, Path], tmp_path: Path, typed: str, said: str
) -> None:
    """Status 4, and the list byte for byte as it was."""
    target, code = case
    listed = tmp_path / "l.hgl"
    run("list", "build", target, "-o", listed)
    before = listed.read_bytes()
    code.write_bytes(typed.encode("utf-8", "surrogateescape"))
    ran = run("case", "withdraw", target, "--list", listed, "--code-file", code)
    assert (ran.status, ran.out) == (4, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert typed == "" or typed[:15] not in ran.err
    assert listed.read_bytes() == before


@pytest.mark.parametrize("words", [(WRONG,), ("{case}", "--code-file", WRONG.lower())])
def test_a_code_among_the_arguments_is_refused_and_not_repeated(
    run: Run, case: tuple[Path, Path], tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Arguments are seen by every user of a machine."""
    listed = tmp_path / "l.hgl"
    run("list", "build", case[0], "-o", listed)
    given = [word.replace("{case}", str(case[0])) for word in words]
    ran = run("case", "withdraw", *given, "--list", listed)
    assert ran.status == 2
    assert "where every user of this machine can see it" in ran.err
    assert WRONG not in ran.err.upper()


def test_an_argument_too_many_is_not_repeated_either(run: Run, case: tuple[Path, Path]) -> None:
    """It may be the code."""
    ran = run("case", "withdraw", case[0], WRONG, "--list", "l.hgl")
    assert ran.status == 2
    assert ran.err.startswith("hashguard: Got unexpected extra argument")
    assert WRONG not in ran.err


def test_the_code_comes_through_a_pipe(case: tuple[Path, Path], run: Run, tmp_path: Path) -> None:
    """As a process; without terminal, pipe or file there is nobody to ask."""
    target, code = case
    listed = tmp_path / "l.hgl"
    run("list", "build", target, "-o", listed)
    words = ("case", "withdraw", target, "--list", listed)
    asked = process(*words)
    assert asked.status == 2
    assert "--code-file -" in asked.err
    done = process(*words, "--code-file", "-", stdin=code.read_bytes())
    assert (done.status, done.err) == (0, "")
    assert "2 fewer to match" in done.out


def test_the_code_is_asked_for_on_a_terminal(
    case: tuple[Path, Path], run: Run, tmp_path: Path
) -> None:
    """On standard error, so that results stay results."""
    target, code = case
    listed = tmp_path / "l.hgl"
    run("list", "build", target, "-o", listed)
    terminal, side = pty.openpty()
    with subprocess.Popen(  # noqa: S603 (our own command)
        [sys.executable, "-m", "hashguard", "case", "withdraw", target, "--list", listed],
        stdin=side,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as running:
        os.close(side)
        os.write(terminal, code.read_bytes())
        out, err = running.communicate(timeout=60)
    os.close(terminal)
    assert running.returncode == 0
    assert err == b"Withdrawal code: "
    assert b"2 fewer to match" in out


def test_new_runs_as_a_process_and_from_a_pipe(tmp_path: Path) -> None:
    """A picture on standard input; the file appears where the process is."""
    picture = (PHOTOS / "cat.png").read_bytes()
    ran = process("case", "new", "-", "--kind", "screenshot", stdin=picture, cwd=tmp_path)
    assert (ran.status, ran.err) == (0, "")
    (target,) = tmp_path.iterdir()
    made = CaseFile.load(target)
    pixels = Image.open(PHOTOS / "cat.png").convert("RGB")
    assert made.pictures[0].hash == hash_pixels(np.asarray(pixels)).hash
    assert made.matches_withdrawal(code_of(ran))
