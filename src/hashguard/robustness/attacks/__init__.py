"""The attacks: one module for each family."""

from __future__ import annotations

from hashguard.robustness.attack import Attack
from hashguard.robustness.attacks import (
    combined,
    compression,
    crop,
    detail,
    formats,
    frame,
    geometry,
    light,
    overlay,
    page,
    scaling,
    screen,
)

_FAMILIES = (
    compression,
    scaling,
    detail,
    light,
    geometry,
    crop,
    frame,
    overlay,
    screen,
    page,
    formats,
    combined,
)

ATTACKS: tuple[Attack, ...] = tuple(attack for family in _FAMILIES for attack in family.ATTACKS)
"""All attacks, family by family; their names differ."""
