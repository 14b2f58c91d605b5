"""What people see is what is hashed, whatever container, mode or trick it comes in.

Every odd input that `fixtures.odd` makes of a photograph goes through the matcher.
"""

import io
import time
import tracemalloc
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from fixtures.odd import MAKERS, Odd, Odds
from hashguard import (
    Algorithm,
    DecodeLimits,
    Entry,
    HashList,
    Matcher,
    MatchPolicy,
    Outcome,
    Verdict,
    policies,
)
from hashguard.decode import decode
from hashguard.errors import DecodeError, OverLimitError
from hashguard.hashers.pdq import hash_pixels
from tests.timing import fastest

PHOTO = (Path(__file__).parents[1] / "fixtures" / "photos" / "cat.png").read_bytes()
EXACT_BITS = 2  # lossless containers: rounding of 16-bit values and of alpha
LOSSY_BITS = 10
SECONDS = 2.0  # for any upload at the default limits

# As PDQ_STRICT, but comparing pictures of any quality: some odd inputs are plain on purpose.
LENIENT = MatchPolicy(
    name="tests",
    algorithm=Algorithm.PDQ,
    max_distance=LOSSY_BITS,
    max_ties=256,
    source="these tests",
)
makers = pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)


@cache
def inputs_of(make) -> Odds:
    odds: Odds = make(PHOTO)
    assert odds
    return odds


@cache
def matcher_for(truth: bytes) -> Matcher:
    with Image.open(io.BytesIO(truth or PHOTO)) as image:
        hashed = hash_pixels(np.asarray(image.convert("RGB")))
    entry = Entry(id="truth", hash=hashed.hash)
    return Matcher(HashList.from_entries([entry], algorithm=Algorithm.PDQ), policy=LENIENT)


def check(odd: Odd) -> tuple[Verdict, float]:
    """The verdict and the faster of two times: a busy machine only ever slows a check down."""
    matcher = matcher_for(odd.truth)
    verdicts: list[Verdict] = []
    seconds = fastest(
        lambda: verdicts.append(matcher.check(odd.data)),
        under=SECONDS / 4,
        clock=time.perf_counter,
    )
    return verdicts[0], seconds


@makers
def test_a_verdict_comes_back_in_time(make):
    slow = {name: check(odd)[1] for name, odd in inputs_of(make).items()}
    assert {name: s for name, s in slow.items() if s > SECONDS} == {}


@makers
def test_what_is_seen_is_what_is_hashed(make):
    wrong = {}
    for name, odd in inputs_of(make).items():
        if odd.expect not in ("same", "close"):
            continue
        verdict, _ = check(odd)
        reach = EXACT_BITS if odd.expect == "same" else LOSSY_BITS
        if verdict.outcome is not Outcome.MATCH:
            wrong[name] = verdict.reason or "no match"
        elif verdict.matches[0].distance > reach:
            wrong[name] = f"{verdict.matches[0].distance} bits"
    assert wrong == {}


@makers
def test_what_cannot_be_shown_is_undecided_with_a_reason(make):
    wrong = {}
    for name, odd in inputs_of(make).items():
        verdict, _ = check(odd)
        if odd.expect == "refused" and verdict.outcome is not Outcome.UNDECIDED:
            wrong[name] = verdict.outcome
        if verdict.outcome is Outcome.UNDECIDED:
            assert verdict.reason, name
    assert wrong == {}


def test_exif_orientations_are_undone_to_the_bit():
    """The file hashes as its stored pixels do once Pillow has turned them upright.

    Of a JPEG, its luma: the detour over RGB rounds, and may move a bit or two.
    """
    from fixtures.odd.orientation import orientation_inputs

    seen = set()
    for name, odd in inputs_of(orientation_inputs).items():
        if name.split("-")[1] not in "12345678":
            continue
        with Image.open(io.BytesIO(odd.data)) as stored:
            mode = "L" if "jpeg" in name else "RGB"
            stored.draft(mode, stored.size)
            upright = np.asarray(ImageOps.exif_transpose(stored).convert(mode))
        (frame,) = decode(odd.data, DecodeLimits()).frames
        assert frame.pixels.shape[:2] == upright.shape[:2], name
        assert hash_pixels(frame.pixels).hash == hash_pixels(upright).hash, name
        seen.add(name.split("-")[1])
    assert seen == set("12345678")


def refusal(data: bytes) -> DecodeError:
    """What decoding says, which must say something."""
    with pytest.raises(DecodeError) as caught:
        list(decode(data, DecodeLimits()).frames)
    return caught.value


def test_a_declared_size_beyond_the_limits_costs_nothing():
    """60,000 x 60,000 in some hundred bytes: under 10 ms and a few MB, whatever the format."""
    from fixtures.odd.bombs import bomb_inputs

    bombs = {n: o for n, o in inputs_of(bomb_inputs).items() if n.startswith("huge-")}
    assert {n.split("-")[1] for n in bombs} >= {"jpeg", "png", "gif", "bmp", "tiff", "webp", "avif"}
    matcher = matcher_for(b"")
    for name, odd in bombs.items():
        refused = partial(refusal, odd.data)
        assert fastest(refused, under=0.010, clock=time.perf_counter) < 0.010, name
        if name not in ("huge-heic", "huge-webp-vp8x"):  # contradict themselves as well
            assert isinstance(refused(), OverLimitError), name
        tracemalloc.start()
        matcher.check(odd.data)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 4 * 2**20, name


def test_a_copy_in_an_odd_container_matches_under_the_strict_policy():
    """The palette GIF, the CMYK JPEG and the turned phone picture, which other tools miss."""
    from fixtures.odd.jpegs import jpeg_modes
    from fixtures.odd.modes import gif_modes
    from fixtures.odd.orientation import orientation_inputs

    hashed = hash_pixels(np.asarray(Image.open(io.BytesIO(PHOTO)).convert("RGB")))
    hash_list = HashList.from_entries([Entry(id="cat", hash=hashed.hash)], algorithm=Algorithm.PDQ)
    matcher = Matcher(hash_list, policy=policies.PDQ_STRICT)
    for make, name in (
        (gif_modes, "gif-p"),
        (jpeg_modes, "jpeg-cmyk"),
        (jpeg_modes, "jpeg-ycck"),
        (orientation_inputs, "exif-6-jpeg-big"),
    ):
        assert matcher.check(inputs_of(make)[name].data).outcome is Outcome.MATCH, name
