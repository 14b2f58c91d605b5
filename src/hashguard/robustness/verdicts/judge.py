"""What a verdict on an upload says of its own picture, and of all others. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hashguard.budget import Budget
from hashguard.hashes import Pixels
from hashguard.policies import MatchPolicy
from hashguard.robustness.verdicts.listing import LongList
from hashguard.robustness.verdicts.records import GRADES, UNGRADED, Near, Seen, surest
from hashguard.verdict import Match, Outcome, Verdict

WIDER = 10**9  # times the budget: as good as none, so that distance alone decides
FARTHEST = 87  # bits of 256; most uploads are as near to something on a list of a million
BEYOND = 3  # pictures that did not match and are kept, of an upload

_WHITE, _NEARLY_ALL = 247, 0.9  # grey level; share of a side


def wider(policy: MatchPolicy) -> MatchPolicy:
    """The same with a wider reach, to see what nearly matched. It decides nothing.

    Without croppings: a thousand probes are as near to too much to look at all of it.
    """
    # Under the same name, for what is known of unrelated pictures goes by it.
    budget = policy.budget and Budget(WIDER * policy.budget.per_million)
    return replace(
        policy,
        budget=budget,
        max_distance=max(policy.max_distance, FARTHEST),
        probes=replace(policy.probes, crops=()),
    )


def judged(verdict: Verdict, beyond: Verdict | None, own: int, listed: LongList) -> Seen:
    """What an upload of the picture at the place `own` came to.

    beyond: the verdict under the wider policy, if that was asked, too.
    """
    right = [_grade(match) for match in verdict.matches if listed.made_of(match.entry) == own]
    matched = {one.picture: one for one in _others(verdict, own, listed)}
    near = list(matched.values())
    if beyond is not None:
        missed = [one for one in _others(beyond, own, listed) if one.picture not in matched]
        near += [replace(one, grade=None) for one in missed[:BEYOND]]
    undecided = verdict.outcome is Outcome.UNDECIDED
    return Seen(
        outcome=verdict.outcome.value,
        reason=verdict.reason if undecided else None,
        right=surest(right),
        near=tuple(near),
    )


def ends_in_white(pixels: Pixels) -> bool:
    """Whether nearly all of the first or last row or column is white."""
    white = (pixels if pixels.ndim == 2 else pixels.min(axis=2)) >= _WHITE
    sides = (white[0], white[-1], white[:, 0], white[:, -1])
    return any(side.mean() >= _NEARLY_ALL for side in sides)


def _others(verdict: Verdict, own: int, listed: LongList) -> Iterator[Near]:
    """Each other picture once, by its surest match, in the order of the verdict."""
    found: dict[int, Near] = {}
    for match in verdict.matches:
        picture = listed.made_of(match.entry)
        if picture == own:
            continue
        one = _near(match, picture, listed)
        # Without a budget, the nearest entry need not be the surest: qualities differ.
        if picture not in found or _rank(one) < _rank(found[picture]):
            found[picture] = one
    return iter(found.values())


def _near(match: Match, picture: int, listed: LongList) -> Near:
    if match.expected is None:
        raise ValueError("only policies of PDQ say what a match costs")
    return Near(
        picture=picture,
        way=listed.way(match.entry),
        distance=match.distance,
        weighed=match.weighed,
        upper=match.expected.upper,
        grade=_grade(match),
    )


def _grade(match: Match) -> str:
    return UNGRADED if match.grade is None else match.grade.value


def _rank(one: Near) -> int:
    return GRADES.index(one.grade or UNGRADED)
