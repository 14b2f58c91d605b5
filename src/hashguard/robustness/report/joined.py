"""A run and its scores, held against each other and looked up by name. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hashguard.errors import ResultsError
from hashguard.robustness.results import AttackRecord, Run, SystemRecord
from hashguard.robustness.scores import (
    FalseMatches,
    Rate,
    Scores,
    SettingScore,
    SystemScore,
    Threshold,
)

MOSTLY_FOUND = 0.9  # recall from which the report says that a system survives an attack
MOSTLY_LOST = 0.1  # recall below which it says that an attack is lost


@dataclass(frozen=True, slots=True)
class Column:
    """One system: what it is, how it scored, and its settings by attack and strength."""

    number: int
    record: SystemRecord
    score: SystemScore
    settings: dict[tuple[str, float], SettingScore]

    @property
    def first(self) -> Threshold:
        """The threshold it is run at."""
        return self.score.thresholds[0]

    def recall(self, attack: AttackRecord, strength: float, threshold: int) -> Rate:
        """Recall of a setting at one of the system's thresholds."""
        return self.settings[attack.name, strength].recall[threshold]

    def false_matches(self, threshold: Threshold) -> FalseMatches | None:
        """What a threshold costs; None if that is not known."""
        found = (one for one in self.score.false_matches if one.threshold == threshold.name)
        return next(found, None)

    def is_counted(self, threshold: Threshold) -> bool:
        """Whether there were pairs enough to count the rate that chose a threshold."""
        cost = self.false_matches(threshold)
        if threshold.false_rate is None or cost is None:
            return False
        # 1,000,000 * 1e-6 may be a little less than 1.
        return cost.pairs.n * threshold.false_rate > 1 - 1e-6

    def told(self) -> list[int]:
        """The thresholds that tables have, by number.

        Where there are too few pairs for several rates, all of them chose the same distance.
        """
        seen: set[float | None] = set()
        numbers = []
        for number, one in enumerate(self.score.thresholds):
            if one.false_rate is not None and not self.is_counted(one):
                if one.max_distance in seen:
                    continue
                seen.add(one.max_distance)
            numbers.append(number)
        return numbers


@dataclass(frozen=True, slots=True)
class Family:
    """Attacks under one heading."""

    name: str
    attacks: tuple[AttackRecord, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """Where all systems are compared: each at a threshold of its own.

    false_rate: the rate of false matches they share; None where each is as it is run.
    thresholds: for each system the number of its threshold, None if it has none that fits.
    """

    false_rate: float | None
    thresholds: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """A run with its scores."""

    run: Run
    scores: Scores
    columns: tuple[Column, ...]

    def families(self) -> list[Family]:
        """The attacks by family, both in the order of the run."""
        names = dict.fromkeys(attack.family for attack in self.run.attacks)
        return [
            Family(name, tuple(one for one in self.run.attacks if one.family == name))
            for name in names
        ]

    def points(self) -> list[Point]:
        """As run, and for each rate of false matches that chose thresholds, strictest first."""
        rates = {
            threshold.false_rate
            for column in self.columns
            for threshold in column.score.thresholds
            if threshold.false_rate is not None
        }
        found = [Point(None, tuple(0 for _ in self.columns))]
        for rate in sorted(rates):
            point = Point(rate, tuple(_usable(one.score, rate) for one in self.columns))
            # Without pairs enough for either, two rates are the same table.
            if self._distances(point) not in [self._distances(one) for one in found[1:]]:
                found.append(point)
        return found

    def is_counted(self, point: Point) -> list[bool]:
        """For each system whether there were pairs enough to count the rate of the point."""
        return [
            number is None or column.is_counted(column.score.thresholds[number])
            for column, number in zip(self.columns, point.thresholds, strict=True)
        ]

    def equal_price(self) -> Point | None:
        """The strictest rate that was counted, with a threshold for every system, if any.

        Where systems are best compared.
        """
        for point in self.points()[1:]:
            if None not in point.thresholds and all(self.is_counted(point)):
                return point
        return None

    def typical(self, column: Column, threshold: int) -> Iterator[tuple[AttackRecord, Rate]]:
        """Every attack with the recall at its typical strength."""
        for attack in self.run.attacks:
            yield attack, column.recall(attack, attack.typical, threshold)

    def survived(self, column: Column, threshold: int) -> int:
        """How many attacks, at their typical strength, leave most copies to be found."""
        rates = (rate for _, rate in self.typical(column, threshold))
        return sum(rate.value >= MOSTLY_FOUND for rate in rates)

    def lost(self, column: Column, threshold: int) -> int:
        """How many attacks, at their typical strength, leave hardly any copy to be found."""
        rates = (rate for _, rate in self.typical(column, threshold))
        return sum(rate.value < MOSTLY_LOST for rate in rates)

    def _distances(self, point: Point) -> list[float | None]:
        return [
            None if number is None else column.score.thresholds[number].max_distance
            for column, number in zip(self.columns, point.thresholds, strict=True)
        ]


def join(run: Run, scores: Scores) -> Joined:
    """Both together. Raises ResultsError if the scores are not those of this run."""
    if len(run.systems) != len(scores.systems):
        raise _other()
    columns = tuple(
        _column(number, record, score, run)
        for number, (record, score) in enumerate(zip(run.systems, scores.systems, strict=True))
    )
    return Joined(run, scores, columns)


def _column(number: int, record: SystemRecord, score: SystemScore, run: Run) -> Column:
    settings = {(one.attack, one.strength): one for one in score.settings}
    wanted = {(attack.name, strength) for attack, strength in run.settings}
    complete = all(len(one.recall) == len(score.thresholds) for one in score.settings)
    if record.name != score.name or set(settings) != wanted or not score.thresholds or not complete:
        raise _other()
    return Column(number, record, score, settings)


def _usable(score: SystemScore, false_rate: float) -> int | None:
    for number, threshold in enumerate(score.thresholds):
        if threshold.false_rate == false_rate and threshold.max_distance is not None:
            return number
    return None


def _other() -> ResultsError:
    return ResultsError("the scores are of another run; score it again")
