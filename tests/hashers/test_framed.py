"""Framings of a thumbnail hash as the pictures they stand for would."""

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from hashguard.framing import WHOLE, Framing
from hashguard.hashers import operators, pdq, pdq_reference
from hashguard.hashers.framed import (
    coded,
    framed_codes,
    framed_orientations,
    ratio_framings,
    tilted_framing,
    upright,
)
from hashguard.hashers.operators import MOST_MARGIN, TYPICAL_LAG, lag_of, margin_of, sampler
from hashguard.hashers.orientation import Orientation, turn
from hashguard.hashers.pdq import hash_pixels
from hashguard.hashers.thumbnail import SIDE, Thumbnail, thumbnail, tilted
from hashguard.hashes import Codes, Pixels

SPANS = [(0.0, 1.0), (-0.1, 1.05), (0.2, 0.9), (-0.4, 1.4)]
FRAMINGS = [
    Framing(left, top, right, bottom) for top, bottom in SPANS for left, right in reversed(SPANS)
]
ROUNDING = 2  # bits; the two next to the median, by the order of float additions
STRANGE_SIZES = [(1, 1), (5, 5), (1, 300), (20000, 3), (3, 20000), (257, 255)]


@pytest.fixture(scope="module")
def lumas(photographs) -> dict[str, Pixels]:
    """Name to (h, w) luma of the photographs."""
    return {
        name: np.rint(pdq_reference.luma(pixels)).astype(np.uint8)
        for name, pixels in photographs.items()
    }


@pytest.fixture(scope="module")
def dogs(lumas) -> Pixels:
    pixels: Pixels = lumas["dogs.jpg"]
    return pixels


def noise(*shape: int) -> Pixels:
    return np.random.default_rng(5).integers(0, 256, shape, dtype=np.uint8)


def far(one: Codes, other: Codes) -> int:
    return int(np.bitwise_count(one ^ other).sum(axis=-1).max())


def turned(thumb: Thumbnail, way: Orientation) -> Thumbnail:
    plane: Any = thumb
    out: Thumbnail = np.ascontiguousarray(turn(plane, way), np.float32)
    return out


def code(pixels: Pixels) -> Codes:
    return hash_pixels(pixels).hash.code


def lags(pixels: Pixels) -> tuple[float, float]:
    return lag_of(pixels.shape[0]), lag_of(pixels.shape[1])


def cut(pixels: Pixels, framing: Framing) -> tuple[Pixels, Framing]:
    """A part of a picture, and the framing of the part that stands for the whole picture."""
    height, width = pixels.shape[:2]
    left, right = round(framing.left * width), round(framing.right * width)
    top, bottom = round(framing.top * height), round(framing.bottom * height)
    wide, high = right - left, bottom - top
    back = Framing(-left / wide, -top / high, (width - left) / wide, (height - top) / high)
    return pixels[top:bottom, left:right], back


# The slow twins: what the modules promise, sample by sample.


def plain_thumbnail(pixels: Pixels) -> NDArray[np.float64]:
    """The mean under each cell, pixel by pixel."""
    out = pdq_reference.luma(pixels)
    for _ in range(2):
        count = len(out)
        reduced = np.zeros((SIDE, out.shape[1]))
        for cell in range(SIDE):
            begin, end = cell * count / SIDE, (cell + 1) * count / SIDE
            for pixel in range(math.floor(begin), min(math.ceil(end), count)):
                share = min(end, pixel + 1) - max(begin, pixel)
                reduced[cell] += share / (end - begin) * out[pixel]
        out = reduced.T
    return out


