"""When two hashes count as the same picture: match policies, each with its source.

Plain PDQ sees a re-encoded, resized or lightly edited copy. It does not see a mirrored one
unless orientations are looked up, nor one that was framed or cropped by more than 1 or 2 %.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hashguard.hashers.pdq import Sampling
from hashguard.hashes import Algorithm, Hashed
from hashguard.probes import ProbePlan

PDQ_MAX_DISTANCE = 31  # bits of 256; recommended by the PDQ authors
PDQ_MIN_QUALITY = 50  # of 100; recommended by the PDQ authors

PDQ_MAX_TIES = 32
"""Bits of 256 that rounding may have decided in a hash that is still compared.

More, and two unrelated plain pictures could meet within 31 bits by their common ties alone. What
varies along one axis only has 256, 4,311 photographs had at most 4 (benchmarks/parity.py).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchPolicy:
    """What counts as a match, and which probes are worth looking up.

    max_distance: bits, inclusive. min_quality: 0 to 100; a picture below it is matched only by
    an equal hash and otherwise UNDECIDED. max_ties: likewise for bits decided by rounding.
    source: where the numbers come from.
    """

    name: str
    algorithm: Algorithm
    max_distance: int
    min_quality: int = 0
    max_ties: int = 0
    probes: ProbePlan = field(default_factory=ProbePlan)
    source: str

    def __post_init__(self) -> None:
        if not 0 <= self.max_distance < self.algorithm.bits:
            raise ValueError(
                f"max_distance must be 0 to {self.algorithm.bits - 1} bits, not {self.max_distance}"
            )
        if not 0 <= self.min_quality <= 100:
            raise ValueError(f"min_quality must be 0 to 100, not {self.min_quality}")
        if self.max_ties < 0:
            raise ValueError(f"max_ties must be at least 0, not {self.max_ties}")

    @property
    def probe_count(self) -> int:
        """Probes that are looked up for each frame of an upload."""
        return self.probes.count(self.algorithm)

    def doubt(self, hashed: Hashed) -> str | None:
        """Why only an equal hash counts as a match of this one; None if it is as good as any."""
        if hashed.quality is not None and hashed.quality < self.min_quality:
            return f"quality {hashed.quality} is below {self.min_quality}"
        if hashed.ties > self.max_ties:
            return f"{hashed.ties} bits of the hash were decided by rounding, not by the picture"
        return None


PDQ_STRICT = MatchPolicy(
    name="PDQ_STRICT",
    algorithm=Algorithm.PDQ,
    max_distance=PDQ_MAX_DISTANCE,
    min_quality=PDQ_MIN_QUALITY,
    max_ties=PDQ_MAX_TIES,
    source="distance and quality recommended by the PDQ authors; what python-threatexchange and "
    "HMA run by default",
)

PDQ_STRICT_ORIENTED = MatchPolicy(
    name="PDQ_STRICT_ORIENTED",
    algorithm=Algorithm.PDQ,
    max_distance=PDQ_MAX_DISTANCE,
    min_quality=PDQ_MIN_QUALITY,
    max_ties=PDQ_MAX_TIES,
    probes=ProbePlan(orientations=True),
    source="PDQ_STRICT for each of the eight orientations, computed exactly",
)

PDQ_WIDE = MatchPolicy(
    name="PDQ_WIDE",
    algorithm=Algorithm.PDQ,
    max_distance=47,
    min_quality=PDQ_MIN_QUALITY,
    max_ties=PDQ_MAX_TIES,
    probes=ProbePlan(samplings=(Sampling.FULL, Sampling.NN512), orientations=True),
    source="115 million pairs of real photographs of quality 50 and more: no unrelated pair "
    "within 67 bits; for uploads that a person reviews",
)

PRESETS = {policy.name: policy for policy in (PDQ_STRICT, PDQ_STRICT_ORIENTED, PDQ_WIDE)}
"""The named policies, by name."""
