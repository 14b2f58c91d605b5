"""The steps between an upload and the pictures found in it."""

from dataclasses import replace

import numpy as np
import pytest

from hashguard.detection.blocks import find_blocks
from hashguard.detection.boxes import is_among
from hashguard.detection.candidates import Candidate, find_candidates
from hashguard.detection.edges import exact_side, plain_rows
from hashguard.detection.grids import with_panels
from hashguard.detection.names import names
from hashguard.detection.seams import find_seams
from hashguard.detection.small import MOST_CELLS, made_small
from hashguard.framing import Framing


def noise(*shape: int, low: int = 0, high: int = 256) -> np.ndarray[tuple[int, ...], np.dtype]:
    return np.random.default_rng(8).integers(low, high, shape, dtype=np.uint8)


@pytest.mark.parametrize(
    "shape", [(480, 480), (481, 960), (961, 1441), (33, 20_000), (20_000, 33), (1200, 1600)]
)
def test_cells_are_means_of_whole_pixels(shape):
    """Of as many as the sides need to fit, whatever the size of a cell."""
    pixels = noise(*shape)
    small = made_small(pixels)
    rows, columns = small.luma.shape
    assert max(rows, columns) <= MOST_CELLS
    assert (rows, columns) == (shape[0] // small.down, shape[1] // small.across)
    part = pixels[: rows * small.down, : columns * small.across].astype(np.float64)
    means = part.reshape(rows, small.down, columns, small.across).mean(axis=(1, 3))
    assert np.abs(small.luma - means).max() < 1e-3


def test_white_stays_white_in_huge_cells():
    """Sums of many pixels do not run over."""
    for shape in ((40, 400_000), (400_000, 40), (40, 400_000, 3)):
        assert np.all(made_small(np.full(shape, 255, np.uint8)).luma == 255)


def test_colours_weigh_as_luma():
    """ITU-R BT.601, within half a level."""
    pixels = noise(40, 50, 3)
    luma = pixels @ np.array([0.299, 0.587, 0.114])
    assert np.abs(made_small(pixels).luma - luma).max() < 0.5


@pytest.mark.parametrize("row", [20, 21, 77, 140])
@pytest.mark.parametrize("jump", [15, 40, 120])
def test_step_in_noise_is_a_line(row, jump):
    """Where the luma jumps all along, however rough it is; within a cell."""
    luma = noise(160, 200, low=100, high=116).astype(np.float32)
    luma[row:] += jump
    lines = find_seams(luma, 10).lines
    assert len(lines) >= 1
    assert np.abs(lines - row).min() <= 1


def test_noise_alone_closes_no_rectangle():
    """Jumps have jumps beside them; what agrees by chance is short, and crosses nothing."""
    assert find_candidates(noise(300, 400).astype(np.float32), 10) == []


def test_no_more_lines_than_asked_for_and_in_order():
    """The strongest of many."""
    luma = np.repeat(noise(60, 1), 6, axis=0) * np.ones((1, 200), np.float32)
    for most in (1, 5, 20):
        lines = find_seams(luma, most).lines
        assert len(lines) == most
        assert np.all(np.diff(lines) > 0)


@pytest.mark.parametrize("place", [40, 45, 50, 54])
@pytest.mark.parametrize("last", [False, True])
def test_side_is_placed_to_the_pixel(place, last):
    """Anywhere within reach, with full support if nothing else is there."""
    pixels = np.full((100, 80), 90, np.uint8)
    pixels[place:] = 130
    side = exact_side(pixels, 47, 7, (0, 80), 1, last=last)
    assert (side.place, side.support) == (place, 1.0)


def test_of_two_boundaries_the_one_asked_for_is_taken():
    """A line around a picture has two edges."""
    pixels = np.full((100, 80), 200, np.uint8)
    pixels[48:52] = 0
    pixels[52:] = noise(48, 80, low=100, high=110)
    assert exact_side(pixels, 50, 6, (0, 80), 1, last=False).place == 48
    assert exact_side(pixels, 50, 6, (0, 80), 1, last=True).place == 52


@pytest.mark.parametrize("edge", [0, 100])
def test_side_at_the_end_of_the_upload_has_no_support(edge):
    """There is nothing beyond to differ from."""
    assert exact_side(noise(100, 80), edge, 1, (0, 80), 1, last=True).support == 0


@pytest.mark.parametrize(("gap", "counted"), [(0, 0), (1, 1), (9, 9), (10, 10), (11, 0)])
def test_plain_rows_are_counted_up_to_the_most(gap, counted):
    """A wider one is no gap; in both directions."""
    pixels = noise(100, 80, low=0, high=120)
    pixels[30 : 30 + gap] = 255
    assert plain_rows(pixels, 30, (0, 80), 1, 10) == counted
    assert plain_rows(pixels[::-1], 70, (0, 80), -1, 10) == counted


def test_sky_is_no_gap():
    """It becomes something else little by little."""
    y, x = np.mgrid[0:100, 0:80]
    pixels = (250 - 0.5 * y - 0.1 * x).astype(np.uint8)
    assert plain_rows(pixels, 0, (0, 80), 1, 40) == 0


def test_boxes_are_one_if_all_edges_are_within():
    """The limit itself is within; one edge beyond it is enough to differ."""
    box = (10, 20, 110, 220)
    for edge, limit in enumerate((4, 8, 4, 8)):
        for off, same in ((limit - 1, True), (limit, True), (limit + 1, False)):
            for sign in (1, -1):
                moved = list(box)
                moved[edge] += sign * off
                left, top, right, bottom = moved
                assert is_among((left, top, right, bottom), [box], 4, 8) is same


def candidate(left: int, top: int, right: int, bottom: int, score: float = 0.9) -> Candidate:
    return Candidate((left, top, right, bottom), score, is_border=False)


def test_missing_panel_is_added_and_unions_are_worth_less():
    """Three of four panels say where the fourth is; two of them together are hardly a picture."""
    panels = [candidate(0, 0, 50, 60), candidate(54, 0, 104, 60), candidate(54, 64, 104, 124)]
    union, other = candidate(0, 0, 104, 60, 0.7), candidate(10, 10, 30, 30, 0.6)
    made = with_panels([*panels, union, other])
    assert [one.box for one in made] == [
        *(panel.box for panel in panels),
        (0, 64, 50, 124),
        union.box,
        other.box,
    ]
    assert [one.score for one in made[3:]] == [0.9, 0.35, 0.6]


def test_margin_of_a_collage_comes_after_its_panels():
    """It shows nothing more than they do; a border around more than the panels comes first."""
    panels = [candidate(2, 2, 50, 60), candidate(54, 2, 104, 60), candidate(54, 64, 104, 124)]
    for box, place in (((2, 2, 104, 124), 4), ((2, 2, 140, 160), 0)):
        border = replace(candidate(*box, 1.0), is_border=True)
        assert [one.box for one in with_panels([border, *panels])].index(box) == place


def test_boxes_of_one_size_far_apart_are_no_grid():
    """Panels lie side by side; windows have a wall between them."""
    found = [candidate(0, 0, 50, 60), candidate(90, 0, 140, 60), candidate(90, 100, 140, 160)]
    assert with_panels(found) == found


def test_two_boxes_of_one_size_are_no_grid():
    """Chance is enough for two."""
    found = [candidate(0, 0, 50, 60), candidate(54, 0, 104, 60), candidate(0, 0, 104, 60)]
    assert with_panels(found) == found
    assert with_panels([]) == []


@pytest.mark.parametrize(
    ("framing", "is_border", "ratio", "name"),
    [
        (Framing(0, 0.1, 1, 0.9), True, 2.0, "bars above and below removed"),
        (Framing(0, 0.2, 1, 0.6), False, 2.0, "picture in a screenshot"),
        (Framing(0, 0.2, 1, 0.6), False, 1.0, "bars above and below removed"),
        (Framing(0.2, 0.2, 0.5, 0.6), False, 1.0, "picture in a picture"),
        (Framing(0.001, 0.001, 0.999, 0.9), False, 1.0, "bar below removed"),
        (Framing(0.004, 0.004, 0.996, 0.996), True, 1.0, "border of 1 % removed"),
        (Framing(0.05, 0.05, 0.95, 0.95), True, 1.0, "border of 5 % removed"),
        (Framing(0.05, 0.05, 0.95, 0.9), True, 1.0, "border removed"),
    ],
)
def test_one_picture_is_named_by_what_surrounds_it(framing, is_border, ratio, name):
    """As a person would say it."""
    assert names([framing], [is_border], ratio) == [name]


def test_panels_are_numbered_in_reading_order():
    """Also if not all were found."""
    found = [Framing(0.5, 0, 1, 0.5), Framing(0, 0.5, 0.5, 1), Framing(0.5, 0.5, 1, 1)]
    assert names(found, [False] * 3, 1.0) == ["panel 2 of 4", "panel 3 of 4", "panel 4 of 4"]


def page_of(*boxes: tuple[int, int, int, int], light: int = 250) -> np.ndarray:
    """(300, 400) of one colour but for these boxes, which are rough."""
    luma = np.full((300, 400), light, np.float32)
    for left, top, right, bottom in boxes:
        luma[top:bottom, left:right] = noise(bottom - top, right - left)
    return luma


def test_blocks_are_cut_out_to_the_cell():
    """Beside each other, above each other, at an edge of the page; the largest first."""
    parts = [(20, 30, 230, 190), (260, 30, 390, 90), (260, 100, 390, 180), (0, 200, 400, 300)]
    assert find_blocks(page_of(*parts)) == sorted(
        parts, key=lambda box: -(box[2] - box[0]) * (box[3] - box[1])
    )


def test_words_are_no_block():
    """Lines of letters are low; what is under them is cut out all the same."""
    lines = [(20, top, 380, top + 9) for top in range(10, 100, 14)]
    assert find_blocks(page_of(*lines, (60, 120, 350, 280))) == [(60, 120, 350, 280)]


def test_page_without_a_block_gives_none():
    """Neither the whole picture nor nothing is a part of it."""
    assert find_blocks(page_of()) == []
    assert find_blocks(page_of((0, 0, 400, 300))) == []


def test_block_that_begins_little_by_little_is_left_out():
    """A sky as light as the page says nothing of where the picture begins."""
    luma = page_of((0, 150, 400, 300))
    y, x = np.mgrid[0:90, 0:400]
    luma[60:150] = 250 - 60 * (y / 90) * (x / 400)
    assert find_blocks(luma) == []
