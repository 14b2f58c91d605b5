"""Which attacks and systems are measured, by the names a user gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hashguard.robustness.attack import Attack
from hashguard.robustness.attacks import ATTACKS
from hashguard.robustness.results import LeftOut
from hashguard.robustness.systems import registry


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
