"""Asking for centres instead of all queries misses nothing, whatever queries and codes are."""

import numpy as np
import pytest

from hashguard.errors import RecallError
from hashguard.hashes import Codes, hamming
from hashguard.index import Index, RangeResult, build_index
from hashguard.index import clustered as by_centre
from hashguard.index.clustered import (
    LEAST_CODES,
    LEAST_QUERIES,
    ClusteredIndex,
    centre_radius,
    clustered,
)
from hashguard.index.flat import FlatIndex
from hashguard.index.scan import ScanIndex

RADIUS = 55
SPREAD = centre_radius(32) - RADIUS


def codes_of(count: int, seed: int) -> Codes:
    return np.random.default_rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)


def near(centre: Codes, count: int, most: int, seed: int) -> Codes:
    """Codes with 0 to `most` bits flipped, the last with just so many."""
    rng = np.random.default_rng(seed)
    flips = np.zeros((count, 256), np.uint8)
    for number, bits in enumerate(np.linspace(0, most, count).astype(int)):
        flips[number, rng.permutation(256)[:bits]] = 1
    return centre ^ np.packbits(flips, axis=1)


@pytest.fixture(scope="module")
def listed() -> Codes:
    return codes_of(LEAST_CODES, 1)


class Counting:
    """An index that remembers how many queries it was asked."""

    def __init__(self, inner: Index) -> None:
        self.inner = inner
        self.asked = 0
        self.max_distance = inner.max_distance

    def __len__(self) -> int:
        return len(self.inner)

    def range_search(self, queries: Codes, max_distance: int) -> RangeResult:
        self.asked += len(queries)
        return self.inner.range_search(queries, max_distance)


def same(left: RangeResult, right: RangeResult) -> bool:
    return all(
        np.array_equal(getattr(left, name), getattr(right, name))
        for name in ("lims", "rows", "distances")
    )


@pytest.mark.parametrize(
    "make",
    [FlatIndex, lambda codes: ScanIndex(codes, usual=[RADIUS])],
    ids=["flat", "scan"],
)
@pytest.mark.parametrize("offset", [0, 1])
def test_what_is_farthest_from_the_centre_is_found(listed, make, offset, monkeypatch):
    """In one line: centre, a query as far from it as can be, a code as far from that again."""
    centre = codes_of(1, 2)[0]
    bits = np.zeros((3, 256), np.uint8)
    bits[1, :SPREAD] = 1
    bits[2, : SPREAD + RADIUS + offset] = 1
    queries = near(centre, LEAST_QUERIES, 0, 3)
    queries[-1] = centre ^ np.packbits(bits[1])
    codes = listed.copy()
    codes[-1] = centre ^ np.packbits(bits[2])
    # One cluster, whose centre is what nearly all of the queries are.
    monkeypatch.setattr(by_centre, "_PER_CLUSTER", LEAST_QUERIES)
    centres, members, alone = clustered(queries, SPREAD)
    assert (len(centres), len(members[0]), len(alone)) == (1, LEAST_QUERIES, 0)
    assert hamming(centres, queries).max() == SPREAD
    result = ClusteredIndex(make(codes), codes).range_search(queries, RADIUS)
    assert result.rows.tolist() == [len(codes) - 1] * (not offset)
    assert result.queries.tolist() == [len(queries) - 1] * (not offset)
    assert result.distances.tolist() == [RADIUS] * (not offset)


def test_as_much_is_found_as_by_asking_for_each_and_less_is_asked(listed):
    """Queries alike and queries that are not, more than are gathered at a time."""
    alike = [near(codes_of(1, seed)[0], 400, 30, seed) for seed in range(6)]
    queries = np.concatenate([*alike, codes_of(50, 9)])
    codes = listed.copy()
    codes[::700] = near(queries[5], len(codes[::700]), 128, 4)
    codes[1::900] = near(queries[-1], len(codes[1::900]), 128, 5)
    counting = Counting(FlatIndex(codes))
    found = ClusteredIndex(counting, codes).range_search(queries, RADIUS)
    assert same(found, FlatIndex(codes).range_search(queries, RADIUS))
    assert len(found.rows) > 1_000
    assert counting.asked < len(queries) / 4


@pytest.mark.parametrize("radius", [0, 31, 55, 63, 79, 80, 81, 96, 100])
def test_any_radius_is_exact(listed, radius):
    """Also where nothing is left for centres to be away."""
    queries = near(listed[7], LEAST_QUERIES, 60, 6)
    found = ClusteredIndex(FlatIndex(listed), listed).range_search(queries, radius)
    assert same(found, FlatIndex(listed).range_search(queries, radius))


def test_where_all_codes_are_near_they_are_compared_piece_by_piece(monkeypatch):
    codes = near(codes_of(1, 7)[0], LEAST_CODES, 40, 8)
    queries = near(codes[0], LEAST_QUERIES, 30, 9)
    monkeypatch.setattr(by_centre, "_PAIRS", 1_000)
    found = ClusteredIndex(FlatIndex(codes), codes).range_search(queries, 12)
    assert same(found, FlatIndex(codes).range_search(queries, 12))
    assert len(found.rows) > 10_000


def test_where_nothing_is_near_even_to_the_centres_nothing_is_found():
    """All queries are in one cluster, none is alone."""
    codes = np.zeros((LEAST_CODES, 32), np.uint8)
    queries = ~near(codes[0], LEAST_QUERIES, 0, 1)
    found = ClusteredIndex(FlatIndex(codes), codes).range_search(queries, RADIUS)
    assert same(found, FlatIndex(codes).range_search(queries, RADIUS))
    assert not len(found.rows)


@pytest.mark.parametrize("most", [0, 20, 60, 128])
def test_each_query_is_within_reach_of_one_centre_or_alone(most):
    queries = near(codes_of(1, 3)[0], 700, most, 4)
    centres, members, alone = clustered(queries, SPREAD)
    assert sorted(np.concatenate([*members, alone]).tolist()) == list(range(len(queries)))
    assert len(centres) == len(members)
    for centre, mine in zip(centres, members, strict=True):
        assert len(mine) > 1
        assert hamming(queries[mine], centre).max() <= SPREAD


@pytest.mark.parametrize(("queries", "codes"), [(0, 1), (LEAST_QUERIES - 1, LEAST_CODES)])
def test_few_are_asked_as_they_are(listed, queries, codes):
    counting = Counting(FlatIndex(listed[:codes]))
    asked = near(listed[0], queries, 10, 1)
    found = ClusteredIndex(counting, listed[:codes]).range_search(asked, RADIUS)
    assert counting.asked == queries == len(found.lims) - 1


def test_an_index_that_was_built_gathers_and_keeps_its_radius(listed):
    index = build_index(listed, max_distance=RADIUS, probes=1_000)
    queries = near(listed[3], 1_000, 40, 2)
    found = index.range_search(queries, RADIUS)
    assert same(found, FlatIndex(listed).range_search(queries, RADIUS))
    assert 3 in found.rows
    with pytest.raises(RecallError):
        index.range_search(queries, RADIUS + 1)
