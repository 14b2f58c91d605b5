"""When two hashes count as the same picture: match policies, each with its source.

Plain PDQ sees a re-encoded, resized or lightly edited copy. It does not see a mirrored one
unless orientations are looked up, nor one that was framed or cropped by more than 1 or 2 %.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from hashguard.budget import Budget, Expected, Grade
from hashguard.chance import MAX_RADIUS, Row, Unrelated
from hashguard.hashers.pdq import Sampling
from hashguard.hashes import Algorithm, Hashed, farthest_plain
from hashguard.probes import ALL_WAYS, EITHER_SIDE, ProbePlan, Tried

PDQ_MAX_DISTANCE = 31  # bits of 256; recommended by the PDQ authors
PDQ_MIN_QUALITY = 50  # of 100; recommended by the PDQ authors

MIN_REACH = 16
"""Bits. A budget that leaves a picture less finds only copies that were hardly changed: without a
match, such an upload is UNDECIDED. What is shrunk to half its size lies 16.5 bits away.
"""

PDQ_MAX_TIES = 32
"""Bits of 256 that rounding may have decided in a hash that is still compared.

More, and two unrelated plain pictures could meet within 31 bits by their common ties alone. What
varies along one axis only has 256, 4,311 photographs had at most 4 (benchmarks/parity.py).
"""


SHARES = {Tried.CROPPINGS: 0.5, Tried.RATIOS: 0.25}
"""Of a budget, for what is tried, where a policy tries it; the rest is for all others.

There are hundreds of croppings, which leaves each little. Were all probes alike before the budget,
those that say what really seems to have been done would find less for their sake.
"""


@dataclass(frozen=True, slots=True)
class Reach:
    """How near an entry must be. radius: in the bits of the row. bits: plain ones to search in."""

    radius: int
    bits: int


EQUAL = Reach(0, 0)
"""Only an equal hash matches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchPolicy:
    """What counts as a match, and which probes are worth looking up.

    max_distance: bits, inclusive. budget: wrong matches it may cost; with one, the radius follows
    from it, from the list and from the upload, and max_distance is only its limit. PDQ only. The
    bits of that radius may be weighed by how clear the upload is about each (chance.py); those of
    max_distance never are.
    probing: how often unrelated pictures come near its probes, but for what is tried: a kind of the
    table in chance.py; by default that of its own name.
    min_quality: 0 to 100; a picture below it is matched only by an equal hash and otherwise
    UNDECIDED. max_ties: likewise for bits decided by rounding. source: where the numbers come from.
    """

    name: str
    algorithm: Algorithm
    max_distance: int
    budget: Budget | None = None
    min_quality: int = 0
    max_ties: int = 0
    probes: ProbePlan = field(default_factory=ProbePlan)
    probing: str = ""
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
        if self.budget is not None and self.algorithm is not Algorithm.PDQ:
            raise ValueError(f"a budget is reckoned for pdq only, not {self.algorithm.value}")

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

    def reach(
        self,
        hashed: Hashed,
        *,
        list_size: int,
        probes: int,
        tried: Tried | None = None,
        handicap: int = 0,
    ) -> Reach | None:
        """How near an entry may match this hash; None if none does, however near.

        list_size: entries it is compared with. tried, handicap: of its probe. probes: how many of
        the upload are tried as this one is, or are not. With a budget, what is within reach matches
        if it `counts`.
        """
        if self.budget is None:
            return Reach(self.max_distance, self.max_distance)
        # The detail of an entry is known once it was found; with much of it, the reach is widest.
        row = self.row(hashed, probes=probes, listed=100, tried=tried)
        radius = _radius(self.budget, list_size, row)
        if radius is None:
            return None
        if not row.weighed:
            return Reach(radius, min(radius, self.max_distance))
        radius = max(radius - handicap, 0)
        # Weighed bits are known of what was found only: all that may be near enough is looked at.
        # All others, which are few, are looked up in one search, whatever the quality of each.
        is_cropping = tried is Tried.CROPPINGS
        bits = farthest_plain(radius) if is_cropping else self.max_distance
        return Reach(radius, min(bits, self.max_distance))

    def counts(self, cost: Expected) -> bool:
        """Whether what costs so much is a match."""
        return self.budget is None or cost.upper <= self.budget.per_million

    def row(
        self, hashed: Hashed, *, probes: int, listed: int | None, tried: Tried | None = None
    ) -> Row:
        """How often unrelated pictures come near a hash, one of so many of an upload.

        listed: quality of the entry; None if it is not known, and then taken to be what the authors
        of PDQ recommend of a list. probes, tried: as `reach` has them. What a policy tries has a
        share of the budget, and so has the rest: a row says what it costs if all went so far.
        """
        # What was made elsewhere comes without a quality, and is taken to be good.
        quality = 100 if hashed.quality is None else hashed.quality
        known = PDQ_MIN_QUALITY if listed is None else listed
        kind = tried.value if tried else self.probing or self.name
        tries = self.probes.tries
        share = SHARES[tried] if tried in tries else 1 - sum(SHARES[one] for one in tries)
        return _row(quality, kind, probes, known, share, weighed=hashed.clarity is not None)


