"""Which rectangles are believed: lines that end, lines that divide, and four sides that agree."""

import numpy as np
import pytest
from PIL import Image

from hashguard.detection import find_pictures
from hashguard.detection.candidates import Candidate
from hashguard.detection.panels import reaching
from hashguard.detection.placing import Placing
from hashguard.detection.seams import find_seams
from hashguard.detection.small import Luma, made_small
from hashguard.robustness.attacks import canvas
from hashguard.robustness.attacks.drawing import backdrop

SIDE = 240  # cells


def drawn(left: int, top: int, right: int, bottom: int) -> Luma:
    """A light rectangle on a dark ground."""
    luma = np.full((SIDE, SIDE), 60, np.float32)
    luma[top:bottom, left:right] = 180
    return luma


def lasting(luma: Luma, *box: int) -> float:
    across, down = find_seams(luma, 20), find_seams(np.ascontiguousarray(luma.T), 20)
    (share,) = reaching(np.array([box], np.intp), across, down).tolist()
    return float(share)


@pytest.mark.parametrize("box", [(60, 0, 180, 240), (0, 60, 240, 180), (60, 0, 180, 180)])
def test_sides_that_meet_the_edge_last_until_there(box):
    """A stripe through the whole upload, and what hangs from its edge, are bounded so far."""
    assert lasting(drawn(*box), *box) == 1


@pytest.mark.parametrize(
    "box", [(60, 0, 180, 180), (60, 60, 240, 180), (60, 0, 240, 180), (0, 0, 60, 180)]
)
def test_drawn_out_sides_of_a_window_do_not_last(box):
    """A line that ends where a window does bounds no part of the desktop beyond."""
    assert lasting(drawn(60, 60, 180, 180), *box) < 0.5


def test_what_lies_between_bars_only_is_not_held_against_it():
    """Beside a blurred copy of itself, a picture is faintly bounded in places."""
    assert lasting(drawn(60, 60, 180, 180), 0, 60, 240, 180) == 1


def test_window_that_touches_no_edge_is_not_held_against_it():
    """Whether a line goes on is asked only where it should meet the edge."""
    assert lasting(drawn(60, 60, 180, 180), 60, 60, 180, 180) == 1


def test_window_is_surer_than_the_desktop_beside_it(photographs):
    """Few boxes are looked up: strips from a window to the edges must not come first."""
    shown = canvas.image_of(photographs["brushes.jpg"]).resize((440, 440), Image.Resampling.BICUBIC)
    for seed in range(4):
        screen = backdrop(np.random.default_rng(seed), 1100, 700)
        screen.paste(shown, (160, 120))
        found = find_pictures(canvas.pixels_of(screen))
        edges = (found[0].framing.left * 1100, found[0].framing.top * 700)
        assert edges == pytest.approx((160, 120), abs=3)


def test_four_sides_on_the_pixels_make_up_for_a_faint_candidate():
    """A candidate that was hardly seen gains where the pixels close it, and one with three not."""
    rng = np.random.default_rng(1)
    pixels = np.full((400, 400), 70, np.uint8)
    pixels[100:300, 100:300] = rng.integers(110, 250, (200, 200))
    placing = Placing(pixels, made_small(pixels))
    faint = placing.place(Candidate((100, 100, 300, 300), 0.3, is_border=False))
    assert faint.box == (100, 100, 300, 300)
    assert faint.score > 0.3**0.5 * 1.1

    pixels[100:300, 300:] = rng.integers(110, 250, (200, 100))
    placing = Placing(pixels, made_small(pixels))
    three = placing.place(Candidate((100, 100, 400, 300), 0.3, is_border=False))
    assert three.score <= 0.3**0.5
