"""From measured tails to the rows that budgets are reckoned with; see hashguard.chance. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hashguard.chance import Line, Row
from hashguard.robustness.scores import SystemScore, Tail

UNLIKELY = 0.05  # how improbable what was seen may be under the upper line
_FEW = 1000  # pairs; where more were counted, the line follows them anyway
_FLATTEST = 1e-3  # of the logarithm for each bit
_ROUND = 1e4


@dataclass(frozen=True, slots=True)
class Seen:
    """So many of the pairs were within a distance."""

    distance: int
    within: int
    pairs: int


def row_from_score(
    score: SystemScore, *, probes: int, quality_from: int, listed_from: int = 0
) -> Row:
    """The row of a system in the `scores.json` of a run, under the name of the system.

    quality_from, listed_from: of the pictures that the run was made with.
    Raises ValueError if the run had too few pictures for a tail.
    """
    if score.tail is None:
        raise ValueError("there is no tail: more unrelated pictures are needed")
    edges, counts = score.unrelated.edges, score.unrelated.counts
    pairs, within = sum(counts), 0
    seen = []
    for end, count in zip(edges[1:], counts, strict=True):
        within += count
        seen.append(Seen(int(end) - 1, within, pairs))
    return row_from_tail(
        score.tail,
        probing=score.name,
        probes=probes,
        quality_from=quality_from,
        listed_from=listed_from,
        pairs=pairs,
        pictures=score.listed,
        seen=seen,
    )


def row_from_tail(
    tail: Tail,
    *,
    probing: str,
    probes: int,
    quality_from: int,
    listed_from: int = 0,
    pairs: int,
    pictures: int,
    seen: Iterable[Seen] = (),
    weighed: bool = False,
) -> Row:
    """The row of a fitted tail. seen: in this measurement and in others of the same kind.

    weighed: whether the bits of all of these are.

    The upper line is straight, and turned about its far end until it lies nowhere below the band
    of the tail, and until none of what was seen is improbable under it: a few pairs nearer than the
    line of all others would have it belong to a kind of pictures that is rare, not absent.
    """
    far = round(tail.farthest)
    *band, (_, _, high) = sorted(tail.band)
    end = math.log10(high)
    found = [one for one in seen if one.within and one.distance < far]
    least = [(point[0], math.log10(point[2])) for point in band if point[2] > 0]
    least += _probable(found)
    slope = min((end - level) / (far - distance) for distance, level in least)
    slope = max(slope, _FLATTEST)
    line = _rounded(tail.intercept, tail.slope)
    return Row(
        probing=probing,
        probes=probes,
        quality_from=quality_from,
        listed_from=listed_from,
        line=line,
        upper=_rounded(end - slope * far, slope).above(line),
        nearest=min([round(tail.nearest), *(one.distance for one in found)]),
        farthest=far,
        pairs=pairs,
        pictures=pictures,
        weighed=weighed,
        measured=True,
    )


def _probable(found: Iterable[Seen]) -> Iterator[tuple[int, float]]:
    """Distances, and log10 of the least share under which as much as was seen is not improbable."""
    for one in found:
        if one.within <= _FEW:
            yield one.distance, math.log10(least_mean(one.within) / one.pairs)


def least_mean(count: int) -> float:
    """The mean at which `count` or more, 1 to 1000, are seen with probability UNLIKELY (Poisson).

    Pairs that share a picture come together, which would make it less: so this is cautious.
    """
    low, high = 0.0, float(count)
    for _ in range(50):
        middle = (low + high) / 2
        logs = (n * math.log(middle) - middle - math.lgamma(n + 1) for n in range(count))
        if 1 - math.fsum(math.exp(one) for one in logs) < UNLIKELY:
            low = middle
        else:
            high = middle
    return low


def _rounded(intercept: float, slope: float) -> Line:
    """Four digits, upwards: a file that a person can read."""
    return Line(
        min(math.ceil(intercept * _ROUND) / _ROUND, 0.0), math.ceil(slope * _ROUND) / _ROUND
    )
