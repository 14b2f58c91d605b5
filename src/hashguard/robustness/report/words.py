"""Numbers and names as a person reads them. Pure."""

from __future__ import annotations

import math

from hashguard.robustness.results import SystemRecord
from hashguard.robustness.scores import FalseMatches, Rate, Threshold
from hashguard.robustness.system import Metric

_TO = "\N{EN DASH}"
NOTHING = _TO
"""Stands where there is nothing to say."""


def percent(rate: Rate) -> str:
    """A share in whole per cent, finer where it must be: only all is 100, only none is 0."""
    if not rate.n:
        return NOTHING
    return _percent(rate.value)


def exact_percent(rate: Rate) -> str:
    """A share with its interval, for sentences: `97.9 % (96.1 to 99.0)`."""
    if not rate.n:
        return "nothing to tell"
    return f"{_tenths(rate.value)} % ({_bound(rate.low)} to {_bound(rate.high)})"


def interval(rate: Rate) -> str:
    """The interval of a share in per cent, for tables: 96 to 99, with a dash."""
    if not rate.n:
        return NOTHING
    low, high = 100 * rate.low, 100 * rate.high
    if high < 0.1:  # per cent; of rates as small as those of false matches
        return f"{low:.2g}{_TO}{high:.2g}"
    if high < 2:
        return f"{low:.1f}{_TO}{high:.1f}"
    return f"{low:.0f}{_TO}{high:.0f}"


def count_of(rate: Rate) -> str:
    """`3 of 4,000`."""
    return f"{rate.count:,} of {rate.n:,}"


def counted(number: int, one: str, several: str = "") -> str:
    """`1 photograph`, `300 photographs`."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def large(number: int) -> str:
    """A count in words where it is long: `8.0 million`."""
    for unit, name in ((10**9, "billion"), (10**6, "million")):
        if number >= unit:
            whole = number % unit == 0
            return f"{number // unit if whole else f'{number / unit:.1f}'} {name}"
    return f"{number:,}"


def distance(value: float | None, system: SystemRecord) -> str:
    """A distance with its unit: `31 bits`, `cosine 0.15`."""
    if value is None:
        return "no distance"
    if system.metric == Metric.HAMMING.value:
        return f"{value:g} {'bit' if value == 1 else 'bits'}"
    return f"cosine {value:g}"


def at(threshold: Threshold, system: SystemRecord) -> str:
    """A threshold as it stands under a name; `none` where no distance keeps its rate."""
    if threshold.max_distance is None:
        return "none"
    return distance(threshold.max_distance, system)


def one_in(rate: float) -> str:
    """A rate of false matches: `1 in 1,000,000`."""
    return f"1 in {round(1 / rate):,}" if 0 < rate < 1 else f"{100 * rate:g} %"


def few(value: float | None) -> str:
    """An expected number with two digits that count, in words where it is long: `1.2 million`."""
    if value is None or not math.isfinite(value):
        return NOTHING
    if value == 0:
        return "0"
    if value < 0.001:
        return "under 0.001"
    if value >= 999_500:
        unit, name = (10**9, "billion") if value >= 999.5e6 else (10**6, "million")
        return f"{few(value / unit)} {name}"
    if value >= 10:
        digits = 1 - math.floor(math.log10(value))
        return f"{round(value, min(digits, 0)):,.0f}"
    places = max(1 - math.floor(math.log10(value)), 0)
    return f"{value:.{places}f}".rstrip("0").rstrip(".")


def per_million(one: FalseMatches) -> str:
    """False matches of a million uploads, with interval; marked where they are extrapolated."""
    if says_nothing(one):
        return "cannot be told"
    mark = "*" if one.extrapolated else ""
    if one.per_million is None:
        return f"at most {few(one.per_million_high)}{mark}"
    low, high = few(one.per_million_low), few(one.per_million_high)
    return f"{few(one.per_million)} ({low}{_TO}{high}){mark}"


def says_nothing(one: FalseMatches) -> bool:
    """Whether the pairs were too few to tell what a list would match falsely.

    A bound of a match and more for every upload is none.
    """
    high = one.per_million_high
    return one.per_million is None and (high is None or high >= 10**6)


def figure(value: float | None) -> str:
    """A number from 0 to 1 with four decimals."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return f"{value:.4f}"


def listing(parts: list[str]) -> str:
    """`a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _percent(share: float) -> str:
    whole = f"{100 * share:.0f}"
    return whole if share in (0, 1) or whole not in ("0", "100") else _tenths(share)


def _tenths(share: float) -> str:
    if share in (0, 1):
        return f"{100 * share:.0f}"
    # Only all is 100, only none is 0.
    return f"{min(max(100 * share, 0.1), 99.9):.1f}"


def _bound(share: float) -> str:
    tenths = f"{100 * share:.1f}"
    return tenths.removesuffix(".0") if tenths in ("0.0", "100.0") else tenths
