"""A picture has the same hash on the page and in Python, whatever browser opens it."""

from pathlib import Path

import pytest
from PIL import Image

from fixtures.odd.animations import animation_inputs
from fixtures.odd.jpegs import jpeg_modes
from fixtures.odd.modes import avif_modes, bmp_modes, gif_modes, png_modes, webp_modes
from fixtures.odd.orientation import orientation_inputs
from fixtures.odd.transparency import transparency_inputs
from tests.web.comparing import Compared, compare, hash_of_file, hash_of_pixels
from tests.web.large import large_jpeg
from tests.web.tool import Outcome, Tool

PHOTOS = Path(__file__).parents[2] / "fixtures" / "photos"
MAKERS = (
    *(png_modes, gif_modes, bmp_modes, webp_modes, avif_modes, jpeg_modes),
    *(orientation_inputs, transparency_inputs, animation_inputs),
)
ALPHA_BITS = 2  # a canvas rounds colours under half a cover, each browser in its own way
LUMA_BITS = 2  # Python reads the luma that a JPEG stores, a browser makes it of rounded RGB


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Every odd input that a browser should open, the photographs, and one of 12 megapixels."""
    folder = tmp_path_factory.mktemp("pictures")
    photo = (PHOTOS / "cat.png").read_bytes()
    for make in MAKERS:
        for name, odd in make(photo).items():
            if odd.expect in ("same", "close") and not name.endswith("-tiff"):
                (folder / name).write_bytes(odd.data)
    (folder / "12-megapixels").write_bytes(large_jpeg())
    photos = (path for path in PHOTOS.iterdir() if path.suffix in (".jpg", ".png"))
    return sorted([*folder.iterdir(), *photos])


def named(compared: list[Compared], limit: int) -> dict[str, int | None]:
    """What is further away than a limit, by name."""
    return {c.path.name: c.bits for c in compared if c.bits is None or c.bits > limit}


def test_every_kind_of_picture_has_the_hash_of_python(tool: Tool, pictures: list[Path]):
    """Same pixels, same bits; with alpha, at most two; and the same file, at most two."""
    assert len(pictures) > 150
    found = tool.hashes(pictures)
    pairs = zip(pictures, found, strict=True)
    assert [path.name for path, one in pairs if one.outcome is Outcome.FAILED] == []
    by_pixels = compare(pictures, found, [hash_of_pixels(path) for path in pictures])
    solid = [c for c in by_pixels if not c.path.name.startswith("alpha-")]
    assert named(solid, 0) == {}
    assert named(by_pixels, ALPHA_BITS) == {}
    assert [c.path.name for c in solid if not c.same_quality] == []
    by_file = compare(pictures, found, [hash_of_file(path) for path in pictures])
    assert named(by_file, LUMA_BITS) == {}


def test_a_picture_that_no_browser_opens_is_told_and_not_saved(tool: Tool, tmp_path: Path):
    """Text, nothing, and a JPEG cut off after its header, beside a good picture."""
    good = PHOTOS / "cat.png"
    bad = {"notes.txt": b"no picture", "cut.jpg": large_jpeg()[:300], "empty.png": b""}
    for name, data in bad.items():
        (tmp_path / name).write_bytes(data)
    found = tool.hashes([good, *sorted(tmp_path.iterdir())])
    assert [one.outcome for one in found] == [Outcome.SAVED, *[Outcome.FAILED] * len(bad)]


def test_a_flat_picture_is_never_saved(tool: Tool, tmp_path: Path):
    """Its hash is noise: it would match other flat pictures."""
    path = tmp_path / "flat.png"
    Image.new("RGB", (300, 200), "red").save(path)
    assert [one.outcome for one in tool.hashes([path])] == [Outcome.PLAIN]
    assert not tool.browser.run("return document.querySelector('#save').checkVisibility()")
