"""Attacks on geometry and file format: each does what its name says, and no more."""

import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from hashguard.hashes import Pixels
from hashguard.robustness.attacks import canvas, formats, geometry
from tests.robustness.attacked import NAMED, apart, grey_of, made, opened, seen, shown


@pytest.fixture(scope="module")
def cat(photo_paths: Mapping[str, Path]) -> Pixels:
    """A colourful photograph of 256 x 170 pixels."""
    return shown(photo_paths["cat.png"].read_bytes(), 256)


# Geometry


@pytest.mark.parametrize("quality", NAMED["mirrored"].strengths)
def test_mirrored_is_the_mirror_image_and_then_a_jpeg(cat, quality):
    assert made("mirrored", quality, cat) == canvas.jpeg(np.asarray(
        ImageOps.mirror(canvas.image_of(cat))
    ), round(quality))  # fmt: skip


@pytest.mark.parametrize("quality", NAMED["flipped upside down"].strengths)
def test_flipped_has_its_top_at_the_bottom(cat, quality):
    assert made("flipped upside down", quality, cat) == canvas.jpeg(
        ImageOps.flip(canvas.image_of(cat)), round(quality)
    )


def test_quarter_turns_are_clockwise(cat):
    quarter = shown(made("turned", 90, cat))
    assert apart(quarter, cat[::-1].swapaxes(0, 1)) < 8  # the left column, upwards, is on top
    assert apart(shown(made("turned", 180, cat)), cat[::-1, ::-1]) < 8
    assert apart(shown(made("turned", 270, cat)), cat.swapaxes(0, 1)[::-1]) < 8


@pytest.mark.parametrize("degrees", NAMED["tilted, black corners"].strengths)
def test_tilted_is_what_pillow_rotates_one_way_or_the_other(cat, degrees):
    """Bicubic, in the same frame, black where nothing is: as PDQ has been measured elsewhere."""
    ways = {
        canvas.jpeg(canvas.image_of(cat).rotate(angle, Image.Resampling.BICUBIC))
        for angle in (degrees, -degrees)
    }
    assert len(ways) == 2
    assert {made("tilted, black corners", degrees, cat, seed) for seed in range(12)} == ways


@pytest.mark.parametrize("degrees", [0.5, 1, 3, 10, 15])
@pytest.mark.parametrize("size", [(90, 90), (91, 91), (160, 90), (91, 160), (300, 61)], ids=str)
def test_the_inscribed_rectangle_holds_no_black_and_no_larger_one_does(size, degrees):
    white = Image.new("RGB", size, "white")
    for seed in range(4):
        cropped = geometry.tilted_and_cropped(white, degrees, np.random.default_rng(seed))
        assert np.asarray(cropped).min() == 255
        width, height = cropped.size
        left, top = (size[0] - width) // 2 - 3, (size[1] - height) // 2 - 3
        tilted = geometry.tilted(white, degrees, np.random.default_rng(seed))
        larger = tilted.crop((left, top, left + width + 6, top + height + 6))
        assert np.asarray(larger).min() == 0
    ratio = size[0] / size[1]
    assert width == pytest.approx(height * ratio, abs=1 + ratio)


def test_perspective_fills_the_frame_and_stays_within_its_bound(cat):
    """No black corner; each corner shows a point at most the stated share inside."""
    height, width = 200, 300
    places = np.zeros((height, width, 3), np.uint8)
    places[..., 0] = np.linspace(5, 255, width)
    places[..., 1] = np.linspace(5, 255, height)[:, None]
    for percent in NAMED["perspective"].strengths:
        bound = 250 * percent / 100 + 3
        for seed in range(20):
            rng = np.random.default_rng(seed)
            pixels = np.asarray(geometry.skewed(canvas.image_of(places), percent, rng)).astype(int)
            assert pixels[..., :2].min() >= 4
            for row, column in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
                at = pixels[row, column]
                assert abs(at[0] - (5 if column == 0 else 255)) <= bound
                assert abs(at[1] - (5 if row == 0 else 255)) <= bound
    still = geometry.skewed(canvas.image_of(cat), 0, np.random.default_rng(1))
    assert np.array_equal(np.asarray(still), cat)


def test_a_projection_takes_each_corner_to_its_own():
    frame = np.array([(0, 0), (300, 0), (300, 200), (0, 200)], float)
    corners = np.array([(5, 9), (280, 3), (299, 190), (12, 185)], float)
    a, b, c, d, e, f, g, h = geometry.projection(frame, corners)
    for (x, y), corner in zip(frame, corners, strict=True):
        scale = g * x + h * y + 1
        assert ((a * x + b * y + c) / scale, (d * x + e * y + f) / scale) == pytest.approx(corner)


# File formats


def number_of(ways: Mapping[str, Callable[[Image.Image], bytes]], label: str) -> int:
    return list(ways).index(label) + 1


