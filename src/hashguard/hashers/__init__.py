"""Hashers turn pixels into hashes; one protocol, one module for each family."""

from __future__ import annotations

from typing import Protocol

from hashguard.hashes import Algorithm, Hashed, Pixels


class Hasher(Protocol):
    """One way to hash a picture. Implementations hold no state and are safe from many threads."""

    @property
    def algorithm(self) -> Algorithm:
        """The algorithm of every hash it returns."""
        ...

    def hash_pixels(self, pixels: Pixels) -> Hashed:
        """Hash of (h, w) luma or (h, w, 3) RGB uint8."""
        ...


def hasher_for(algorithm: Algorithm) -> Hasher:
    """The hasher of an algorithm. Raises MissingExtraError if its library is not installed."""
    if algorithm is Algorithm.PDQ:
        from hashguard.hashers.pdq import PdqHasher

        return PdqHasher()
    from hashguard.hashers.imagehash import ImagehashHasher

    return ImagehashHasher(algorithm)
