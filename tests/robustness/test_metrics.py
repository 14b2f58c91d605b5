"""Numbers made of counts, against tables worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashguard.robustness import metrics
from hashguard.robustness.distances import Scale
from hashguard.robustness.metrics import Counts
from hashguard.robustness.system import Metric

BITS = Scale(Metric.HAMMING, 1)  # distances 0 to 8
LISTS = st.lists(st.integers(0, 40), min_size=10, max_size=10)


def counts(*at: int, without: int = 0) -> Counts:
    """Pairs at steps 0, 1, ... and those without a distance."""
    return np.array([*at, *[0] * (9 - len(at)), without], dtype=np.int64)


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_are_those_of_the_literature(count, n, low, high):
    """The four examples of Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    rate = metrics.wilson(count, n)
    assert (rate.low, rate.high) == pytest.approx((low, high), abs=5e-5)


@given(n=st.integers(0, 10**7), share=st.floats(0, 1))
def test_a_rate_lies_in_its_interval(n, share):
    """All of n reaches 1 exactly, none of n reaches 0 exactly; of nothing, nothing is known."""
    count = round(n * share)
    rate = metrics.wilson(count, n)
    assert 0 <= rate.low <= (rate.value if n else 0)
    assert (rate.value if n else 1) <= rate.high <= 1
    assert (rate.low == 0) == (count == 0)
    assert (rate.high == 1) == (count == n)


def test_a_threshold_keeps_its_rate_with_all_pairs_of_a_distance():
    """1 + 1 of 10 pairs are within 2 and 3, 5 within 4: one in ten ends at 2, one in five at 3.

    At distance 4 there are three at once: taking one of them is not possible.
    """
    unrelated = counts(0, 0, 1, 1, 3, 5)
    assert metrics.largest_step(unrelated, 10) == 2
    assert metrics.largest_step(unrelated, 5) == 3
    assert metrics.largest_step(unrelated, 4) == 3
    assert metrics.largest_step(unrelated, 3) == 3
    assert metrics.largest_step(unrelated, 2) == 4


def test_too_few_pairs_for_a_rate_allow_none_of_them():
    """One in 11 of 10 pairs is less than one pair: the last distance before the nearest."""
    assert metrics.largest_step(counts(0, 0, 1, 1, 3, 5), 11) == 1


def test_a_rate_that_no_distance_keeps_has_no_threshold():
    """2 of 10 pairs are at distance 0; without pairs, nothing is known."""
    assert metrics.largest_step(counts(2, 8), 10) is None
    assert metrics.largest_step(counts(2, 8), 5) == 0
    assert metrics.largest_step(counts(without=3), 5) is None