@lru_cache(maxsize=4096)  # probes by the hundred ask for the same
def _row(
    quality: int, probing: str, probes: int, listed: int, share: float, *, weighed: bool
) -> Row:
    row = Unrelated.shipped().row(
        quality, probing=probing, probes=probes, listed=listed, weighed=weighed
    )
    return row.times(1 / share)


@lru_cache(maxsize=4096)
def _radius(budget: Budget, list_size: int, row: Row) -> int | None:
    return budget.radius(list_size, row)


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
    probes=ProbePlan(orientations=ALL_WAYS),
    source="PDQ_STRICT for each of the eight orientations, computed exactly",
)

PDQ_WIDE = MatchPolicy(
    name="PDQ_WIDE",
    algorithm=Algorithm.PDQ,
    max_distance=47,
    min_quality=PDQ_MIN_QUALITY,
    max_ties=PDQ_MAX_TIES,
    probes=ProbePlan(samplings=(Sampling.FULL, Sampling.NN512), orientations=ALL_WAYS),
    source="115 million pairs of real photographs of quality 50 and more: no unrelated pair "
    "within 67 bits; for uploads that a person reviews",
)

_BUDGET = Budget(Grade.REVIEW.per_million)
_BY_BUDGET = (
    "the radius at which at most 100 wrong matches are expected of a million uploads, by the upper "
    "end of what was measured (docs/budget.md); each match says how sure it is"
)

PDQ_INLINE = MatchPolicy(
    name="PDQ_INLINE",
    algorithm=Algorithm.PDQ,
    max_distance=47,
    budget=Budget(Grade.PROBABLE.per_million),
    max_ties=PDQ_MAX_TIES,
    probes=ProbePlan(orientations=EITHER_SIDE),
    source="for every upload, and so within a radius that is fast to search: that at which at most "
    "1 wrong match is expected of a million uploads, and at most 47 bits (docs/budget.md)",
)

PDQ_STANDARD = MatchPolicy(
    name="PDQ_STANDARD",
    algorithm=Algorithm.PDQ,
    max_distance=MAX_RADIUS,
    budget=_BUDGET,
    max_ties=PDQ_MAX_TIES,
    # One sampling: the other is at most 12 bits away, which this radius bears.
    probes=ProbePlan(orientations=ALL_WAYS, pictures=10, overlays=True),
    source="also turned copies, pictures within the upload, and what stickers and captions cover: "
    f"{_BY_BUDGET}",
)

PDQ_DEEP = MatchPolicy(
    name="PDQ_DEEP",
    algorithm=Algorithm.PDQ,
    max_distance=MAX_RADIUS,
    budget=_BUDGET,
    max_ties=PDQ_MAX_TIES,
    probes=ProbePlan(
        orientations=ALL_WAYS,
        pictures=10,
        overlays=True,
        # Nothing and a little are one; beyond, too little is left (docs/adr/0011 and 0015).
        crops=(0.005, 0.03, 0.055, 0.085, 0.12),
        ratios=True,
        tilts=(1, 2, 3),
    ),
    probing=PDQ_STANDARD.name,
    source=f"also what was cropped or tilted, for a second look at an upload: {_BY_BUDGET}",
)

PRESETS = {
    policy.name: policy
    for policy in (PDQ_STRICT, PDQ_STRICT_ORIENTED, PDQ_WIDE, PDQ_INLINE, PDQ_STANDARD, PDQ_DEEP)
}
"""The named policies, by name."""
