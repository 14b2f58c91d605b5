"""Attacks on pixels, geometry and file format: what holds for all, and what is done to pixels.

Geometry and file formats: test_attacks_files.py.
"""

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from hashguard.decode import DecodeLimits, decode
from hashguard.hashes import Pixels
from hashguard.robustness.attacks import canvas, detail, geometry, light, scaling
from tests.robustness.attacked import (
    ATTACKS,
    MODULES,
    NAMED,
    apart,
    flat,
    grey_of,
    made,
    opened,
    shown,
)

SIZES = ((64, 48), (131, 97), (97, 211))  # width, height
RANDOM = {  # what is left to chance; everything else is the same for every seed
    "noise",
    "salt and pepper",
    "tilted, black corners",
    "tilted and cropped",
    "perspective",
    "last frame of a GIF",
}


@pytest.fixture(scope="module")
def pictures(photo_paths: Mapping[str, Path]) -> Mapping[str, Pixels]:
    """Six of the photographs, 256 pixels on the longer side, not to be written on."""
    names = ("astronaut.png", "camera.png", "cat.png", "coffee.png", "meadow.jpg", "rocket.jpg")
    found = {name: shown(photo_paths[name].read_bytes(), 256) for name in names}
    for pixels in found.values():
        pixels.flags.writeable = False
    return found


@pytest.fixture(scope="module")
def cat(pictures: Mapping[str, Pixels]) -> Pixels:
    """A colourful photograph of 256 x 170 pixels."""
    return pictures["cat.png"]


# What holds for every attack


def test_each_module_is_a_family():
    assert len(NAMED) == len(ATTACKS)
    assert [{attack.family for attack in module.ATTACKS} for module in MODULES] == [
        {"compression"},
        {"scaling"},
        {"detail"},
        {"light and colour"},
        {"geometry"},
        {"file format"},
    ]


@pytest.mark.parametrize(
    ("name", "strengths"),
    [
        ("saved as JPEG", {20}),
        ("shrunk to a thumbnail", {128}),
        ("blurred", {3}),
        ("brighter", {1.5}),
        ("tilted, black corners", {1, 2, 5}),
        ("turned", {90, 180, 270}),
    ],
)
def test_settings_with_published_figures_are_among_them(name, strengths):
    """What plain PDQ is known to survive can be compared only at the same strengths."""
    assert strengths <= set(NAMED[name].strengths)


def expected_size(name: str, strength: float, width: int, height: int) -> tuple[int, int]:
    """Width and height of what an attack makes of a picture of this size."""
    if name == "sent by messenger":
        for _ in range(int(strength)):
            width, height = round(width * 0.8), round(height * 0.8)
        return width, height
    if name in {"shrunk", "shrunk without a filter", "enlarged"}:
        return round(width * strength), round(height * strength)
    if name == "shrunk to a thumbnail":
        factor = min(1, strength / max(width, height))
        return round(width * factor), round(height * factor)
    if name == "squashed to a square":
        return int(strength), int(strength)
    if name == "stretched in width":
        return round(width * strength), height
    if name == "turned" and strength != 180:
        return height, width
    if name == "tilted and cropped":
        return geometry.inscribed(width, height, strength)
    if name == "transparency" and strength == 3:
        return width + 2 * max(1, round(width / 20)), height + 2 * max(1, round(height / 20))
    return width, height


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", NAMED)
def test_every_setting_gives_a_file_of_the_expected_size_that_we_decode(cat, name, size):
    width, height = size
    pixels = np.array(Image.fromarray(cat).resize(size, Image.Resampling.LANCZOS))
    before = pixels.copy()
    pixels.flags.writeable = False
    for strength in NAMED[name].strengths:
        data = made(name, strength, pixels)
        upload = decode(data, DecodeLimits())
        frames = list(upload.frames)
        assert (upload.width, upload.height) == expected_size(name, strength, width, height)
        assert frames[-1].pixels.shape[:2] == (upload.height, upload.width)
        assert upload.complete
        assert not any(frame.notes for frame in frames)
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize("name", NAMED)
def test_the_same_seed_gives_the_same_bytes_and_another_only_where_chance_is_used(cat, name):
    typical = NAMED[name].typical
    files = [made(name, typical, cat, seed) for seed in range(8)]
    assert files == [made(name, typical, cat, seed) for seed in range(8)]
    assert (len(set(files)) > 1) == (name in RANDOM)


