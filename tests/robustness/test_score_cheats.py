"""Systems that would fool a harness that believes them do not fool this one."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hashguard.hashes import Pixels
from hashguard.robustness import results
from hashguard.robustness.attack import Attack
from hashguard.robustness.attacks.canvas import filler, jpeg
from hashguard.robustness.results import Run
from hashguard.robustness.score import score
from hashguard.robustness.scores import SystemScore
from hashguard.robustness.system import Rows
from tests.robustness import cheats, samples


def saved(pixels: Pixels, strength: float, rng: np.random.Generator) -> bytes:
    del rng
    return jpeg(pixels, int(strength))


SAVED = Attack(
    name="saved again",
    family="compression",
    about="Saved again.",
    unit="JPEG quality",
    strengths=(90, 10),
    typical=10,
    change=saved,
)


class Random(cheats.Honest):
    """Has another hash whenever it is asked; the same ones in every test."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(5)

    def hash_reference(self, data: bytes) -> Rows:
        return self._rng.integers(0, 256, (1, 32), dtype=np.uint8)


CHEATS = (
    cheats.Honest(),
    cheats.AlwaysZero(),
    cheats.SameHash(),
    Random(),
    cheats.CrashesOnHalf(),
    cheats.NotItsOwn(),
    cheats.Refuses(),
)


@pytest.fixture(scope="module")
def cheating(
    tmp_path_factory: pytest.TempPathFactory, photographs: Mapping[str, Pixels]
) -> tuple[Path, Run]:
    """12 photographs and 28 strangers, measured as `run` does."""
    folder = tmp_path_factory.mktemp("cheats")
    photos = {}
    for name, pixels in list(photographs.items())[:12]:
        image = Image.fromarray(pixels)
        image.thumbnail((160, 160))
        photos[name] = jpeg(image, 95)
    rng = np.random.default_rng(1)
    strangers = {f"stranger {number}.jpg": jpeg(filler(rng, 128, 128)) for number in range(28)}
    return folder, samples.measure(folder, CHEATS, photos, strangers, (SAVED,))


@pytest.fixture(scope="module")
def scored(cheating: tuple[Path, Run]) -> dict[str, SystemScore]:
    return {one.name: one for one in score(cheating[0]).systems}


PAIRS = 40 * 39 // 2


def told_apart(system: SystemScore) -> SystemScore:
    """All but its name and its claims."""
    return replace(system, name="", claims_checked=0, claims_wrong=0)


def test_an_honest_system_is_believed(scored):
    """12 photographs as they are and in two settings, two claims each; 28 strangers, one each."""
    honest = scored["Honest"]
    assert (honest.claims_checked, honest.claims_wrong) == (12 * 3 * 2 + 28, 0)
    assert honest.overall.area > 0.99
    assert honest.overall.unrelated == PAIRS


def test_claims_of_distance_zero_are_found_out_and_change_nothing(scored, cheating):
    """All are wrong but those of copies that are in fact at 0."""
    folder, run = cheating
    at_zero = 0
    for picture in run.of_role(results.PHOTO):
        path = results.uploads_path(folder, run, picture)
        part = results.read_part(path, digest=run.digest, picture=picture.digest)
        assert part is not None
        at_zero += int((part.made[0].claims[:, 0] == 0).sum())
    zero = scored["AlwaysZero"]
    assert zero.claims_checked == 12 * 3 * 2 + 28
    assert zero.claims_wrong == zero.claims_checked - at_zero > 50
    assert told_apart(zero) == told_apart(scored["Honest"])


def test_distances_that_are_not_its_own_are_found_out_and_change_nothing(scored):
    """Half of a distance of 2 or more is off by more than half a bit."""
    other = scored["NotItsOwn"]
    assert other.claims_wrong > other.claims_checked / 2
    assert told_apart(other) == told_apart(scored["Honest"])


def test_one_hash_for_all_pictures_finds_everything_and_is_worth_nothing(scored):
    """At its own distance it recalls all, and matches every stranger; at a rate, nothing."""
    one = scored["SameHash"]
    assert [setting.recall[0].value for setting in one.settings] == [1, 1]
    first, *others = one.false_matches
    assert (first.pairs.count, first.pairs.n) == (PAIRS, PAIRS)
    assert (first.uploads.count, first.uploads.n) == (28, 28)
    assert (first.pairs.low, first.pairs.high) == (1, 1)
    assert first.per_million == 10**12
    assert others == []
    assert [threshold.max_distance for threshold in one.thresholds[1:]] == [None, None]
    assert [rate.count for setting in one.settings for rate in setting.recall[1:]] == [0] * 4
    assert (one.overall.area, one.overall.equal_error) == (0, 1)
    assert one.overall.recall_at_precision == 0
    # 24 copies among 24 * 11 + 28 * 12 wrong predictions, all of which stand before them.
    assert one.overall.average_precision < 24 / (24 + 600)
    assert one.tail is None
    assert len(one.closest) == 24


def test_random_hashes_are_worth_nothing(scored):
    """A copy is nearer than a stranger half of the time, and hardly ever than all of them."""
    drawn = scored["Random"]
    assert 0.3 < drawn.overall.area < 0.6
    assert sum(rate.count for one in drawn.settings for rate in one.recall) <= 1
    assert drawn.overall.average_precision < 0.2
    assert drawn.claims_wrong == 0


def test_a_crash_is_a_miss_and_the_pictures_stay_in_the_denominator(scored):
    """Of uploads whose bytes add up to an odd number: about half; none of it is dropped."""
    crashing, honest = scored["CrashesOnHalf"], scored["Honest"]
    crashed = 0
    for one, whole in zip(crashing.settings, honest.settings, strict=True):
        lost = one.reasons.get("crashed", 0)
        assert [rate.n for rate in one.recall] == [12] * 3
        assert one.recall[0].count <= 12 - lost
        assert one.recall[0].count + lost >= whole.recall[0].count
        crashed += lost
    assert 4 < crashed < 20
    assert crashing.copies.without == crashed
    assert crashing.overall.copies == 24
    assert crashing.overall.area < 1 - crashed / 24 + 0.01
    assert 4 < crashing.refused["crashed"] < 24


def test_a_system_that_refuses_all_uploads_has_scores(scored):
    """It made references, finds nothing, and matches no stranger: of none."""
    refusing = scored["Refuses"]
    assert [one.reasons for one in refusing.settings] == [{"low quality": 12}] * 2
    assert refusing.references.count == 12
    assert refusing.unchanged.count == refusing.overall.unrelated == 0
    assert refusing.false_matches[0].uploads.n == 0
    assert refusing.claims_checked == 0


def test_progress_is_told_once_for_each_system(cheating, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(cheating[0], folder)
    calls: list[int] = []
    score(folder, advance=lambda: calls.append(1))
    assert len(calls) == len(CHEATS)
