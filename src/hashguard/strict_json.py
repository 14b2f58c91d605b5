"""What our formats take of JSON, and what Python's reader takes beyond it. Pure."""

from __future__ import annotations

import math
from typing import Never, TypeGuard

_MAX_DIGITS = 20  # more than any whole number of ours has


def no_constant(name: str) -> Never:
    """For `json.loads(parse_constant=...)`: NaN, Infinity and -Infinity are no JSON."""
    raise ValueError(f"{name} is no JSON")


def short_int(digits: str) -> int | float:
    """For `json.loads(parse_int=...)`: a number too long for any field as infinity.

    Python refuses to read numbers of thousands of digits, and so the whole text over one of them.
    """
    return int(digits) if len(digits) <= _MAX_DIGITS else math.inf


def is_whole(value: object, least: int, most: int) -> TypeGuard[int]:
    """Whether a value is a whole number from least to most.

    JSON's true and 1.0 equal 1, but would not be written back as they were read.
    """
    return type(value) is int and least <= value <= most
