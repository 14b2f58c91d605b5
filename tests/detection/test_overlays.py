"""What covers a picture is filled in, and what was drawn into it stays."""

from __future__ import annotations

from collections import deque
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from hashguard.decode import DecodeLimits, decode
from hashguard.detection import overlays, without_overlays
from hashguard.detection.filling import filled
from hashguard.detection.labels import among, labelled
from hashguard.detection.shapes import Shape, enclosed, wider
from hashguard.detection.small import Luma, made_small
from hashguard.hashers.pdq import hash_pixels
from hashguard.hashes import Pixels
from hashguard.robustness.attacks import canvas
from hashguard.robustness.attacks.covering import censored, with_emoji, with_stickers
from hashguard.robustness.attacks.overlay import caption_over
from tests.timing import fastest

PHOTOGRAPHS = ["cat.png", "dogs.jpg", "fig.jpg", "rocket.jpg", "dandelions.jpg"]


def reached(count: int, ends: list[int], others: list[int]) -> list[int]:
    """The readable twin of `labelled`: from each node in turn, all that can be reached."""
    beside: list[list[int]] = [[] for _ in range(count)]
    for one, other in zip(ends, others, strict=True):
        beside[one].append(other)
        beside[other].append(one)
    labels = [-1] * count
    for start in range(count):
        waiting = deque([start] if labels[start] < 0 else [])
        while waiting:
            node = waiting.popleft()
            if labels[node] < 0:
                labels[node] = start
                waiting.extend(beside[node])
    return labels


@pytest.mark.parametrize("edges", [0, 1, 30, 60, 90, 300])
def test_components_are_what_can_be_reached(edges):
    rng = np.random.default_rng(edges)
    for _ in range(30):
        ends, others = rng.integers(0, 90, (2, edges))
        assert labelled(90, ends, others).tolist() == reached(90, ends.tolist(), others.tolist())


@pytest.mark.parametrize("order", [range(5000), range(4999, -1, -1)])
def test_a_long_path_is_one_component(order):
    """Also if its numbers lead up and down by turns, as those of a spiral do."""
    path = np.array(order)
    path[::2] = path[::2][::-1].copy()
    assert not labelled(5000, path[:-1], path[1:]).any()


def test_among_the_kept_nodes_hangs_together_what_is_joined_by_them_alone():
    """A ring without two of its nodes is two paths."""
    ring = np.arange(10)
    kept = ~np.isin(ring, (2, 7))
    ends, others = among(kept, (ring, np.roll(ring, -1)))
    assert labelled(8, ends, others).tolist() == [0, 0, 2, 2, 2, 2, 0, 0]


def rough(*shape: int) -> Luma:
    return np.random.default_rng(3).uniform(0, 255, shape).astype(np.float32)


@pytest.mark.parametrize("shape", [(1, 40), (40, 1), (37, 53), (64, 64)])
def test_what_is_seen_stays_and_what_is_hidden_lies_between_it(shape):
    luma = rough(*shape)
    hidden = np.random.default_rng(4).random(shape) < 0.7
    result = filled(luma, hidden)
    assert np.array_equal(result[~hidden], luma[~hidden])
    assert luma[~hidden].min() <= result[hidden].min()
    assert result[hidden].max() <= luma[~hidden].max()


def test_a_gap_in_a_slope_is_the_slope():
    """Within 2 levels of 100, for a gap of a third of the picture."""
    slope = np.linspace(0, 100, 90, dtype=np.float32) * np.ones((90, 1), np.float32)
    hidden = np.zeros(slope.shape, dtype=bool)
    hidden[30:60, 30:60] = True
    assert np.abs(filled(np.where(hidden, 255, slope), hidden) - slope).max() < 2


def test_where_nothing_or_everything_is_hidden_nothing_changes():
    luma = rough(20, 30)
    for hidden in (np.zeros((20, 30), dtype=bool), np.ones((20, 30), dtype=bool)):
        assert np.array_equal(filled(luma, hidden), luma)


