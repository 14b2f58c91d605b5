"""Crops, frames, overlays, screens, pages and compositions: what holds for all, and for scenes.

A scene is a larger picture in which the attacked one stands. What is cut off and what is put over
a picture: test_attacks_parts.py.
"""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hashguard.decode import DecodeLimits, decode
from hashguard.hashers.pdq import hash_pixels
from hashguard.hashes import Pixels
from hashguard.robustness.attack import Setting
from hashguard.robustness.attacks import canvas, combined, crop, frame, page, phone
from tests.robustness.scenes import ATTACKS, MODULES, STAGES, error, map_of, noise, opened, rng

SETTINGS = [setting for attack in ATTACKS.values() for setting in attack.settings()]

# Attacks that leave nothing to chance; all others differ from seed to seed.
CERTAIN = {
    "cropped, all sides",
    "cropped to a ratio",
    "border, white",
    "border, black",
    "border, blurred copy",
    "bars above and below",
    "bars left and right",
    "padded to a ratio, white",
    "padded to a ratio, blurred copy",
    "instant photograph",
    "mirrored, cropped",
    "border, compressed",
}


@pytest.fixture(scope="module")
def small(photographs) -> list[Pixels]:
    """Every photograph with at most 320 pixels a side; nothing can be written on them."""
    made = []
    for pixels in photographs.values():
        image = canvas.image_of(pixels)
        image.thumbnail((320, 320), Image.Resampling.LANCZOS)
        made.append(canvas.pixels_of(image).copy())
        made[-1].flags.writeable = False
    return made


def test_settings_have_different_labels():
    """Tables and plots tell them apart by these."""
    assert len(ATTACKS) == sum(len(module.ATTACKS) for module in MODULES)
    assert len({setting.label for setting in SETTINGS}) == len(SETTINGS)


@pytest.mark.parametrize("shape", [(48, 64), (64, 48), (300, 2000), (517, 333)], ids=str)
def test_every_file_decodes_whatever_the_shape_of_the_picture(photographs, shape):
    """And has enough pixels for a hash, and not many more than a service keeps."""
    height, width = shape
    pixels = np.array(
        canvas.image_of(photographs["coffee.png"]).resize((width, height)), dtype=np.uint8
    )
    kept = pixels.copy()
    pixels.flags.writeable = False
    for setting in SETTINGS:
        decoded = decode(setting.make(pixels, seed=1, picture="a"), DecodeLimits())
        frames = list(decoded.frames)
        assert len(frames) == 1, setting.label
        assert frames[0].pixels.shape[:2] == (decoded.height, decoded.width)
        assert min(decoded.width, decoded.height) >= 9, setting.label
        assert max(decoded.width, decoded.height) <= max(1600, 1.6 * max(shape)), setting.label
    assert np.array_equal(pixels, kept)


@pytest.mark.parametrize("name", STAGES)
def test_a_large_picture_stays_within_1650_pixels(name):
    """Runs shrink photographs to 1024 pixels before they attack them."""
    image = Image.new("RGB", (1024, 1024))
    for strength in ATTACKS[name].strengths:
        assert max(STAGES[name](image, strength, rng()).image.size) <= 1650


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=lambda attack: attack.name)
def test_only_the_seed_decides(attack, small):
    """The same seed makes the same bytes, whatever was drawn from the global generators."""
    setting = Setting(attack, attack.typical)
    once = setting.make(small[0], seed=1, picture="a")
    np.random.random(3)  # the global state that must not matter
    assert setting.make(small[0], seed=1, picture="a") == once
    others = {setting.make(small[0], seed=seed, picture="a") for seed in range(2, 7)}
    assert (others == {once}) == (attack.name in CERTAIN)


RISING = (
    *("cropped, all sides", "cropped, one side", "cropped, at random"),
    *("border, white", "border, black", "bars above and below", "bars left and right"),
    *("caption over the picture", "caption above the picture", "text on the picture"),
    *("stickers", "row of emoji", "watermarks all over", "censor bars", "blurred patch"),
    *("pixelated patch", "scribbles", "photograph of a screen", "meme, text above"),
    *("meme, text above and below", "cropped, captioned", "border, compressed"),
    *("screenshot, cropped, compressed", "brighter, tilted, compressed", "passed on"),
)


