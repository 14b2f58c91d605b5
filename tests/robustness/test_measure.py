"""What systems make of a picture is taken as it is, and only if it is what they promised."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hashguard.hashes import Pixels
from hashguard.robustness.attack import Attack, Setting
from hashguard.robustness.attacks.canvas import image_of, jpeg
from hashguard.robustness.measure import Measurer
from hashguard.robustness.results import Part
from hashguard.robustness.system import Reason, System
from tests.robustness import cheats

NOTHING = Attack(
    name="saved again",
    family="compression",
    about="Saved again.",
    unit="JPEG quality",
    strengths=(95, 60),
    typical=95,
    change=lambda pixels, strength, rng: jpeg(pixels, int(strength)),
)
NOISE = Attack(
    name="noise",
    family="detail",
    about="Grey noise in place of the picture.",
    unit="",
    strengths=(1,),
    typical=1,
    change=lambda pixels, strength, rng: jpeg(rng.integers(0, 256, pixels.shape, dtype=np.uint8)),
)
SETTINGS = (*NOTHING.settings(), *NOISE.settings())


def measurer(*systems: System, settings: tuple[Setting, ...] = SETTINGS, seed: int = 1) -> Measurer:
    return Measurer(systems=systems, settings=settings, seed=seed, max_side=256, digest="d")


def uploads(system: System, files: list[bytes], own: int | None = 0) -> Part:
    """The first file as uploads, compared with all of them as references."""
    one = measurer(system)
    rows = [one.reference(data, "p").made[0].of(0) for data in files]
    return one.uploads(files[0], "p", [rows], own)


@pytest.fixture(scope="module")
def files(photo_paths: dict[str, Path]) -> list[bytes]:
    return [photo_paths[name].read_bytes() for name in ("cat.png", "astronaut.png", "camera.png")]


def reasons(part: Part) -> list[Reason]:
    return [Reason(int(number)) for number in part.made[0].reasons]


def test_a_photograph_is_uploaded_as_it_is_and_in_every_setting(files):
    """Near its reference but for noise, which the system says itself of both."""
    made = uploads(cheats.Honest(), files).made[0]
    assert reasons(uploads(cheats.Honest(), files)) == [Reason.NONE] * 4
    assert made.lims.tolist() == [0, 1, 2, 3, 4]
    assert made.claims[0, 0] == 0
    assert (made.claims[1:3, 0] < 20).all()
    assert made.claims[3, 0] > 90
    assert (made.claims[:, 1] > 90).all()


def test_a_stranger_is_uploaded_as_it_is_only(files):
    """It has no reference of its own, and is not attacked."""
    made = uploads(cheats.Honest(), files, own=None).made[0]
    assert len(made.reasons) == 1
    assert np.isnan(made.claims[0, 0])
    assert made.claims[0, 1] == 0  # the first reference is the same picture here


def test_a_crash_costs_the_system_that_upload_only(files):
    """Its rows are none and its reason says so; other systems do not notice."""
    both = measurer(cheats.CrashesOnHalf(), cheats.Honest())
    rows = [both.reference(data, "p").made[1].of(0) for data in files]
    part = both.uploads(files[0], "p", [rows, rows], 0)
    crashed = part.made[0].reasons == Reason.CRASHED.value
    assert 0 < crashed.sum() < 4
    assert (np.diff(part.made[0].lims) == ~crashed).all()
    assert np.isnan(part.made[0].claims[crashed]).all()
    assert not part.made[1].reasons.any()


@pytest.mark.parametrize("system", [cheats.Odd(), cheats.Unfinished()])
def test_what_is_no_prediction_counts_as_a_crash(files, system):
    """Rows of another shape, width or kind, none at all, or distances that cannot be had."""
    assert set(reasons(uploads(system, files))) == {Reason.CRASHED}


def test_a_refusal_is_noted_with_its_reason(files):
    """For the report; it is a miss like any other."""
    assert set(reasons(uploads(cheats.Refuses(), files))) == {Reason.LOW_QUALITY}


def test_what_was_made_of_an_upload_depends_on_nothing_else(files):
    """Not on which other settings are measured; on the seed, where an attack is random."""
    system, own = cheats.Honest(), [[np.zeros((1, 32), np.uint8)]]
    all_of_them = measurer(system).uploads(files[0], "p", own, 0).made[0]
    alone = measurer(system, settings=SETTINGS[2:]).uploads(files[0], "p", own, 0).made[0]
    other = measurer(system, settings=SETTINGS[2:], seed=2).uploads(files[0], "p", own, 0).made[0]
    assert (all_of_them.of(3) == alone.of(1)).all()
    assert (alone.of(1) != other.of(1)).any()


def test_an_attack_cannot_change_the_picture_for_the_next(files):
    """It is told so, instead of spoiling every figure after it."""

    def scribble(pixels: Pixels, strength: float, rng: np.random.Generator) -> bytes:
        pixels[:] = 0
        return jpeg(pixels)

    attack = Attack(
        name="scribbled", family="", about="", unit="", strengths=(1,), typical=1, change=scribble
    )
    one = measurer(cheats.Honest(), settings=tuple(attack.settings()))
    with pytest.raises(ValueError, match="read-only"):
        one.uploads(files[0], "p", [[]], 0)


def test_large_photographs_are_shrunk_before_they_are_attacked(photo_paths):
    """And uploaded in full as they are."""
    sizes: list[tuple[int, ...]] = []

    def look(pixels: Pixels, strength: float, rng: np.random.Generator) -> bytes:
        sizes.append(pixels.shape)
        return jpeg(image_of(pixels))

    attack = Attack(
        name="looked at", family="", about="", unit="", strengths=(1,), typical=1, change=look
    )
    one = measurer(cheats.Honest(), settings=tuple(attack.settings()))
    one.uploads(photo_paths["dogs.jpg"].read_bytes(), "p", [[]], 0)  # 2056 x 3088
    assert sizes == [(256, 170, 3)]
