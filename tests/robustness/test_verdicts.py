"""Policies are asked about each upload once; a run goes on where it was and mixes nothing in."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashguard.budget import Budget
from hashguard.errors import ResultsError
from hashguard.policies import PDQ_INLINE, PDQ_STRICT, PRESETS
from hashguard.robustness.selection import DEFAULT_POLICIES, choose_policies, spread
from hashguard.robustness.verdicts import parts
from hashguard.robustness.verdicts.plan import MATCHING
from hashguard.robustness.verdicts.records import GRADES, read_verdicts
from hashguard.robustness.verdicts.summary import summarise
from hashguard.robustness.verdicts.worker import Setup, measure
from tests.robustness.samples import SAVED
from tests.robustness.verdict_samples import (
    BROKEN,
    EVERYTHING,
    NOW,
    PHOTOS,
    STRANGERS,
    ask,
    folder_of,
    plan,
    prepared,
)


@pytest.fixture(scope="module")
def photos(tmp_path_factory, photo_paths) -> Path:
    return folder_of(tmp_path_factory.mktemp("a") / "photos", PHOTOS, photo_paths)


@pytest.fixture(scope="module")
def strangers(tmp_path_factory, photo_paths) -> Path:
    return folder_of(tmp_path_factory.mktemp("b") / "others", STRANGERS, photo_paths)


def kept(folder: Path) -> dict[str, bytes]:
    """Contents of all files."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_copies_are_found_and_strangers_match_nothing(photos, strangers, tmp_path):
    """Of pictures that have nothing to do with each other; all of it is private."""
    out = tmp_path / "out"
    ask(plan(photos, strangers), out)
    verdicts = read_verdicts(out)
    assert [one.name for one in verdicts.asked.policies] == ["PDQ_STRICT", "PDQ_INLINE"]
    for policy in verdicts.policies:
        assert [(one.attack, one.strength) for one in policy.settings] == [
            ("saved again", 90),
            ("saved again", 30),
        ]
        for one in (policy.unchanged, *policy.settings):
            assert (one.found.count, one.found.n, one.wrong, one.undecided) == (3, 3, {}, 0)
        assert (policy.strangers.n, policy.strangers.wrong, policy.wrong) == (2, {}, ())
    inline = verdicts.policies[1]
    assert inline.unchanged.grades == {"certain": 3}
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.rglob("*.*")} == {0o600}


def test_a_policy_that_matches_everything_is_found_out(photos, strangers, tmp_path):
    """It finds every copy, and every upload has a wrong match."""
    ask(plan(photos, strangers, policies=(EVERYTHING,)), tmp_path / "out")
    (cheat,) = read_verdicts(tmp_path / "out").policies
    for one in (cheat.unchanged, *cheat.settings):
        assert one.found.count == sum(one.wrong.values()) == 3
    assert sum(cheat.strangers.wrong.values()) == 2
    last = list(cheat.strangers.at_least.values())[-1]
    assert (last.count, last.n) == (2, 2)
    # Every two pictures of five, once, however many uploads and entries met.
    assert len(cheat.wrong) == 10
    assert not cheat.nearest


def test_what_cannot_be_decoded_is_a_miss(photos, strangers, tmp_path):
    """Of all that were uploaded, and undecided for a reason."""
    ask(plan(photos, strangers, attacks=(BROKEN,)), tmp_path / "out")
    for policy in read_verdicts(tmp_path / "out").policies:
        (one,) = policy.settings
        assert (one.found.count, one.found.n, one.undecided) == (0, 3, 3)
        assert sum(one.reasons.values()) == 3
        assert "" not in one.reasons
        assert policy.unchanged.found.count == 3


def test_processes_make_the_same_as_one(photos, strangers, tmp_path):
    """Byte for byte: results do not depend on who made them."""
    for name, processes in (("one", 1), ("two", 2)):
        ask(plan(photos, strangers), tmp_path / name, processes=processes)
    assert kept(tmp_path / "one") == kept(tmp_path / "two")


