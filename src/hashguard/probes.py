"""Which variants of an upload are looked up, each under a name a person understands.

Pure: pixels in, probes out.
"""

from __future__ import annotations

from dataclasses import dataclass

from hashguard.hashers import Hasher
from hashguard.hashers.orientation import Orientation, turn
from hashguard.hashers.pdq import Sampling, hash_orientations, hash_pixels
from hashguard.hashes import Algorithm, Hashed, Pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbePlan:
    """Which probes are made of each frame.

    samplings: PDQ variants to hash in; other algorithms know only FULL.
    orientations: whether mirrored and turned copies are looked up, too.
    """

    samplings: tuple[Sampling, ...] = (Sampling.FULL,)
    orientations: bool = False

    def __post_init__(self) -> None:
        if not self.samplings:
            raise ValueError("a probe plan needs at least one sampling")

    def count(self, algorithm: Algorithm) -> int:
        """Probes that `make_probes` makes of one frame."""
        samplings = len(self.samplings) if algorithm is Algorithm.PDQ else 1
        return samplings * (len(Orientation) if self.orientations else 1)


@dataclass(frozen=True, slots=True)
class Probe:
    """One variant of an upload: what was done to it, and its hash."""

    name: str
    hashed: Hashed


def make_probes(pixels: Pixels, plan: ProbePlan, hasher: Hasher) -> list[Probe]:
    """The probes of one frame, the picture as uploaded first."""
    if hasher.algorithm is not Algorithm.PDQ:
        ways = tuple(Orientation) if plan.orientations else (Orientation.UPRIGHT,)
        return [Probe(way.value, hasher.hash_pixels(turn(pixels, way))) for way in ways]
    probes = []
    for sampling in plan.samplings:
        suffix = "" if sampling is Sampling.FULL else f", sampled as {sampling.value}"
        if plan.orientations:
            found = hash_orientations(pixels, sampling=sampling)
            probes += [Probe(way.value + suffix, hashed) for way, hashed in found.items()]
        else:
            hashed = hash_pixels(pixels, sampling=sampling)
            probes.append(Probe(Orientation.UPRIGHT.value + suffix, hashed))
    return probes
