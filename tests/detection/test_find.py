"""What is found in uploads: photographs in scenes whose box is known."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import pytest
from PIL import Image

from hashguard.decode import DecodeLimits, decode
from hashguard.detection import MOST, Found, find_pictures
from hashguard.detection.find import SAME
from hashguard.framing import WHOLE, Framing
from hashguard.hashes import Pixels
from hashguard.robustness.attacks import canvas, frame, overlay, page, screen
from hashguard.robustness.attacks.drawing import Box, Stage
from hashguard.robustness.attacks.phone import DARK, LIGHT
from tests.timing import fastest

COLOURS = [(255, 255, 255), (0, 0, 0), (128, 128, 128), (200, 30, 60), (20, 90, 220)]
ORDINARY = [
    *("astronaut.png", "brushes.jpg", "cat.png", "coffee.png", "dandelions.jpg", "dogs.jpg"),
    *("drum.jpg", "fig.jpg", "galaxies.jpg", "meadow.jpg", "mountains.jpg", "rocket.jpg"),
    "sunset.jpg",
]  # all but camera.png, whose tripod and tower make a rectangle
SHOWN = ["astronaut.png", "brushes.jpg", "coffee.png", "fig.jpg"]  # in scenes


def pixels_around(pixels: Pixels, widths: tuple[int, int, int, int], colour: object) -> Pixels:
    """With so many pixels of a colour left, above, right, below."""
    left, top, right, bottom = widths
    height, width = pixels.shape[:2]
    made = np.empty((height + top + bottom, width + left + right, *pixels.shape[2:]), np.uint8)
    made[:] = colour
    made[top : top + height, left : left + width] = pixels
    return made


def box_of(framing: Framing, pixels: Pixels) -> tuple[float, float, float, float]:
    height, width = pixels.shape[:2]
    return (
        framing.left * width,
        framing.top * height,
        framing.right * width,
        framing.bottom * height,
    )


def error(found: Found, box: Box, pixels: Pixels) -> float:
    """How far the farthest edge is off, in shares of the side of the true box."""
    sides = (box[2] - box[0], box[3] - box[1]) * 2
    edges = box_of(found.framing, pixels)
    return max(abs(a - b) / side for a, b, side in zip(edges, box, sides, strict=True))


def boxes(found: list[Found], pixels: Pixels) -> set[tuple[int, ...]]:
    return {tuple(round(edge) for edge in box_of(one.framing, pixels)) for one in found}


def saved(image: Image.Image, quality: int) -> Pixels:
    """What we see of it after a JPEG file."""
    (shown,) = decode(canvas.jpeg(image, quality), DecodeLimits()).frames
    return shown.pixels


@pytest.mark.parametrize("name", ORDINARY)
def test_nothing_is_found_in_an_ordinary_photograph(photographs, name):
    """Every box is a probe, which costs time and false matches."""
    assert find_pictures(photographs[name]) == []


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("share", [0.01, 0.03, 0.10, 0.25])
def test_border_is_found_to_the_pixel(photographs, colour, share):
    """A border of any colour, from 1 % on, is taken off exactly, and surest of all."""
    for name in ("astronaut.png", "fig.jpg", "drum.jpg", "rocket.jpg"):
        photo = photographs[name]
        height, width = photo.shape[:2]
        wide = max(1, round(max(height, width) * share))
        upload = pixels_around(photo, (wide,) * 4, colour)
        first = find_pictures(upload)[0]
        assert boxes([first], upload) == {(wide, wide, wide + width, wide + height)}
        assert "border" in first.name


@pytest.mark.parametrize(
    "widths", [(30, 60, 12, 0), (0, 0, 90, 0), (0, 55, 0, 25), (9, 18, 27, 80)]
)
def test_uneven_border_is_found_to_the_pixel(photographs, widths):
    """Each side may have its own width, also none."""
    photo = photographs["coffee.png"]
    height, width = photo.shape[:2]
    upload = pixels_around(photo, widths, (255, 255, 255))
    box = (widths[0], widths[1], widths[0] + width, widths[1] + height)
    assert box in boxes(find_pictures(upload), upload)


def test_border_within_a_border_gives_both(photographs):
    """Neither is known to be the picture's own."""
    photo = photographs["astronaut.png"]
    inner = pixels_around(photo, (20,) * 4, (255, 255, 255))
    upload = pixels_around(inner, (30,) * 4, (0, 0, 0))
    found = boxes(find_pictures(upload), upload)
    assert {(30, 30, 582, 582), (50, 50, 562, 562)} <= found


