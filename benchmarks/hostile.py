"""Hostile JSON by chance: wrong types, odd Unicode, keys twice, deep nests, far too much. Pure.

A document of dicts, lists and scalars is copied with one place of it spoiled. Written by hand,
for no writer of JSON writes a key twice.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

SHALLOW, DEEP = 40, 100_000  # brackets in brackets: what a reader can follow, and what it cannot


@dataclass(frozen=True, slots=True)
class Text:
    """Stands for this text in the file, whatever it says."""

    json: str


@dataclass(frozen=True, slots=True)
class Twice:
    """Stands in an object for a value whose key is written again with another one."""

    first: object
    second: object


@dataclass(frozen=True, slots=True)
class Spoiled:
    """One place spoiled. path: the keys that lead there. how: what was done to it."""

    document: object
    path: tuple[str | int, ...]
    how: str


VALUES: tuple[object, ...] = (
    *(None, True, False, 0, -1, 1.5, 2**53, 2**64, 10**300, Text("1e999"), Text("-0")),
    *("", " ", "0", "null", "Active ", "active", "f" * 63, "f" * 65, "g" * 64, "0" * 64, "F" * 64),
    # Digits and letters that look like ours, marks that turn a line around, half a character.
    *("\u0663" * 64, "\uff46" * 64, "\u0430ctive", "a\u202eb", "\u0130", "e\u0301", "\ufeff"),
    *("\x00", "a\nb", "\x1b[2J", Text('"\\ud800"'), Text('"\\udc00\\ud800"'), "\U0001f600" * 9),
    *([], {}, [None], {"": None}, [[]], {"hashValue": "f" * 64}, ["a", 1, None, {}]),
    *("x" * 70_000, ["x"] * 2_000, {str(n): n for n in range(2_000)}, Text("9" * 5_000)),
    *(Text("[" * SHALLOW + "]" * SHALLOW), Text('{"a":' * SHALLOW + "1" + "}" * SHALLOW)),
)
"""In place of a value: JSON that a reader can follow, so that the rest can be read as before."""

BROKEN: tuple[object, ...] = (
    *(Text("[" * DEEP + "]" * DEEP), Text('{"a":' * DEEP + "1" + "}" * DEEP), Text("[" * DEEP)),
    *(Text("NaN"), Text("-Infinity"), Text("01"), Text("'a'"), Text('"\\x"'), Text("")),
)
"""What is no JSON, or more than a reader can follow: it may cost the whole document."""


def written(value: object) -> str:
    """As JSON, with what Text and Twice stand for."""
    if isinstance(value, Text):
        return value.json
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(_member(key, one) for key, one in value.items()) + "}"
    return json.dumps(value)


def spoiled(document: object, rng: random.Random, values: tuple[object, ...]) -> Spoiled:
    """The document with one place changed; it is not touched itself.

    values: what to put there. In objects, keys are also left out, renamed, or written twice.
    """
    path = rng.choice(list(_places(document)))
    value = rng.choice(values)
    ways = ["replaced"]
    if path and isinstance(path[-1], str):
        ways += ["left out", "renamed", "twice"]
    how = rng.choice(ways)
    return Spoiled(_changed(document, path, how, value), path, how)


def _member(key: str, value: object) -> str:
    if isinstance(value, Twice):
        return f"{_member(key, value.first)},{_member(key, value.second)}"
    return f"{json.dumps(key)}:{written(value)}"


def _places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _places(one, (*path, key))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _places(one, (*path, number))


def _changed(document: object, path: tuple[str | int, ...], how: str, value: object) -> object:
    if not path:
        return value
    key, *rest = path
    if isinstance(document, list) and isinstance(key, int):
        return [
            _changed(one, tuple(rest), how, value) if number == key else one
            for number, one in enumerate(document)
        ]
    assert isinstance(document, dict)
    copy: dict[object, object] = {}
    for name, one in document.items():
        if name != key:
            copy[name] = one
        elif rest or how == "replaced":
            copy[name] = _changed(one, tuple(rest), how, value)
        elif how == "renamed":
            copy[f"{name}\u200b"] = one
        elif how == "twice":
            copy[name] = Twice(one, value)
    return copy