def plain_samples(line: NDArray[np.float64], begin: float, end: float) -> NDArray[np.float64]:
    """The 64 samples of a framing: a tent laid over a line in 4,000 steps.

    line: the 256 cells of an upload and as many more at each end; beyond, the last ones go on.
    """
    margin = (len(line) - SIDE) // 2
    reach = (end - begin) / 128
    steps = (np.arange(4000) + 0.5) / 2000 - 1
    samples = []
    for k in range(64):
        middle = begin + (k + 0.5) / 64 * (end - begin)
        cells = np.floor((middle + steps * reach) * SIDE).astype(int)
        values = line[np.clip(cells + margin, 0, len(line) - 1)]
        samples.append(np.average(values, weights=1 - np.abs(steps)))
    return np.array(samples)


@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (31, 400), (256, 256), (300, 257), (257, 9, 3)])
def test_cells_of_a_thumbnail_are_means_of_the_pixels_under_them(shape):
    pixels = noise(*shape)
    np.testing.assert_allclose(thumbnail(pixels), plain_thumbnail(pixels), atol=1e-3)


def test_a_thumbnail_does_not_depend_on_how_pixels_lie_in_memory():
    """Cut out, turned on its side, upside down, or with a fourth byte for each pixel."""
    wide = noise(300, 420, 4)
    for pixels in (
        wide[..., :3],
        wide[7:290, 5:, :3],
        wide[..., :3].transpose(1, 0, 2),
        wide[::-1, ::-1, :3],
        wide[..., 0],
        wide[..., 0].T,
    ):
        plain = thumbnail(np.ascontiguousarray(pixels))
        np.testing.assert_allclose(thumbnail(pixels), plain, atol=1e-3)


@pytest.mark.parametrize("span", [*SPANS, (-1.0, 3.0), (0.4, 0.45), (1.1, 1.3)])
def test_samples_are_those_of_a_tent_laid_over_the_line(span):
    """Inside, partly outside and wholly outside; against sums over thousands of points."""
    begin, end = span
    margin = margin_of([span], 0.0)
    line = np.random.default_rng(1).uniform(0, 255, SIDE + 2 * margin)
    found = sampler(begin, end, 0.0) @ line
    np.testing.assert_allclose(found, plain_samples(line, begin, end), atol=0.2)


def test_samples_lag_behind_as_the_boxes_of_pdq_do():
    """The middle of mass of PDQ's weights, away from the edges, lies `lag_of` off centre."""
    for side in (130, 256, 500, 512, 640, 768, 1023, 1024, 1600, 3000):
        ramp = np.arange(side, dtype=np.float64)[None].repeat(5, axis=0)
        filtered = ramp
        for _ in range(2):
            filtered = pdq_reference.box_filter(filtered)
        samples = filtered[0, ((np.arange(64) + 0.5) * side / 64).astype(int)]
        ideal = (np.arange(64) + 0.5) * side / 64 - 0.5
        lag = float((samples - ideal)[4:-4].mean()) / side
        assert lag == pytest.approx(lag_of(side), abs=0.06 / side), side


def test_a_span_inside_needs_no_cell_beyond_the_edges():
    """So what is guessed there changes no bit of it, nor do the framings it is hashed with."""
    for span in ((0.0, 1.0), (0.01, 0.99), (0.2, 0.9)):
        lag = 0.002  # less than half a cell of the whole
        assert margin_of([span], lag) == 0
        alone = operators.operators([span], lag, 0)
        among = operators.operators([span], lag, 40)
        np.testing.assert_array_equal(among[:, :, 40 : 40 + SIDE], alone)
        assert not among[:, :, :40].any()
        assert not among[:, :, 40 + SIDE :].any()


def test_a_margin_is_every_whole_cell_that_a_span_reaches():
    """Up to the most, and as many if its direction is reversed."""
    for begin, end in ((-0.1, 1.05), (0.3, 1.3), (-0.125, 1.0), (-0.4, 1.4)):
        for lag in (-0.003, 0.0, 0.0015):
            margin = margin_of([(begin, end)], lag)
            reach = (max(-begin, end - 1) + abs(lag) * (end - begin)) * SIDE
            assert margin - 1e-6 <= reach < margin + 1
            assert margin_of([(1 - end, 1 - begin)], lag) == margin
            assert sampler(begin, end, lag).shape == (64, SIDE + 2 * margin)
    assert margin_of([(-3.0, 1.0), (0.0, 1.0)], 0.0) == MOST_MARGIN


