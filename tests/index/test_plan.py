"""The planner: what it chooses, what it never does, and that a choice is only about time."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashguard.errors import IndexFileError
from hashguard.index import Costs, build_index
from hashguard.index.calibrate import calibrate, costs_of
from hashguard.index.costs import DEFAULT_COSTS, Rates
from hashguard.index.multi_index import MultiIndex
from hashguard.index.pigeonhole import Layout, bucket_count, plan_for
from hashguard.index.plan import LAYOUTS, WORTH, Way, choose, ways

FREE = Rates(1, *[0.0] * 10)


def chosen(count: int, radius: int, probes: int, *, memory=None, fast=True) -> Way:
    rates = DEFAULT_COSTS.at(count)
    return choose(ways(rates, 32, probes, radius, layouts=LAYOUTS, fast=fast), memory)


def test_small_lists_are_looked_through_and_large_ones_looked_up():
    assert chosen(1_000, 31, 1).name == "flat"
    for count in (300_000, 1_000_000, 10_000_000):
        assert chosen(count, 31, 1).name == "multi-index"
        assert chosen(count, 31, 8).name == "multi-index"


def test_many_probes_at_a_wide_radius_are_scanned_if_numba_is_there():
    assert chosen(1_000_000, 63, 64).name == "scan"
    assert chosen(1_000_000, 63, 64, fast=False).name == "flat"


def test_a_million_takes_at_most_110_bytes_a_hash_and_ten_million_at_most_150():
    assert chosen(1_000_000, 31, 1).bytes <= 110 * 1_000_000
    assert chosen(10_000_000, 31, 8).bytes <= 150 * 10_000_000


@pytest.mark.parametrize("count", [10_000, 1_000_000, 10_000_000])
@pytest.mark.parametrize("memory_each", [32, 70, 80, 105, 120])
def test_a_bound_on_memory_is_kept(count, memory_each):
    assert chosen(count, 31, 8, memory=count * memory_each).bytes <= count * memory_each


def test_codes_alone_are_searched_even_if_they_exceed_the_bound():
    """They are in memory already; refusing to search them would save nothing."""
    assert chosen(1_000_000, 31, 1, memory=10).layout is None


@given(
    seconds=st.lists(st.floats(1e-6, 1), min_size=1, max_size=6),
    sizes=st.lists(st.integers(1, 1000), min_size=6, max_size=6),
)
def test_the_choice_is_nearly_the_fastest_and_nothing_near_it_is_smaller(seconds, sizes):
    found = [Way("flat", one, size) for one, size in zip(seconds, sizes, strict=False)]
    best = choose(found, None)
    assert best.seconds <= min(seconds) * WORTH
    assert all(w.bytes >= best.bytes for w in found if w.seconds <= min(seconds) * WORTH)


@pytest.mark.parametrize("layout", [*LAYOUTS, Layout(32, 8, 7), Layout(64, 0, 3)], ids=str)
@pytest.mark.parametrize("radius", [0, 1, 7, 15, 31, 40])
def test_buckets_are_counted_without_listing_them(layout, radius):
    assert bucket_count(layout, 32, radius) == len(plan_for(layout, 32, radius))


@pytest.mark.parametrize("layout", [Layout(32, 0), Layout(32, 0, 13), Layout(64, 0)], ids=str)
def test_suspects_and_survivors_are_predicted(layout):
    """On evenly spread codes the model's counts are what a search meets, within noise."""
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 256, (60_000, 32), dtype=np.uint8)
    queries = rng.integers(0, 256, (100, 32), dtype=np.uint8)
    index = MultiIndex(codes, max_distance=47, layout=layout)
    plan = plan_for(layout, 32, 47)
    visits = [index._visits(query[None], plan) for query in queries]
    met = sum(int(one.sizes.sum()) for one in visits) / len(queries)
    left = sum(len(index._sifted(one, len(plan))[1]) for one in visits) / len(queries)
    bits = sum(layout.sifts(len(codes)))
    assert met == pytest.approx(len(codes) * len(plan) / layout.buckets, rel=0.02)
    assert left == pytest.approx(len(codes) * plan.passing(layout, bits), rel=0.1)


def test_rates_lie_between_those_of_the_neighbouring_sizes():
    costs = Costs((Rates(10, *[1.0] * 10), Rates(1000, *[3.0] * 10)))
    assert costs.at(1) == Rates(1, *[1.0] * 10)
    assert costs.at(10**9) == Rates(10**9, *[3.0] * 10)
    middle = costs.at(100)
    assert middle.codes == 100
    assert middle.flat == pytest.approx(2.0)


