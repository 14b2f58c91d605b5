"""What threatexchange keeps beside a hash, as JSON and back, without running any of its code.

Plain values, dataclasses and enumerations. Reading imports nothing and calls no constructor: a
class must be loaded already, and its declared fields are all that is set. So a file from
elsewhere can state odd values, but do nothing. Raises ValueError.
"""

from __future__ import annotations

import base64
import dataclasses
import enum
import sys
from typing import Any

MAX_DEPTH = 100

_Json = Any  # what the json module reads and writes


class _EntryError(ValueError):
    """What an entry holds cannot be written, or is nothing that we wrote."""


def to_json(value: object, depth: int = 0) -> _Json:
    """Raises ValueError for a value of another kind, naming its class."""
    if depth > MAX_DEPTH:
        raise _EntryError(f"an entry is nested deeper than {MAX_DEPTH}")
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is list:
        return [to_json(one, depth + 1) for one in value]
    return {_tag(value): _tagged(value, depth + 1)}


def from_json(said: _Json, depth: int = 0) -> object:
    """The inverse of `to_json`. Raises ValueError."""
    if depth > MAX_DEPTH:
        raise _EntryError(f"an entry is nested deeper than {MAX_DEPTH}")
    if isinstance(said, list):
        return [from_json(one, depth + 1) for one in said]
    if not isinstance(said, dict):
        return said
    if len(said) != 1:
        raise _EntryError("an entry holds an object of no known kind")
    ((tag, inside),) = said.items()
    try:
        return _untagged(tag, inside, depth + 1)
    except _EntryError:
        raise
    except (TypeError, KeyError, AttributeError, IndexError, ValueError) as error:
        raise _EntryError(f"an entry holds a broken {tag[:10]}") from error


def _tag(value: object) -> str:
    plain = {float: "float", bytes: "bytes", tuple: "tuple", set: "set", frozenset: "frozenset"}
    if type(value) in plain:
        return plain[type(value)]
    if type(value) is dict:
        return "dict"
    if isinstance(value, enum.Enum):
        return "enum"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return "object"
    raise _EntryError(f"entries of {type(value).__name__} cannot be written to a file")


def _tagged(value: Any, depth: int) -> _Json:
    match _tag(value):
        case "float":
            return value.hex()
        case "bytes":
            return base64.b64encode(value).decode("ascii")
        case "dict":
            return [[to_json(k, depth), to_json(v, depth)] for k, v in value.items()]
        case "enum":
            return [*_name_of(type(value)), value.name]
        case "object":
            names = [one.name for one in dataclasses.fields(value)]
            fields = {name: to_json(getattr(value, name), depth) for name in names}
            return [*_name_of(type(value)), fields]
        case _:
            return [to_json(one, depth) for one in value]


def _untagged(tag: str, inside: Any, depth: int) -> object:
    match tag:
        case "float":
            return float.fromhex(inside)
        case "bytes":
            return base64.b64decode(inside, validate=True)
        case "tuple":
            return tuple(from_json(one, depth) for one in inside)
        case "set":
            return {from_json(one, depth) for one in inside}
        case "frozenset":
            return frozenset(from_json(one, depth) for one in inside)
        case "dict":
            return {from_json(k, depth): from_json(v, depth) for k, v in inside}
        case "enum":
            module, name, member = inside
            return _loaded(module, name, enum.Enum)[member]
        case "object":
            module, name, fields = inside
            return _made(_loaded(module, name, object), fields, depth)
    raise _EntryError("an entry holds an object of no known kind")


def _made(cls: Any, fields: dict[str, _Json], depth: int) -> object:
    if not isinstance(cls, type) or not dataclasses.is_dataclass(cls):
        raise _EntryError("an entry holds an object of a class that is no dataclass")
    if set(fields) != {one.name for one in dataclasses.fields(cls)}:
        raise _EntryError("an entry holds an object of another version of its class")
    made: object = object.__new__(cls)
    for name, said in fields.items():
        object.__setattr__(made, name, from_json(said, depth))
    return made


def _name_of(cls: type) -> tuple[str, str]:
    if _find(cls.__module__, cls.__qualname__) is not cls:
        raise _EntryError(f"entries of {cls.__name__} cannot be written: no module has it by name")
    return cls.__module__, cls.__qualname__


def _loaded(module: str, name: str, base: type) -> Any:
    found = _find(module, name)
    if not isinstance(found, type) or not issubclass(found, base):
        raise _EntryError("an entry holds an object of a class that is not loaded")
    return found


def _find(module: str, name: str) -> object:
    found: object = sys.modules.get(module)
    for part in name.split("."):
        # By the dictionary: attributes could be computed, which runs code.
        found = getattr(found, "__dict__", {}).get(part)
    return found
