"""What apps cut off at corners is filled in; corners of other kinds are left."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from hashguard.detection import (
    Luma,
    Small,
    have_round_corners,
    made_small,
    without_round_corners,
)
from hashguard.hashers.pdq import hash_pixels
from hashguard.hashes import Pixels
from hashguard.robustness.attacks import canvas
from hashguard.robustness.attacks.drawing import rounded_mask

PHOTOGRAPHS = ["cat.png", "coffee.png", "dogs.jpg", "rocket.jpg", "sunset.jpg"]


def rounded(pixels: Pixels, share: float, behind: int) -> Pixels:
    """With round corners of a radius, a share of the shorter side, before one grey; saved."""
    image = canvas.image_of(pixels).convert("RGB")
    image.thumbnail((700, 700))
    back = Image.new("RGB", image.size, (behind,) * 3)
    back.paste(image, mask=rounded_mask(image.size, share * min(image.size)))
    return np.asarray(Image.open(io.BytesIO(canvas.jpeg(back, 85))).convert("L"))


def bits(luma: Luma, other: Luma) -> int:
    """Between their hashes."""
    one, two = (hash_pixels(np.rint(each).astype(np.uint8)).hash for each in (luma, other))
    return one.distance(two)


@pytest.mark.parametrize("behind", [0, 255])
@pytest.mark.parametrize("share", [0.05, 0.08])
def test_round_corners_are_filled_in(photographs, share, behind):
    """Of all photographs together, most of what they change is gone."""
    before = after = seen = 0
    for name in PHOTOGRAPHS:
        whole = made_small(rounded(photographs[name], 0, behind)).luma
        upload = rounded(photographs[name], share, behind)
        small = made_small(upload).luma
        found = without_round_corners(made_small(upload))
        seen += have_round_corners(upload)
        before += bits(small, whole)
        after += bits(small if found is None else found, whole)
    assert seen >= len(PHOTOGRAPHS) - 1
    assert after < before / 2


def test_photographs_have_no_round_corners(photographs):
    for name, pixels in photographs.items():
        assert not have_round_corners(pixels), name
        assert without_round_corners(made_small(pixels)) is None, name


def with_corners(shape: str, size: int = 40) -> Luma:
    """Noise in which each corner has a shape of one grey."""
    luma = np.random.default_rng(2).uniform(0, 180, (400, 400)).astype(np.float32)
    rows, columns = np.indices((size, size))
    outside = {
        "arc": np.hypot(size - rows, size - columns) > size,
        "slanted": rows + columns < size,
        "square": np.ones((size, size), dtype=bool),
        "narrow": columns < 6,
        "none": np.zeros((size, size), dtype=bool),
    }[shape]
    for corner in (luma, luma[:, ::-1], luma[::-1], luma[::-1, ::-1]):
        corner[:size, :size][outside] = 255
    return luma


@pytest.mark.parametrize("shape", ["arc", "slanted", "square", "narrow", "none"])
def test_only_arcs_are_round_corners(shape):
    """Not what was cut off straight, nor a square, nor a border."""
    luma = with_corners(shape)
    found = without_round_corners(Small(luma, 1, 1))
    assert (found is not None) == (shape == "arc")
    assert have_round_corners(luma.astype(np.uint8)) == (shape == "arc")
    if found is not None:
        assert found.max() < 200
        assert np.array_equal(found[50:350], luma[50:350])


def test_two_round_corners_are_enough_and_one_is_not():
    luma, whole = with_corners("arc"), with_corners("none")
    luma[200:] = whole[200:]
    two = without_round_corners(Small(luma, 1, 1))
    assert two is not None
    assert np.array_equal(two[200:], whole[200:])
    luma[:, 200:] = whole[:, 200:]
    assert without_round_corners(Small(luma, 1, 1)) is None


@pytest.mark.parametrize("shape", [(1, 1), (2, 900), (900, 2), (33, 34), (5000, 40)])
def test_pictures_of_any_shape_are_taken(shape):
    for pixels in (np.zeros(shape, np.uint8), np.full((*shape, 3), 255, np.uint8)):
        assert not have_round_corners(pixels)
        assert without_round_corners(made_small(pixels)) is None