@pytest.mark.parametrize("name", RISING)
def test_stronger_is_farther_on_average(name, small):
    """In bits of PDQ; beyond 100 all is as far as strangers are, and chance decides."""
    hashes = [hash_pixels(pixels).hash for pixels in small]
    means = []
    for strength in ATTACKS[name].strengths:
        setting = Setting(ATTACKS[name], strength)
        distances = [
            hash_pixels(opened(setting.make(pixels, seed=3, picture=str(number)))).hash.distance(
                hashes[number]
            )
            for number, pixels in enumerate(small)
        ]
        means.append(float(np.mean(distances)))
    assert means[-1] > means[0] + 4
    assert all(farther > nearer - 3 for nearer, farther in pairwise(means) if nearer < 100)


# Scenes: the picture is found again.


@pytest.mark.parametrize("name", STAGES)
def test_the_picture_stands_in_the_file_where_the_scene_says(name, photographs):
    """Resized without another shape, and whole; corners may be round, hence the middle 80 %."""
    pixels = photographs["cat.png"]
    image = canvas.image_of(pixels)
    for strength in ATTACKS[name].strengths:
        scene = STAGES[name](image, strength, rng())
        data = ATTACKS[name].change(pixels, strength, rng())
        assert data == canvas.jpeg(scene.image)
        left, top, right, bottom = scene.box
        width, height = right - left, bottom - top
        assert 0 <= left < right <= scene.image.width
        assert 0 <= top < bottom <= scene.image.height
        assert abs(width / height / (image.width / image.height) - 1) < 0.02
        found = opened(data)[top:bottom, left:right]
        wanted = np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))
        across, down = width // 10, height // 10
        inner = (slice(down, height - down), slice(across, width - across))
        assert error(found[inner], wanted[inner]) < 4, strength


@pytest.mark.parametrize("percent", [1, 2, 5, 25])
@pytest.mark.parametrize(("name", "level"), [("border, white", 255), ("border, black", 0)])
def test_a_border_is_as_wide_as_stated_and_of_one_colour(name, level, percent):
    """round(side * percent / 100) pixels added at each side, of its own axis."""
    scene = STAGES[name](canvas.image_of(noise(130, 240)), percent, rng())
    across, down = round(240 * percent / 100), round(130 * percent / 100)
    assert scene.box == (across, down, across + 240, down + 130)
    made = np.array(scene.image)
    assert made.shape[:2] == (130 + 2 * down, 240 + 2 * across)
    inside = made[down : down + 130, across : across + 240]
    assert np.array_equal(inside, noise(130, 240))
    inside[:] = level
    assert (made == level).all()


def test_bars_are_on_two_sides_only():
    image = canvas.image_of(noise(100, 200))
    assert frame.letterboxed(image, 10, rng()).image.size == (200, 120)
    assert frame.pillarboxed(image, 10, rng()).image.size == (240, 100)


@given(
    width=st.integers(16, 2000),
    height=st.integers(16, 2000),
    ratio=st.sampled_from([wide / high for wide, high in crop.RATIOS]),
)
def test_a_padded_picture_has_the_ratio_and_no_more_padding_than_it_needs(width, height, ratio):
    wide, high = frame.padded_size(width, height, ratio)
    assert (wide, high) == (width, height) or abs(wide - high * ratio) <= max(1, ratio)
    assert wide >= width
    assert high >= height
    assert wide == width or high == height


def test_the_backdrop_of_a_story_is_the_picture_itself(photographs):
    """Coarsely, and three quarters as bright: left of a bright picture is not black."""
    image = canvas.image_of(photographs["coffee.png"])
    scene = frame.storied(image, 3, rng())
    bars = np.asarray(scene.image)[: scene.box[1]]
    part = np.asarray(crop.cropped_to(image, 9 / 16))
    # The bar above is a little more than the upper third of the part, enlarged.
    wanted = part[: round(len(part) * scene.box[1] / scene.image.height)].mean(axis=(0, 1)) * 0.75
    assert np.abs(bars.mean(axis=(0, 1)) - wanted).max() < 15