# A way is not stronger than another, what is turned is as far at every angle, what is only
# resized is the same picture once it is seen at one size, and the frames before the last
# change nothing of it.
UNORDERED = {
    *(attack.name for attack in ATTACKS if attack.labels and attack.name != "sent by messenger"),
    "mirrored",
    "flipped upside down",
    "turned",
    "enlarged",
    "squashed to a square",
    "stretched in width",
    "last frame of a GIF",
}


def distance(attacked: bytes, original: Pixels) -> float:
    """How far a file is from its original, both seen at 96 x 96 pixels in colour."""
    pair = [
        np.asarray(Image.fromarray(pixels).resize((96, 96), Image.Resampling.BOX), float)
        for pixels in (shown(attacked), original)
    ]
    return float(np.abs(pair[0] - pair[1]).mean())


@pytest.mark.parametrize("name", [name for name in NAMED if name not in UNORDERED])
def test_stronger_is_farther(pictures, name):
    """On the mean of six photographs, and of three draws where the strength bounds chance."""
    seeds = range(3) if name in RANDOM else range(1)
    means = [
        np.mean(
            [
                distance(made(name, strength, pixels, seed), pixels)
                for pixels in pictures.values()
                for seed in seeds
            ]
        )
        for strength in NAMED[name].strengths
        # The pictures here are smaller than the largest thumbnail.
        if (name, strength) != ("shrunk to a thumbnail", 512)
    ]
    assert all(np.diff(means) > 0), means


# Compression and scaling


def test_sending_on_shrinks_and_saves_the_file_that_was_sent(cat):
    twice = made("sent by messenger", 2, cat)
    first = opened(made("sent by messenger", 1, cat))
    assert twice == canvas.jpeg(first.resize((164, 109), Image.Resampling.BILINEAR), 60)


def test_lower_quality_takes_fewer_bytes(cat):
    for name in ("saved as JPEG", "saved as WebP", "saved as AVIF"):
        sizes = [len(made(name, strength, cat)) for strength in NAMED[name].strengths]
        assert sizes == sorted(sizes, reverse=True)
        assert len(set(sizes)) == len(sizes)


@pytest.mark.parametrize(
    ("size", "factor", "becomes"),
    [
        ((750, 500), 4, (3000, 2000)),
        ((751, 500), 4, (3000, 1997)),
        ((3000, 30), 1.5, (3000, 30)),
        ((4000, 40), 2, (4000, 40)),
        ((4000, 40), 0.5, (2000, 20)),
        ((100, 2), 0.1, (10, 1)),
    ],
)
def test_an_enlarged_picture_has_at_most_3000_pixels_a_side(size, factor, becomes):
    """A picture that is larger to begin with keeps its size; nothing vanishes."""
    assert scaling.scaled(Image.new("RGB", size), factor).size == becomes


def test_a_thumbnail_is_never_larger_than_the_picture(cat):
    assert made("shrunk to a thumbnail", 512, cat) == canvas.jpeg(cat)


def test_without_a_filter_no_new_colour_appears(cat):
    image = canvas.image_of(cat)
    small = scaling.resized(image, 0.3, 0.3, Image.Resampling.NEAREST)
    colours = {tuple(pixel) for pixel in cat.reshape(-1, 3).tolist()}
    assert {tuple(p) for p in np.asarray(small).reshape(-1, 3).tolist()} <= colours