@pytest.mark.parametrize(
    ("widths", "name"),
    [
        ((0, 60, 0, 60), "bars above and below removed"),
        ((60, 0, 60, 0), "bars left and right removed"),
        ((0, 60, 0, 0), "bar above removed"),
        ((0, 0, 0, 60), "bar below removed"),
        ((60, 0, 0, 0), "bar at the left removed"),
        ((0, 0, 60, 0), "bar at the right removed"),
        ((30, 30, 30, 30), "border of 5 % removed"),
        ((10, 30, 60, 90), "border removed"),
    ],
)
def test_names_say_what_was_removed(photographs, widths, name):
    """A person reads them in the verdict."""
    upload = pixels_around(photographs["astronaut.png"], widths, (0, 0, 0))
    assert find_pictures(upload)[0].name == name


SCENES: Mapping[str, tuple[Stage, float]] = {
    "letterbox": (frame.letterboxed, 10),
    "pillarbox": (frame.pillarboxed, 20),
    "padded to a ratio": (frame.padded, 3),
    "instant photograph": (frame.instant_photo, 5),
    "meme": (page.meme_above, 20),
    "meme, above and below": (page.meme_around, 12),
    "caption above": (overlay.caption_above, 13),
    "viewer": (partial(screen.phone_screenshot, theme=LIGHT), 1),
    "dark viewer": (partial(screen.phone_screenshot, theme=DARK), 1),
    "feed": (partial(screen.phone_screenshot, theme=LIGHT), 2),
    "chat": (partial(screen.phone_screenshot, theme=LIGHT), 3),
    "browser": (screen.desktop_screenshot, 1),
    "article": (screen.desktop_screenshot, 2),
    "page": (page.printed, 70),
    "picture in a picture": (page.inset, 50),
    "small picture in a picture": (page.inset, 35),
    "two": (partial(page.collage, gap=0), 2),
    "two with gaps": (partial(page.collage, gap=6), 2),
    "four": (partial(page.collage, gap=0), 4),
    "four with gaps": (partial(page.collage, gap=6), 4),
    "nine with gaps": (partial(page.collage, gap=6), 9),
}


@pytest.mark.parametrize("quality", [90, 60])
@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("name", SHOWN)
def test_picture_is_found_in_scenes(photographs, name, scene, quality):
    """Within 0.5 % of its sides, after JPEG as well."""
    stage, strength = SCENES[scene]
    made = stage(canvas.image_of(photographs[name]), strength, np.random.default_rng(3))
    upload = saved(made.image, quality)
    if made.box == (0, 0, *made.image.size):
        pytest.fail("the scene shows nothing but the picture")
    errors = [error(one, made.box, upload) for one in find_pictures(upload)]
    assert min(errors, default=1) <= 0.005


@pytest.mark.parametrize("name", ["astronaut.png", "fig.jpg"])
def test_picture_is_found_before_its_blurred_copy(photographs, name):
    """Bars filled with the picture itself have no colour that could be taken off."""
    made = frame.storied(canvas.image_of(photographs[name]), 3, np.random.default_rng(0))
    upload = saved(made.image, 90)
    assert min(error(one, made.box, upload) for one in find_pictures(upload)) <= 0.005


