"""What an attack is: a named way to change a picture, along an axis of strength.

Pure: pixels, a strength and a generator of random numbers come in, the bytes of a file come out,
so that decoding is part of what is measured.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from hashguard.hashes import Pixels

Change = Callable[[Pixels, float, np.random.Generator], bytes]
"""(h, w, 3) RGB uint8, a strength and randomness in; an encoded picture out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One way to change a picture.

    name: unique, as a person would say it: "cropped, each side".
    family: the heading it stands under.
    about: one sentence on what is done, for the method part of the report.
    unit: of its strengths: "% a side" stands behind a number, "quality {}" around it; "" if none.
    strengths: weakest first. typical: the one of them that stands for the attack in overviews.
    labels: in place of the numbers where strengths only count ways; one for each.
    """

    name: str
    family: str
    about: str
    unit: str
    strengths: tuple[float, ...]
    typical: float
    change: Change
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.typical not in self.strengths:
            raise ValueError(f"{self.name}: the typical strength is none of its strengths")
        if len(set(self.strengths)) != len(self.strengths):
            raise ValueError(f"{self.name}: a strength is there twice")
        if self.labels and len(self.labels) != len(self.strengths):
            raise ValueError(f"{self.name}: labels and strengths differ in number")

    def label(self, strength: float) -> str:
        """The strength as a person reads it: `5 % a side`."""
        if self.labels:
            return self.labels[self.strengths.index(strength)]
        return with_unit(strength, self.unit)

    def settings(self) -> Iterator[Setting]:
        """The attack at each of its strengths, weakest first."""
        return (Setting(self, strength) for strength in self.strengths)


def with_unit(strength: float, unit: str) -> str:
    """A strength as a person reads it: `5 % a side`, `quality 75`."""
    # Not str.format: a unit is read from results, and braces of its own would be taken for orders.
    return (unit if "{}" in unit else f"{{}} {unit}").replace("{}", f"{strength:g}").rstrip()


@dataclass(frozen=True, slots=True)
class Setting:
    """An attack at one strength: what is measured."""

    attack: Attack
    strength: float

    @property
    def label(self) -> str:
        """Attack and strength as a person reads them."""
        return f"{self.attack.name}, {self.attack.label(self.strength)}"

    def make(self, pixels: Pixels, *, seed: int, picture: str) -> bytes:
        """The attacked picture as a file.

        The same for the same seed, setting and picture (its digest), whatever else is measured.
        """
        text = f"{seed}\n{self.attack.name}\n{float(self.strength)!r}\n{picture}"
        words = np.frombuffer(hashlib.sha256(text.encode()).digest(), dtype="<u4")
        return self.attack.change(pixels, self.strength, np.random.default_rng(words.tolist()))