# Detail


def test_noise_has_the_stated_deviation_and_no_bias():
    grey = canvas.image_of(flat(200, 200, 128, 128, 128))
    for sigma in (10, 20, 40):
        noise = np.asarray(detail.noisy(grey, sigma, np.random.default_rng(3))).astype(float) - 128
        assert noise.std() == pytest.approx(sigma, rel=0.02)
        assert noise.mean() == pytest.approx(0, abs=sigma / 50)
        assert abs(np.corrcoef(noise[..., 0].ravel(), noise[..., 1].ravel())[0, 1]) < 0.02


def test_salt_and_pepper_hits_the_stated_share_and_half_of_each():
    grey = canvas.image_of(flat(400, 400, 128, 128, 128))
    for percent in (1, 5, 20):
        pixels = np.asarray(detail.peppered(grey, percent, np.random.default_rng(4)))
        assert set(np.unique(pixels)) == {0, 128, 255}
        assert (pixels == 0).mean() == pytest.approx(percent / 200, rel=0.1)
        assert (pixels == 255).mean() == pytest.approx(percent / 200, rel=0.1)
        assert (pixels == pixels[..., :1]).all()


@pytest.mark.parametrize("count", [2, 4, 8, 256])
def test_posterising_leaves_as_many_levels_as_stated_and_takes_the_nearest(count):
    ramp = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, 256, 3)
    levels = np.asarray(detail.posterised(canvas.image_of(ramp), count))
    assert len(np.unique(levels)) == count
    assert (levels.min(), levels.max()) == (0, 255)
    assert np.abs(levels.astype(int) - ramp).max() <= math.ceil(255 / (count - 1) / 2)


@pytest.mark.parametrize("cell", [4, 6, 10])
@pytest.mark.parametrize("grey", [0, 1, 40, 128, 215, 254, 255])
def test_halftone_keeps_the_tone_in_nothing_but_ink_and_paper(cell, grey):
    """No ink on white, nothing but ink on black, and in between as much as it is dark."""
    printed = np.asarray(detail.halftoned(canvas.image_of(flat(240, 240, grey, grey, grey)), cell))
    assert set(np.unique(printed)) <= {0, 255}
    assert np.abs(printed.mean(axis=(0, 1)) - grey).max() <= 2
    if grey in (0, 255):
        assert set(np.unique(printed)) == {grey}


@pytest.mark.parametrize("cell", [4, 6, 10])
def test_halftone_dots_are_as_far_apart_as_stated_and_at_an_angle_for_each_ink(cell):
    printed = np.asarray(detail.halftoned(canvas.image_of(flat(240, 240, 90, 90, 90)), cell))
    for channel, angle in enumerate(detail.SCREEN_ANGLES):
        waves = np.abs(np.fft.rfft2(printed[..., channel]))
        waves[0, 0] = 0
        row, across = (int(at) for at in np.unravel_index(np.argmax(waves), waves.shape))
        down = min(row, 240 - row)
        assert math.hypot(down, across) == pytest.approx(240 / cell, abs=1)
        turn = math.degrees(math.atan2(down, across))
        assert min(abs(turn - angle), abs(90 - turn - angle)) < 2


def test_motion_spreads_a_point_along_its_row_only():
    pixels = np.zeros((21, 61, 3), np.uint8)
    pixels[10, 30] = 255
    spread = shown(made("blurred by motion", 17, pixels)).mean(axis=2)
    assert spread[10, 22:39].min() > 5
    assert spread[[0, 1, 19, 20]].max() < 2
    assert spread[10, [0, 1, 59, 60]].max() < 2


# Light and colour


def test_brightness_is_that_of_pillow(cat):
    image = canvas.image_of(cat)
    for name, strength in (("brighter", 1.5), ("darker", 0.5)):
        assert made(name, strength, cat) == canvas.jpeg(
            ImageEnhance.Brightness(image).enhance(strength)
        )


