"""Frozen dataclasses to JSON and back, strictly: the texts in which the stages meet."""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import types
import typing
from typing import Any, TypeVar

from hashguard.errors import ResultsError
from hashguard.strict_json import no_constant

_Record = TypeVar("_Record")


def dump(record: Any) -> str:
    """A dataclass instance as standard JSON, of ASCII only. Raises ValueError for NaN or infinity.

    ASCII, because names of files may hold bytes that are no UTF-8, which only an escape can carry.
    """
    return json.dumps(dataclasses.asdict(record), indent=1, allow_nan=False) + "\n"


def load(kind: type[_Record], text: str, what: str) -> _Record:
    """The inverse of `dump`. Raises ResultsError, which says what is wrong with `what`."""
    try:
        made: _Record = _made(kind, json.loads(text, parse_constant=no_constant), what)
    except (ValueError, OverflowError, RecursionError) as error:
        raise ResultsError(f"{what} is not what this version writes: {error}") from error
    return made


def _made(kind: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return _made_record(kind, value, where)
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in inner:
            return None
        (kind,) = (one for one in inner if one is not type(None))
        return _made(kind, value, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise ValueError(f"{where} is no list")
        return tuple(_made(inner[0], one, where) for one in value)
    if origin is dict:
        if not isinstance(value, dict):
            raise ValueError(f"{where} is no object")
        return {name: _made(inner[1], one, where) for name, one in value.items()}
    if kind is float:
        return _made_float(value, where)
    if type(value) is not kind:
        raise ValueError(f"{where} is no {kind.__name__}")
    return value


def _made_float(value: Any, where: str) -> float:
    # A bool is an int to isinstance, and a whole number in the file may stand for a float.
    if type(value) not in (int, float):
        raise ValueError(f"{where} is no float")
    if not math.isfinite(value):  # also raises OverflowError for an int that no float holds
        raise ValueError(f"{where} is too large")
    return float(value)


def _made_record(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"{where} is no object")
    hints = _hints(kind)
    if set(value) != set(hints):
        raise ValueError(f"{where} has other fields")
    return kind(**{name: _made(hint, value[name], name) for name, hint in hints.items()})


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    """The fields of a dataclass with their types: worked out once, for there are many rates."""
    return typing.get_type_hints(kind)
