"""Files that end early: what a viewer shows, from half of the rows on."""

from __future__ import annotations

import re
import struct
import zlib
from typing import Any

import numpy as np
import pytest

from hashguard.decode import DecodeLimits, decode
from hashguard.errors import CorruptError, DecodeError
from tests.decode.samples import chunk, photo, saved

LIMITS = DecodeLimits()

KINDS: list[tuple[str, dict[str, Any]]] = [
    ("JPEG", {}),
    ("PNG", {}),
    ("GIF", {"interlace": 0}),
    ("BMP", {}),
    ("TIFF", {}),
    ("WEBP", {"lossless": True}),
    ("WEBP", {"quality": 90}),
]


@pytest.mark.parametrize(("kind", "options"), KINDS)
@pytest.mark.parametrize("share", [10, 30, 70, 90, 99])
def test_half_of_the_rows_are_enough(kind: str, options: dict[str, Any], share: int) -> None:
    """The rows said to decode are the true ones, the others are white or flat grey."""
    whole = saved(photo(320, 240), kind, **options)
    (truth,) = decode(whole, LIMITS).frames
    try:
        (frame,) = decode(whole[: len(whole) * share // 100], LIMITS).frames
    except CorruptError as error:
        refused = str(error)
        assert share < 75, refused
        return
    found = re.match(r"cut short: (\d+%|all) (of the )?rows decode", frame.notes[0])
    assert found
    said = 100 if found[1] == "all" else int(found[1][:-1])
    assert said >= 50
    same = np.array([np.array_equal(a, b) for a, b in zip(frame.pixels, truth.pixels, strict=True)])
    # Up to a block's height less: the row of blocks at the cut is shown in part.
    assert abs(100 * same.mean() - said) < 8
    assert share > 45


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_an_interlaced_picture_cut_short_is_shown_coarsely(kind: str) -> None:
    """Viewers show the passes that are there in blocks; the gist is the same."""
    whole = interlaced_png() if kind == "PNG" else saved(photo(320, 240), "GIF", interlace=1)
    (truth,) = decode(whole, LIMITS).frames
    (frame,) = decode(whole[: len(whole) * 45 // 100], LIMITS).frames
    assert "coarsely" in frame.notes[0]
    assert np.abs(frame.pixels.astype(int) - truth.pixels).mean() < 12


def interlaced_png() -> bytes:
    """Adam7, which Pillow cannot write: passes cut out of the array by hand."""
    values = np.asarray(photo(320, 240))
    rows = b""
    for top, left, down, across in (
        (0, 0, 8, 8),
        (0, 4, 8, 8),
        (4, 0, 8, 4),
        (0, 2, 4, 4),
        (2, 0, 4, 2),
        (0, 1, 2, 2),
        (1, 0, 2, 1),
    ):
        for row in values[top::down, left::across]:
            rows += b"\0" + row.tobytes()
    ihdr = struct.pack(">IIBBBBB", 320, 240, 8, 2, 0, 0, 1)
    body = chunk(b"IHDR", ihdr) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_an_interlaced_png_decodes() -> None:
    """The hand-made one is a good file."""
    (frame,) = decode(interlaced_png(), LIMITS).frames
    assert np.array_equal(frame.pixels, np.asarray(photo(320, 240)))
    assert frame.notes == ()


def test_a_progressive_jpeg_shows_all_rows_after_its_first_scan() -> None:
    """At 40 % of the bytes the picture is whole but less sharp."""
    whole = saved(photo(320, 240), "JPEG", progressive=True)
    (truth,) = decode(whole, LIMITS).frames
    for share in range(35, 100, 3):
        (frame,) = decode(whole[: len(whole) * share // 100], LIMITS).frames
        assert frame.notes == ("cut short: all rows decode",)
        assert np.abs(frame.pixels.astype(int) - truth.pixels).mean() < 8


@pytest.mark.parametrize("kind", ["AVIF"])
def test_formats_of_which_viewers_show_nothing_are_corrupt(kind: str) -> None:
    """Their data is one piece."""
    whole = saved(photo(), kind)
    for share in (30, 60, 99):
        with pytest.raises(CorruptError):
            list(decode(whole[: len(whole) * share // 100], LIMITS).frames)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF"])
def test_every_length_is_a_picture_or_our_error(kind: str) -> None:
    """Each prefix of a small file."""
    whole = saved(photo(16, 12), kind)
    for end in range(0, len(whole), max(1, len(whole) // 300)):
        try:
            list(decode(whole[:end], LIMITS).frames)
        except DecodeError as error:
            refused = str(error)
            assert len(refused) < 200