@pytest.mark.parametrize("percent", page.ATTACKS[0].strengths)
def test_a_picture_in_a_picture_takes_its_share_of_the_width_anywhere(percent):
    boxes = {page.inset(map_of(100, 150), percent, rng(n)).box for n in range(5)}
    for left, _, right, _ in boxes:
        assert right - left == round(900 * percent / 100)
    assert len(boxes) == 5


@pytest.mark.parametrize("gap", [0, 6])
@pytest.mark.parametrize("panels", [2, 4, 9])
def test_a_collage_has_equal_panels_and_any_of_them_shows_the_picture(panels, gap):
    scenes = [page.collage(map_of(100, 150), panels, rng(n), gap=gap) for n in range(60)]
    assert len({scene.box for scene in scenes}) == panels
    left, top, right, bottom = scenes[0].box
    columns, rows = page.grid(map_of(100, 150), panels)
    width, height = scenes[0].image.size
    assert columns * rows == panels
    assert (right - left) * columns + gap * (columns + 1) == width
    assert (bottom - top) * rows + gap * (rows + 1) == height


def test_the_gaps_of_a_collage_are_white_and_nothing_else_is():
    scene = page.collage(canvas.image_of(noise(100, 150)), 4, rng(), gap=6)
    white = (np.asarray(scene.image) == 255).all(axis=-1)
    assert white.all(axis=1).sum() == 18
    assert white.all(axis=0).sum() == 18


def test_a_screenshot_shows_the_picture_as_wide_as_stated():
    """A common photograph: across the whole screen, or 62 % of it in a chat."""
    widths = []
    for stage in (phone.viewer, phone.feed, phone.chat):
        left, _, right, _ = stage(map_of(150, 200), phone.DARK, rng()).box
        widths.append((right - left) / phone.WIDTH)
    assert widths == pytest.approx([1, 1, 0.62], abs=0.002)


# Compositions.


def test_a_mirrored_crop_is_both(photographs):
    pixels = photographs["coffee.png"]
    made = opened(ATTACKS["mirrored, cropped"].change(pixels, 2, rng()))
    assert error(made, pixels[20:380, 30:570][:, ::-1]) < 3


def test_a_cropped_caption_lies_on_what_was_left(photographs):
    pixels = photographs["coffee.png"]
    made = opened(ATTACKS["cropped, captioned"].change(pixels, 2, rng()))
    part = pixels[20:380, 30:570]
    top = round(360 * 0.87)
    assert error(made[: top - 8], part[: top - 8]) < 3
    assert np.median(made[top:]) < 8


@pytest.mark.parametrize(("strength", "miss"), [(1, 1), (2, 3), (3, 6)])
def test_a_screenshot_is_cut_to_the_picture_within_its_error(strength, miss, photographs):
    """A landscape picture fills the width: nothing is left there that is not it."""
    change = ATTACKS["screenshot, cropped, compressed"].change
    pixels = photographs["coffee.png"]  # 600 x 400, so 585 x 390 on the screen
    for seed in range(6):
        height, width, _ = opened(change(pixels, strength, rng(seed))).shape
        assert 585 * (1 - miss / 50) - 1 <= width <= 585
        assert abs(height - 390) <= 390 * miss / 50 + 1


@pytest.mark.parametrize("colours", [16, 48, 128])
def test_few_colours_are_few_and_right_on_average(colours, photographs):
    """Dither mixes what the palette lacks, so that the shrunk picture keeps its looks."""
    image = canvas.image_of(photographs["coffee.png"])
    few = combined.few_colours(image, colours)
    assert 0.7 * colours <= len(few.getcolors() or ()) <= colours
    assert error(np.asarray(few.reduce(8)), np.asarray(image.reduce(8))) < 10


def test_what_is_passed_on_shrinks_each_time(photographs):
    pixels = photographs["coffee.png"]
    widths = [
        opened(ATTACKS["passed on"].change(pixels, times, rng())).shape[1] for times in (2, 4)
    ]
    assert 600 * 0.97**2 * 0.98**2 - 2 <= widths[0] <= 600 * 0.97**2 + 2
    assert 600 * 0.97**4 * 0.98**4 - 2 <= widths[1] <= 600 * 0.97**4 + 2
