"""From bytes to verdict: what matches, what cannot be told, and what never raises."""

import io
import itertools
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from hashguard import (
    Algorithm,
    DecodeLimits,
    Entry,
    Hash,
    Hashed,
    HashList,
    Matcher,
    MatchPolicy,
    Outcome,
    ProbePlan,
    Status,
    policies,
)
from hashguard.decode import decode
from hashguard.errors import AlgorithmMismatchError
from hashguard.hashers.orientation import Orientation, turn
from hashguard.hashers.pdq import hash_pixels
from hashguard.hashes import Pixels


def encode(pixels: Pixels, file_format: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, file_format, **options)
    return out.getvalue()


def listing(*pictures: Pixels, **details: Any) -> HashList:
    entries = [
        Entry(id=f"case-{n}", hash=hash_pixels(pixels).hash, **details)
        for n, pixels in enumerate(pictures)
    ]
    return HashList.from_entries(entries, algorithm=Algorithm.PDQ, origin="tests", version=7)


def moved(code: Hash, bits: int) -> Hash:
    """A hash `bits` away."""
    number = int.from_bytes(code.packed) ^ ((1 << bits) - 1)
    return Hash(code.algorithm, number.to_bytes(len(code.packed)))


@pytest.fixture(scope="module")
def cat(photographs: Mapping[str, Pixels]) -> Pixels:
    return photographs["cat.png"]


@pytest.fixture(scope="module")
def coffee(photographs: Mapping[str, Pixels]) -> Pixels:
    return photographs["coffee.png"]


@pytest.fixture(scope="module")
def matcher(cat: Pixels) -> Matcher:
    return Matcher(listing(cat), policy=policies.PDQ_STRICT)


def test_a_recompressed_copy_matches_and_says_which_entry(matcher, cat):
    verdict = matcher.check(encode(cat, "JPEG", quality=40))
    assert verdict.outcome is Outcome.MATCH
    assert verdict.reason is None
    (match,) = verdict.matches
    assert (match.entry.id, match.frame, match.probe) == ("case-0", 0, "as uploaded")
    assert 0 <= match.distance <= 31
    assert (verdict.list_origin, verdict.list_version) == ("tests", 7)
    assert verdict.policy == "PDQ_STRICT"
    assert verdict.timings.total > 0


def test_other_photographs_do_not_match(matcher, photo_paths):
    for name, path in photo_paths.items():
        expected = Outcome.MATCH if name == "cat.png" else Outcome.NO_MATCH
        assert matcher.check_path(path).outcome is expected, name


@pytest.mark.parametrize(
    ("bits", "outcome"), [(30, Outcome.MATCH), (31, Outcome.MATCH), (32, Outcome.NO_MATCH)]
)
def test_the_distance_of_the_policy_is_inclusive(matcher, cat, bits, outcome):
    verdict = matcher.check_hash(moved(hash_pixels(cat).hash, bits))
    assert verdict.outcome is outcome
    assert [match.distance for match in verdict.matches] == ([bits] if bits <= 31 else [])


def test_every_entry_in_reach_is_reported_once_nearest_first(cat):
    code = hash_pixels(cat).hash
    entries = [
        Entry(id=f"{bits}", hash=moved(code, bits)) for bits in (31, 4, 32, 0, 17, 4)[:-1]
    ] + [Entry(id="4-again", hash=moved(code, 4))]
    hash_list = HashList.from_entries(entries, algorithm=Algorithm.PDQ)
    verdict = Matcher(hash_list, policy=policies.PDQ_WIDE).check(encode(cat))
    found = [(match.entry.id, match.distance) for match in verdict.matches]
    assert found == [("0", 0), ("4", 4), ("4-again", 4), ("17", 17), ("31", 31), ("32", 32)]


@pytest.mark.parametrize("status", list(Status))
def test_only_active_entries_match(cat, coffee, status):
    """A withdrawn or deleted case stops matching at once, and leaves the others in place."""
    entries = [
        Entry(id="first", hash=hash_pixels(cat).hash, status=status),
        Entry(id="second", hash=hash_pixels(coffee).hash),
    ]
    matcher = Matcher(
        HashList.from_entries(entries, algorithm=Algorithm.PDQ), policy=policies.PDQ_STRICT
    )
    expected = Outcome.MATCH if status is Status.ACTIVE else Outcome.NO_MATCH
    assert matcher.check(encode(cat)).outcome is expected
    assert [m.entry.id for m in matcher.check(encode(coffee)).matches] == ["second"]


