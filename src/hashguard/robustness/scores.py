"""The scores of a run: what `score` writes to `scores.json` and `report` shows.

Every rate has its n and an interval (95 %). Distances are in the unit of the system. How they are
computed: metrics.py, unrelated.py and tail.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hashguard.errors import ResultsError
from hashguard.files import replace_file
from hashguard.robustness.records import dump, load

SCHEMA = "hashguard-robustness-scores/1"
SCORES = "scores.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share: count of n, and its 95 % interval: after Wilson, but see `FalseMatches.pairs`."""

    count: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself; 0 if n is 0."""
        return self.count / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A distance up to which two pictures count as the same.

    name: unique for a system: "at 31 bits"; "at 1 false match in 1,000,000 pairs"; "at no false
    match in 190 pairs, too few for 1 in 1,000,000".
    max_distance: inclusive; None if not even distance 0 keeps the rate, or nothing is known of it.
    false_rate: the rate of false matches among unrelated pairs that chose it; None if it is fixed.
    """

    name: str
    max_distance: float | None
    false_rate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingScore:
    """How the copies of one setting fared.

    recall: one for each threshold of the system; what was refused or has no reference counts as
    a miss. reasons: how many of the n and why, by text of `Reason` ("undecodable", ...), and
    "reference ..." where it was the reference of which the system made nothing; each copy once.
    quartiles: three of the distances of copies to their references, None where a copy has none.
    """

    attack: str
    strength: float
    recall: tuple[Rate, ...]
    reasons: dict[str, int]
    quartiles: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overall:
    """Copies of all settings against unrelated pairs, each by one number; ties against us.

    area: under the ROC, the share of (copy, unrelated pair) in which the copy is nearer.
    equal_error: where the share of missed copies and of matched unrelated pairs meet: the larger
    of both at the distance at which it is smallest.
    average_precision: micro average precision of all (upload, photograph) pairs by distance:
    uploads are all copies and all strangers.
    recall_at_precision: recall at precision 0.9 of the same pairs.
    copies, unrelated: how many pairs of each; without one of them, all numbers are at their worst.
    roc: points (false match rate, recall), thinned to what a plot shows.
    """

    area: float
    equal_error: float
    average_precision: float
    recall_at_precision: float
    copies: int
    unrelated: int
    roc: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseMatches:
    """What a threshold costs in false matches.

    uploads: strangers that reach any reference of the list they were compared with (its size is
    `SystemScore.listed`, less the one of themselves), of all that have a hash.
    pairs: unrelated pairs within it, of all. They are not independent, for each picture is in many:
    the interval is by resampling pictures. Where none is within it, it ends at the square of the
    share that a kind of pictures can have of which at most one is here (Wilson, 1 of all pictures),
    for two of a kind would have matched.
    per_million: false matches expected of a million unrelated uploads against a list of
    `Scores.list_size`, with its interval; None where the tail allows no estimate, and then
    per_million_high alone may be there.
    extrapolated: whether the tail that was fitted says so, not the pairs that were counted.
    """

    threshold: str
    max_distance: float
    uploads: Rate
    pairs: Rate
    per_million: float | None
    per_million_low: float | None
    per_million_high: float | None
    extrapolated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """The lower tail of the distances of unrelated pairs: log10 share = intercept + slope * d.

    The share is that of pairs within d; fitted from `nearest` to `farthest`, and drawn with the
    band (distance, low, high), as shares, from 0 to `farthest`, by resampling pictures.
    """

    intercept: float
    slope: float
    nearest: float
    farthest: float
    band: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Pairs by distance: counts[i] of at least edges[i] and less than edges[i + 1].

    without: pairs that have no distance, in none of the counts.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    without: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two pictures worth a look.

    query, reference: names, and roles. attack: of the query, "" if it is uploaded as it is.
    distance: None if it has none. reason: why it has none, or "".
    """

    query: str
    query_role: str
    attack: str
    strength: float
    reference: str
    reference_role: str
    distance: float | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemScore:
    """All that is said of one system.

    thresholds: the first is the one it is run at.
    references, unchanged: of how many photographs it made a reference; how many photographs
    uploaded as they are were found at the first threshold.
    listed: of how many pictures it made a reference, strangers among them: what uploads are
    compared with. refused: strangers' uploads of which it made nothing, by text of `Reason`.
    missed: of each attack at its typical strength the farthest copy, if it is missed at the first
    threshold, farthest first. closest: the nearest unrelated pairs, each pair once.
    claims_checked, claims_wrong: distances the system gave itself, and how many were not those
    of its rows.
    """

    name: str
    thresholds: tuple[Threshold, ...]
    references: Rate
    unchanged: Rate
    settings: tuple[SettingScore, ...]
    overall: Overall
    false_matches: tuple[FalseMatches, ...]
    tail: Tail | None
    copies: Histogram
    unrelated: Histogram
    attacked: Histogram
    missed: tuple[Pair, ...]
    closest: tuple[Pair, ...]
    claims_checked: int
    claims_wrong: int
    listed: int = 0
    refused: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The scores of all systems of a run.

    run: digest of configuration and pictures together: scores of another run are not shown.
    same: pairs of names that the user listed as the same picture, or nearly; not counted as
    unrelated.
    """

    schema: str
    run: str
    list_size: int
    same: tuple[tuple[str, ...], ...]
    systems: tuple[SystemScore, ...]


def write_scores(folder: Path, scores: Scores) -> None:
    """Put `scores.json` into the folder. Raises OSError."""
    replace_file(folder / SCORES, dump(scores).encode())


def read_scores(folder: Path) -> Scores:
    """The scores in the folder. Raises ResultsError."""
    try:
        text = (folder / SCORES).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ResultsError("there are no scores; `hashguard robustness score` makes them") from None
    except (OSError, ValueError) as error:
        raise ResultsError(f"{SCORES} cannot be read ({type(error).__name__})") from error
    scores = load(Scores, text, SCORES)
    if scores.schema != SCHEMA:
        raise ResultsError(f"{SCORES} is of another version of hashguard; score again")
    return scores
