"""`hashguard explain`: the verdict in sentences, and a private picture of where the match lies."""

import stat
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from hashguard.cli.explain import where_text
from hashguard.framing import WHOLE, Framing
from tests.cli.conftest import PHOTOS, Run, process

STANDARD = ("--policy", "PDQ_STANDARD")


@pytest.fixture
def framed(tmp_path: Path) -> Path:
    """The cat, mirrored, with a broad black border."""
    target = tmp_path / "framed.png"
    cat = ImageOps.mirror(Image.open(PHOTOS / "cat.png").convert("RGB"))
    ImageOps.expand(cat, border=60, fill=(0, 0, 0)).save(target)
    return target


def test_it_says_what_was_looked_up_where_it_lies_and_how_sure_it_is(
    run: Run, listed: Path, framed: Path
) -> None:
    """All that a person needs to follow the verdict."""
    ran = run("explain", framed, "--list", listed, *STANDARD)
    assert (ran.status, ran.err) == (1, "")
    assert ran.lines[0] == f"{framed}: match, by PDQ_STANDARD"
    assert ran.lines[1] == "match 1: entry 1"
    told = {line[:11].strip(): line[11:].strip() for line in ran.lines[2:]}
    assert told["looked up"] == "border removed, mirrored"
    assert told["distance"].endswith("of 256 bits")
    assert told["where"].startswith("from 1")
    assert told["how sure"].startswith("certain: by chance, an unrelated picture comes")


def test_the_picture_is_private_and_never_overwrites_another(
    run: Run, listed: Path, framed: Path, tmp_path: Path
) -> None:
    """It shows what should not be shown around."""
    target = tmp_path / "where.png"
    ran = run("explain", framed, "--list", listed, *STANDARD, "-o", target)
    assert ran.lines[-1] == f"{target}: where match 1 lies"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with Image.open(target) as picture, Image.open(framed) as upload:
        assert min(picture.size) > min(upload.size)
    before = target.read_bytes()
    ran = run("explain", listed, "--list", listed, "-o", target)
    assert (ran.status, target.read_bytes()) == (4, before)
    assert run("explain", framed, "--list", listed, *STANDARD, "-o", target, "--force").status == 1


def test_nothing_is_drawn_where_nothing_matches(
    run: Run, listed: Path, blank: Path, tmp_path: Path
) -> None:
    """A picture without a line would say the opposite of what is true."""
    target = tmp_path / "where.png"
    ran = run("explain", PHOTOS / "rocket.jpg", "--list", listed, "-o", target)
    assert ran.status == 0
    assert ran.lines == [f"{PHOTOS / 'rocket.jpg'}: no match, by PDQ_STRICT"]
    assert ran.err == "hashguard: nothing matches, so no picture was drawn\n"
    ran = run("explain", blank, "--list", listed, "-o", target)
    assert (ran.status, ran.lines[1]) == (3, "  quality 0 is below 50")
    assert not target.exists()


def test_another_match_than_the_nearest_can_be_drawn(
    run: Run, listed: Path, photos: Path, tmp_path: Path
) -> None:
    """And one that there is not is wrong usage."""
    target = tmp_path / "where.png"
    words = ("explain", photos / "cat.png", "--list", listed, "-o", target)
    ran = run(*words, "--match", "2")
    assert ran.status == 2
    assert "there is no match 2; 1 were found" in ran.err
    assert run(*words, "--match", "1").status == 1


def test_what_cannot_be_read_is_named(run: Run, listed: Path, photos: Path) -> None:
    """One line, no traceback; a folder is no upload."""
    ran = run("explain", photos / "gone.png", "--list", listed)
    assert (ran.status, ran.err.count("\n")) == (4, 1)
    assert "No such file or directory" in ran.err
    assert run("explain", photos, "--list", listed).status == 4
    assert run("explain", photos / "cat.png", "--list", listed, "-o", "-").status == 2


def test_an_upload_may_come_from_a_pipe(listed: Path, framed: Path, tmp_path: Path) -> None:
    """So that it need not be on the disk."""
    ran = process(
        "explain", "-", "--list", listed, *STANDARD, "-o", "w.png",
        stdin=framed.read_bytes(), cwd=tmp_path,
    )  # fmt: skip
    assert (ran.status, ran.err) == (1, "")
    assert (tmp_path / "w.png").exists()


def test_what_is_known_to_be_harmless_does_not_match(run: Run, listed: Path, photos: Path) -> None:
    """In both commands that match; the verdict says what it took away."""
    for command in ("match", "explain"):
        ran = run(command, photos / "cat.png", "--list", listed, "--negative", listed)
        assert ran.status == 0
        assert "harmless entry 1" in ran.out
    ran = run("match", photos / "cat.png", "--list", listed, "--negative", photos / "gone.hgl")
    assert ran.status == 4


@pytest.mark.parametrize(
    ("framing", "text"),
    [
        (WHOLE, "all of the upload"),
        (
            Framing(0.1, 0.2, 0.9, 1.0),
            "from 10% to 90% of the width, from 20% to 100% of the height",
        ),
        (
            Framing(left=-0.08, bottom=1.04),
            "all of the upload, and 8% beyond its left, 4% beyond its bottom: it was cropped",
        ),
        (
            Framing(top=-0.25, bottom=0.5),
            (
                "from 0% to 100% of the width, from 0% to 50% of the height, "
                "and 25% beyond its top: it was cropped"
            ),
        ),
        (Framing(-0.005, -0.004, 1.004, 1.005), "all of the upload"),
        (Framing(tilt=-2.0), "all of the upload, tilted 2 degrees left"),
    ],
)
def test_where_is_said_as_a_person_would_say_it(framing: Framing, text: str) -> None:
    """In whole percent of the upload's sides."""
    assert where_text(framing) == text
