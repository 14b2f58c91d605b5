"""A picture of where a match lies: the line is where the framing says, and nothing else is told."""

import io

import numpy as np
import pytest
from PIL import Image

from fixtures.odd import MAKERS
from hashguard import DecodeLimits, Entry, Hash, Match
from hashguard.decode import decode
from hashguard.errors import CorruptError, DecodeError
from hashguard.explanation import MAX_REACH, MAX_SIDE, explain_match
from hashguard.framing import WHOLE, Framing
from tests.conftest import PHOTOS

AMBER = (255, 176, 0)
MARGIN = 12  # pixels around everything


def explained(upload: bytes, framing: Framing = WHOLE, frame: int = 0) -> Image.Image:
    entry = Entry(id="1", hash=Hash.parse("pdq:" + "0f" * 32))
    match = Match(distance=3, probe="as uploaded", frame=frame, entry=entry, framing=framing)
    return Image.open(io.BytesIO(explain_match(upload, match, limits=DecodeLimits())))


def grey(width: int, height: int, value: int = 100) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (value, value, value)).save(out, "PNG")
    return out.getvalue()


def test_the_line_runs_where_the_framing_lies():
    """Its four sides and nothing inside; around it the upload is darker."""
    picture = explained(grey(400, 200), Framing(0.25, 0.1, 0.75, 0.9))
    assert picture.size == (400 + 2 * MARGIN, 200 + 2 * MARGIN)
    for x, y in ((100, 100), (300, 100), (200, 20), (200, 180)):
        assert picture.getpixel((x + MARGIN, y + MARGIN)) == AMBER
    assert picture.getpixel((200 + MARGIN, 100 + MARGIN)) == (100, 100, 100)
    assert picture.getpixel((20 + MARGIN, 100 + MARGIN)) == (45, 45, 45)


def test_what_was_cropped_off_is_shown_as_missing():
    """The line goes around it, and it is not black, as a dark picture would be."""
    picture = explained(grey(400, 200), Framing(left=-0.5))
    assert picture.size == (600 + 2 * MARGIN, 200 + 2 * MARGIN)
    assert picture.getpixel((MARGIN, MARGIN + 100)) == AMBER
    assert picture.getpixel((MARGIN + 100, MARGIN + 100)) == (208, 212, 216)
    assert picture.getpixel((MARGIN + 300, MARGIN + 100)) == (100, 100, 100)


@pytest.mark.parametrize("tilt", [-30.0, 10.0])
def test_a_tilted_frame_is_drawn_tilted(tilt):
    """Clockwise is positive: with it, the top left corner moves right and up."""
    framing = Framing(0.2, 0.2, 0.8, 0.8, tilt)
    corners = framing.corners(height=400, width=400)
    picture = explained(grey(400, 400), framing)
    for x, y in corners:
        near = np.asarray(picture)[
            int(y) + MARGIN - 3 : int(y) + MARGIN + 4, int(x) + MARGIN - 3 : int(x) + MARGIN + 4
        ]
        assert (near == AMBER).all(axis=-1).any()
    assert (corners[0][0] > 80) == (tilt > 0)


def test_an_upright_frame_has_its_corners_in_place():
    """Clockwise from the top left, in pixels."""
    framing = Framing(0.25, 0.5, 0.75, 1.0)
    corners = np.array(framing.corners(height=100, width=200))
    assert corners == pytest.approx(np.array([(50, 50), (150, 50), (150, 100), (50, 100)]))


def test_it_is_grey_small_and_holds_nothing_else():
    """Colours, size and metadata of the upload stay behind."""
    picture = explained((PHOTOS / "mountains.jpg").read_bytes())
    assert max(picture.size) <= MAX_SIDE + 2 * MARGIN
    assert not picture.info
    inside = np.asarray(picture)[60:-60, 60:-60].astype(int)
    assert (np.ptp(inside, axis=-1) == 0).all()


def test_the_canvas_is_bounded():
    """No framing makes a picture of any size."""
    picture = explained(grey(100, 100), Framing(-1000, -1000, 1000, 1000, 45))
    assert max(picture.size) <= 100 * (1 + 2 * MAX_REACH) + 2 * MARGIN


def test_the_frame_that_matched_is_the_one_shown():
    """Of an animation, another frame would explain nothing."""
    out = io.BytesIO()
    frames = [Image.new("L", (64, 64), value) for value in (10, 200, 90)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    for index, value in enumerate((10, 200, 90)):
        picture = explained(out.getvalue(), frame=index)
        assert picture.getpixel((MARGIN + 32, MARGIN + 32)) == (value, value, value)
    with pytest.raises(ValueError, match="frame 4"):
        explained(out.getvalue(), frame=3)


def test_a_hostile_upload_raises_what_decoding_it_raises():
    """Its matches came from a check, but the caller may pass other bytes."""
    with pytest.raises(DecodeError):
        explained(b"no picture")
    with pytest.raises(CorruptError):
        explained(grey(64, 64)[:60])


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_whatever_can_be_checked_can_be_explained(make):
    """Whatever its container and mode; what cannot be decoded raises what decoding it raises."""
    odds = list(make((PHOTOS / "cat.png").read_bytes()).values())
    for odd in (odds[0], odds[-1]):  # of a kind; tests/test_odd_inputs.py decodes them all
        try:
            frames = [frame.index for frame in decode(odd.data, DecodeLimits()).frames]
        except DecodeError:
            with pytest.raises(DecodeError):
                explained(odd.data, frame=10**6)
            continue
        assert explained(odd.data, frame=frames[-1]).mode == "RGB"
