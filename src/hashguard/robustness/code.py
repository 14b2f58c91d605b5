"""Digests of our own code: results of another version do not pass for those of this one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib import resources
from importlib.resources.abc import Traversable

_KINDS = (".py", ".json")  # code, and tables it reads


def add_code(names: Iterable[str], summed: hashlib._Hash) -> None:
    """Add what is in and below these places of the package, each in the order of its names."""
    root = resources.files("hashguard")
    for name in names:
        _add(root.joinpath(*name.split("/")), summed)


def _add(place: Traversable, summed: hashlib._Hash) -> None:
    if place.is_dir():
        for inner in sorted(place.iterdir(), key=lambda one: one.name):
            _add(inner, summed)
    elif place.name.endswith(_KINDS):
        summed.update(place.read_bytes())