@pytest.mark.parametrize("orientation", list(Orientation))
def test_turned_copies_match_when_orientations_are_looked_up(cat, orientation):
    upload = encode(turn(cat, orientation))
    strict = Matcher(listing(cat), policy=policies.PDQ_STRICT).check(upload)
    oriented = Matcher(listing(cat), policy=policies.PDQ_STRICT_ORIENTED).check(upload)
    upright = orientation is Orientation.UPRIGHT
    assert strict.outcome is (Outcome.MATCH if upright else Outcome.NO_MATCH)
    assert oriented.outcome is Outcome.MATCH
    assert oriented.matches[0].distance == 0
    # The probe names what undoes the turn: the listed picture is the upload, turned that way.
    restored = {o.value: turn(turn(cat, orientation), o) for o in Orientation}
    assert np.array_equal(restored[oriented.matches[0].probe], cat)


# --- what cannot be told -----------------------------------------------------------------


@pytest.fixture(scope="module")
def hazy(cat: Pixels) -> Pixels:
    """The cat in fog: a picture, but of a quality between 1 and 49."""
    fog = (cat.astype(np.float64) * 0.1 + 120).astype(np.uint8)
    quality = hash_pixels(fog).quality
    assert quality is not None
    assert 0 < quality < 50
    return fog


def test_low_quality_is_undecided_with_its_reason_never_clean(coffee, hazy):
    verdict = Matcher(listing(coffee), policy=policies.PDQ_STRICT).check(encode(hazy))
    assert verdict.outcome is Outcome.UNDECIDED
    assert verdict.reason == f"quality {hash_pixels(hazy).quality} is below 50"
    assert verdict.matches == ()


def test_an_equal_hash_of_low_quality_is_still_a_match_and_says_so(hazy):
    verdict = Matcher(listing(hazy), policy=policies.PDQ_STRICT).check(encode(hazy))
    assert verdict.outcome is Outcome.MATCH
    assert verdict.matches[0].distance == 0
    assert verdict.reason is not None
    assert "below 50" in verdict.reason


@pytest.mark.parametrize("bits", [1, 2, 31])
def test_low_quality_matches_nothing_but_its_equal(hazy, bits):
    hashed = hash_pixels(hazy)
    entry = Entry(id="near", hash=moved(hashed.hash, bits))
    hash_list = HashList.from_entries([entry], algorithm=Algorithm.PDQ)
    verdict = Matcher(hash_list, policy=policies.PDQ_STRICT).check_hash(hashed)
    assert (verdict.outcome, verdict.matches) == (Outcome.UNDECIDED, ())


@pytest.mark.parametrize(
    ("quality", "outcome"), [(49, Outcome.UNDECIDED), (50, Outcome.MATCH), (51, Outcome.MATCH)]
)
def test_quality_fifty_is_enough(matcher, cat, quality, outcome):
    hashed = Hashed(moved(hash_pixels(cat).hash, 10), quality=quality)
    assert matcher.check_hash(hashed).outcome is outcome


@pytest.mark.parametrize(
    ("ties", "outcome"), [(0, Outcome.MATCH), (32, Outcome.MATCH), (33, Outcome.UNDECIDED)]
)
def test_a_hash_of_mostly_ties_matches_nothing_but_its_equal(matcher, cat, ties, outcome):
    """Whatever its quality: its bits were decided by rounding."""
    code = hash_pixels(cat).hash
    near = matcher.check_hash(Hashed(moved(code, 10), quality=100, ties=ties))
    assert near.outcome is outcome
    equal = matcher.check_hash(Hashed(code, quality=100, ties=ties))
    assert (equal.outcome, equal.matches[0].distance) == (Outcome.MATCH, 0)


def test_two_different_gradients_do_not_meet():
    """Gradients of good quality share up to half of their bits by rounding alone."""
    ramp = np.tile(np.linspace(0, 255, 500).astype(np.uint8), (500, 1))
    steep = np.tile(np.clip(np.linspace(-200, 455, 500), 0, 255).astype(np.uint8), (500, 1))
    assert (hash_pixels(steep).quality or 0) >= 50
    verdict = Matcher(listing(ramp), policy=policies.PDQ_STRICT).check(encode(steep))
    assert verdict.outcome is Outcome.UNDECIDED
    assert "rounding" in (verdict.reason or "")


def test_an_upload_that_is_no_picture_is_undecided_and_says_why(matcher, cat):
    png = encode(cat)
    for upload in (b"", b"GIF", b"<svg/>", png[:60], bytes(1000)):
        verdict = matcher.check(upload)
        assert verdict.outcome is Outcome.UNDECIDED
        assert verdict.reason
        assert verdict.matches == ()


def test_limits_are_an_argument_and_make_the_verdict_undecided(cat):
    height, width = cat.shape[:2]
    upload = encode(cat)
    for pixels, outcome in (
        (height * width, Outcome.MATCH),
        (height * width - 1, Outcome.UNDECIDED),
    ):
        limits = DecodeLimits(pixels=pixels)
        matcher = Matcher(listing(cat), policy=policies.PDQ_STRICT, limits=limits)
        assert matcher.check(upload).outcome is outcome