def test_a_shape_has_what_it_encloses_but_not_its_corners():
    ring = np.zeros((9, 9), dtype=bool)
    ring[1, 3:6] = ring[7, 3:6] = ring[3:6, 1] = ring[3:6, 7] = True
    whole = enclosed(ring)
    assert whole[4, 4]
    assert not whole[0].any()
    assert not whole[1, 1]
    assert wider(ring).sum() > ring.sum()
    assert np.array_equal(enclosed(whole), whole)


def luma_of(data: bytes) -> Luma:
    (frame,) = decode(data, DecodeLimits()).frames
    return made_small(frame.pixels).luma


def bits(luma: Luma, other: Luma) -> int:
    """Between their hashes."""
    one, two = (hash_pixels(np.rint(each).astype(np.uint8)).hash for each in (luma, other))
    return one.distance(two)


COVERED = {
    "stickers, 5 %": (with_stickers, 5.0),
    "stickers, 15 %": (with_stickers, 15.0),
    "emoji": (with_emoji, 8.0),
    "bars, 10 %": (censored, 10.0),
    "caption, 13 %": (caption_over, 13.0),
    "caption, 20 %": (caption_over, 20.0),
}


def bits_before_and_after(pixels: Pixels, covered: str) -> tuple[int, int]:
    """From the photograph: with something over it, saved as a file, and with that filled in."""
    change, strength = COVERED[covered]
    image = canvas.image_of(pixels).convert("RGB")
    upload = luma_of(canvas.jpeg(change(image, strength, np.random.default_rng(5)), 80))
    found = without_overlays(upload)
    assert found is not None
    whole = luma_of(canvas.jpeg(image))
    return bits(upload, whole), bits(found, whole)


def test_what_was_put_over_a_photograph_is_filled_in(photographs):
    """Of all, hardly ever farther from it than before, and together nearer by a third."""
    pairs = {
        (name, covered): bits_before_and_after(photographs[name], covered)
        for name in PHOTOGRAPHS
        for covered in COVERED
    }
    assert all(after <= before + 4 for before, after in pairs.values()), pairs
    before, after = np.array(list(pairs.values())).sum(axis=0)
    assert after < before * 2 / 3, pairs


def drawing() -> Image.Image:
    """Boxes and lines on white, as diagrams are."""
    image = Image.new("RGB", (640, 480), "white")
    draw = ImageDraw.Draw(image)
    rng = np.random.default_rng(6)
    for _ in range(12):
        left, top = int(rng.integers(0, 540)), int(rng.integers(0, 420))
        draw.rectangle((left, top, left + 90, top + 50), outline="black", width=3)
        draw.line((left, top, *rng.integers(0, 480, 2).tolist()), fill="black", width=2)
    return image


def test_the_paper_of_a_drawing_is_no_overlay():
    """White between lines is not filled, though each piece of it ends abruptly."""
    assert without_overlays(luma_of(canvas.jpeg(drawing()))) is None


def test_a_sticker_on_a_drawing_is():
    """And filled nearly as well as if it was known where it is."""
    upload = drawing()
    ImageDraw.Draw(upload).ellipse((220, 140, 400, 320), fill=(220, 60, 60))
    covered, whole = luma_of(canvas.jpeg(upload)), luma_of(canvas.jpeg(drawing()))
    found = without_overlays(covered)
    assert found is not None
    known = filled(covered, np.abs(covered - whole) > 10)
    assert bits(found, whole) <= bits(known, whole) + 4 < bits(covered, whole) - 20
    assert np.median(found[170:290, 250:370]) > 240


def disc(side: int, radius: int, row: int, column: int) -> NDArray[np.bool_]:
    """Which of side x side cells lie within a circle."""
    rows, columns = np.indices((side, side))
    cells: NDArray[np.bool_] = np.hypot(rows - row, columns - column) <= radius
    return cells


def test_only_what_is_covered_is_filled():
    """And all of it, to the cell beside it: of blocks three cells wide, on a rough picture."""
    luma, covered = rough(360, 360) / np.float32(2), disc(360, 60, 171, 202)
    luma[covered] = 150
    found = without_overlays(luma)
    assert found is not None
    assert (found != luma)[covered].all()
    assert np.array_equal(found[~wider(covered)], luma[~wider(covered)])


