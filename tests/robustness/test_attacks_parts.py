"""As much is cut off, covered and written as is said, and the rest is the picture as it was."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hashguard.robustness.attack import Setting
from hashguard.robustness.attacks import canvas, covering, crop, drawing, overlay, screen
from tests.robustness.scenes import ATTACKS, changed, edges, error, map_of, noise, opened, rng

# Crops


@pytest.mark.parametrize("percent", crop.ATTACKS[0].strengths)
def test_an_even_crop_is_that_part_of_the_picture(percent):
    """round(side * percent / 100) pixels off each side, of its own axis."""
    across, down = round(240 * percent / 100), round(130 * percent / 100)
    part = crop.cropped_evenly(map_of(130, 240), percent)
    assert edges(part) == (down, 239 - across, 129 - down, across)


def test_the_file_of_a_crop_shows_that_part(photographs):
    pixels = photographs["coffee.png"]
    made = opened(Setting(ATTACKS["cropped, all sides"], 5).make(pixels, seed=1, picture="a"))
    assert error(made, pixels[20:380, 30:570]) < 3


@given(seed=st.integers(0, 999), percent=st.sampled_from(crop.ATTACKS[0].strengths))
def test_a_crop_on_one_side_cuts_one_side(seed, percent):
    cut = np.abs(
        np.subtract(edges(crop.cropped_on_one_side(map_of(200, 200), percent, rng(seed))), WHOLE)
    )
    assert sorted(cut.tolist()) == [0, 0, 0, 2 * percent]


WHOLE = (0, 199, 199, 0)  # what `edges` says of a map of 200 x 200


def test_a_crop_on_one_side_takes_every_side_at_times():
    parts = {edges(crop.cropped_on_one_side(map_of(200, 200), 5, rng(n))) for n in range(40)}
    assert len(parts) == 4


@given(seed=st.integers(0, 999), percent=st.sampled_from(crop.ATTACKS[0].strengths))
def test_a_random_crop_cuts_at_most_its_strength(seed, percent):
    cut = np.abs(
        np.subtract(edges(crop.cropped_at_random(map_of(200, 200), percent, rng(seed))), WHOLE)
    )
    assert cut.max() <= 2 * percent


def test_a_random_crop_cuts_each_side_on_its_own():
    """Over many crops each side loses half of the strength on average, unlike the others."""
    cuts = np.array(
        [
            np.abs(np.subtract(edges(crop.cropped_at_random(map_of(200, 200), 40, rng(n))), WHOLE))
            for n in range(300)
        ]
    )
    assert np.allclose(cuts.mean(axis=0), 40, atol=5)
    correlation = np.corrcoef(cuts.T) - np.eye(4)
    assert np.abs(correlation).max() < 0.25


@given(
    width=st.integers(16, 250),
    height=st.integers(16, 250),
    ratio=st.sampled_from([wide / high for wide, high in crop.RATIOS]),
)
def test_a_crop_to_a_ratio_has_it_and_is_as_large_as_can_be(width, height, ratio):
    part = crop.cropped_to(map_of(height, width), ratio)
    if crop.has_ratio(width, height, ratio):
        assert part.size == (width, height)
        return
    assert part.width == width or part.height == height
    # Within a pixel of one of its sides.
    assert min(abs(part.width - part.height * ratio), abs(part.height - part.width / ratio)) <= 1
    top, right, bottom, left = edges(part)
    assert abs(left - (width - 1 - right)) <= 1
    assert abs(top - (height - 1 - bottom)) <= 1


@pytest.mark.parametrize(("width", "kept"), [(203, 203), (204, 204), (205, 200)])
def test_a_picture_that_nearly_has_the_ratio_is_left_whole(width, kept):
    """2 % is the most; 204 of 200 is just that."""
    assert crop.cropped_to(map_of(200, width), 1).width == kept


# Overlays: as much is covered as they say, and the rest is untouched.


@pytest.mark.parametrize(("percent", "top"), [(5, 285), (8, 276), (13, 261), (20, 240), (30, 210)])
def test_a_caption_covers_exactly_the_lowest_rows(percent, top):
    """From round(height * (1 - share)) to the bottom."""
    before = noise(300, 400)
    after = np.asarray(overlay.caption_over(canvas.image_of(before), percent, rng()))
    assert np.array_equal(after[:top], before[:top])
    bar = after[top:]
    assert (bar[0] == 0).all()
    assert (bar[-1] == 0).all()
    assert (bar == bar[..., :1]).all()  # black, white, and greys where letters end
    assert bar.max() > 150


SHAPES = pytest.mark.parametrize("shape", [(300, 450), (450, 300), (120, 800)], ids=str)
PERCENTS = pytest.mark.parametrize("percent", [2, 5, 10, 15, 20])


@SHAPES
@PERCENTS
@pytest.mark.parametrize("cover", [covering.with_stickers, covering.censored])
def test_a_share_of_the_area_is_hidden(cover, percent, shape):
    """Where a black and a white picture look alike afterwards; sides are whole pixels, so 6 %."""
    black, white = (Image.new("RGB", shape[::-1], level) for level in ((0,) * 3, (255,) * 3))
    for seed in range(4):
        left = np.asarray(cover(black, percent, rng(seed))).astype(int)
        seen_through = (np.asarray(cover(white, percent, rng(seed))) - left) / 255
        assert 100 * (1 - seen_through.mean()) == pytest.approx(percent, rel=0.06, abs=0.1)


@SHAPES
@PERCENTS
@pytest.mark.parametrize("cover", [covering.blurred_patch, covering.pixelated_patch])
def test_a_share_of_the_area_is_changed(cover, percent, shape):
    """Noise shows every pixel that is."""
    before = noise(*shape)
    for seed in range(4):
        after = np.asarray(cover(canvas.image_of(before), percent, rng(seed)))
        assert changed(before, after) == pytest.approx(percent, rel=0.06, abs=0.1)


def test_censor_bars_are_black():
    before = noise(300, 400)
    after = np.asarray(covering.censored(canvas.image_of(before), 10, rng()))
    assert (after == 0).all(axis=-1).mean() == pytest.approx(0.1, abs=0.002)


@pytest.mark.parametrize("cover", [covering.blurred_patch, covering.pixelated_patch])
def test_under_a_patch_no_detail_is_left(cover):
    """The noise of the picture, 40 levels strong, is all but gone where it was changed."""
    before = noise(300, 400)
    after = np.asarray(cover(canvas.image_of(before), 20, rng()))
    inside = (before != after).all(axis=-1)
    assert before[inside].std() > 35
    assert after[inside].std() < 8


@pytest.mark.parametrize("percent", overlay.ATTACKS[5].strengths)
def test_a_watermark_is_as_opaque_as_stated(percent):
    """On grey, the brightest pixel has come that far towards white."""
    before = np.full((400, 600, 3), 55, dtype=np.uint8)
    after = np.asarray(overlay.watermarked(canvas.image_of(before), percent, rng()))
    assert after.max() == pytest.approx(55 + 200 * percent / 100, abs=1)
    assert after.min() == 55
    # It is all over: each ninth of the picture has some.
    for rows in np.array_split(after, 3):
        for part in np.array_split(rows, 3, axis=1):
            assert part.max() > 55


def test_a_signature_stays_in_its_corner():
    before = noise(300, 400)
    for seed in range(8):
        after = np.asarray(overlay.signed(canvas.image_of(before), 25, rng(seed)))
        rows, columns = np.nonzero((before != after).any(axis=-1))
        assert columns.max() - columns.min() == pytest.approx(100, abs=4)
        assert rows.max() < 60 or rows.min() >= 240
        assert columns.max() < 120 or columns.min() >= 280


@pytest.mark.parametrize("count", [1, 3, 8])
def test_as_many_emoji_as_stated_in_one_row(count):
    """Columns without any change part them."""
    before = noise(300, 600)
    after = np.asarray(covering.with_emoji(canvas.image_of(before), count, rng()))
    columns = (before != after).any(axis=(0, 2))
    assert np.count_nonzero(np.diff(columns.astype(int)) == 1) == count


# Words.


@given(
    box=st.tuples(
        st.integers(5, 60), st.integers(5, 60), st.integers(70, 190), st.integers(70, 95)
    ),
    count=st.integers(1, 4),
    edged=st.booleans(),
    seed=st.integers(0, 99),
)
def test_words_stay_in_their_box(box, count, edged, seed):
    image = Image.new("RGB", (200, 100), (90, 90, 90))
    lines = drawing.phrases(rng(seed), count)
    edge = drawing.BLACK if edged else None
    drawing.write(image, box, lines, drawing.WHITE, edge=edge)
    image.paste((90, 90, 90), box)
    assert image.getextrema() == ((90, 90),) * 3


def test_phrases_do_not_repeat():
    for seed in range(20):
        assert len(set(drawing.phrases(rng(seed), 4))) == 4


@given(letters=st.integers(12, 80), seed=st.integers(0, 999))
def test_lines_of_words_are_no_longer_than_asked_and_not_much_shorter(letters, seed):
    assert letters - 10 <= len(drawing.words(rng(seed), letters)) <= letters


@given(seed=st.integers(0, 99), size=st.integers(9, 30))
def test_a_paragraph_stays_in_its_box_and_fills_it(seed, size):
    image = Image.new("L", (500, 300), 255).convert("RGB")
    box = (50, 50, 450, 250)
    drawing.paragraph(image, box, size, rng(seed), drawing.BLACK)
    inside = np.asarray(image.crop(box))
    assert (inside[-3 * size :] < 128).any()
    image.paste(drawing.WHITE, box)
    assert image.getextrema() == ((255, 255),) * 3


# Photographs of a screen.


def test_moire_is_wide_stripes_of_the_stated_depth():
    """The grid is as fine as a pixel; what the camera makes of it is many times as wide."""
    straight = np.array([1, 0, 0, 0, 1, 0, 0, 0], dtype=np.float64)
    for seed in range(5):
        factors = screen.moire(400, 300, straight, 0.1, rng(seed))
        assert np.abs(factors - 1).max() <= 0.2 + 1e-6
        assert np.abs(factors - 1).max() > 0.15
        assert factors.mean() == pytest.approx(1, abs=0.02)
        assert np.abs(np.diff(factors, axis=1)).max() < 0.1 * 2 * np.pi * 0.051
        assert np.abs(np.diff(factors, axis=0)).max() < 0.1 * 2 * np.pi * 0.051


@pytest.mark.parametrize("name", ["astronaut.png", "cat.png", "coffee.png", "rocket.jpg"])
def test_a_photograph_of_a_screen_keeps_its_size_and_shows_the_picture(photographs, name):
    pixels = photographs[name]
    for seed in range(3):
        made = np.asarray(screen.photographed(canvas.image_of(pixels), 1, rng(seed)))
        assert 4 < error(made, pixels) < 25