def test_rows_of_a_sampler_sum_to_one():
    for span in (*SPANS, (-5.0, 20.0)):
        np.testing.assert_allclose(sampler(*span, 0.002).sum(axis=1), 1)


def test_coefficients_are_those_of_pdq(dogs):
    """The cosines of both modules are the same."""
    thumb = thumbnail(dogs)
    buffer = (sampler(0, 1, 0) @ thumb @ sampler(0, 1, 0).T).astype(np.float32)
    rows = operators.operators([(0, 1)], 0, 0)[0]
    np.testing.assert_allclose(rows @ thumb @ rows.T, pdq.coefficients(buffer), atol=0.01)


def test_a_whole_picture_hashes_nearly_as_plain_pdq_has_it(lumas):
    """Its size known: within 14 bits, half of them within 4; unknown: within 26."""
    known, unknown = [], []
    for pixels in lumas.values():
        thumb = thumbnail(pixels)
        known.append(far(coded(thumb, [WHOLE], lag=lags(pixels)).codes[0], code(pixels)))
        unknown.append(far(coded(thumb, [WHOLE]).codes[0], code(pixels)))
    assert max(known) <= 14
    assert np.median(known) <= 4
    assert max(unknown) <= 26


def test_a_picture_of_256_pixels_hashes_nearly_as_plain_pdq_has_it(lumas):
    """Here the thumbnail is the picture, and only the model of the filter differs: 14 bits."""
    for pixels in lumas.values():
        small = np.asarray(Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BOX))
        np.testing.assert_array_equal(thumbnail(small), small)
        found = coded(thumbnail(small), [WHOLE], lag=lags(small)).codes[0]
        assert far(found, code(small)) <= 14


@pytest.mark.parametrize("box", [Framing(0.1, 0.05, 0.95, 0.9), Framing(0.3, 0.2, 0.8, 0.7)])
def test_a_framing_inside_hashes_nearly_as_what_is_cut_out(lumas, box):
    """A picture within a border or a page; half of the cells are left in the second."""
    distances = []
    for pixels in lumas.values():
        inner, back = cut(pixels, box)
        inside = Framing(*_inverse(back))
        found = coded(thumbnail(pixels), [inside], lag=lags(inner)).codes[0]
        distances.append(far(found, code(inner)))
    assert max(distances) <= 24
    assert np.median(distances) <= 8


def _inverse(back: Framing) -> tuple[float, float, float, float]:
    """Where the part lies in the whole, from where the whole lies in the part."""
    wide, high = back.right - back.left, back.bottom - back.top
    return -back.left / wide, -back.top / high, (1 - back.left) / wide, (1 - back.top) / high


def test_what_was_cropped_is_found_with_its_framing(lumas):
    """5 % off each side: 60 bits and more for nearly all, at most 31 with the framing for most."""
    plain, framed = [], []
    for pixels in lumas.values():
        inner, back = cut(pixels, Framing(0.05, 0.05, 0.95, 0.95))
        plain.append(far(code(inner), code(pixels)))
        framed.append(far(coded(thumbnail(inner), [back]).codes[0], code(pixels)))
    assert np.median(plain) >= 60
    assert np.median(framed) <= 28
    assert max(framed) <= 63