def test_a_run_that_was_killed_goes_on_to_the_same_bytes(photos, strangers, tmp_path):
    """What is there is not asked again; what is missing, torn or of another picture is."""
    out = tmp_path / "out"
    asked = ask(plan(photos, strangers), out)
    whole = kept(out)
    strict, inline = asked.policies
    paths = [parts.part_path(out, strict, picture) for picture in asked.run.pictures]
    old = paths[0].stat().st_mtime_ns - 10**9
    for path in paths:
        os.utime(path, ns=(old, old))
    paths[1].write_bytes(paths[1].read_bytes()[:100])
    shutil.copy(paths[0], paths[2])
    parts.part_path(out, inline, asked.run.pictures[3]).unlink()
    parts.listed_path(out, asked, asked.run.pictures[4]).unlink()
    (out / "verdicts.json").unlink()
    (paths[0].parent / ".half.json.abcdefgh").write_bytes(b"{")
    ask(plan(photos, strangers), out)
    assert kept(out) == whole
    assert [path.stat().st_mtime_ns == old for path in paths] == [True, False, False, True, True]


def test_an_upload_that_was_not_asked_about_is_not_left_out(photos, strangers, tmp_path):
    """There are no verdicts of a run that is not complete."""
    asked = ask(plan(photos, strangers), tmp_path / "out")
    parts.part_path(tmp_path / "out", asked.policies[0], asked.run.pictures[4]).unlink()
    with pytest.raises(ResultsError, match="not all uploads"):
        summarise(tmp_path / "out", asked)


def test_a_changed_policy_is_asked_anew_and_no_other(photos, strangers, tmp_path):
    """Also one that kept its name."""
    out = tmp_path / "out"
    first = ask(plan(photos, strangers), out)
    before = kept(out / parts.PARTS)
    changed = replace(PDQ_INLINE, budget=Budget(0.5))
    second = ask(plan(photos, strangers, policies=(PDQ_STRICT, changed)), out)
    assert first.policies[0] == second.policies[0]
    assert first.policies[1].digest != second.policies[1].digest
    after = kept(out / parts.PARTS)
    assert before.items() <= after.items()
    assert len(after) == len(before) + 5


MODULES = """
import json, sys
import hashguard.matcher, hashguard.robustness.measure, hashguard.robustness.verdicts.worker
print(json.dumps([name for name in sys.modules if name.startswith("hashguard.")]))
"""
NO_VERDICT = {
    "arrays",  # how columns lie on a disk
    "errors",
    "files",
    "flood",  # not used here
    "guards",  # not used here
    "lists",  # holds what it is given
    "live",  # not used here
    "parallel",
    "printable",
    "robustness",  # named one by one
    "sources",  # finds files
    "strict_json",
}
"""Modules and rooms that a check imports and that do not decide its verdict."""


def test_all_code_that_decides_a_verdict_is_in_the_digest():
    """What a check imports, but for what is known to decide nothing."""
    ran = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", MODULES], capture_output=True, check=True, text=True
    )
    rooms = {name.split(".")[1] for name in json.loads(ran.stdout)}
    named = {name.removesuffix(".py") for name in MATCHING}
    assert rooms - NO_VERDICT - named == set()


@pytest.mark.parametrize(
    "change",
    [
        {"list_size": 301},
        {"seed": 2},
        {"max_side": 128},
        {"attacks": (replace(SAVED, strengths=(90, 20)),)},
    ],
)
def test_what_decides_a_verdict_decides_the_digest(photos, strangers, change):
    """Of every policy: nothing that was made otherwise is used."""
    one, other = prepared(plan(photos, strangers)), prepared(plan(photos, strangers, **change))
    assert not {x.digest for x in one.policies} & {x.digest for x in other.policies}
    assert one.hashed == other.hashed


def test_another_picture_on_the_list_changes_every_verdict(
    photos, strangers, tmp_path, photo_paths
):
    """Limits and the clock do not: they decide what is asked, not what the answer is."""
    one = prepared(plan(photos, strangers))
    later = prepared(plan(photos, strangers, limit=1, distractor_limit=1), NOW + timedelta(days=1))
    assert one.policies == later.policies
    more = shutil.copytree(strangers, tmp_path / "more")
    shutil.copy(photo_paths["mountains.jpg"], more)
    other = prepared(plan(photos, more))
    assert not {x.digest for x in one.policies} & {x.digest for x in other.policies}


