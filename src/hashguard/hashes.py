"""Hashes as values: which algorithm, which bits, how far apart.

Packed bits, most significant first: bit k of a `bits`-bit hash (k = 0 the least
significant, as printed hex reads right to left) sits in byte (bits - 1 - k) // 8.
Pure: no pictures, no files.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hashguard.errors import AlgorithmMismatchError, InvalidHashError

Codes: TypeAlias = NDArray[np.uint8]
"""(n, bits // 8) uint8: n hashes of one algorithm, packed, most significant bit first."""

Clarity: TypeAlias = NDArray[np.uint8]
"""(bits,) or (n, bits) uint8, 0 to CLEAR: how clearly a picture says each bit of its hash.

By rank: 0 for the bit that the least change would flip, then 1, and CLEAR for all that are clearer
than CLEAR others. In the order of the packed bits, most significant first.
"""

CLEAR = 32
"""Of 256 bits. More, and unrelated pictures come nearer by as much as copies (docs/adr/0014)."""

Pixels: TypeAlias = NDArray[np.uint8]
"""(height, width) luma or (height, width, 3) RGB, uint8, as a person would see it."""


class Algorithm(enum.Enum):
    """A perceptual hash algorithm; the value is its name in text and on the wire."""

    PDQ = "pdq"
    PHASH = "phash"
    DHASH = "dhash"
    WHASH = "whash"
    AVERAGE_HASH = "average_hash"

    @property
    def bits(self) -> int:
        """Length of a hash in bits."""
        return 256 if self is Algorithm.PDQ else 64

    @property
    def code_bytes(self) -> int:
        """Length of a packed hash in bytes."""
        return self.bits // 8

    @classmethod
    def named(cls, name: str) -> Algorithm:
        """The algorithm of that name. Raises InvalidHashError, which lists the names."""
        try:
            return cls(name)
        except ValueError:
            known = ", ".join(a.value for a in cls)
            raise InvalidHashError(f"unknown algorithm; known are {known}") from None


_HEX = re.compile(r"[0-9a-fA-F]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hash:
    """One perceptual hash. `str()` is `pdq:f8f8...`; `repr()` hides the bits.

    Hashes are sensitive: a log that prints an object by accident shows its `repr`.
    """

    algorithm: Algorithm
    packed: bytes

    def __post_init__(self) -> None:
        if len(self.packed) != self.algorithm.code_bytes:
            raise InvalidHashError(
                f"a {self.algorithm.value} hash has {self.algorithm.code_bytes} bytes, "
                f"not {len(self.packed)}"
            )

    @classmethod
    def from_hex(cls, algorithm: Algorithm, digits: str) -> Hash:
        """A hash from its hex digits, either case. Raises InvalidHashError."""
        want = algorithm.code_bytes * 2
        if len(digits) != want:
            raise InvalidHashError(
                f"a {algorithm.value} hash has {want} hex digits, not {len(digits)} characters"
            )
        if not _HEX.fullmatch(digits):
            raise InvalidHashError(f"a {algorithm.value} hash has only the digits 0-9 and a-f")
        return cls(algorithm, bytes.fromhex(digits))

    @classmethod
    def parse(cls, text: str) -> Hash:
        """The inverse of `str()`: `pdq:f8f8...`. Raises InvalidHashError."""
        name, colon, digits = text.partition(":")
        if not colon:
            raise InvalidHashError("a hash is written ALGORITHM:HEX, such as pdq:f8f8...")
        return cls.from_hex(Algorithm.named(name), digits)

    @classmethod
    def from_code(cls, algorithm: Algorithm, code: NDArray[np.uint8]) -> Hash:
        """A hash from one row of `Codes`."""
        return cls(algorithm, code.tobytes())

    @property
    def hex(self) -> str:
        """Lower-case hex digits, most significant first."""
        return self.packed.hex()

    @property
    def code(self) -> NDArray[np.uint8]:
        """(bits // 8,) uint8, read-only."""
        return np.frombuffer(self.packed, dtype=np.uint8)

    def distance(self, other: Hash) -> int:
        """Differing bits, 0 to `algorithm.bits`. Raises AlgorithmMismatchError."""
        if self.algorithm is not other.algorithm:
            raise AlgorithmMismatchError(
                f"cannot compare {self.algorithm.value} with {other.algorithm.value}"
            )
        mine, theirs = int.from_bytes(self.packed), int.from_bytes(other.packed)
        return (mine ^ theirs).bit_count()

    def __str__(self) -> str:
        return f"{self.algorithm.value}:{self.hex}"

    def __repr__(self) -> str:
        return f"<Hash {self.algorithm.value}>"


@dataclass(frozen=True, slots=True)
class Hashed:
    """What hashing a picture yields: the hash and how far it can be trusted.

    quality: 0 to 100 as the algorithm defines it; None where it defines none.
    ties: bits that rounding decided, not the picture; 0 on an ordinary photograph.
    clarity: (bits,) of each bit; None where it is not known. It is no part of what is compared.
    """

    hash: Hash
    quality: int | None = None
    ties: int = 0
    clarity: Clarity | None = field(default=None, compare=False, repr=False)


def pack_codes(hashes: list[Hash], algorithm: Algorithm) -> Codes:
    """Hashes of one algorithm as (n, bits // 8) uint8. Raises AlgorithmMismatchError."""
    for one in hashes:
        if one.algorithm is not algorithm:
            raise AlgorithmMismatchError(
                f"expected {algorithm.value} hashes, found {one.algorithm.value}"
            )
    joined = b"".join(one.packed for one in hashes)
    return np.frombuffer(joined, dtype=np.uint8).reshape(len(hashes), algorithm.code_bytes)


def hamming(left: Codes, right: Codes) -> NDArray[np.uint16]:
    """Differing bits of each pair of rows; the shapes broadcast, the last axis is summed."""
    counts: NDArray[np.uint8] = np.bitwise_count(left ^ right)
    distances: NDArray[np.uint16] = counts.sum(axis=-1, dtype=np.uint16)
    return distances


def weighed(clarity: Clarity, left: Codes, right: Codes) -> NDArray[np.uint16]:
    """Differing bits of each pair of rows, each weighing as much as it is clear.

    clarity: (n, 256) of the rows of `left`, or of whichever of both an upload shows. In bits,
    rounded up: 256 where all differ, and so of the scale of `hamming`. An edit flips the bits of
    which a picture was never sure; two unrelated pictures differ in any.
    """
    differ = np.unpackbits(left ^ right, axis=-1)
    return in_bits((differ * clarity).sum(axis=-1, dtype=np.uint32))


def in_bits(weight: NDArray[Any]) -> NDArray[np.uint16]:
    """Weighed bits, rounded up, of what differing bits weigh together: whole numbers."""
    bits: NDArray[np.uint16] = (-(-weight.astype(np.int64) * 256 // ALL_CLARITY)).astype(np.uint16)
    return bits


def farthest_plain(bits: int) -> int:
    """Differing bits that two codes may have, at most, that are within `bits` weighed ones.

    As many as can be when those that weigh least differ first.
    """
    room = bits * ALL_CLARITY // 256
    return int(np.searchsorted(np.cumsum(_WEIGHTS), room, "right"))


_WEIGHTS = np.minimum(np.arange(Algorithm.PDQ.bits), CLEAR)
ALL_CLARITY = int(_WEIGHTS.sum())
"""What the bits of any PDQ hash weigh together."""
