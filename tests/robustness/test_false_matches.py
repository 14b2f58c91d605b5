"""What a threshold costs: counted where there is enough to count, else by the tail, with care."""

from __future__ import annotations

import numpy as np
import pytest

from hashguard.robustness.distances import Scale
from hashguard.robustness.false_matches import ENOUGH, Pictures, costs, limits
from hashguard.robustness.scores import FalseMatches, Tail
from hashguard.robustness.system import Metric, Rows
from hashguard.robustness.unrelated import Unrelated
from tests.robustness.samples import LINE

BITS = Scale(Metric.HAMMING, LINE.width)
MILLION = 1_000_000


def hashes(count: int) -> list[Rows]:
    """Random ones of 64 bits: a pair is 32 bits apart, give or take 4."""
    rng = np.random.default_rng(11)
    return [rng.integers(0, 256, (1, LINE.width), dtype=np.uint8) for _ in range(count)]


def cost(
    rows: list[Rows], *one_in: int, list_size: int = MILLION
) -> tuple[tuple[FalseMatches, ...], Tail | None]:
    """At 5 bits, and where one in so many pairs matches."""
    unrelated = Unrelated(rows, rows, BITS, ())
    counts = unrelated.counts()
    nearest = unrelated.nearest(range(len(rows)))
    among = Pictures(unrelated=unrelated, counts=counts, nearest=nearest, pictures=len(rows))
    return costs(limits(LINE, BITS, counts, one_in), among, BITS, list_size)


def test_where_nothing_is_near_the_tail_is_extrapolated():
    """No pair is within 5 bits; the line says how few there would be, and its band how unsurely."""
    (fixed,), tail = cost(hashes(300))
    assert tail is not None
    assert (fixed.pairs.count, fixed.pairs.n) == (0, 300 * 299 // 2)
    share = 10 ** (tail.intercept + tail.slope * 5)
    assert fixed.extrapolated
    low, value, high = fixed.per_million_low, fixed.per_million, fixed.per_million_high
    assert value == pytest.approx(share * MILLION * MILLION)
    assert low is not None
    assert high is not None
    assert low < share * MILLION * MILLION < high


def test_a_tail_may_not_promise_less_than_was_seen():
    """Two pictures share a hash, which bends the line, but not as far as to where that pair is."""
    rows = hashes(300)
    (fixed,), tail = cost([*rows, rows[0]])
    assert tail is not None
    assert fixed.pairs.count == 1
    assert 10 ** (tail.intercept + tail.slope * 5) < fixed.pairs.value
    assert not fixed.extrapolated
    assert fixed.per_million == pytest.approx(fixed.pairs.value * MILLION * MILLION)
    assert fixed.per_million_high == pytest.approx(fixed.pairs.high * MILLION * MILLION)


def test_ten_pairs_are_counted_with_the_interval_of_the_pairs():
    """One in a thousand of 44,850 pairs: about 40. In proportion to the list."""
    (_, chosen), _ = cost(hashes(300), 1_000)
    assert ENOUGH <= chosen.pairs.count <= 44
    assert not chosen.extrapolated
    assert chosen.per_million == pytest.approx(chosen.pairs.value * MILLION * MILLION)
    assert chosen.per_million_low == pytest.approx(chosen.pairs.low * MILLION * MILLION)
    (_, longer), _ = cost(hashes(300), 1_000, list_size=7 * MILLION)
    assert longer.per_million == pytest.approx(7 * chosen.pairs.value * MILLION * MILLION)


def test_fewer_than_ten_pairs_are_not_trusted_alone():
    """One in ten thousand of 44,850: up to four. The line has the 40 around them to go by."""
    (_, chosen), tail = cost(hashes(300), 10_000)
    assert tail is not None
    assert 0 < chosen.pairs.count < ENOUGH
    share = 10 ** (tail.intercept + tail.slope * chosen.max_distance)
    assert chosen.extrapolated == (share >= chosen.pairs.value)
    expected = max(share, chosen.pairs.value)
    assert chosen.per_million == pytest.approx(expected * MILLION * MILLION)


def test_thresholds_have_names_of_their_own_even_where_pairs_are_few():
    """Of 190 pairs, neither one in a million nor one in ten thousand can be told."""
    rows = hashes(20)
    unrelated = Unrelated(rows, rows, BITS, ())
    listed = limits(LINE, BITS, unrelated.counts(), (MILLION, 10_000, 10))
    assert [one.threshold.name for one in listed] == [
        "at 5 bits",
        "at no false match in 190 pairs, too few for 1 in 1,000,000",
        "at no false match in 190 pairs, too few for 1 in 10,000",
        "at 1 false match in 10 pairs",
    ]
    nearest = int(np.flatnonzero(unrelated.counts())[0])
    assert [one.step for one in listed[:3]] == [5, nearest - 1, nearest - 1]
