"""What a probe is, and which of them a policy looks up. Pure values."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from hashguard.chance import CROPPINGS, RATIOS
from hashguard.framing import WHOLE, Framing
from hashguard.hashers.orientation import Orientation
from hashguard.hashers.pdq import Sampling
from hashguard.hashes import Algorithm, Hashed

AS_UPLOADED = (Orientation.UPRIGHT,)
EITHER_SIDE = (Orientation.UPRIGHT, Orientation.MIRRORED)
ALL_WAYS = tuple(Orientation)
MAX_CROP = 0.5  # of a side; what is left shows too little of the whole
MAX_TILT = 45.0  # degrees; beyond it, a quarter turn is nearer


class Tried(enum.Enum):
    """What is tried though nothing in the upload speaks for it; all but a few fit nothing."""

    CROPPINGS = CROPPINGS
    RATIOS = RATIOS


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbePlan:
    """Which probes are made of each frame.

    samplings: PDQ variants to hash in; other algorithms know only FULL.
    orientations: the ways in which the frame, and every picture in it, is turned.
    pictures: how many pictures are looked for within the frame, at most: without their border, in
    a screenshot, the panels of a collage; a few more if one may end as plain as what surrounds it.
    Most frames have none. PDQ only.
    overlays: whether what seems to be put over the frame, such as stickers and captions, is filled
    in. Most frames have none; then there are no such probes. PDQ only.
    crops: shares of a side of the frame that may have been cut off it, each on each of the four
    sides; none for no such probes. PDQ only.
    ratios: whether the frame may be the middle of a picture of another usual ratio. PDQ only.
    tilts: degrees by which the frame may have been turned, each to both sides. PDQ only.
    Crops, ratios and tilts are looked up upright and mirrored, whatever `orientations` says.
    """

    samplings: tuple[Sampling, ...] = (Sampling.FULL,)
    orientations: tuple[Orientation, ...] = AS_UPLOADED
    pictures: int = 0
    overlays: bool = False
    crops: tuple[float, ...] = ()
    ratios: bool = False
    tilts: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.samplings:
            raise ValueError("a probe plan needs at least one sampling")
        if not self.orientations:
            raise ValueError("a probe plan needs at least one orientation")
        if self.pictures < 0:
            raise ValueError(f"pictures must be at least 0, not {self.pictures}")
        if not all(0 <= share <= MAX_CROP for share in self.crops):
            raise ValueError(f"crops are shares of a side from 0 to {MAX_CROP}")
        if not all(0 < degrees <= MAX_TILT for degrees in self.tilts):
            raise ValueError(f"tilts are degrees above 0 and up to {MAX_TILT}")

    def count(self, algorithm: Algorithm) -> int:
        """Probes that `make_probes` makes of a frame in which nothing is found, about."""
        if algorithm is not Algorithm.PDQ:
            return len(self.orientations)
        turned = len(self.samplings) * len(self.orientations)
        return turned + self.croppings + len(EITHER_SIDE) * 2 * len(self.tilts)

    @property
    def tries(self) -> tuple[Tried, ...]:
        """What nothing in an upload speaks for."""
        asked = {Tried.CROPPINGS: bool(self.crops), Tried.RATIOS: self.ratios}
        return tuple(one for one, is_asked in asked.items() if is_asked)

    @property
    def croppings(self) -> int:
        """Probes of the grid of croppings."""
        # The frame as it is, is no cropping.
        return len(EITHER_SIDE) * (len(self.crops) ** 4 - (0 in self.crops))


@dataclass(frozen=True, slots=True)
class Probe:
    """One variant of an upload: what was done to it, its hash, and what it shows of the upload.

    tried: which it is of, None for what seems to have been done. handicap: weighed bits that are
    added to its distances before they are judged (cohort.py).
    """

    name: str
    hashed: Hashed
    framing: Framing = WHOLE
    tried: Tried | None = None
    handicap: int = 0


def turned_name(name: str, way: Orientation) -> str:
    """Of a probe that is looked up in that orientation."""
    return name if way is Orientation.UPRIGHT else f"{name}, {way.value}"
