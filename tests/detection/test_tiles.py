"""Collages: panels that were not seen."""

import numpy as np
import pytest
from PIL import Image

from hashguard.detection import find_pictures
from hashguard.detection.boxes import Box
from hashguard.detection.placing import Placed
from hashguard.detection.tiles import missing_panels
from tests.detection.test_find import box_of


def panels(columns: int, rows: int, gap: int, size: tuple[int, int] = (200, 150)) -> list[Box]:
    width, height = size
    return [
        (left, top, left + width, top + height)
        for top in range(gap, gap + rows * (height + gap), height + gap)
        for left in range(gap, gap + columns * (width + gap), width + gap)
    ]


def sides(columns: int, rows: int, gap: int, size: tuple[int, int] = (200, 150)) -> tuple[int, int]:
    return columns * size[0] + (columns + 1) * gap, rows * size[1] + (rows + 1) * gap


def missing(seen: list[Box], width: int, height: int) -> set[Box]:
    found = missing_panels([Placed(box, 0.7) for box in seen], width, height)
    assert all(one.score == 0.7 for one in found)
    return {one.box for one in found}


@pytest.mark.parametrize("gap", [0, 1, 6])
@pytest.mark.parametrize(
    ("columns", "rows", "seen"), [(2, 1, 1), (1, 2, 1), (2, 2, 2), (3, 3, 3), (3, 3, 8)]
)
def test_a_third_of_the_panels_tells_the_others(gap, columns, rows, seen):
    """Whichever they are, with gaps and without."""
    every = panels(columns, rows, gap)
    width, height = sides(columns, rows, gap)
    for first in range(len(every)):
        some = [every[(first + number) % len(every)] for number in range(seen)]
        assert missing(some, width, height) == set(every) - set(some)


def test_fewer_tell_nothing():
    """One box of the right size is chance where nine would follow."""
    every = panels(3, 3, 6)
    assert missing(every[:2], *sides(3, 3, 6)) == set()
    assert missing([], 600, 400) == set()


def test_boxes_beside_their_place_tell_nothing():
    """Gaps around and between panels are of one width."""
    width, height = sides(2, 2, 6)
    for off in (6, -6):
        seen = [
            (left + off, top, right + off, bottom) for left, top, right, bottom in panels(2, 2, 6)
        ]
        assert missing(seen[:2], width, height) == set()


def test_all_panels_seen_leave_nothing_missing():
    assert missing(panels(2, 2, 6), *sides(2, 2, 6)) == set()


@pytest.mark.parametrize("box", [(0, 125, 334, 254), (0, 0, 334, 128), (168, 0, 334, 254)])
def test_panels_end_where_the_upload_ends(box):
    """Two that are a little higher or wider than half of it; found with a part of a photograph."""
    (found,) = missing([box], 334, 254)
    assert min(found) >= 0
    assert found[2] <= 334
    assert found[3] <= 254


def test_strips_are_no_grid():
    """A picture between two bars has the size of a third of the upload."""
    assert missing([(0, 100, 300, 200)], 300, 300) == set()


@pytest.mark.parametrize("name", ["astronaut.png", "fig.jpg"])
def test_white_panel_beside_white_gaps_is_found(photographs, name):
    """No edge of it is in the pixels."""
    width, height = sides(2, 1, 6, (300, 300))
    upload = np.full((height, width, 3), 255, np.uint8)
    upload[6:306, 6:306] = np.asarray(Image.fromarray(photographs[name]).resize((300, 300)))
    upload[100:200, 400:500] = (200, 30, 60)
    found = {tuple(map(round, box_of(one.framing, upload))) for one in find_pictures(upload)}
    assert (312, 6, 612, 306) in found