def test_limits_choose_uploads_and_everything_is_listed(photos, strangers, tmp_path):
    asked = ask(plan(photos, strangers, limit=2, distractor_limit=1), tmp_path / "out")
    assert [one.name for one in asked.uploaded("photo")] == ["astronaut.png", "camera.png"]
    assert [one.name for one in asked.uploaded("stranger")] == ["coffee.png"]
    assert len(asked.run.pictures) == 5
    (policy, _) = read_verdicts(tmp_path / "out").policies
    assert (policy.unchanged.found.n, policy.strangers.n) == (2, 1)


@given(st.integers(0, 400), st.integers(1, 500))
def test_a_sample_is_spread_evenly(n, limit):
    """From the first on, in order, each once, no gap more than one longer than another."""
    chosen = spread(range(n), limit)
    assert len(chosen) == min(n, limit)
    assert chosen[:1] == [0][:n]
    gaps = {after - before for before, after in pairwise([*chosen, n])}
    assert not gaps or max(gaps) - min(gaps) <= 1
    assert n == 0 or min(gaps) >= 1
    assert spread(range(n), None) == list(range(n))


def test_pairs_that_a_person_judged_are_no_wrong_matches(photos, strangers, tmp_path):
    """All three pairs of one photograph and two strangers; kept until another file is given."""
    out, same = tmp_path / "out", tmp_path / "same.csv"
    names = ["astronaut.png", "camera.png", "cat.png", "coffee.png", "rocket.png"]
    pairs = [(one, other) for one in names for other in names if one < other]
    same.write_text("".join(f"{one},{other}\n" for one, other in pairs))
    wanted = plan(photos, strangers, policies=(EVERYTHING,))
    ask(wanted, out)
    assert read_verdicts(out).policies[0].strangers.wrong
    asked = ask(wanted, out, same=same)
    for _ in range(2):
        verdicts = read_verdicts(out)
        (cheat,) = verdicts.policies
        assert len(verdicts.same) == 10
        assert not cheat.strangers.wrong
        assert not any(one.wrong for one in (cheat.unchanged, *cheat.settings))
        assert (cheat.wrong, cheat.nearest) == ((), ())
        assert cheat.unchanged.found.count == 3
        summarise(out, asked)


def test_a_picture_that_changes_meanwhile_ends_the_run(photos, strangers, tmp_path):
    mine = shutil.copytree(photos, tmp_path / "photos")
    wanted = plan(mine, strangers)
    asked = prepared(wanted)
    (mine / "cat.png").write_bytes((mine / "camera.png").read_bytes())
    setup = Setup(tmp_path / "out", asked, wanted.attacks, wanted.policies)
    with pytest.raises(ResultsError, match="changed or removed"):
        measure(setup, processes=1, advance=lambda _: None)


def test_what_cannot_be_measured_is_told_and_not_listed(photos, strangers, tmp_path):
    more = shutil.copytree(strangers, tmp_path / "more")
    (more / "torn.png").write_bytes((strangers / "coffee.png").read_bytes()[:700])
    asked = prepared(plan(photos, more))
    assert [one.name for one in asked.run.unreadable] == ["torn.png"]
    assert len(asked.run.pictures) == 5


def test_a_plan_that_cannot_be_asked_is_refused(photos, strangers, tmp_path):
    """Too short a list, nothing to fill it up with, one name for two policies."""
    with pytest.raises(ResultsError, match="does not hold 3 photographs"):
        prepared(plan(photos, strangers, list_size=2))
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ResultsError, match="none of the unrelated pictures"):
        prepared(plan(photos, empty))
    with pytest.raises(ValueError, match="same name"):
        plan(photos, strangers, policies=(PDQ_STRICT, PDQ_STRICT))


def test_policies_are_chosen_by_name_in_their_usual_order():
    assert [one.name for one in choose_policies(())] == list(DEFAULT_POLICIES)
    names = list(PRESETS)
    assert [one.name for one in choose_policies(names[::-1])] == names
    with pytest.raises(ValueError, match="there is no policy 'pdq'"):
        choose_policies(["pdq"])


def test_grades_are_from_the_surest():
    assert GRADES == ("certain", "probable", "review", "ungraded")
