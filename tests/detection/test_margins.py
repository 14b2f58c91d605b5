"""Pictures that end in the colour of what surrounds them: where their edges may be."""

from functools import partial

import numpy as np
import pytest
from PIL import Image, ImageDraw

from hashguard.detection import MOST, find_pictures
from hashguard.detection.captions import between_words
from hashguard.detection.ground import bands, extent, is_closed, joined, shown_on_ground
from hashguard.detection.margins import MOST_MARGINS, margin_boxes
from hashguard.detection.small import made_small
from hashguard.hashes import Pixels
from hashguard.robustness.attacks import canvas, frame, page, screen
from hashguard.robustness.attacks.drawing import WHITE, Box, Scene, Stage
from hashguard.robustness.attacks.phone import LIGHT
from tests.detection.test_find import error
from tests.timing import fastest

SHAPES = [(400, 400), (480, 360), (360, 540)]
BORDERED = partial(frame.bordered, colour=WHITE)


def drawing(shape: tuple[int, int], own: tuple[float, float]) -> Image.Image:
    """Lines and ellipses on white, with own margins left and right, above and below, in shares."""
    left, top = round(own[0] * shape[0]), round(own[1] * shape[1])
    width, height = shape[0] - 2 * left, shape[1] - 2 * top
    inner = Image.new("RGB", (width, height), WHITE)
    draw = ImageDraw.Draw(inner)
    for number, colour in enumerate(((200, 30, 60), (20, 90, 220), (30, 140, 60))):
        x = width * number // 3
        draw.ellipse((x, 0, x + width // 3, height * (number + 2) // 5), outline=colour, width=7)
    draw.line((0, height, width, 0), fill=(20, 20, 20), width=7)
    draw.line((0, 0, width // 2, height), fill=(90, 20, 90), width=7)
    image = Image.new("RGB", shape, WHITE)
    image.paste(inner, (left, top))
    return image


def nearest(scene: Scene) -> float:
    """How far the farthest edge of the nearest box is off, in shares of the true one's side."""
    upload = canvas.pixels_of(scene.image)
    return min((error(one, scene.box, upload) for one in find_pictures(upload)), default=1.0)


def margins(pixels: Pixels) -> list[Box]:
    return margin_boxes(made_small(pixels), pixels.shape[1], pixels.shape[0])


def made(image: Image.Image, stage: Stage, strength: float) -> Scene:
    return stage(image, strength, np.random.default_rng(3))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("percent", [2, 5, 10, 25])
@pytest.mark.parametrize("own", [(0.0, 0.2), (0.15, 0.0), (0.0, 0.0), (0.025, 0.1)])
def test_drawing_within_an_even_border_is_proposed(shape, percent, own):
    """As far as its margins tell: it nearly touches one of its edges, whichever."""
    scene = made(drawing(shape, own), BORDERED, percent)
    assert nearest(scene) <= 0.01


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("above", [0.0, 0.07, 0.13, 0.19, 0.255])
def test_drawing_between_white_bars_is_proposed(shape, above):
    """Of any shape, and with any margins of its own that are as wide above as below."""
    width, height = shape
    bar = 150
    image = Image.new("RGB", (width, height + 2 * bar), WHITE)
    image.paste(drawing(shape, (0.0, above)), (0, bar))
    scene = Scene(image, (0, bar, width, bar + height))
    assert nearest(scene) <= 0.01
    turned = image.transpose(Image.Transpose.ROTATE_90)
    assert nearest(Scene(turned, (bar, 0, bar + height, width))) <= 0.01


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("own", [(0.1, 0.1), (0.05, 0.02), (0.2, 0.15)])
@pytest.mark.parametrize(
    ("stage", "strength"),
    [(page.meme_above, 12), (page.meme_above, 20), (page.meme_around, 12)],
)
def test_drawing_beside_bars_with_words_is_proposed(shape, own, stage, strength):
    """Words stand in the middle of their bar; a hash bears what letters leave open."""
    assert nearest(made(drawing(shape, own), stage, strength)) <= 0.02


@pytest.mark.parametrize("shape", SHAPES[:2])
@pytest.mark.parametrize("own", [(0.05, 0.05), (0.1, 0.2)])
@pytest.mark.parametrize(
    ("stage", "strength"),
    [(page.printed, 100), (partial(screen.phone_screenshot, theme=LIGHT), 2)],
)
def test_drawing_between_words_fills_the_room(shape, own, stage, strength):
    """As wide as the words or the screen, whatever the margins; it stands off words somewhat."""
    assert nearest(made(drawing(shape, own), stage, strength)) <= 0.03


@pytest.mark.parametrize("stage", [BORDERED, frame.padded])
def test_photograph_with_edges_of_its_own_is_not_guessed_at(photographs, stage):
    """Its border was found; every framing more is a probe more."""
    for name in ("astronaut.png", "fig.jpg", "drum.jpg"):
        upload = canvas.pixels_of(made(canvas.image_of(photographs[name]), stage, 3).image)
        assert margins(upload) == []


def test_margins_come_last_and_do_not_count_as_pictures():
    """A picture whose edges are seen is surer, and none gives way."""
    image = made(drawing((400, 400), (0.0, 0.1)), BORDERED, 10).image
    found = find_pictures(canvas.pixels_of(image))
    assert 1 <= len(found) <= MOST + MOST_MARGINS
    assert found[-1].score == 0.5
    assert find_pictures(canvas.pixels_of(image), most=0) == []
    assert len(find_pictures(canvas.pixels_of(image), most=1)) > 1


def hostile() -> dict[str, Pixels]:
    """Nothing shown, nothing but noise, many things apart, and sides that differ by far."""
    rng = np.random.default_rng(4)
    dots = np.full((900, 900), 255, np.uint8)
    dots[::9, ::9] = 0
    lines = np.full((5000, 40), 255, np.uint8)
    lines[::7] = rng.integers(0, 256, (715, 40))
    return {
        "white": np.full((1000, 1000), 255, np.uint8),
        "noise": rng.integers(0, 256, (1000, 1000), dtype=np.uint8),
        "dots": dots,
        "lines": lines,
        "turned lines": np.ascontiguousarray(lines.T),
        "one row": np.full((1, 5000), 255, np.uint8),
        "one pixel": np.pad(np.zeros((1, 1), np.uint8), 400, constant_values=255),
    }


@pytest.mark.parametrize("name", hostile())
def test_few_boxes_within_any_upload_and_soon(name):
    """At most 8, none empty, none the whole; ten times what is usual."""
    upload = hostile()[name]
    height, width = upload.shape
    found = margins(upload)
    assert len(found) <= MOST_MARGINS
    for left, top, right, bottom in found:
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        assert (left, top, right, bottom) != (0, 0, width, height)
    small = made_small(upload)
    assert fastest(lambda: margin_boxes(small, width, height), under=0.02) < 0.02


def test_page_without_anything_on_it_has_no_ground():
    """Nor has a picture without a common colour."""
    assert shown_on_ground(np.full((300, 300), 255, np.float32)) is None
    noise = np.random.default_rng(2).integers(0, 256, (300, 300)).astype(np.float32)
    assert shown_on_ground(noise) is None


@pytest.mark.parametrize("ground", [255, 0, 130])
def test_what_differs_from_the_ground_is_shown(ground):
    """On any colour, however thin; also where a bar of another colour lies along the top."""
    luma = np.full((300, 200), ground, np.float32)
    luma[100:160, 40:90] = 200
    luma[220] = 60
    expected = luma != ground
    for top in (0, 20):
        luma[:top], expected[:top] = 90, True
        shown = shown_on_ground(luma)
        assert shown is not None
        assert np.array_equal(shown, expected)


def test_bands_are_joined_over_gaps_up_to_the_limit():
    shown = np.zeros((40, 10), np.bool_)
    shown[3:8, 2:5] = shown[12:20, 4:9] = shown[39, 0] = True
    rows = bands(shown)
    assert rows == [(3, 8), (12, 20), (39, 40)]
    assert joined(rows, 3) == rows
    assert joined(rows, 4) == [(3, 20), (39, 40)]
    assert [extent(shown, one) for one in rows] == [(2, 5), (4, 9), (0, 1)]


def test_closed_is_what_begins_and_ends_in_full_rows():
    shown = np.zeros((40, 100), np.bool_)
    shown[10:30] = True
    assert is_closed(shown, (10, 30))
    shown[27:30, :11] = False
    assert not is_closed(shown, (10, 30))


def lines_at(*rows: Box) -> np.ndarray:
    shown = np.zeros((200, 100), np.bool_)
    for left, top, right, bottom in rows:
        shown[top:bottom, left:right] = True
    return shown


def test_bar_is_as_high_below_words_as_above():
    """One line, or two; and bars at both ends."""
    words, more, picture = (20, 6, 80, 14), (30, 18, 70, 26), (10, 40, 90, 150)
    assert (20, 200) in list(between_words(lines_at(words, picture)))
    assert (32, 200) in list(between_words(lines_at(words, more, picture)))
    last = (20, 180, 80, 190)
    assert list(between_words(lines_at(words, picture, last))) == [(20, 170)]


def test_words_nearer_to_the_picture_than_to_the_edge_stand_in_no_bar():
    """They are a part of it; and a high thing is no line of words."""
    assert list(between_words(lines_at((20, 30, 80, 38), (10, 50, 90, 150)))) == []
    assert list(between_words(lines_at((20, 6, 80, 60), (10, 90, 90, 150)))) == []


def test_tails_of_letters_do_not_count():
    """A line hangs lower where there is a g or a p."""
    plain = lines_at((20, 6, 80, 14), (10, 40, 90, 150))
    tailed = lines_at((20, 6, 80, 14), (30, 14, 34, 18), (10, 40, 90, 150))
    assert list(between_words(tailed)) == list(between_words(plain))
