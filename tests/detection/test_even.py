"""Even borders of which not all sides were seen."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from hashguard.detection import find_pictures
from hashguard.detection.boxes import Box
from hashguard.detection.even import even_boxes
from hashguard.detection.placing import Placed
from hashguard.hashers.pdq import hash_pixels
from tests.detection.test_find import SHOWN

SAME = 0.004
Seen = tuple[Placed, bool]


def seen(box: Box, score: float, is_border: bool) -> Seen:
    return Placed(box, score), is_border


def boxes(*found: Seen, width: int = 1000, height: int = 800) -> list[Box]:
    return [one.box for one in even_boxes(found, width, height, SAME)]


def test_three_sides_tell_the_fourth():
    """As many pixels, and as large a share, on all sides."""
    found = boxes(seen((100, 100, 900, 800), 0.7, False))
    assert found[0] == (100, 100, 900, 700)
    found = boxes(seen((100, 80, 900, 800), 0.7, False))
    assert found[0] == (100, 80, 900, 720)


def test_two_sides_of_different_boxes_are_enough():
    found = boxes(seen((100, 0, 1000, 800), 0.6, False), seen((0, 0, 1000, 700), 0.7, False))
    assert (100, 100, 900, 700) in found


def test_one_side_tells_only_the_opposite_one():
    assert boxes(seen((0, 90, 1000, 800), 0.7, False)) == [(0, 90, 1000, 710)]


def test_within_one_colour_no_border_is_wider_than_its_narrowest_side():
    """A drawing on white that touches one edge of its own, and ends in white at the others."""
    narrow = seen((310, 80, 850, 500), 0.9, True)
    assert (80, 80, 920, 720) in boxes(narrow)
    assert (310, 310, 690, 490) not in boxes(narrow)
    assert (80, 80, 920, 720) not in boxes(seen((310, 80, 850, 500), 0.9, False))


def test_what_more_sides_say_is_surer():
    both = (seen((100, 100, 900, 800), 0.6, False), seen((0, 200, 1000, 600), 0.9, False))
    found = even_boxes(both, 1000, 800, SAME)
    scores = [one.score for one in found]
    assert found[0].box == (100, 100, 900, 700)
    assert scores == sorted(scores, reverse=True)
    assert 0 < scores[-1] < scores[0] <= 1


SMALL = [(450, 0, 550, 40), (0, 0, 40, 30), (15, 15, 25, 25), (1, 1, 39, 29)]


@pytest.mark.parametrize("box", SMALL)
def test_no_box_is_too_small_or_beside_the_upload(box):
    found = boxes(seen(box, 0.7, True), seen((10, 0, 40, 30), 0.7, False), width=600, height=40)
    for left, top, right, bottom in found:
        assert 0 <= left < right <= 600
        assert 0 <= top < bottom <= 40
        assert min(right - left, bottom - top) >= 16


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("dark", [0, 255])
def test_a_picture_that_ends_as_its_blurred_border_is_found(photographs, name, dark):
    """One of its sides is as plain as what lies beside it."""
    picture = Image.fromarray(photographs[name]).resize((400, 400))
    picture.paste((dark, dark, dark), (0, 330, 400, 400))
    back = picture.resize((500, 500)).filter(ImageFilter.GaussianBlur(25))
    back.paste((dark, dark, dark), (0, 400, 500, 500))
    back.paste(picture, (50, 50))
    truth = hash_pixels(np.asarray(picture)).hash
    upload = np.asarray(back)
    found = [
        upload[
            round(one.framing.top * 500) : round(one.framing.bottom * 500),
            round(one.framing.left * 500) : round(one.framing.right * 500),
        ]
        for one in find_pictures(upload, most=10)
    ]
    assert min(hash_pixels(np.ascontiguousarray(part)).hash.distance(truth) for part in found) <= 16
