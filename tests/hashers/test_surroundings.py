"""What is guessed beyond the edges of a thumbnail."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from hashguard.hashers import pdq_reference
from hashguard.hashers.surroundings import STEP, TYPICAL_WEIGHT, WAVES, surrounded
from hashguard.hashers.thumbnail import SIDE, Thumbnail, thumbnail

DOWN, ACROSS = 20, 33  # cells


@pytest.fixture(scope="module")
def thumbs(photographs) -> dict[str, Thumbnail]:
    """Name to thumbnail of the photographs."""
    return {
        name: thumbnail(np.rint(pdq_reference.luma(pixels)).astype(np.uint8))
        for name, pixels in photographs.items()
    }


def plain_behind(thumb: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """(256, count) cells right of a thumbnail, wave by wave and cell by cell."""
    y = np.arange(SIDE)
    mean = thumb.mean()
    heights, changes, powers, usual = [], [], [], []
    for k in range(WAVES):
        cosine = np.cos(math.pi * k * (y + 0.5) / SIDE)
        # How high this wave is in each column.
        height = [((thumb[:, x] - mean) * cosine).sum() / (cosine**2).sum() for x in range(SIDE)]
        pairs = list(zip(height[STEP:], height[:-STEP], strict=True))
        energy = (cosine**2).sum()
        heights.append(height[-1])
        changes.append(energy * sum((one - other) ** 2 for one, other in pairs))
        powers.append(energy * sum((one**2 + other**2) / 2 for one, other in pairs))
        usual.append(2 - 2 * math.exp(-math.pi / 2 * (k + 1) * STEP / SIDE))
    out = np.full((SIDE, count), mean)
    for k in range(WAVES):
        near = slice(max(k - 1, 0), k + 2)
        seen = sum(changes[near]) / sum(powers[near])
        mixed = (seen + TYPICAL_WEIGHT * usual[k]) / (1 + TYPICAL_WEIGHT)
        kept = max(1 - mixed / 2, 0.001)
        for far in range(1, count + 1):
            fading = kept ** (far / STEP)
            out[:, far - 1] += heights[k] * fading * np.cos(math.pi * k * (y + 0.5) / SIDE)
    return out


@pytest.mark.parametrize("name", ["dogs.jpg", "coffee.png", "fig.jpg"])
def test_each_side_goes_on_as_its_waves_do(thumbs, name):
    """Against the slow twin, which knows the right side only: the others are turned to it."""
    thumb = thumbs[name]
    around = surrounded(thumb, DOWN, ACROSS)
    precise = thumb.astype(np.float64)
    for found, turned in (
        (around[DOWN:-DOWN, -ACROSS:], precise),
        (around[DOWN:-DOWN, :ACROSS][:, ::-1], precise[:, ::-1]),
        (around[-DOWN:, ACROSS:-ACROSS].T, precise.T),
        (around[:DOWN, ACROSS:-ACROSS][::-1].T, precise[::-1].T),
    ):
        np.testing.assert_allclose(found, plain_behind(turned, found.shape[1]), atol=0.02)


def test_a_cell_of_a_corner_is_the_mean_of_the_nearest_beside_it(thumbs):
    """One right or left of it, and one above or below."""
    around = surrounded(thumbs["dogs.jpg"], DOWN, ACROSS)
    low, right = DOWN + SIDE, ACROSS + SIDE
    for row, line in ((3, DOWN), (low + 7, low - 1)):
        for column, end in ((9, ACROSS), (right + 30, right - 1)):
            want = (around[row, end] + around[line, column]) / 2
            assert around[row, column] == pytest.approx(want)


def test_its_own_cells_stay_to_the_bit(thumbs):
    for thumb in thumbs.values():
        assert surrounded(thumb, 0, 0) is thumb
        around = surrounded(thumb, DOWN, ACROSS)
        assert around.shape == (SIDE + 2 * DOWN, SIDE + 2 * ACROSS)
        np.testing.assert_array_equal(around[DOWN:-DOWN, ACROSS:-ACROSS], thumb)


def test_one_axis_alone_goes_on_as_it_does_beside_the_other(thumbs):
    for thumb in thumbs.values():
        both = surrounded(thumb, DOWN, ACROSS)
        np.testing.assert_array_equal(surrounded(thumb, 0, ACROSS), both[DOWN:-DOWN])
        np.testing.assert_array_equal(surrounded(thumb, DOWN, 0), both[:, ACROSS:-ACROSS])


def test_fewer_cells_are_the_first_of_many(thumbs):
    """Whatever else is asked for with a framing, what it sees is the same, up to rounding."""
    for thumb in thumbs.values():
        few, many = surrounded(thumb, 3, 5), surrounded(thumb, 100, 128)
        np.testing.assert_allclose(many[97:-97, 123:-123], few, atol=1e-3)


def test_what_is_turned_has_its_surroundings_turned(thumbs):
    for thumb in thumbs.values():
        around = surrounded(thumb, DOWN, ACROSS)
        mirrored = surrounded(np.ascontiguousarray(thumb[:, ::-1]), DOWN, ACROSS)
        np.testing.assert_allclose(mirrored, around[:, ::-1], atol=1e-2)
        flipped = surrounded(np.ascontiguousarray(thumb[::-1]), DOWN, ACROSS)
        np.testing.assert_allclose(flipped, around[::-1], atol=1e-2)
        transposed = surrounded(np.ascontiguousarray(thumb.T), ACROSS, DOWN)
        np.testing.assert_allclose(transposed, around.T, atol=1e-2)


@pytest.mark.parametrize("level", [0.0, 7.3, 255.0])
def test_a_constant_picture_goes_on_constant(level):
    """Nothing warns, nothing divides by zero."""
    around = surrounded(np.full((SIDE, SIDE), level, np.float32), DOWN, ACROSS)
    np.testing.assert_allclose(around, level, atol=1e-3)


def test_brighter_by_some_is_brighter_by_as_much_around(thumbs):
    for thumb in thumbs.values():
        around = surrounded(thumb, DOWN, ACROSS)
        np.testing.assert_allclose(surrounded(thumb + 10, DOWN, ACROSS), around + 10, atol=1e-2)
        np.testing.assert_allclose(surrounded(2 * thumb, DOWN, ACROSS), 2 * around, atol=1e-2)


def test_stripes_go_on_where_leaves_do_not():
    """The same fine edge, after a picture that is the same across and after one of noise."""
    y = np.arange(SIDE)
    stripe = 100 * np.cos(math.pi * 16 * (y + 0.5) / SIDE)
    stripes = np.repeat(stripe[:, None], SIDE, axis=1).astype(np.float32)
    leaves = np.random.default_rng(2).uniform(-100, 100, (SIDE, SIDE)).astype(np.float32)
    leaves[:, -1] = stripe
    seen = [surrounded(thumb, 0, 16)[:, -16:] for thumb in (stripes, leaves)]
    strengths = [float(stripe @ beyond[:, 9] / (stripe @ stripe)) for beyond in seen]
    assert strengths[0] > 0.6
    assert strengths[1] < 0.1


def test_fine_detail_fades_before_broad_light():
    rng = np.random.default_rng(3)
    y = np.arange(SIDE)
    for _ in range(3):
        thumb = (rng.uniform(0, 255, (SIDE, SIDE)).cumsum(axis=1) / SIDE).astype(np.float32)
        waves = [np.cos(math.pi * k * (y + 0.5) / SIDE) for k in (1, 24)]
        around = surrounded(thumb, 0, 32)
        broad, fine = (float((w @ around[:, -1]) / (w @ thumb[:, -1])) for w in waves)
        assert broad > fine


def test_what_is_no_thumbnail_is_refused():
    with pytest.raises(ValueError, match="a thumbnail is"):
        surrounded(np.zeros((128, 256), np.float32), 0, 0)