def test_grey_has_no_hue_to_turn_and_a_full_circle_changes_little(cat):
    grey = canvas.image_of(flat(9, 9, 70, 70, 70))
    assert np.array_equal(np.asarray(light.hue_turned(grey, 90)), np.asarray(grey))
    image = canvas.image_of(cat)
    there_and_back = light.hue_turned(light.hue_turned(image, 180), 180)
    assert apart(np.asarray(there_and_back), cat) < 2
    red = canvas.image_of(flat(9, 9, 200, 0, 0))
    (turned,) = np.unique(np.asarray(light.hue_turned(red, 120)).reshape(-1, 3), axis=0)
    assert np.abs(turned.astype(int) - (0, 200, 0)).max() <= 4


def test_greyscale_leaves_the_light_and_takes_the_colour(cat):
    image = canvas.image_of(cat)
    gone = np.asarray(light.greyed(image, 100))
    assert (gone == gone[..., :1]).all()
    assert apart(gone[..., 0], grey_of(cat)) <= 1
    half = np.asarray(light.greyed(image, 50)).astype(int)
    assert np.ptp(half, axis=2).mean() == pytest.approx(np.ptp(cat, axis=2).mean() / 2, rel=0.03)


@pytest.mark.parametrize("exponent", [0.4, 0.8, 1.25, 2.5])
def test_gamma_keeps_black_and_white_and_the_order_of_greys(exponent):
    ramp = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, 256, 3)
    curve = np.asarray(light.gamma(canvas.image_of(ramp), exponent))[0, :, 0].astype(int)
    assert (curve[0], curve[255]) == (0, 255)
    assert (np.diff(curve) >= 0).all()
    assert (curve[128] > 128) == (exponent < 1)


def test_filters_tint_as_they_are_called():
    def tinted(name: str, *colour: int) -> list[int]:
        number = list(light.FILTERS).index(name) + 1
        image = light.filtered(canvas.image_of(flat(1, 1, *colour)), number)
        return list(np.asarray(image)[0, 0].astype(int))

    red, _, blue = tinted("warm", 128, 128, 128)
    assert red > 128 > blue
    red, _, blue = tinted("cool", 128, 128, 128)
    assert red < 128 < blue
    assert min(tinted("faded", 0, 0, 0)) > 30
    assert max(tinted("faded", 255, 255, 255)) < 255
    assert tinted("sepia", 100, 100, 100) == [135, 120, 94]  # by hand: sums of its weights
    assert tinted("duotone", 200, 10, 90) == pytest.approx(
        tinted("duotone", *[round(0.299 * 200 + 0.587 * 10 + 0.114 * 90)] * 3), abs=3
    )


@pytest.mark.parametrize("percent", [50, 90])
def test_a_vignette_darkens_the_corners_by_its_strength_and_spares_the_centre(percent):
    pixels = np.asarray(light.vignetted(canvas.image_of(flat(101, 61, 200, 200, 200)), percent))
    for row, column in ((0, 0), (0, 100), (60, 0), (60, 100)):
        assert pixels[row, column].tolist() == [round(200 * (1 - percent / 100))] * 3
    assert pixels[30, 50].tolist() == [200] * 3
    assert (np.diff(pixels[30, 50:, 0].astype(int)) <= 0).all()


def test_inversion_turns_the_light_around_with_or_without_the_colours(cat):
    image = canvas.image_of(cat)
    negative = np.asarray(light.inverted(image, 2))
    assert np.array_equal(negative, 255 - cat)
    orange = np.asarray(light.inverted(canvas.image_of(flat(4, 4, 160, 100, 60)), 1))[0, 0]
    assert orange[0] > orange[1] > orange[2]  # still orange
    kept = light.inverted(canvas.image_of(flat(4, 4, 90, 90, 90)), 1)
    assert np.asarray(kept)[0, 0].tolist() == [165] * 3
