"""Which attacks and systems are measured, by the names a user gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from hashguard.policies import PRESETS, MatchPolicy
from hashguard.robustness.attack import Attack
from hashguard.robustness.attacks import ATTACKS
from hashguard.robustness.results import LeftOut
from hashguard.robustness.systems import registry

_Item = TypeVar("_Item")

DEFAULT_POLICIES = ("PDQ_INLINE", "PDQ_STANDARD")
"""Those that are meant for every upload. PDQ_DEEP takes ten times as long as both together."""


def choose_attacks(names: Sequence[str]) -> tuple[Attack, ...]:
    """The attacks of these names or families, in their usual order; all if none is given.

    Raises ValueError, which names the first that is neither.
    """
    if not names:
        return ATTACKS
    known = {name for attack in ATTACKS for name in (attack.name, attack.family)}
    for name in names:
        if name not in known:
            raise ValueError(
                f"there is no attack {name!r}; `hashguard robustness attacks` lists them"
            )
    return tuple(attack for attack in ATTACKS if {attack.name, attack.family} & set(names))


def quick_attacks(attacks: Sequence[Attack]) -> tuple[Attack, ...]:
    """Each attack at its typical strength only."""
    return tuple(
        replace(
            attack,
            strengths=(attack.typical,),
            labels=(attack.label(attack.typical),) if attack.labels else (),
        )
        for attack in attacks
    )


def choose_systems(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[LeftOut, ...]]:
    """The systems of these names; by default several, without those that are not installed.

    Raises ValueError for a name that is not known or given twice, MissingExtraError for one that
    is not installed.
    """
    if not names:
        return registry.default_names()
    if len(set(names)) != len(names):
        raise ValueError("a system is named twice")
    for name in names:
        registry.make(name)
    return tuple(names), ()


def choose_policies(names: Sequence[str]) -> tuple[MatchPolicy, ...]:
    """The named policies, in their usual order; by default those for every upload.

    Raises ValueError, which names the first that is none.
    """
    for name in names:
        if name not in PRESETS:
            raise ValueError(f"there is no policy {name!r}; there are {', '.join(PRESETS)}")
    wanted = set(names or DEFAULT_POLICIES)
    return tuple(policy for name, policy in PRESETS.items() if name in wanted)


def spread(items: Sequence[_Item], limit: int | None) -> list[_Item]:
    """So many of them, evenly over all, in their order; all if there are no more.

    Not the first: names are sorted, and what begins alike is often alike.
    """
    count = len(items) if limit is None else min(limit, len(items))
    return [items[place * len(items) // count] for place in range(count)]