def test_costs_survive_their_file():
    assert Costs.loads(DEFAULT_COSTS.dumps()) == DEFAULT_COSTS


def _edited(**changes: object) -> str:
    return json.dumps({**json.loads(DEFAULT_COSTS.dumps()), **changes})


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "altered"),
        ("[]", "foreign"),
        ("[" * 100_000, "altered"),
        ("NaN", "foreign"),
        (_edited(format="other"), "foreign"),
        (_edited(version=2), "newer"),
        (_edited(rates=[]), "altered"),
        (_edited(rates=None), "altered"),
        (_edited(rates=[{}]), "altered"),
        (_edited(rates=[{**dataclasses.asdict(FREE), "flat": "1"}]), "altered"),
        (_edited(rates=[{**dataclasses.asdict(FREE), "flat": True}]), "altered"),
        (_edited(rates=[{**dataclasses.asdict(FREE), "flat": -1.0}]), "altered"),
        (_edited(rates=[{**dataclasses.asdict(FREE), "flat": float("nan")}]), "altered"),
        (_edited(rates=[{**dataclasses.asdict(FREE), "codes": 0}]), "altered"),
        (_edited(rates=[{**dataclasses.asdict(FREE), "codes": 1.5}]), "altered"),
        (_edited(rates=[{**dataclasses.asdict(FREE), "more": 1}]), "altered"),
        (_edited(rates=[dataclasses.asdict(FREE)] * 2), "altered"),
    ],
)
def test_costs_that_are_none_are_refused(text, fault):
    with pytest.raises(IndexFileError, match=f"^{fault}: "):
        Costs.loads(text)


def test_calibration_measures_rates_that_plan():
    """The real thing on the smallest size: every rate a number, and some way found cheapest."""
    from time import perf_counter

    costs = costs_of(list(calibrate(perf_counter, np.random.default_rng(1), largest=1)))
    (rates,) = costs.rates
    assert rates.codes == 1_000
    assert rates.flat > 0
    assert Costs.loads(costs.dumps()) == costs
    assert choose(ways(rates, 32, 1, 31, layouts=LAYOUTS, fast=True), None).seconds > 0


def test_an_index_says_what_it_does_and_what_it_does_not():
    codes = np.random.default_rng(3).integers(0, 256, (50_000, 32), dtype=np.uint8)
    told = build_index(codes, max_distance=31, probes=8).explain()
    assert (told.codes, told.bits, told.max_distance, told.probes) == (50_000, 256, 31, 8)
    assert told.chosen not in told.others
    text = str(told)
    assert text.startswith("50,000 hashes of 256 bits, exact up to 31 bits\n8 probes at once: ")
    assert text.count("\n  rather than ") == len(told.others)


@pytest.mark.parametrize("costs", [
    Costs((dataclasses.replace(FREE, flat=1e6, scan_read=1e6),)),
    Costs((dataclasses.replace(FREE, visit=1e6, scan_read=1e6),)),
    Costs((dataclasses.replace(FREE, visit=1e6, flat=1e6),)),
])  # fmt: skip
def test_wrong_costs_cost_time_and_nothing_else(costs):
    """Each way is made to look cheapest in turn; the answers are the same."""
    rng = np.random.default_rng(4)
    codes = rng.integers(0, 256, (5000, 32), dtype=np.uint8)
    queries = np.concatenate([codes[:4] ^ 1, rng.integers(0, 256, (4, 32), dtype=np.uint8)])
    result = build_index(codes, max_distance=39, probes=8, costs=costs).range_search(queries, 39)
    assert result.rows.tolist() == [0, 1, 2, 3]
    assert result.distances.tolist() == [32] * 4


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"max_distance": -1}, "0 to 256"),
        ({"max_distance": 257}, "0 to 256"),
        ({"max_distance": 31, "probes": 0}, "at least 1"),
    ],
)
def test_wrong_arguments_are_named(arguments, reason):
    with pytest.raises(ValueError, match=reason):
        build_index(np.zeros((1, 32), np.uint8), **arguments)


def test_layouts_that_cannot_be_are_refused():
    for wrong in ((31, 8, 16), (32, 4, 16), (32, 8, 0), (32, 8, 17)):
        with pytest.raises(ValueError, match="must be"):
            Layout(*wrong)
    with pytest.raises(ValueError, match="multiple of 8 bytes"):
        Layout(64, 8).tables(12)
