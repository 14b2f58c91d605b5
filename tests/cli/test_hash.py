"""`hashguard hash`: every hash it prints can be listed, and nothing stops it half way."""

import csv
import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hashguard import Algorithm, Hash, HashList
from hashguard.hashers.orientation import Orientation
from hashguard.hashers.pdq import Sampling, hash_pixels
from hashguard.hashes import Pixels
from tests.cli.conftest import PHOTOS, Run

KEYS = ["file", "hash", "quality", "ties", "format", "width", "height", "frame", "notes", "error"]


def test_text_is_a_hash_and_a_comment(run: Run, photos: Path) -> None:
    """The columns stay where they are, whatever the quality and the name."""
    ran = run("hash", photos / "cat.png")
    digest, rest = ran.out.split("  ", 1)
    assert Hash.parse(digest).algorithm is Algorithm.PDQ
    assert rest == f"# quality 100  {photos / 'cat.png'}\n"
    assert ran.err == ""


@pytest.mark.parametrize("turned", [(), ("--orientations",)])
@pytest.mark.parametrize(("option", "quality"), [((), None), (("--json",), 100), (("--csv",), 100)])
def test_what_hash_prints_list_build_reads(
    run: Run, photos: Path, option: tuple[str, ...], quality: int | None, turned: tuple[str, ...]
) -> None:
    """All three forms, with the error of a file that is no picture among them."""
    hashed = run("hash", photos, photos / "read me.txt", *option, *turned)
    assert hashed.status == 4
    (photos.parent / "hashes").write_text(hashed.out)
    assert run("list", "build", photos.parent / "hashes", "-o", photos.parent / "l.hgl").status == 0
    listed = HashList.load(photos.parent / "l.hgl")
    assert [entry.quality for entry in listed.entries()] == [quality] * (16 if turned else 2)


def test_json_lines_have_every_key_in_order(run: Run, photos: Path) -> None:
    """Also where there is no hash: a reader need not ask which keys are there."""
    lines = run("hash", photos / "cat.png", photos / "read me.txt", "--json").lines
    good, bad = map(json.loads, lines)
    assert list(good) == list(bad) == KEYS
    assert (good["format"], good["width"], good["height"], good["frame"]) == ("PNG", 451, 300, 0)
    assert bad["hash"] is None
    assert bad["error"].startswith("not a picture in a format we decode")