@pytest.mark.parametrize("share", [0.05, 0.1])
def test_a_guess_comes_nearer_than_an_edge_that_goes_on(lumas, share):
    """Over all photographs; so what is guessed is more than nothing."""
    guessed, simple = 0, 0
    for pixels in lumas.values():
        inner, back = cut(pixels, Framing(share, share, 1 - share, 1 - share))
        thumb = thumbnail(inner)
        guessed += far(coded(thumb, [back]).codes[0], code(pixels))
        margin = margin_of([(back.top, back.bottom), (back.left, back.right)], TYPICAL_LAG)
        goes_on = np.pad(thumb, margin, mode="edge")
        rows = operators.operators([(back.top, back.bottom)], TYPICAL_LAG, margin)[0]
        columns = operators.operators([(back.left, back.right)], TYPICAL_LAG, margin)[0]
        flat = (rows @ goes_on @ columns.T).ravel()[::-1]
        simple += far(np.packbits(flat > np.partition(flat, 127)[127]), code(pixels))
    assert guessed < 0.95 * simple


def test_a_grid_is_its_framings_one_by_one(dogs):
    thumb = thumbnail(dogs)
    grid = framed_codes(thumb, SPANS, SPANS)
    assert grid.shape == (4, 4, 32)
    assert grid.dtype == np.uint8
    for row, (top, bottom) in enumerate(SPANS):
        for column, (left, right) in enumerate(SPANS):
            one = coded(thumb, [Framing(left, top, right, bottom)]).codes
            assert far(one[0], grid[row, column]) <= ROUNDING
    assert (
        far(
            coded(thumb, FRAMINGS).codes,
            np.concatenate([coded(thumb, [f]).codes for f in FRAMINGS]),
        )
        <= ROUNDING
    )


def test_nothing_asked_is_nothing_answered(dogs):
    thumb = thumbnail(dogs)
    assert framed_codes(thumb, np.empty((0, 2)), SPANS).shape == (0, 4, 32)
    assert coded(thumb, []).codes.shape == (0, 32)


def turned_by_hand(framing: Framing, way: Orientation) -> Framing:
    """Where a framing comes to lie when the upload is turned."""
    left, top, right, bottom = framing.left, framing.top, framing.right, framing.bottom
    return {
        Orientation.UPRIGHT: framing,
        Orientation.MIRRORED: Framing(1 - right, top, 1 - left, bottom),
        Orientation.FLIPPED: Framing(left, 1 - bottom, right, 1 - top),
        Orientation.UPSIDE_DOWN: Framing(1 - right, 1 - bottom, 1 - left, 1 - top),
        Orientation.TRANSPOSED: Framing(top, left, bottom, right),
        Orientation.TURNED_RIGHT: Framing(1 - bottom, left, 1 - top, right),
        Orientation.TURNED_LEFT: Framing(top, 1 - right, bottom, 1 - left),
        Orientation.TRANSVERSED: Framing(1 - bottom, 1 - right, 1 - top, 1 - left),
    }[way]


@pytest.mark.parametrize("way", Orientation)
def test_an_orientation_is_the_turned_upload_with_the_turned_framing(lumas, way):
    """Up to the two bits next to the median, which the order of float additions may exchange."""
    for name in ("dogs.jpg", "coffee.png", "fig.jpg"):
        thumb = thumbnail(lumas[name])
        grid = framed_orientations(thumb, SPANS, SPANS, lag=(0.003, 0.001))[way].codes
        transposed = abs(turn(np.empty((1, 2), np.uint8), way).shape[0] - 1)
        lag = (0.001, 0.003) if transposed else (0.003, 0.001)
        turned_thumb = turned(thumb, way)
        np.testing.assert_allclose(thumbnail(turn(lumas[name], way)), turned_thumb, atol=1e-3)
        for row, (top, bottom) in enumerate(SPANS):
            for column, (left, right) in enumerate(SPANS):
                framing = Framing(left, top, right, bottom)
                want = coded(turned_thumb, [turned_by_hand(framing, way)], lag=lag).codes[0]
                assert far(grid[row, column], want) <= ROUNDING
                one = coded(thumb, [framing], orientation=way, lag=(0.003, 0.001)).codes[0]
                assert far(one, want) <= ROUNDING


