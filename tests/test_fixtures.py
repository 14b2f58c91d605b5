"""The fixtures are what they say: licensed, listed, unaltered, without places, reproducible."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pi_heif
import pytest
from PIL import Image

from fixtures.odd import MAKERS, Odd, Odds, odd_inputs
from fixtures.odd.bombs import header_bombs
from fixtures.odd.value import save

PHOTOS = Path(__file__).parents[1] / "fixtures" / "photos"
LICENCES = {"CC0-1.0", "CC-BY-4.0", "Public-Domain"}
COLUMNS = ["file", "width", "height", "title", "author", "licence", "source", "changes", "sha256"]
FOLDER_LIMIT = 6 * 2**20  # bytes: the repository stays quick to clone
GPS = 0x8825  # the EXIF pointer to a place


def manifest() -> list[dict[str, str]]:
    with (PHOTOS / "MANIFEST.csv").open(newline="", encoding="utf-8") as source:
        return list(csv.DictReader(source))


ROWS = manifest()


def small_photo() -> bytes:
    """A real photograph with odd sides, small enough to make everything of it several times."""
    with Image.open(PHOTOS / "cat.png") as picture:
        return save(picture.convert("RGB").resize((161, 107)), "PNG")


PHOTO = small_photo()


def test_a_dozen_photographs_are_listed() -> None:
    """Twelve to fourteen, in few enough bytes."""
    assert 12 <= len(ROWS) <= 14
    assert list(ROWS[0]) == COLUMNS
    assert sum(path.stat().st_size for path in PHOTOS.iterdir()) < FOLDER_LIMIT


def test_every_file_in_the_folder_is_listed_once() -> None:
    """No picture gets in without author and licence."""
    listed = sorted(row["file"] for row in ROWS)
    assert listed == sorted({path.name for path in PHOTOS.iterdir()} - {"MANIFEST.csv"})


@pytest.mark.parametrize("row", ROWS, ids=[row["file"] for row in ROWS])
def test_a_photograph_is_what_the_manifest_says(row: dict[str, str]) -> None:
    """Digest, size, licence; every column is filled in."""
    data = (PHOTOS / row["file"]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == row["sha256"]
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (int(row["width"]), int(row["height"]))
    assert row["licence"] in LICENCES
    assert all(value.strip() for value in row.values())


@pytest.mark.parametrize("row", ROWS, ids=[row["file"] for row in ROWS])
def test_no_photograph_tells_where_it_was_taken(row: dict[str, str]) -> None:
    """Neither in EXIF nor as text in XMP."""
    data = (PHOTOS / row["file"]).read_bytes()
    with Image.open(io.BytesIO(data)) as picture:
        assert not picture.getexif().get_ifd(GPS)
    assert b"exif:GPS" not in data


def test_variety() -> None:
    """Upright and wide, colour and grey, small and over 3000 pixels."""
    sizes = [(int(row["width"]), int(row["height"])) for row in ROWS]
    assert any(height > width for width, height in sizes)
    assert sum(max(size) >= 3000 for size in sizes) >= 2
    assert any(width % 2 and height % 2 for width, height in sizes)


@pytest.fixture(scope="module")
def odds() -> Odds:
    return odd_inputs(PHOTO)


@pytest.mark.parametrize("make", MAKERS, ids=[make.__name__ for make in MAKERS])
def test_odd_inputs_are_the_same_each_time(make: Callable[[bytes], Odds], odds: Odds) -> None:
    """Made twice, byte for byte the same, truth and all."""
    for name, odd in make(PHOTO).items():
        for field in fields(Odd):
            assert getattr(odd, field.name) == getattr(odds[name], field.name), (name, field.name)


def test_odd_inputs_are_all_different(odds: Odds) -> None:
    """Two inputs with the same bytes would be one test counted twice."""
    digests = {hashlib.sha256(odd.data).digest() for odd in odds.values()}
    # An orientation of 1 in AVIF is no orientation; opaque alpha is dropped by the coders.
    assert len(odds) - len(digests) <= 6


def test_odd_inputs_cover_every_expectation_and_family(odds: Odds) -> None:
    """Well over two hundred, of every kind."""
    assert len(odds) > 250
    assert {odd.expect for odd in odds.values()} == {"same", "close", "shown", "refused", "any"}
    families = {"mode", "orientation", "transparency", "animation", "heic"}
    assert {odd.family for odd in odds.values()} == families | {"truncated", "polyglot", "bomb"}


def test_huge_headers_are_small() -> None:
    """A bomb that has to be uploaded in full is none."""
    assert all(len(odd.data) <= 1200 for odd in header_bombs().values())
    small = [name for name, odd in header_bombs().items() if len(odd.data) <= 300]
    assert len(small) == len(header_bombs()) - 1  # a BMP with run lengths needs its palette


def test_lossless_modes_decode_to_their_truth(odds: Odds) -> None:
    """Pillow alone agrees with the truth of what it can convert plainly to RGB."""
    checked = 0
    with Image.open(io.BytesIO(PHOTO)) as opened:
        photo = opened.convert("RGB")
    for name, odd in odds.items():
        if odd.family != "mode" or odd.expect != "same" or "16" in name or "transparent" in name:
            continue
        with Image.open(io.BytesIO(odd.data)) as picture:
            shown = picture.convert("RGB")
        truth = Image.open(io.BytesIO(odd.truth)) if odd.truth else photo
        assert shown.tobytes() == truth.tobytes(), name
        checked += 1
    assert checked > 40


def test_the_handmade_heic_shows_the_photograph(odds: Odds) -> None:
    """The decoder of libheif, not ours, reads the raw blocks back: luma within rounding."""
    odd = odds["heic-grey"]
    shown = pi_heif.open_heif(io.BytesIO(odd.data)).to_pillow().convert("L")
    truth = Image.open(io.BytesIO(odd.truth)).convert("L")
    assert shown.size == truth.size
    pairs = zip(shown.tobytes(), truth.tobytes(), strict=True)
    assert max(abs(left - right) for left, right in pairs) <= 1
