"""Thumbnails of the report: made again from the originals, and never a reason to fail."""

import base64
import hashlib
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from hashguard.robustness.attack import Attack
from hashguard.robustness.attacks import canvas
from hashguard.robustness.report.thumbnails import LIMIT, SIDE, Gallery
from hashguard.robustness.results import PHOTO, Picture, Run
from hashguard.robustness.scores import Pair
from tests.robustness.report_samples import Size, sample_run


def _upside_down(pixels, _strength, _rng):
    return canvas.jpeg(pixels[::-1])


def _failing(_pixels, _strength, _rng):
    raise RuntimeError("not at this strength")


def _attack(name, change) -> Attack:
    return Attack(
        name=name,
        family="geometry",
        about="For tests.",
        unit="",
        strengths=(1.0,),
        typical=1.0,
        change=change,
    )


ATTACKS = (_attack("upside down", _upside_down), _attack("failing", _failing))


@pytest.fixture
def run(tmp_path, photo_paths) -> Run:
    """A run of one photograph, which lies in a folder of its own."""
    data = photo_paths["dogs.jpg"].read_bytes()
    (tmp_path / "dogs.jpg").write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    picture = Picture(name="dogs.jpg", digest=digest, role=PHOTO, width=1, height=1)
    return replace(sample_run(Size()), photos=str(tmp_path), pictures=(picture,))


def _pair(attack: str = "", reference: str = "dogs.jpg") -> Pair:
    return Pair(
        query="dogs.jpg",
        query_role=PHOTO,
        attack=attack,
        strength=1.0,
        reference=reference,
        reference_role=PHOTO,
        distance=90.0,
        reason="",
    )


def _shown(run: Run, pair: Pair):
    both = Gallery(run, ATTACKS).pair(pair)
    assert both is not None
    return both


def _opened(thumbnail) -> Image.Image:
    head, _, coded = thumbnail.address.partition(",")
    assert head == "data:image/jpeg;base64"
    image = Image.open(io.BytesIO(base64.b64decode(coded, validate=True)))
    assert image.format == "JPEG"
    assert image.size == (thumbnail.width, thumbnail.height)
    return image


def test_the_upload_is_attacked_and_the_reference_is_as_it_is(run):
    upload, reference = (
        np.asarray(_opened(one), dtype=float) for one in _shown(run, _pair("upside down"))
    )
    assert max(upload.shape) == max(reference.shape) == SIDE
    assert np.abs(upload[::-1] - reference).mean() < 10
    assert np.abs(upload - reference).mean() > 25


def test_nothing_but_pixels_of_a_file_gets_into_the_page(run, tmp_path):
    """Where it was taken, by whom: what a file says beside its picture stays in it."""
    exif = Image.Exif()
    exif[0x010E] = "a description that is nobody's business"
    path = tmp_path / "dogs.jpg"
    with Image.open(path) as image:
        image.save(path, exif=exif, quality=95)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    run = replace(run, pictures=(replace(run.pictures[0], digest=digest),))
    thumbnail, _ = _shown(run, _pair())
    assert not _opened(thumbnail).getexif()
    assert b"description" not in base64.b64decode(thumbnail.address.partition(",")[2])


def test_what_cannot_be_shown_says_why(run, tmp_path):
    """An attack that fails, one that is not known, a picture of no run, one changed, one gone."""
    again = "it cannot be made again by this version"
    assert _shown(run, _pair("failing"))[0].trouble == again
    assert _shown(run, _pair("of another version"))[0].trouble == again
    assert _shown(run, _pair(reference="../other.jpg"))[1].trouble == "not a picture of this run"
    path = tmp_path / "dogs.jpg"
    path.write_bytes(path.read_bytes() + b"\0")
    changed = _shown(run, _pair())
    assert [one.trouble for one in changed] == ["the file is gone, or is another one by now"] * 2
    path.unlink()
    assert _shown(run, _pair()) == changed


def test_a_page_has_so_many_pictures_and_no_more(run):
    gallery = Gallery(run, ATTACKS, limit=5)
    shown = [gallery.pair(_pair()) for _ in range(4)]
    assert [one is not None for one in shown] == [True, True, False, False]
    assert LIMIT == 48