def test_a_file_longer_than_the_limit_is_read_no_further(cat, tmp_path: Path):
    upload = encode(cat)
    path = tmp_path / "upload"
    path.write_bytes(upload)
    for size, outcome in ((len(upload), Outcome.MATCH), (len(upload) - 1, Outcome.UNDECIDED)):
        limits = DecodeLimits(bytes=size)
        matcher = Matcher(listing(cat), policy=policies.PDQ_STRICT, limits=limits)
        assert matcher.check_path(path).outcome is outcome


def test_a_truncated_copy_says_so_and_is_compared(matcher, cat):
    whole = encode(cat, "JPEG", quality=90)
    mostly = matcher.check(whole[: len(whole) * 97 // 100])
    assert mostly.outcome in (Outcome.MATCH, Outcome.NO_MATCH)
    assert any("cut short" in note for note in mostly.notes)
    barely = matcher.check(whole[: len(whole) * 30 // 100])
    assert barely.outcome is Outcome.UNDECIDED


# --- animations --------------------------------------------------------------------------


def animation(*frames: Pixels) -> bytes:
    out = io.BytesIO()
    first, *rest = [Image.fromarray(frame) for frame in frames]
    first.save(out, "GIF", save_all=True, append_images=rest, duration=100)
    return out.getvalue()


@pytest.mark.parametrize("place", [0, 1, 4])
def test_a_picture_hidden_in_a_later_frame_is_found(cat, coffee, place):
    shape = cat.shape[:2][::-1]
    other = np.asarray(Image.fromarray(coffee).resize(shape))
    frames = [other.copy() for _ in range(5)]
    for number, frame in enumerate(frames):
        frame[:3, : 20 * (number + 1)] = 0  # no two frames alike, or the writer merges them
    frames[place] = cat
    verdict = Matcher(listing(cat), policy=policies.PDQ_STRICT).check(animation(*frames))
    assert verdict.outcome is Outcome.MATCH
    assert verdict.matches[0].frame == place


def test_a_hazy_frame_leaves_an_animation_undecided_a_blank_one_does_not(coffee, cat, hazy):
    shape = cat.shape[:2][::-1]
    other = np.asarray(Image.fromarray(coffee).resize(shape))
    blank = np.full_like(cat, 255)
    matcher = Matcher(listing(cat[:, ::-1]), policy=policies.PDQ_STRICT)
    assert matcher.check(animation(other, blank)).outcome is Outcome.NO_MATCH
    hidden = matcher.check(animation(other, hazy))
    assert hidden.outcome is Outcome.UNDECIDED
    assert "below 50" in (hidden.reason or "")
    assert matcher.check(animation(blank, blank[:, ::-1] // 2)).outcome is Outcome.UNDECIDED


def test_a_caution_is_about_the_frame_that_matched_not_about_another(coffee, hazy):
    """An equal hash of good quality needs no second look because another frame is hazy."""
    other = np.asarray(Image.fromarray(coffee).resize(hazy.shape[1::-1]))
    upload = animation(other, hazy)
    (first, _) = decode(upload, DecodeLimits()).frames
    good = Matcher(listing(first.pixels), policy=policies.PDQ_STRICT).check(upload)
    assert (good.outcome, good.matches[0].distance) == (Outcome.MATCH, 0)
    assert good.reason is None


def test_a_match_says_that_the_rest_of_the_upload_could_not_be_decoded(cat, coffee):
    shape = cat.shape[1::-1]
    whole = animation(cat, np.asarray(Image.fromarray(coffee).resize(shape)), cat[:, ::-1])
    verdict = Matcher(listing(cat), policy=policies.PDQ_STRICT).check(whole[: len(whole) * 3 // 4])
    assert verdict.outcome is Outcome.MATCH
    assert "not all frames of the upload could be looked up" in verdict.notes


# --- the API -----------------------------------------------------------------------------


def test_a_verdict_has_no_truth_value(matcher, cat):
    with pytest.raises(TypeError, match="three outcomes"):
        bool(matcher.check(encode(cat)))


def test_nothing_printed_about_a_verdict_shows_a_hash(matcher, cat):
    verdict = matcher.check(encode(cat))
    digits = hash_pixels(cat).hash.hex
    assert digits not in repr(verdict)
    assert digits in str(verdict.matches[0].entry.hash)


def test_policy_has_no_default(cat):
    with pytest.raises(TypeError):
        Matcher(listing(cat))  # type: ignore[call-arg]


def test_lists_and_hashes_of_another_algorithm_are_refused(matcher):
    other = HashList.from_entries([], algorithm=Algorithm.PHASH)
    with pytest.raises(AlgorithmMismatchError, match="phash"):
        Matcher(other, policy=policies.PDQ_STRICT)
    with pytest.raises(AlgorithmMismatchError, match="phash"):
        matcher.replace(other)
    with pytest.raises(AlgorithmMismatchError, match="phash"):
        matcher.check_hash(Hash(Algorithm.PHASH, bytes(8)))


@pytest.mark.parametrize("upload", ["text", 5, None, ["bytes"]])
def test_an_upload_that_is_not_bytes_is_the_callers_mistake(matcher, upload):
    with pytest.raises(TypeError, match="an upload is bytes"):
        matcher.check(upload)


def test_any_kind_of_bytes_will_do(matcher, cat):
    upload = encode(cat)
    for same in (upload, bytearray(upload), memoryview(upload)):
        assert matcher.check(same).outcome is Outcome.MATCH


def test_a_missing_file_is_the_callers_error(matcher, tmp_path):
    with pytest.raises(FileNotFoundError):
        matcher.check_path(tmp_path / "nothing")


def test_an_empty_list_matches_nothing(cat):
    empty = HashList.from_entries([], algorithm=Algorithm.PDQ)
    matcher = Matcher(empty, policy=policies.PDQ_STRICT)
    assert matcher.check(encode(cat)).outcome is Outcome.NO_MATCH


@pytest.mark.parametrize("algorithm", [a for a in Algorithm if a is not Algorithm.PDQ])
def test_other_algorithms_go_the_same_way(cat, coffee, algorithm):
    from hashguard import hasher_for

    entry = Entry(id="cat", hash=hasher_for(algorithm).hash_pixels(cat).hash)
    hash_list = HashList.from_entries([entry], algorithm=algorithm)
    policy = MatchPolicy(
        name="mine",
        algorithm=algorithm,
        max_distance=6,
        probes=ProbePlan(orientations=tuple(Orientation)),
        source="this test",
    )
    matcher = Matcher(hash_list, policy=policy)
    assert matcher.check(encode(cat[:, ::-1])).outcome is Outcome.MATCH
    assert matcher.check(encode(coffee)).outcome is Outcome.NO_MATCH


@pytest.mark.parametrize(
    "change",
    [{"max_distance": -1}, {"max_distance": 256}, {"min_quality": 101}, {"max_ties": -1}],
)
def test_a_policy_out_of_range_is_refused(change):
    fields = {"name": "x", "algorithm": Algorithm.PDQ, "max_distance": 31, "source": "x"}
    with pytest.raises(ValueError, match=r"must be"):
        MatchPolicy(**(fields | change))


# --- many at once ------------------------------------------------------------------------


def test_check_many_keeps_the_order(photo_paths, matcher):
    uploads = [path.read_bytes() for path in photo_paths.values()] * 3 + [b"", b"no picture"]
    expected = [matcher.check(upload) for upload in uploads]
    for workers in (1, 2, 5):
        assert list(matcher.check_many(uploads, workers=workers)) == expected


def test_check_many_holds_only_a_few_uploads(matcher, cat):
    """An endless source is fine: it is read only as fast as verdicts are taken."""
    upload, reads = encode(cat, "JPEG"), 0

    def endless() -> Iterator[bytes]:
        nonlocal reads
        while True:
            reads += 1
            yield upload

    verdicts = matcher.check_many(endless(), workers=2)
    for number, verdict in enumerate(itertools.islice(verdicts, 40)):
        assert verdict.outcome is Outcome.MATCH
        assert reads <= number + 4 * 2
    verdicts.close()


def test_check_many_refuses_no_workers_before_it_reads(matcher):
    with pytest.raises(ValueError, match="at least 1"):
        matcher.check_many([b""], workers=0)


def test_an_error_of_the_source_reaches_the_caller(matcher, cat):
    def breaking() -> Iterator[bytes]:
        yield encode(cat)
        raise OSError("the disk went away")

    with pytest.raises(OSError, match="went away"):
        list(matcher.check_many(breaking(), workers=2))


def test_replacing_the_list_is_seen_whole_or_not_at_all(cat):
    """Readers in flight see one list or the other: its version and its entries go together."""
    lists = []
    for version in (1, 2):
        entry = Entry(id=f"of-version-{version}", hash=hash_pixels(cat).hash)
        lists.append(HashList.from_entries([entry], algorithm=Algorithm.PDQ, version=version))
    matcher = Matcher(lists[0], policy=policies.PDQ_STRICT)
    upload, stop, wrong = encode(cat, "JPEG"), threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            verdict = matcher.check(upload)
            if [m.entry.id for m in verdict.matches] != [f"of-version-{verdict.list_version}"]:
                wrong.append(verdict)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for turn_number in range(200):
        matcher.replace(lists[turn_number % 2])
    stop.set()
    for reader in readers:
        reader.join()
    assert not wrong
    assert matcher.references.version == 2