def test_a_million_pairs_allow_one_false_match_in_a_million():
    """Not none, as a product of floats that falls short of 1 would have it."""
    for pairs in (10**6, 3 * 10**6, 7 * 10**6):
        unrelated = counts(0, pairs // 10**6, 1, pairs - pairs // 10**6 - 1)
        assert metrics.largest_step(unrelated, 10**6) == 1


def test_area_counts_ties_as_lost():
    """Copies at 0, 2, 2, none; unrelated at 2, 3. Nearer: 0 than both, each 2 than the 3.

    2 + 1 + 1 + 0 = 4 of 4 x 2 = 8 pairs: 0.5. Ties by half would say 5 of 8.
    """
    assert metrics.area(counts(1, 0, 2, without=1), counts(0, 0, 1, 1)) == 0.5


def test_equal_error_is_at_a_distance_that_can_be_chosen():
    """Copies at 0, 1, 2, none; unrelated at 1, 3, 3, 4.

    missed: 1 before 0; .75, .5, .25 at 0, 1, 2. matched: 0, 0, .25, .25. The larger of both is
    smallest at 2: .25.
    At copies 0, 2 and unrelated 1, 3: missed 1, .5, .5, 0; matched 0, 0, .5, .5: .5 at 0, 1 and 2.
    """
    assert metrics.equal_error(counts(1, 1, 1, without=1), counts(0, 1, 0, 2, 1)) == 0.25
    assert metrics.equal_error(counts(1, 0, 1), counts(0, 1, 0, 1)) == 0.5


def test_average_precision_puts_wrong_ones_first_at_equal_distance():
    """In order: copy at 0; wrong, then two copies at 1; wrong, copy at 2; one copy never.

    Precision at the copies: 1/1, 2/3, 3/4, 4/6, 0. Mean: (1 + 2/3 + 3/4 + 2/3) / 5 = 37/60.
    """
    copies, wrong = counts(1, 2, 1, without=1), counts(0, 1, 1, 9)
    assert metrics.average_precision(copies, wrong) == pytest.approx(37 / 60)


def test_recall_at_precision_takes_whole_distances():
    """Copies found 1, 10, 19 of 20 at 0, 1, 2; wrong ones 0, 1, 3: precision 1, 10/11, 19/22.

    90 % is kept up to 1: 10/20. With two wrong ones at 1, 10/12 is too little, and so is the rest.
    Exactly 90 %, 9 of 10, is enough.
    """
    copies = counts(1, 9, 9, without=1)
    assert metrics.recall_at_precision(copies, counts(0, 1, 2)) == 0.5
    assert metrics.recall_at_precision(copies, counts(0, 2, 2)) == 0.05
    assert metrics.recall_at_precision(counts(9, 1), counts(1, 9)) == 0.9
    assert metrics.recall_at_precision(copies, counts(1)) == 19 / 20
    assert metrics.recall_at_precision(copies, counts(5)) == 0


def test_precision_may_fall_and_rise_again():
    """1 of 2 right at 0, 100 of 101 at 1: recall at precision is that of the latter."""
    assert metrics.recall_at_precision(counts(1, 99), counts(1)) == 1


def test_a_roc_curve_begins_at_nothing_and_shows_each_change():
    """Copies at 0, 2, 2, none; unrelated at 2, 3."""
    points = metrics.roc(counts(1, 0, 2, without=1), counts(0, 0, 1, 1))
    assert points == ((0, 0), (0, 0.25), (0.5, 0.75), (1, 0.75))


def test_a_roc_curve_is_thinned_and_keeps_its_ends():
    scale = Scale(Metric.COSINE, 4)
    every = np.ones(scale.never + 1, dtype=np.int64)
    every[-1] = 0
    points = metrics.roc(every, every)
    assert 250 <= len(points) <= 300
    assert (points[0], points[-1]) == ((0, 0), (1, 1))


def test_without_copies_or_pairs_every_number_is_at_its_worst():
    """Not NaN, and nothing that flatters."""
    nothing, some = counts(), counts(1, 2, 3)
    for copies, unrelated in ((nothing, some), (some, nothing), (counts(without=4), some)):
        assert metrics.area(copies, unrelated) == 0
        assert metrics.equal_error(copies, unrelated) == 1
    assert metrics.average_precision(nothing, some) == 0
    assert metrics.recall_at_precision(nothing, some) == 0
    assert metrics.average_precision(counts(without=4), some) == 0
    assert metrics.recall_at_precision(counts(without=4), nothing) == 0
    assert metrics.roc(nothing, some) == metrics.roc(some, nothing) == ()


@given(copies=LISTS, unrelated=LISTS)
def test_counting_agrees_with_looking_at_every_pair(copies, unrelated):
    """The slow twins: all pairs for the area, a sorted list of predictions for precision."""
    good, bad = counts(*copies[:9], without=copies[9]), counts(*unrelated[:9])
    near = np.repeat(np.arange(10), good)
    far = np.repeat(np.arange(10), bad)
    if len(near) and len(far):
        area = (near[:, None] < far).mean()
        assert metrics.area(good, bad) == pytest.approx(area)
    ranked = sorted([(step, 1) for step in near if step < 9] + [(step, 0) for step in far])
    found, total = 0, 0.0
    for rank, (_, right) in enumerate(ranked, start=1):
        found += right
        total += right * found / rank
    assert metrics.average_precision(good, bad) == pytest.approx(total / max(len(near), 1))


@given(copies=LISTS, unrelated=LISTS, step=st.integers(0, 8))
def test_a_copy_that_is_lost_never_helps(copies, unrelated, step):
    """Taking the distance of a copy away makes no number better."""
    before, bad = counts(*copies[:9], without=copies[9]), counts(*unrelated[:9])
    before[step] += 1
    after = before.copy()
    after[step] -= 1
    after[-1] += 1
    assert metrics.area(after, bad) <= metrics.area(before, bad)
    assert metrics.equal_error(after, bad) >= metrics.equal_error(before, bad)
    assert metrics.average_precision(after, bad) <= metrics.average_precision(before, bad) + 1e-12
    assert metrics.recall_at_precision(after, bad) <= metrics.recall_at_precision(before, bad)


def test_quartiles_are_distances_that_there_are():
    """Of 1, 2, 3, 4 the median is the farther one, 3; one that is missing is farther than all."""
    assert metrics.quartiles(np.array([4, 1, 3, 2]), BITS) == (2, 3, 4)
    assert metrics.quartiles(np.array([5, 5, 1, 9, 9]), BITS) == (5, 5, None)
    assert metrics.quartiles(np.array([7]), BITS) == (7, 7, 7)
    assert metrics.quartiles(np.array([], dtype=np.int16), BITS) == ()


@pytest.mark.parametrize(
    "scale",
    [Scale(Metric.HAMMING, width) for width in (1, 6, 8, 32, 121, 1000)]
    + [Scale(Metric.COSINE, 9)],
    ids=str,
)
def test_a_histogram_loses_no_pair_and_has_no_gaps_of_even_distances(scale):
    """All distances there are, once; and hashes of even distances only fill every bin."""
    every = np.ones(scale.never + 1, dtype=np.int64)
    drawn = metrics.histogram(every, scale)
    assert sum(drawn.counts) == scale.last + 1
    assert drawn.without == 1
    assert len(drawn.edges) == len(drawn.counts) + 1 <= 210
    assert drawn.edges[0] == 0
    assert drawn.edges[-1] > scale.distance_of(scale.last)
    assert len(set(np.diff(drawn.edges).round(9).tolist())) == 1
    every[1::2] = 0
    assert 0 not in metrics.histogram(every, scale).counts
