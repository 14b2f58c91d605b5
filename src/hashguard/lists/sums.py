"""The sum of a list: which entries are in it, in whatever order, as one number.

Pure. The SHA-256 digests of the entry lines, added as numbers of 256 bits. A change of a
thousand entries changes the sum by a thousand terms, however long the list is. It tells a
list from one that it should be and is not; what a publisher said is told by signatures,
for whoever chooses entries at will could choose some whose sum is that of others.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from hashguard.lists.row_writer import write_rows

if TYPE_CHECKING:
    from hashguard.lists.columns import Entries

EMPTY = 0
_MODULUS = 2**256
_PIECE_BYTES = 2**20  # many lines, for none is longer than 1536 bytes
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)


def sum_of_lines(lines: Iterable[bytes]) -> int:
    """Of entry lines, without their line feeds; a million in about a second."""
    sha256, number = hashlib.sha256, int.from_bytes
    return sum(number(sha256(line).digest(), "big") for line in lines) % _MODULUS


def sum_of_file(data: bytes) -> int:
    """Of all entries of a list file, which was read and found whole."""
    total, start = EMPTY, data.find(b"\n", data.find(b"\n") + 1) + 1
    while start < len(data):
        stop = data.rfind(b"\n", start, start + _PIECE_BYTES) + 1
        total = plus(total, sum_of_lines(data[start : stop - 1].split(b"\n")))
        start = stop
    return total


def sum_of(entries: Entries) -> int:
    """Of entries, as `write_rows` writes them; a million in some two seconds."""
    total = EMPTY
    for part in write_rows(entries):
        total = plus(total, sum_of_lines(part[:-1].split(b"\n")))
    return total


def plus(one: int, other: int) -> int:
    """Of the entries of both."""
    return (one + other) % _MODULUS


def minus(one: int, other: int) -> int:
    """Of the first entries without the others, which must be among them."""
    return (one - other) % _MODULUS


def sum_text(value: int) -> str:
    """64 lower-case hex digits."""
    return f"{value:064x}"


def sum_value(text: object) -> int:
    """The inverse of `sum_text`, and nothing looser. Raises ValueError."""
    if not isinstance(text, str) or not _HEX.fullmatch(text):
        raise ValueError("a sum is 64 lower-case hex digits")
    return int(text, 16)