@pytest.mark.parametrize("way", Orientation)
def test_what_was_cropped_and_turned_is_found_where_it_lies(dogs, way):
    """The framing is of the upload as it was sent, whichever way the picture in it lies."""
    inner, back = cut(dogs, Framing(0.08, 0.0, 1.0, 0.94))
    # Turned one way by the sender, so the picture shows when the upload is turned the other way.
    undone = {
        Orientation.TURNED_LEFT: Orientation.TURNED_RIGHT,
        Orientation.TURNED_RIGHT: Orientation.TURNED_LEFT,
    }.get(way, way)
    upload = np.ascontiguousarray(turn(inner, undone))
    truth = turned_by_hand(back, undone)
    thumb = thumbnail(upload)
    framed, whole = coded(thumb, [truth, WHOLE], orientation=way).codes
    assert far(framed, code(dogs)) <= 36 + ROUNDING
    assert far(whole, code(dogs)) >= 80


@pytest.mark.parametrize("degrees", [-3, 2])
@pytest.mark.parametrize("name", ["dogs.jpg", "mountains.jpg", "coffee.png"])
def test_a_tilted_upload_hashes_as_if_upright(lumas, name, degrees):
    """Tilted clockwise for positive degrees, corners black; pictures that are not square."""
    pixels = lumas[name]
    height, width = pixels.shape
    assert height != width
    image = Image.fromarray(pixels).rotate(-degrees, Image.Resampling.BICUBIC)
    thumb = thumbnail(np.asarray(image))
    right = coded(tilted(thumb, degrees, height=height, width=width), [WHOLE]).codes[0]
    wrong = coded(tilted(thumb, -degrees, height=height, width=width), [WHOLE]).codes[0]
    assert far(right, code(pixels)) <= 24
    assert far(wrong, code(pixels)) > 47


def test_no_tilt_is_the_thumbnail_itself(dogs):
    thumb = thumbnail(dogs)
    assert tilted(thumb, 0, height=3, width=4) is thumb


def test_a_turn_by_90_degrees_turns_a_square_thumbnail(dogs):
    """Against the clock for positive degrees; cells fall on cells."""
    thumb = thumbnail(dogs)
    back = tilted(thumb, 90, height=100, width=100)
    np.testing.assert_allclose(back, np.rot90(thumb), atol=0.5)


def test_upright_and_back_is_where_it_was():
    framing = Framing(-0.1, 0.2, 0.7, 1.1, tilt=4.0)
    straight = upright(framing, height=300, width=800)
    assert straight.tilt == 0
    back = tilted_framing(straight, 4.0, height=300, width=800)
    for name in ("left", "top", "right", "bottom", "tilt"):
        assert getattr(back, name) == pytest.approx(getattr(framing, name))