def test_a_sticker_in_the_luma_of_a_part_of_what_is_beside_it_is_seen():
    """A slope that has its luma on one side only hangs together with it there."""
    slope = np.linspace(50, 194, 360, dtype=np.float32) * np.ones((360, 1), np.float32)
    covered = disc(360, 60, 180, 180)
    found = without_overlays(np.where(covered, np.float32(97), slope))
    assert found is not None
    assert np.abs(found - slope)[~wider(wider(covered))].max() < 2
    assert np.abs(found - slope).max() < 8


def test_a_slope_alone_covers_nothing():
    """Nor what is quite black or white at the end of one."""
    slope = np.linspace(-60, 320, 360) * np.ones((360, 1))
    for luma in (slope, np.rint(slope), slope.T / 3 + 60):
        assert without_overlays(np.clip(luma, 0, 255).astype(np.float32)) is None


def test_what_covers_a_drawing_of_many_plain_places_is_told_by_its_own_colour():
    """Half of it are tiles of two colours; only the third colour is filled."""
    luma = np.full((360, 360), 250, np.float32)
    for number in range(16):
        top, left = 90 * (number // 4) + 10, 90 * (number % 4) + 10
        luma[top : top + 66, left : left + 66] = (60, 140)[number % 2]
    covered = disc(360, 40, 180, 180)
    upload = np.where(covered, np.float32(200), luma)
    found = without_overlays(upload)
    assert found is not None
    assert (found != upload)[covered].all()
    assert np.array_equal(found[~wider(covered)], upload[~wider(covered)])


@pytest.mark.parametrize(("bound", "within"), [(overlays._MOST_LOOKED_AT, True), (1_000, False)])
def test_few_cells_are_looked_at_however_many_regions_reach_across_the_picture(
    bound, within, monkeypatch
):
    """Stripes from corner to corner: what each may hide is as large as the picture."""
    luma = rough(480, 480)
    across = np.add(*np.indices(luma.shape))
    for number in range(24):
        luma[(across >= 40 * number) & (across < 40 * number + 22)] = 20 + number * 37 % 200
    looked_at: list[int] = []

    def counted(luma: Luma, found: list[overlays._Overlay]) -> Shape:
        looked_at.append(sum(one.shape.size for one in found))
        return hidden(luma, found)

    hidden = overlays._hidden
    monkeypatch.setattr(overlays, "_hidden", counted)
    monkeypatch.setattr(overlays, "_MOST_LOOKED_AT", bound)
    without_overlays(luma)
    assert looked_at[0] > luma.size
    assert (looked_at[0] <= 2 * luma.size) is within


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 480), (480, 1), (2, 3), (32, 480), (5, 480), (129, 127), (480, 480)]
)
def test_pictures_of_any_shape_and_colour_are_taken(shape):
    """One colour, noise, stripes, a board: nothing, or a picture of the same shape."""
    board = np.indices(shape).sum(axis=0) // 16 % 2 * 255
    for luma in (np.full(shape, 255), rough(*shape), np.indices(shape)[0] % 7 * 30, board):
        before = luma.astype(np.float32)
        given = before.copy()
        found = without_overlays(given)
        assert np.array_equal(given, before)
        assert found is None or (found.shape == shape and found.dtype == np.float32)


def test_time_is_bounded_whatever_is_shown():
    """A board of the smallest regions, and a spiral of one colour, in hundredths of a second."""
    board = (np.indices((480, 480)) // 24).sum(axis=0) % 2 * 120 + 40
    spiral = np.zeros((480, 480))
    for inset in range(0, 240, 8):
        spiral[inset : 480 - inset, inset : 480 - inset] = inset % 16 * 15
    for luma in (board, spiral, rough(480, 480)):
        given = luma.astype(np.float32)
        assert fastest(partial(without_overlays, given), under=0.1) < 0.1
