"""Animations: which frames are looked up, and that they are what a viewer shows."""

from __future__ import annotations

import itertools
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from hashguard.decode import DecodeLimits, decode
from hashguard.decode.frames import choose
from hashguard.errors import DecodeError
from tests.decode.samples import animation, chunk, frames, gif, gif_dot, photo, png, saved

LIMITS = DecodeLimits()


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF", "AVIF"])
def test_all_frames_of_a_short_animation_are_looked_up(kind: str) -> None:
    """Five greys in, the same five out, in order."""
    options = {"lossless": True} if kind == "WEBP" else {"quality": 100} if kind == "AVIF" else {}
    upload = decode(animation(kind, 5, **options), LIMITS)
    found = list(upload.frames)
    assert upload.frame_count == 5
    assert upload.complete
    assert [frame.index for frame in found] == [0, 1, 2, 3, 4]
    for frame, made in zip(found, frames(5), strict=True):
        assert np.abs(frame.pixels.astype(int) - int(np.asarray(made)[0, 0, 0])).max() <= 2


@pytest.mark.parametrize("total", [1, 2, 3, 31, 32, 33, 64, 1000])
@pytest.mark.parametrize("count", [1, 2, 3, 32])
def test_chosen_frames_include_first_last_and_stay_within_the_count(total: int, count: int) -> None:
    """Each frame once; at least half of the budget is spread over the whole length."""
    picked = choose([40] * total, count)
    assert len(picked) == len(set(picked)) == min(total, count)
    assert picked[0] == 0
    if count > 1:
        assert total - 1 in picked
    if total > count > 3:
        gaps = [b - a for a, b in itertools.pairwise(sorted(picked))]
        assert max(gaps) <= 2 * total / (count // 2)


@pytest.mark.parametrize("hidden", [1, 77, 498])
def test_a_picture_hidden_in_one_long_frame_is_looked_up(hidden: int) -> None:
    """500 frames, one of which is shown for a second."""
    durations = [20] * 500
    durations[hidden] = 1000
    picked = choose(durations, 32)
    assert hidden in picked
    assert choose(durations, 32) == picked


def test_a_long_gif_is_looked_up_at_its_ends_and_in_its_longest_frame() -> None:
    """The same from bytes."""
    durations = [30] * 100
    durations[57] = 5000
    upload = decode(animation("GIF", 100, duration=durations), DecodeLimits(frames=6))
    indices = [frame.index for frame in upload.frames]
    assert len(indices) == 6
    assert {0, 57, 99} <= set(indices)
    assert upload.complete


def control(disposal: int, transparent: int | None = None) -> bytes:
    flags = disposal << 2 | (transparent is not None)
    return b"!\xf9\4" + struct.pack("<BHBB", flags, 10, transparent or 0, 0)


def gif_cell(left: int, index: int) -> bytes:
    """One pixel of that colour: clear, the colour, end, in three bits each."""
    codes = struct.pack("<H", 4 | index << 3 | 5 << 6)
    return b"," + struct.pack("<HHHHB", left, 0, 1, 1, 0) + b"\2\2" + codes + b"\0"


@pytest.mark.parametrize(("disposal", "middle"), [(0, 90), (1, 90), (2, 255), (3, 0)])
def test_gif_disposal_is_what_browsers_do(disposal: int, middle: int) -> None:
    """Kept, cleared to transparent (never to the background colour), or restored."""
    black = b"," + struct.pack("<HHHHB", 0, 0, 3, 1, 0) + b"\2\2\x04\x50\0"
    head = b"GIF89a" + struct.pack("<HHBBB", 3, 1, 0x81, 1, 0)
    palette = b"\0\0\0" + b"\x5a\x5a\x5a" + b"\xff\xff\xff" * 2
    blocks = control(1) + black + control(disposal) + gif_cell(1, 1) + gif_cell(2, 2)
    shown = list(decode(head + palette + blocks + b";", LIMITS).frames)
    rows = [frame.pixels[0, :, 0].tolist() for frame in shown]
    assert rows == [[0, 0, 0], [0, 90, 0], [0, middle, 255]]


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_frames_equal_pillows_own_composition(kind: str) -> None:
    """A photograph with a moving transparent patch, every frame."""
    shots = []
    for step in range(4):
        shot = photo(64, 48).convert("RGBA").rotate(20 * step)
        shots.append(shot.quantize(64).convert("RGBA") if kind == "GIF" else shot)
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {"disposal": 2}
    if kind == "PNG":
        options = {"blend": 0}
    data = saved(shots[0], kind, save_all=True, append_images=shots[1:], **options)
    for frame, shot in zip(decode(data, LIMITS).frames, shots, strict=True):
        white = Image.new("RGB", shot.size, "white")
        white.paste(shot, (0, 0), shot)
        difference = np.abs(frame.pixels.astype(int) - np.asarray(white))
        assert np.quantile(difference, 0.99) <= (8 if kind == "GIF" else 1)


def test_the_still_that_stands_in_for_an_apng_is_looked_up_too() -> None:
    """It is not part of the animation, and viewers that cannot animate show it."""
    data = animation("PNG", 3, default_image=True)
    upload = decode(data, LIMITS)
    found = list(upload.frames)
    assert upload.frame_count == 3
    assert [int(frame.pixels[0, 0, 0]) for frame in found] == [0, 85, 170]


def test_one_apng_without_frames_is_its_still() -> None:
    """An acTL and nothing after it."""
    body = zlib.compress(b"\0" + bytes(3))
    data = png(1, 1, chunk(b"acTL", struct.pack(">II", 9, 0)), chunk(b"IDAT", body))
    assert len(list(decode(data, LIMITS).frames)) == 1


def test_what_cannot_be_reached_is_said() -> None:
    """Frames drawn one on the other cost every frame before them."""
    data = gif(500, 500, control(0, 0), gif_dot(), (control(0, 0) + gif_dot()) * 3000)
    upload = decode(data, DecodeLimits(total_pixels=3 * 10**6))
    indices = [frame.index for frame in upload.frames]
    assert not upload.complete
    assert upload.notes == (f"only {len(indices)} of 3001 frames fit the limits",)
    assert indices[0] == 0


def test_a_frame_that_covers_all_is_reached_without_those_before() -> None:
    """Of 2000 full frames the last is decoded on a budget for a dozen."""
    data = gif(1, 1, gif_dot() * 2000)
    upload = decode(data, DecodeLimits(total_pixels=10**5, frames=3))
    assert [frame.index for frame in upload.frames][::2] == [0, 1999]
    assert upload.complete


def test_a_first_gif_frame_larger_than_the_screen_enlarges_it_later_ones_are_clipped() -> None:
    """As browsers do."""
    big = decode(gif(1, 1, gif_dot(4, 3)), LIMITS)
    assert (big.width, big.height) == (4, 3)
    later = decode(gif(2, 2, gif_dot(), gif_dot(4, 3)), LIMITS)
    assert (later.width, later.height) == (2, 2)
    assert [frame.pixels.shape for frame in later.frames] == [(2, 2, 3), (2, 2, 3)]


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_an_animation_cut_short_gives_the_frames_before_the_cut(kind: str) -> None:
    """And says so."""
    shots = [photo(64, 48).rotate(90 * n) for n in range(4)]
    whole = saved(shots[0], kind, save_all=True, append_images=shots[1:])
    upload = decode(whole[: len(whole) * 6 // 10], LIMITS)
    found = list(upload.frames)
    assert 1 < len(found) < 4
    assert not upload.complete
    assert "cut short" in upload.notes[0]
    good = list(decode(whole, LIMITS).frames)
    for frame in found:
        assert np.array_equal(frame.pixels, good[frame.index].pixels)


def test_frames_come_one_at_a_time_and_a_later_failure_keeps_the_earlier_ones() -> None:
    """The third page of a TIFF is broken."""
    data = bytearray(animation("TIFF", 3, compression="tiff_adobe_deflate"))
    pages = [at for at in range(len(data) - 1) if data[at : at + 2] == b"x\x9c"]
    data[pages[2] : pages[2] + 8] = bytes(8)
    taken: list[int] = []
    found = decode(bytes(data), LIMITS).frames
    taken.extend(next(found).index for _ in range(2))
    with pytest.raises(DecodeError):
        next(found)
    assert taken == [0, 1]


def test_a_jpeg_with_more_pictures_behind_shows_the_first() -> None:
    """MPO, motion photos, thumbnails: what follows the end of the picture is not shown."""
    data = saved(photo(), "JPEG")
    with_more = decode(data + saved(photo(64, 48), "JPEG"), LIMITS)
    assert with_more.frame_count == 1
    (frame,) = with_more.frames
    (plain,) = decode(data, LIMITS).frames
    assert np.array_equal(frame.pixels, plain.pixels)