@pytest.mark.parametrize("gap", [0, 8])
def test_collage_gives_every_panel(photographs, gap):
    """Any of them may be what is looked for; each is named by its place."""
    names = ["astronaut.png", "camera.png", "coffee.png", "rocket.jpg"]
    upload = np.full((608 + gap, 608 + gap, 3), 255, np.uint8)
    wanted: dict[tuple[int, ...], str] = {}
    for number, name in enumerate(names):
        left, top = (gap + (300 + gap) * place for place in (number % 2, number // 2))
        image = canvas.image_of(photographs[name]).resize((300, 300))
        upload[top : top + 300, left : left + 300] = canvas.pixels_of(image)
        wanted[left, top, left + 300, top + 300] = f"panel {number + 1} of 4"
    upload = upload[: 600 + 3 * gap, : 600 + 3 * gap]
    found = find_pictures(upload)
    assert set(wanted) <= boxes(found, upload)
    for one in found:
        (box,) = boxes([one], upload)
        assert one.name == wanted.get(box, one.name)


def test_part_above_a_caption_is_found(photographs):
    """A bar over the picture hides a part of it; the rest is found, the whole needs no box."""
    image = canvas.image_of(photographs["fig.jpg"])
    made = overlay.caption_over(image, 20, np.random.default_rng(1))
    height = image.height
    upload = saved(made, 90)
    top = round(height * 0.8)
    assert any(
        error(one, (0, 0, image.width, top), upload) < 0.005 for one in find_pictures(upload)
    )


def test_surest_come_first_few_and_different(photographs):
    """In order, at most so many, none twice, never the upload itself; fewer are the first."""
    stage, strength = SCENES["nine with gaps"]
    made = stage(canvas.image_of(photographs["coffee.png"]), strength, np.random.default_rng(5))
    upload = canvas.pixels_of(made.image)
    found = find_pictures(upload)
    assert 9 <= len(found) <= MOST
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0.5 <= score <= 1 for score in scores)
    framings = [WHOLE, *(one.framing for one in found)]
    for number, one in enumerate(framings):
        assert one.tilt == 0
        assert 0 <= one.left < one.right <= 1
        assert 0 <= one.top < one.bottom <= 1
        for other in framings[:number]:
            assert farthest(one, other) > SAME
    for most in (0, 1, 3):
        assert len(find_pictures(upload, most=most)) == most


def farthest(one: Framing, other: Framing) -> float:
    return max(
        abs(one.left - other.left),
        abs(one.top - other.top),
        abs(one.right - other.right),
        abs(one.bottom - other.bottom),
    )


@pytest.mark.parametrize("scene", ["padded to a ratio", "meme", "feed", "page", "four"])
def test_mirrored_upload_gives_mirrored_boxes(photographs, scene):
    """The picture is found in both, as exactly."""
    stage, strength = SCENES[scene]
    made = stage(canvas.image_of(photographs["brushes.jpg"]), strength, np.random.default_rng(2))
    left, top, right, bottom = made.box
    width, height = made.image.size
    turned = {
        (left, top, right, bottom): np.s_[:, :],
        (width - right, top, width - left, bottom): np.s_[:, ::-1],
        (left, height - bottom, right, height - top): np.s_[::-1, :],
        (width - right, height - bottom, width - left, height - top): np.s_[::-1, ::-1],
    }
    for box, view in turned.items():
        upload = canvas.pixels_of(made.image)[view]
        assert min(error(one, box, upload) for one in find_pictures(upload)) <= 0.005


def test_transposed_upload_gives_transposed_boxes(photographs):
    """Rows are treated as columns are; what is found for sure in one is in the other."""
    upload = pixels_around(photographs["rocket.jpg"], (10, 40, 30, 20), (255, 0, 0))
    turned = upload.transpose(1, 0, 2)
    sure = boxes([one for one in find_pictures(upload) if one.score >= 0.8], upload)
    assert (10, 40, 650, 467) in sure
    found = [one for one in find_pictures(turned) if one.score >= 0.8]
    assert {(box[1], box[0], box[3], box[2]) for box in boxes(found, turned)} == sure


def test_windows_of_a_house_are_no_collage():
    """Boxes of one size with a wall between them do not hide the picture that shows them."""
    rng = np.random.default_rng(6)
    upload = np.full((500, 640), 255, np.uint8)
    upload[80:] = 120 + rng.integers(0, 80, (420, 640), dtype=np.uint8)
    for top in (130, 320):
        for left in (60, 260, 460):
            upload[top : top + 110, left : left + 90] = rng.integers(0, 60, (110, 90))
    assert (0, 80, 640, 500) in boxes(find_pictures(upload), upload)


def test_what_is_found_lies_within_the_upload(photographs):
    """And shows something: bars, gaps and panels of any width, at any size."""
    rng = np.random.default_rng(12)
    pixels = list(photographs.values())
    for _ in range(150):
        height, width = rng.integers(60, 500, 2).tolist()
        upload = np.full((height, width, 3), rng.choice([0, 40, 255]), np.uint8)
        for _ in range(int(rng.integers(1, 5))):
            left, top = int(rng.integers(width - 20)), int(rng.integers(height - 20))
            wide, high = int(rng.integers(20, width + 1)), int(rng.integers(20, height + 1))
            part = upload[top : top + high, left : left + wide]
            shown = Image.fromarray(pixels[rng.integers(len(pixels))]).convert("RGB")
            part[:] = np.asarray(shown.resize((part.shape[1], part.shape[0])))
        for one in find_pictures(upload):
            box = one.framing
            assert 0 <= box.left < box.right <= 1, box
            assert 0 <= box.top < box.bottom <= 1, box
            assert (box.right - box.left) * width >= 15, box
            assert (box.bottom - box.top) * height >= 15, box


@pytest.mark.parametrize("scene", ["feed", "four", "page"])
def test_luma_and_grey_rgb_give_the_same(photographs, scene):
    """Our decoder gives luma of a JPEG file and RGB of others."""
    stage, strength = SCENES[scene]
    image = canvas.image_of(photographs["fig.jpg"])
    made = stage(image, strength, np.random.default_rng(2)).image.convert("L")
    luma = np.asarray(made)
    grey = np.repeat(luma[..., None], 3, axis=2)
    found = find_pictures(luma)
    assert found
    assert find_pictures(grey) == found


def test_input_is_not_changed(photographs):
    """Others look at the same pixels."""
    upload = pixels_around(photographs["cat.png"], (20,) * 4, 255)
    upload.setflags(write=False)
    before = upload.copy()
    assert find_pictures(upload)
    assert np.array_equal(upload, before)


@pytest.mark.parametrize(("above", "below"), [(60, 0), (0, 60), (300, 200)])
def test_mostly_white_picture_beside_dark_bars_is_found(above, below):
    """What fills much of an upload is no bar with words, however plain."""
    upload = np.full((above + 500 + below, 500), 0, np.uint8)
    upload[above : above + 500] = 255
    upload[above + 100 : above + 400, 200:300] = 120
    for words in (slice(10, above - 10), slice(above + 510, above + 490 + below)):
        upload[words, 60:440:9] = 255
    assert (0, above, 500, above + 500) in boxes(find_pictures(upload), upload)


def test_small_picture_that_is_all_there_is_is_found(photographs):
    """Four sides that close a box are no chance, if few of them are sharp."""
    image = canvas.image_of(photographs["meadow.jpg"])
    scene = page.inset(image, 25, np.random.default_rng(0))
    upload = canvas.pixels_of(scene.image)
    (only,) = find_pictures(upload)
    assert error(only, scene.box, upload) <= 0.005
    assert only.score == 0.5


def chequered(side: int, cell: int) -> Pixels:
    y, x = np.mgrid[0:side, 0:side] // cell
    return np.asarray((x + y) % 2 * 255, np.uint8)


def hostile() -> Mapping[str, Pixels]:
    """Uploads without a picture that give much to find, or nothing to go by."""
    rng = np.random.default_rng(0)
    grid = np.full((1000, 1000), 255, np.uint8)
    grid[:, ::40] = grid[::40] = 0
    tiles = rng.integers(0, 256, (25, 25), dtype=np.uint8)
    return {
        "noise": rng.integers(0, 256, (1000, 1000), dtype=np.uint8),
        "black": np.zeros((1000, 1000), np.uint8),
        "white": np.full((1000, 1000, 3), 255, np.uint8),
        **{f"chequered {cell}": chequered(1000, cell) for cell in (1, 2, 3, 16, 40, 77)},
        "stripes": np.tile(chequered(1000, 25)[:1], (1000, 1)),
        "grid": grid,
        "mosaic": np.kron(tiles, np.ones((40, 40), np.uint8)),
        "long": rng.integers(0, 256, (32, 50_000), dtype=np.uint8),
        "high": rng.integers(0, 256, (50_000, 33, 3), dtype=np.uint8),
    }


@pytest.mark.parametrize("name", hostile())
def test_hostile_uploads_take_bounded_time(name):
    """Patterns close thousands of rectangles; few are looked at. Twenty times what is usual."""
    upload = hostile()[name]
    assert len(find_pictures(upload)) <= MOST
    assert fastest(lambda: find_pictures(upload), under=0.15) < 0.15


@pytest.mark.parametrize("height", [1, 2, 5, 31, 32, 33, 480, 481, 961])
@pytest.mark.parametrize("width", [1, 3, 31, 32, 40, 479, 500, 1441])
def test_any_size_is_taken(height, width):
    """Also if nothing can be found in it."""
    rng = np.random.default_rng(height * width)
    for shape in ((height, width), (height, width, 3)):
        upload = rng.integers(0, 256, shape, dtype=np.uint8)
        upload[: height // 3] = 255
        found = find_pictures(upload)
        assert len(found) <= MOST
        if min(height, width) < 32:
            assert found == []
