"""Our PDQ, fast and readable, gives what the outside judge wrote down in pdq.json."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fixtures.vectors import make
from hashguard.hashers import pdq, pdq_reference
from hashguard.hashers.orientation import Orientation, turn
from hashguard.hashes import Algorithm, Hash, Hashed, Pixels

DOCUMENT: dict[str, Any] = json.loads(make.OUT.read_text(encoding="utf-8"))
PHOTOS: list[dict[str, Any]] = DOCUMENT["photos"]
SYNTHETIC: list[dict[str, Any]] = DOCUMENT["synthetic"]
SMALL = 300_000  # pixels up to which the readable twin is quick enough to be asked nine times


def name_of(entry: dict[str, Any]) -> str:
    return f"{entry.get('file') or entry['formula']}-{entry['height']}x{entry['width']}"


def pixels_of(entry: dict[str, Any]) -> Pixels:
    if "formula" in entry:
        return make.synthetic(entry["formula"], entry["height"], entry["width"])
    with Image.open(make.PHOTOS / entry["file"]) as opened:
        return np.asarray(opened.convert("RGB"))


def agrees(ours: Hashed, theirs: str, entry: dict[str, Any]) -> bool:
    golden = Hash.from_hex(Algorithm.PDQ, theirs)
    tolerance: int = entry["tolerance_bits"]
    return ours.hash.distance(golden) <= tolerance


every_vector = pytest.mark.parametrize("entry", PHOTOS + SYNTHETIC, ids=name_of)


def test_the_file_is_of_the_schema_this_test_knows() -> None:
    """A reader in another language checks the same two fields first."""
    assert (DOCUMENT["schema"], DOCUMENT["version"]) == ("hashguard-pdq-vectors", 1)
    assert DOCUMENT["command"] == "python -m fixtures.vectors.make"
    assert set(DOCUMENT["made_with"]) == {"pdqhash", "pillow", "numpy"}


def test_every_photograph_and_formula_is_in_it() -> None:
    """The vectors cover all photographs, unaltered, and each formula in several shapes."""
    files = {path.name for path in make.PHOTOS.iterdir()} - {"MANIFEST.csv"}
    assert {entry["file"] for entry in PHOTOS} == files
    for entry in PHOTOS:
        data = (make.PHOTOS / entry["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"], entry["file"]
    assert DOCUMENT["formulas"] == {name: text for name, (text, _) in make.FORMULAS.items()}
    for formula in make.FORMULAS:
        assert sum(entry["formula"] == formula for entry in SYNTHETIC) >= 3, formula


def test_qualities_are_not_all_one_hundred() -> None:
    """Most pictures are of full quality; the low ones are where truncation shows."""
    assert len({entry["full"]["quality"] for entry in SYNTHETIC}) >= 4


@every_vector
def test_fast_pdq_gives_the_golden_hash(entry: dict[str, Any]) -> None:
    """Both samplings: hash and quality."""
    pixels = pixels_of(entry)
    for sampling in pdq.Sampling:
        golden = entry[sampling.value]
        ours = pdq.hash_pixels(pixels, sampling=sampling)
        assert agrees(ours, golden["hash"], entry), sampling
        assert ours.quality is not None
        assert abs(ours.quality - golden["quality"]) <= entry["tolerance_quality"], sampling


@every_vector
def test_fast_pdq_gives_the_golden_orientations(entry: dict[str, Any]) -> None:
    """All eight, though only four are computed."""
    ours = pdq.hash_orientations(pixels_of(entry))
    for orientation, hashed in ours.items():
        golden = entry["orientations"][orientation.name.lower()]
        assert agrees(hashed, golden, entry), orientation


@every_vector
def test_readable_twin_gives_the_golden_hash(entry: dict[str, Any]) -> None:
    """The twin knows neither samplings nor orientations: it is handed the changed pixels."""
    pixels = pixels_of(entry)
    for sampling, view in (("full", pixels), ("nn512", make.sampled(pixels))):
        ours = pdq_reference.hash_pixels(view)
        assert agrees(ours, entry[sampling]["hash"], entry), sampling
        assert ours.quality is not None
        gap = abs(ours.quality - entry[sampling]["quality"])
        assert gap <= entry["tolerance_quality"], sampling
    if entry["height"] * entry["width"] > SMALL:
        return
    for orientation in Orientation:
        ours = pdq_reference.hash_pixels(turn(pixels, orientation))
        golden = entry["orientations"][orientation.name.lower()]
        assert agrees(ours, golden, entry), orientation


@pytest.mark.parametrize("entry", SYNTHETIC, ids=name_of)
def test_the_judge_still_says_so(entry: dict[str, Any]) -> None:
    """The installed pdqhash gives the same vectors for the pixels that cannot have changed."""
    assert make.vector(pixels_of(entry)).items() <= entry.items()