def saved_as(label: str, pixels: Pixels) -> bytes:
    number = number_of(formats.OTHER_FORMATS, label)
    assert NAMED["saved in another format"].label(number) == label
    return made("saved in another format", number, pixels)


@pytest.mark.parametrize(
    ("label", "format_", "mode"),
    [
        ("PNG", "PNG", "RGB"),
        ("BMP", "BMP", "RGB"),
        ("TIFF", "TIFF", "RGB"),
        ("16-bit colour PNG", "PNG", "RGB"),
        ("progressive JPEG", "JPEG", "RGB"),
        ("16-bit grey PNG", "PNG", "I;16"),
        ("CMYK JPEG", "JPEG", "CMYK"),
        ("palette PNG", "PNG", "P"),
    ],
)
def test_another_format_is_what_it_claims_and_shows_the_picture(cat, label, format_, mode):
    data = saved_as(label, cat)
    image = opened(data)
    assert (image.format, image.mode) == (format_, mode)
    assert bool(image.info.get("progressive")) == (label == "progressive JPEG")
    (frame,) = seen(data)
    assert apart(frame, grey_of(cat)) < 6
    if label in {"PNG", "BMP", "TIFF", "16-bit colour PNG"}:
        assert apart(frame, grey_of(cat)) == 0


def test_sixteen_bits_are_written_in_full_and_the_upper_eight_are_the_picture(cat):
    height, width = cat.shape[:2]
    data = saved_as("16-bit colour PNG", cat)
    assert data[12:29] == b"IHDR" + width.to_bytes(4) + height.to_bytes(4) + b"\x10\x02\0\0\0"
    packed = data[data.index(b"IDAT") + 4 : data.index(b"IEND") - 8]
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + 6 * width)
    samples = rows[:, 1:].copy().view(">u2").reshape(cat.shape)
    assert np.array_equal(samples, cat * np.uint32(257))
    grey: NDArray[np.uint16] = np.asarray(opened(saved_as("16-bit grey PNG", cat)))
    assert np.array_equal(grey, grey_of(cat) * np.uint32(257))


@pytest.mark.parametrize("colours", NAMED["saved as GIF"].strengths)
def test_a_gif_has_no_more_colours_than_stated(cat, colours):
    image = opened(made("saved as GIF", colours, cat))
    assert (image.format, image.mode) == ("GIF", "P")
    assert 2 <= len(np.unique(np.asarray(image))) <= colours


@pytest.mark.parametrize("frames", NAMED["last frame of a GIF"].strengths)
def test_only_the_last_frame_of_the_animation_is_the_picture(cat, frames):
    data = made("last frame of a GIF", frames, cat)
    assert getattr(opened(data), "n_frames", 1) == frames
    grey = grey_of(cat)
    *others, last = seen(data)
    assert len(others) == frames - 1
    assert apart(last, grey) < 4
    for other in others:
        assert np.corrcoef(other.ravel(), grey.ravel())[0, 1] < 0.6
        assert apart(other, grey) > 15


@pytest.mark.parametrize("orientation", NAMED["stored turned"].strengths)
def test_stored_turned_is_shown_upright_and_only_by_who_reads_the_note(cat, orientation):
    data = made("stored turned", orientation, cat)
    image = opened(data)
    assert image.getexif()[0x0112] == orientation
    (frame,) = seen(data)
    assert apart(frame, grey_of(cat)) < 4
    stored = np.asarray(image.convert("L"))
    assert (stored.shape != frame.shape) == (orientation >= 5)
    if orientation < 5:
        assert apart(stored, grey_of(cat)) > 20
    assert apart(np.asarray(ImageOps.exif_transpose(image).convert("L")), frame) < 1


def test_transparency_shows_on_white_what_its_label_says(cat):
    """And hides it from who drops the alpha, or the other way round."""

    def both(label: str) -> tuple[Pixels, Pixels]:
        data = made("transparency", number_of(formats.TRANSPARENCIES, label), cat)
        (frame,) = seen(data)
        return frame, np.asarray(opened(data).convert("RGBA").convert("RGB").convert("L"))

    grey = grey_of(cat)
    frame, without = both("half transparent")
    assert np.abs(frame.astype(int) - (255 - (255 - grey.astype(int)) * 128 / 255)).max() <= 2
    assert np.array_equal(without, grey)
    frame, without = both("drawn in the alpha alone")
    assert apart(frame, grey) == 0
    assert without.max() == 0
    frame, without = both("transparent border of 5 %")
    down, across = (
        (long - short) // 2 for long, short in zip(frame.shape, grey.shape, strict=True)
    )
    assert np.array_equal(frame[down:-down, across:-across], grey)
    assert frame[:down].min() == 255
    assert without[:, :across].max() == 0
    frame, without = both("hidden under full transparency")
    assert frame.min() == 255
    assert np.array_equal(without, grey)