def test_csv_is_read_back_by_a_csv_reader(
    run: Run, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commas and quotes in names survive; no cell begins as a formula does."""
    for name in ('a,"b".png', "=1+1.png", "@x.png"):
        (tmp_path / name).write_bytes((photos / "cat.png").read_bytes())
    monkeypatch.chdir(tmp_path)
    rows = list(
        csv.DictReader(io.StringIO(run("hash", 'a,"b".png', "=1+1.png", "@x.png", "--csv").out))
    )
    assert [row["file"] for row in rows] == ['a,"b".png', "./=1+1.png", "./@x.png"]
    assert list(rows[0]) == KEYS


def test_one_bad_file_does_not_stop_the_others(run: Run, photos: Path, tmp_path: Path) -> None:
    """Each failure is one line with the file and the reason; the status tells at the end."""
    cut = tmp_path / "cut.jpg"
    cut.write_bytes((PHOTOS / "rocket.jpg").read_bytes()[:3000])
    ran = run("hash", tmp_path / "gone.png", cut, photos / "cat.png")
    assert ran.status == 4
    assert len(ran.lines) == 1
    assert ran.err.splitlines() == [
        f"hashguard: {tmp_path / 'gone.png'}: No such file or directory",
        f"hashguard: {cut}: cut short: only 4% of the rows decode",
    ]


def test_folders_are_walked_in_order_without_hidden_files_and_circles(
    run: Run, photos: Path
) -> None:
    """Hidden files, dangling links and pipes are passed over; a link in a circle ends."""
    cat = (photos / "cat.png").read_bytes()
    (photos / ".hidden.png").write_bytes(cat)
    (photos / ".folder").mkdir()
    (photos / ".folder" / "x.png").write_bytes(cat)
    (photos / "b").mkdir()
    (photos / "b" / "z.png").write_bytes(cat)
    (photos / "b" / "circle").symlink_to(photos)
    (photos / "dangling.png").symlink_to("nowhere")
    os.mkfifo(photos / "pipe.png")
    ran = run("hash", photos, "--json")
    names = [json.loads(line)["file"].removeprefix(f"{photos}/") for line in ran.lines]
    assert names == ["b/z.png", "cat.png", "coffee.png"]
    assert ran.status == 0
    assert ran.err == "hashguard: skipped 1 file that is no picture\n"


def test_a_folder_without_pictures_is_not_fine(run: Run, tmp_path: Path) -> None:
    """A script that names the wrong folder must not go on as if all were well."""
    ran = run("hash", tmp_path)
    assert ran.status == 4
    assert ran.err.startswith("hashguard: there is no picture in what was given")


def test_a_damaged_picture_in_a_folder_is_an_error(run: Run, photos: Path) -> None:
    """It begins as a picture does, so its owner believes it is one."""
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    ran = run("hash", photos)
    assert ran.status == 4
    assert len(ran.lines) == 2
    assert "broken.jpg: " in ran.err


def test_a_picture_without_detail_is_hashed_and_warned_about(run: Run, blank: Path) -> None:
    """The hash is printed, for an equal copy can still be matched; the line is on stderr."""
    ran = run("hash", blank)
    assert ran.status == 0
    assert "# quality   0  " in ran.out
    assert ran.err == (
        f"hashguard: {blank}: shows too little detail to be recognised reliably "
        "(quality 0; 50 and more is trusted)\n"
    )


def test_a_gradient_is_warned_about_although_its_quality_is_good(run: Run, tmp_path: Path) -> None:
    """Quality, 100 here, does not see that rounding decided its bits; the ties do."""
    ramp = np.abs(np.arange(256) * 2 - 255).astype(np.uint8)
    Image.fromarray(np.tile(ramp, (256, 1))).save(tmp_path / "g.png")
    ran = run("hash", tmp_path / "g.png")
    assert "is too plain or regular to be recognised reliably" in ran.err


def test_no_hash_reaches_standard_error(run: Run, blank: Path, photos: Path) -> None:
    """Hashes are sensitive, and standard error ends up in logs."""
    ran = run("hash", blank, photos, photos / "read me.txt")
    for line in ran.lines:
        assert line.split()[0].removeprefix("pdq:") not in ran.err


def test_orientations_are_those_of_the_really_turned_picture(run: Run, photos: Path) -> None:
    """Eight rows under the labels that verdicts use."""
    rows = [
        json.loads(line)
        for line in run("hash", photos / "cat.png", "--orientations", "--json").lines
    ]
    assert [row["orientation"] for row in rows] == [way.value for way in Orientation]
    mirrored = Image.open(photos / "cat.png").transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    mirrored.save(photos / "m.png")
    alone = json.loads(run("hash", photos / "m.png", "--json").lines[0])
    assert rows[1]["hash"] == alone["hash"]


def test_every_frame_on_request(run: Run, tmp_path: Path) -> None:
    """By default the first, with a word about the others."""
    frames = [Image.open(PHOTOS / name).resize((200, 200)) for name in ("cat.png", "coffee.png")]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    first, every = (
        run("hash", tmp_path / "a.png"),
        run("hash", "--frames", tmp_path / "a.png", "--json"),
    )
    assert "frame 1 of 2" in first.out
    assert "holds 2 frames, of which frame 1 is hashed" in first.err
    assert [json.loads(line)["frame"] for line in every.lines] == [0, 1]
    assert every.err == ""


def test_samplings_and_algorithms_are_those_of_the_library(
    run: Run, photographs: dict[str, Pixels]
) -> None:
    """The options reach the hashers; pixels of a PNG are the pixels Pillow reads."""
    brushes = PHOTOS / "astronaut.png"
    big = hash_pixels(photographs["astronaut.png"], sampling=Sampling.NN512)
    assert run("hash", brushes, "--sampling", "nn512").out.startswith(str(big.hash))
    small = run("hash", brushes, "--algorithm", "dhash").out
    assert Hash.parse(small.split()[0]).algorithm is Algorithm.DHASH
    assert "# quality   -" in small


@pytest.mark.parametrize(
    "words",
    [
        ("--json", "--csv", "x"),
        ("--algorithm", "phash", "--sampling", "nn512", "x"),
        ("--algorithm", "md5", "x"),
        ("-", "-"),
        (),
    ],
)
def test_contradictions_are_wrong_usage(run: Run, words: tuple[str, ...]) -> None:
    """Status 2 and one line."""
    ran = run("hash", *words)
    assert ran.status == 2
    assert ran.out == ""
    assert ran.err.startswith("hashguard: ")
    assert ran.err.count("\n") == 1
