"""A matcher on a live folder: the same verdicts, and every change in the next check."""

import io
import subprocess
import sys
from time import monotonic

import numpy as np
import pytest
from PIL import Image

from hashguard import (
    Algorithm,
    Entry,
    HashList,
    LiveIndex,
    Matcher,
    Outcome,
    Status,
    policies,
)
from hashguard.errors import AlgorithmMismatchError, RecallError
from hashguard.hashers import hasher_for
from hashguard.hashers.pdq import hash_pixels
from tests.live.samples import until


def png(pixels) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "PNG")
    return out.getvalue()


def entry(name: str, pixels, **details) -> Entry:
    return Entry(id=name, hash=hash_pixels(pixels).hash, source="tests", tags=("a", "b"), **details)


@pytest.fixture(scope="module")
def cat(photographs):
    return photographs["cat.png"]


@pytest.fixture(scope="module")
def coffee(photographs):
    return photographs["coffee.png"]


@pytest.fixture
def hash_list(cat, coffee) -> HashList:
    entries = [entry("cat", cat), entry("coffee", coffee, status=Status.WITHDRAWN)]
    return HashList.from_entries(entries, algorithm=Algorithm.PDQ, origin="tests", version=7)


@pytest.fixture
def folder(hash_list, tmp_path):
    LiveIndex.create(tmp_path / "live", hash_list, max_distance=31)
    return tmp_path / "live"


def test_a_live_folder_gives_the_verdicts_of_the_list_it_was_made_of(
    hash_list, folder, photo_paths
):
    listed = Matcher(hash_list, policy=policies.PDQ_STRICT_ORIENTED)
    with LiveIndex.open(folder) as live:
        followed = Matcher(live, policy=policies.PDQ_STRICT_ORIENTED)
        uploads = [path.read_bytes() for path in photo_paths.values()]
        uploads += [png(np.full((64, 64, 3), 90, np.uint8)), b"no picture"]
        for upload in uploads:
            assert followed.check(upload) == listed.check(upload)


def test_a_change_is_in_the_next_check(folder, cat, coffee):
    with LiveIndex.open(folder) as live:
        matcher = Matcher(live, policy=policies.PDQ_STRICT)
        assert matcher.check(png(coffee)).outcome is Outcome.NO_MATCH
        live.add([entry("new", coffee)])
        verdict = matcher.check(png(coffee))
        assert verdict.outcome is Outcome.MATCH
        assert verdict.matches[0].entry == entry("new", coffee)
        assert verdict.list_version == 8
        live.withdraw(["cat"])
        assert matcher.check(png(cat)).outcome is Outcome.NO_MATCH


def test_a_change_by_another_process_is_seen_within_a_second(folder, cat):
    """The fastest of three withdrawals: a busy machine only ever adds to it."""
    matcher = Matcher.follow(folder, policy=policies.PDQ_STRICT)
    program = "import sys; from hashguard import LiveIndex; "
    program += "LiveIndex.open(sys.argv[1], follow=False).withdraw([sys.argv[2]])"
    delays: list[float] = []
    for name in ("cat", "cat-again", "cat-once-more"):
        if delays:
            with LiveIndex.open(folder, follow=False) as live:
                live.add([entry(name, cat)])
        assert until(lambda: matcher.check(png(cat)).outcome is Outcome.MATCH)
        subprocess.run([sys.executable, "-c", program, str(folder), name], check=True)  # noqa: S603
        withdrawn = monotonic()
        assert until(lambda: matcher.check(png(cat)).outcome is Outcome.NO_MATCH)
        delays.append(monotonic() - withdrawn)
    assert min(delays) < 1


def test_a_matcher_moves_from_a_list_to_a_live_folder_and_back(hash_list, folder, cat):
    matcher = Matcher(hash_list, policy=policies.PDQ_STRICT)
    with LiveIndex.open(folder) as live:
        live.withdraw(["cat"])
        matcher.replace(live)
        assert matcher.check(png(cat)).outcome is Outcome.NO_MATCH
        matcher.replace(hash_list)
        assert matcher.check(png(cat)).outcome is Outcome.MATCH


def test_a_policy_that_reaches_farther_than_the_index_is_refused(folder):
    with LiveIndex.open(folder) as live:
        Matcher(live, policy=policies.PDQ_STRICT)
        with pytest.raises(RecallError, match=r"up to 47 bits, .* only up to 31; build one for 47"):
            Matcher(live, policy=policies.PDQ_WIDE)


def test_a_live_folder_of_another_algorithm_is_refused(tmp_path, cat):
    other = Entry(id="1", hash=hasher_for(Algorithm.DHASH).hash_pixels(cat).hash)
    hash_list = HashList.from_entries([other], algorithm=Algorithm.DHASH)
    LiveIndex.create(tmp_path / "other", hash_list, max_distance=5)
    with LiveIndex.open(tmp_path / "other") as live, pytest.raises(AlgorithmMismatchError):
        Matcher(live, policy=policies.PDQ_STRICT)