def test_a_tilted_picture_off_the_centre_is_found_with_its_framing(dogs):
    """A framing turns about its own centre: a tilted picture beside a plain stretch."""
    height, width = dogs.shape
    tilt = 3.0
    turned = Image.fromarray(dogs).rotate(-tilt, Image.Resampling.BICUBIC)
    upload = np.full((height + height // 4, width * 2), 128, np.uint8)
    upload[:height, :width] = np.asarray(turned)
    there = Framing(0, 0, 0.5, height / upload.shape[0], tilt)
    shape = {"height": upload.shape[0], "width": upload.shape[1]}
    back = tilted(thumbnail(upload), tilt, **shape)
    found = coded(back, [upright(there, **shape)]).codes[0]
    assert far(found, code(dogs)) <= 31


@pytest.mark.parametrize("shape", STRANGE_SIZES)
def test_any_size_has_a_thumbnail_and_codes(shape):
    for pixels in (noise(*shape), noise(*shape, 3)):
        thumb = thumbnail(pixels)
        assert thumb.shape == (SIDE, SIDE)
        assert thumb.min() >= pixels.min() - 1e-3
        assert thumb.max() <= pixels.max() + 1e-3
        assert framed_codes(thumb, SPANS, SPANS).shape == (4, 4, 32)
        turned_back = tilted(thumb, 2, height=shape[0], width=shape[1])
        assert coded(turned_back, [WHOLE]).codes.shape == (1, 32)


@pytest.mark.parametrize("level", [0, 7, 255])
def test_a_constant_picture_has_codes(level):
    """All coefficients are zero up to rounding; nothing warns, nothing divides by zero."""
    thumb = thumbnail(np.full((300, 400), level, np.uint8))
    np.testing.assert_allclose(thumb, level, atol=1e-3)
    assert coded(thumb, FRAMINGS).codes.shape == (16, 32)


def test_some_orientations_are_those_of_all(dogs):
    """Asked for alone, in any order."""
    thumb = thumbnail(dogs)
    everything = framed_orientations(thumb, SPANS, SPANS)
    for some in ((Orientation.MIRRORED,), (Orientation.TURNED_LEFT, Orientation.UPRIGHT)):
        found = framed_orientations(thumb, SPANS, SPANS, orientations=some)
        assert list(found) == list(some)
        for way, one in found.items():
            assert (one.codes == everything[way].codes).all()
            assert (one.clarity == everything[way].clarity).all()


def test_ratio_framings_hold_what_was_cut_to_a_square():
    """A square may have been 4:3: an eighth of that width is missing at each side."""
    framings = ratio_framings(500, 500)
    missing = (4 / 3 - 1) / 2
    assert Framing(left=-missing, right=1 + missing) in framings
    assert Framing(top=-missing, bottom=1 + missing) in framings
    assert WHOLE not in framings
    assert len(framings) == 8


@pytest.mark.parametrize(("height", "width"), [(600, 800), (900, 1600), (500, 400), (1, 10)])
def test_ratio_framings_have_the_usual_ratios(height, width):
    """One axis only is padded back, evenly, and never cut."""
    for framing in ratio_framings(height, width):
        ratio = (framing.right - framing.left) * width / ((framing.bottom - framing.top) * height)
        usual = (1, 5 / 4, 4 / 3, 3 / 2, 16 / 9)
        assert any(math.isclose(max(ratio, 1 / ratio), known) for known in usual)
        assert framing.left == pytest.approx(1 - framing.right)
        assert framing.top == pytest.approx(1 - framing.bottom)
        assert (framing.left == 0) != (framing.top == 0)
        assert framing.left <= 0
        assert framing.top <= 0


def test_matrices_kept_are_bounded(dogs):
    """Whatever spans uploads ask for, at most 16 MB of matrices stay."""
    thumb = thumbnail(dogs)
    spans = [(-0.0001 * number, 1.0) for number in range(1500)]
    framed_codes(thumb, spans, [(0, 1)])
    info = operators._operator.cache_info()
    assert info.maxsize is not None
    assert info.currsize <= info.maxsize <= 512
    assert operators.operators([(-9.0, 9.0)], 0.0, MOST_MARGIN).nbytes <= 2**15


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4), np.float32),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((0, 4), np.uint8),
    ],
)
def test_what_is_no_picture_is_refused(pixels):
    with pytest.raises(ValueError, match="pixels must be"):
        thumbnail(pixels)


def test_what_is_no_framing_is_refused(dogs):
    thumb = thumbnail(dogs)
    with pytest.raises(ValueError, match="turn the thumbnail back"):
        coded(thumb, [WHOLE, Framing(tilt=1)])
    for spans in ([(0.5, 0.5)], [(0.6, 0.5)], [(0, 1e9)], [(np.nan, 1)], [(0, np.inf)]):
        with pytest.raises(ValueError, match="cannot span"):
            framed_codes(thumb, spans, SPANS)
    with pytest.raises(ValueError, match="spans must be"):
        framed_codes(thumb, [0, 1], SPANS)
    small: Thumbnail = thumb[:128]
    with pytest.raises(ValueError, match="thumbnail is"):
        coded(small, [WHOLE])
