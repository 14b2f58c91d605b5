"""What our formats take of JSON, and what Python's reader takes beyond it. Pure."""

from __future__ import annotations

from typing import Never, TypeGuard


def no_constant(name: str) -> Never:
    """For `json.loads(parse_constant=...)`: NaN, Infinity and -Infinity are no JSON."""
    raise ValueError(f"{name} is no JSON")


def is_whole(value: object, least: int, most: int) -> TypeGuard[int]:
    """Whether a value is a whole number from least to most.

    JSON's true and 1.0 equal 1, but would not be written back as they were read.
    """
    return type(value) is int and least <= value <= most
