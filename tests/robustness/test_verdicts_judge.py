"""What is made of a picture is never a wrong match of it; all else is, if it matched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from hashguard import Matcher
from hashguard.budget import Budget, Expected, Grade
from hashguard.hashers.pdq import hash_orientations
from hashguard.policies import (
    PDQ_DEEP,
    PDQ_INLINE,
    PDQ_STANDARD,
    PDQ_STRICT,
    PDQ_WIDE,
    MatchPolicy,
)
from hashguard.robustness.attacks.canvas import jpeg
from hashguard.robustness.verdicts.judge import BEYOND, ends_in_white, judged, wider
from hashguard.robustness.verdicts.listing import Hashes, LongList, long_list
from hashguard.verdict import Match, Outcome, Timings, Verdict

PICTURES = ("cat.png", "camera.png", "astronaut.png", "coffee.png", "rocket.jpg", "mountains.jpg")


@pytest.fixture(scope="module")
def listed(photographs) -> LongList:
    """One photograph and five distractors, in 3,000 rows: many are near."""
    hashes = []
    for name in PICTURES:
        turned = list(hash_orientations(photographs[name]).values())
        codes = np.stack([one.hash.code for one in turned])
        hashes.append(Hashes(codes, turned[0].quality or 0))
    return long_list(hashes[:1], hashes[1:], 3000, seed=1)


def within(policy: MatchPolicy, match: Match) -> bool:
    """Whether a match of the wider policy is one of the real policy."""
    if match.distance > policy.max_distance:
        return False
    assert match.expected is not None
    return policy.budget is None or match.expected.upper <= policy.budget.per_million


def told(matches: Iterable[Match]) -> list[str]:
    """What can be compared of matches in any order."""
    return sorted(f"{one.entry.id} {one.distance} {one.weighed} {one.expected}" for one in matches)


@pytest.mark.parametrize("budget", [1e-3, 1e-6])
def test_the_wider_policy_sees_what_the_real_one_matches_and_more(photographs, listed, budget):
    """The same entries within the budget, at the same cost: it only looks farther.

    Small budgets, for on a list of 3,000 those of platforms reach as far as any policy looks.
    """
    policies = [PDQ_STRICT, PDQ_WIDE]
    policies += [replace(one, budget=Budget(budget)) for one in (PDQ_INLINE, PDQ_STANDARD)]
    for policy in policies:
        real = Matcher(listed.hash_list, policy=policy)
        more = Matcher(listed.hash_list, policy=wider(policy))
        matches = beyond = 0
        for name in PICTURES:
            upload = jpeg(photographs[name], 80)
            found, farther = real.check(upload).matches, more.check(upload).matches
            inside = [match for match in farther if within(policy, match)]
            told = [
                [(m.entry.id, m.distance, m.expected) for m in some] for some in (found, inside)
            ]
            assert sorted(told[0], key=str) == sorted(told[1], key=str)
            matches += len(found)
            beyond += len(farther) - len(inside)
        assert matches >= len(PICTURES)
        assert beyond > 0, policy.name


def test_a_wider_policy_goes_by_the_same_name():
    """Or other rows of unrelated pictures would be used for it."""
    for policy in (PDQ_INLINE, PDQ_STANDARD, PDQ_STRICT):
        assert wider(policy).name == policy.name
        assert wider(policy).probes == policy.probes


def test_croppings_are_left_out_of_what_nearly_matched():
    """By the thousand they are as near to so much that no long list could be measured."""
    assert PDQ_DEEP.probes.croppings > 1_000
    assert wider(PDQ_DEEP).probes == replace(PDQ_DEEP.probes, crops=())


def verdict(listed: LongList, *matches: tuple[int, Grade | None, float]) -> Verdict:
    """Matches of rows, with grade and cost, in this order."""
    found = tuple(
        Match(
            distance=20 + number,
            probe="as given",
            frame=0,
            entry=listed.hash_list.entry(row),
            grade=grade,
            expected=Expected(cost / 2, cost, False),
            weighed=None,
        )
        for number, (row, grade, cost) in enumerate(matches)
    )
    return Verdict(
        outcome=Outcome.MATCH if found else Outcome.NO_MATCH,
        reason=None,
        matches=found,
        notes=(),
        policy="PDQ_BY_HAND",
        list_origin="",
        list_version=1,
        timings=Timings(),
    )


def row_of(listed: LongList, picture: int, nth: int = 0) -> int:
    return int(np.flatnonzero(listed.pictures == picture)[nth])


def test_an_entry_made_of_the_upload_is_right_whatever_was_done_to_it(listed):
    """As it is, turned or perturbed; the best of their grades is told."""
    rows = [row_of(listed, 2, nth) for nth in (0, 3, 200)]
    grades = (Grade.REVIEW, Grade.CERTAIN, None)
    matches = [(row, grade, 1.0) for row, grade in zip(rows, grades, strict=True)]
    one = judged(verdict(listed, *matches), None, 2, listed)
    assert (one.right, one.wrong, one.near) == ("certain", None, ())


def test_an_entry_made_of_another_picture_is_wrong(listed):
    """Each picture once, by its surest entry; the best grade of all is told."""
    matches = [
        (row_of(listed, 3, 0), Grade.REVIEW, 9.0),
        (row_of(listed, 3, 50), Grade.PROBABLE, 0.5),
        (row_of(listed, 4), None, 500.0),
    ]
    one = judged(verdict(listed, *matches), None, 2, listed)
    assert one.right is None
    assert one.wrong == "probable"
    near = [(near.picture, near.grade, near.upper) for near in one.near]
    assert near == [(3, "probable", 0.5), (4, "ungraded", 500.0)]
    assert one.near[0].way == "perturbed"


def test_what_only_the_wider_policy_matches_is_near_and_no_match(listed):
    """At most so many; what matched is told as a match, once."""
    real = verdict(listed, (row_of(listed, 3), Grade.REVIEW, 9.0))
    others = [(row_of(listed, picture), Grade.REVIEW, 50.0) for picture in (3, 1, 4, 5, 0)]
    one = judged(real, verdict(listed, *others), 2, listed)
    assert [near.picture for near in one.near] == [3, 1, 4, 5][: 1 + BEYOND]
    assert [near.grade for near in one.near] == ["review", None, None, None]
    nothing = judged(verdict(listed), verdict(listed, *others), 2, listed)
    assert nothing.wrong is None
    assert len(nothing.near) == BEYOND


def test_a_side_that_is_nearly_all_white_ends_in_white():
    """Any of the four, of grey or of coloured pixels; not what is white inside."""
    grey = np.full((50, 40), 100, np.uint8)
    inside = grey.copy()
    inside[1:-1, 1:-1] = 255
    assert not ends_in_white(grey)
    assert not ends_in_white(inside)
    for side in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        edged = grey.copy()
        edged[side] = 250
        assert ends_in_white(edged)
        assert ends_in_white(np.dstack([edged] * 3))
        yellow = np.dstack([edged, edged, grey])
        assert not ends_in_white(yellow)
