"""Every index finds exactly the neighbours within the radius, proven on constructed borders."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashguard.errors import RecallError
from hashguard.hashes import Codes, hamming
from hashguard.index import Index, RangeResult, build_index
from hashguard.index.build import MULTI_INDEX_MIN_CODES
from hashguard.index.flat import FlatIndex
from hashguard.index.multi_index import MultiIndex


def multi(codes: Codes, max_distance: int) -> Index:
    return MultiIndex(codes, max_distance=max_distance)


def flat(codes: Codes, _max_distance: int) -> Index:
    return FlatIndex(codes)


BOTH = pytest.mark.parametrize("build", [flat, multi])


def by_definition(codes: Codes, query: Codes, radius: int) -> list[tuple[int, int]]:
    """(distance, row) of every neighbour, nearest first: the readable twin of a search."""
    distances = hamming(codes, query)
    near = np.flatnonzero(distances <= radius).tolist()
    return sorted((int(distances[row]), row) for row in near)


def found(result: RangeResult, query: int) -> list[tuple[int, int]]:
    here = slice(int(result.lims[query]), int(result.lims[query + 1]))
    return list(zip(result.distances[here].tolist(), result.rows[here].tolist(), strict=True))


def random_codes(count: int, seed: int, width: int = 32) -> Codes:
    return np.random.default_rng(seed).integers(0, 256, (count, width), dtype=np.uint8)


def flipped(code: Codes, bits: list[int]) -> Codes:
    """The code with those bits flipped, 0 being the first bit of the first byte."""
    unpacked = np.unpackbits(code)
    unpacked[bits] ^= 1
    return np.packbits(unpacked)


def spread(total: int, parts: int, bits: int) -> list[int]:
    """`total` bit positions dealt evenly to `parts` equal stretches of a code of `bits` bits."""
    length = bits // parts
    return [part * length + i for i in range(length) for part in range(parts)][:total]


@BOTH
@pytest.mark.parametrize("radius", [0, 1, 7, 8, 15, 16, 23, 24, 30, 31, 32, 39, 40, 47])
@pytest.mark.parametrize("parts", [1, 2, 4, 8, 16, 32])
def test_neighbour_spread_over_all_stretches_is_found(build, radius, parts):
    """Flips dealt evenly over chunks and halves defeat a search that is one flip short."""
    codes = random_codes(200, radius)
    index = build(codes, radius)
    for distance in {max(radius - 1, 0), radius, radius + 1}:
        query = flipped(codes[77], spread(distance, parts, 256))[None]
        result = index.range_search(query, radius)
        assert found(result, 0) == by_definition(codes, query, radius)
        assert (77 in result.rows) is (distance <= radius)


@pytest.mark.parametrize("radius", range(32))
def test_every_way_to_load_one_chunk_first_is_found(radius):
    """Pigeonhole borders by hand: all chunks but one hold one flip more than that one may.

    With r = 8 q + a the chunk that saves the search holds just q flips (or q - 1 beyond the
    first a + 1 chunks), split over its halves in every possible way.
    """
    q, a = divmod(radius, 8)
    base = random_codes(1, radius)
    for saving in range(8):
        reach = q if saving <= a else q - 1
        if reach < 0:
            continue
        for left in range(reach + 1):
            bits = [saving * 32 + i for i in range(left)]
            bits += [saving * 32 + 16 + i for i in range(reach - left)]
            others = [chunk for chunk in range(8) if chunk != saving]
            rest = radius - reach
            bits += [chunk * 32 + i for i in range(32) for chunk in others][:rest]
            query = flipped(base[0], bits)[None]
            result = MultiIndex(base, max_distance=radius).range_search(query, radius)
            assert found(result, 0) == [(radius, 0)]


@BOTH
def test_radius_includes_its_end(build):
    codes = random_codes(50, 1)
    query = flipped(codes[3], list(range(31)))[None]
    index = build(codes, 31)
    assert found(index.range_search(query, 31), 0) == [(31, 3)]
    assert found(index.range_search(query, 30), 0) == []


@BOTH
def test_equal_codes_are_all_found_in_row_order(build):
    """1, 2, 4, 8 ... equal entries are where the field's default index loses matches."""
    for copies in (1, 2, 4, 8, 16, 64):
        codes = np.repeat(random_codes(1, 5), copies, axis=0)
        result = build(codes, 31).range_search(codes[:1], 31)
        assert found(result, 0) == [(0, row) for row in range(copies)]


@BOTH
def test_crowded_buckets_are_searched_to_the_end(build):
    """Real chunks are far from uniform; here 3,000 codes share all halves but one."""
    codes = np.repeat(random_codes(1, 6), 3000, axis=0)
    codes[:, 30:] = random_codes(3000, 7, width=2)
    query = flipped(codes[1234], list(range(20)))[None]
    assert found(build(codes, 31).range_search(query, 31), 0) == by_definition(codes, query, 31)


def test_blocks_of_suspects_cover_all_buckets(monkeypatch):
    """However small the blocks, even smaller than one bucket, the answer is the same."""
    codes = np.repeat(random_codes(40, 8), 50, axis=0)
    query = flipped(codes[0], [0, 40, 80])[None]
    index = MultiIndex(codes, max_distance=31)
    expected = found(index.range_search(query, 31), 0)
    for block in (1, 7, 50, 51, 1000):
        monkeypatch.setattr("hashguard.index.multi_index._BLOCK", block)
        assert found(index.range_search(query, 31), 0) == expected
    assert len(expected) == 50


@BOTH
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_any_search_equals_its_definition(build, data):
    """Any width, any radius, near and far queries together in a batch."""
    width = data.draw(st.sampled_from([8, 32]))
    radius = data.draw(st.integers(0, 47 if width == 32 else 11))
    seed = data.draw(st.integers(0, 2**32 - 1))
    codes = random_codes(data.draw(st.integers(0, 60)), seed, width)
    rng = np.random.default_rng(seed + 1)
    queries = random_codes(3, seed + 2, width)
    for row in codes[:5]:
        flips = rng.choice(width * 8, rng.integers(0, radius + 3), replace=False)
        queries = np.concatenate([queries, flipped(row, flips.tolist())[None]])
    result = build(codes, radius).range_search(queries, radius)
    for number, query in enumerate(queries):
        assert found(result, number) == by_definition(codes, query, radius)


@BOTH
def test_no_queries_and_no_codes_give_empty_results(build):
    empty = np.empty((0, 32), np.uint8)
    assert build(empty, 31).range_search(random_codes(2, 1), 31).lims.tolist() == [0, 0, 0]
    assert build(random_codes(9, 1), 31).range_search(empty, 31).lims.tolist() == [0]


@BOTH
def test_beyond_the_guaranteed_radius_the_search_is_refused(build):
    index = build(random_codes(10, 1), 31)
    index.range_search(random_codes(1, 1), index.max_distance)
    with pytest.raises(RecallError, match=f"exact only up to {index.max_distance}"):
        index.range_search(random_codes(1, 1), index.max_distance + 1)


@BOTH
@pytest.mark.parametrize(
    "queries", [np.zeros((1, 31), np.uint8), np.zeros(32, np.uint8), np.zeros((1, 32), np.int8)]
)
def test_queries_of_another_shape_are_refused(build, queries):
    with pytest.raises(ValueError, match="queries must be"):
        build(random_codes(10, 1), 31).range_search(queries, 31)
    with pytest.raises(ValueError, match="at least 0"):
        build(random_codes(10, 1), 31).range_search(random_codes(1, 1), -1)


def test_build_index_picks_by_size_and_radius():
    few, many = random_codes(100, 1), random_codes(MULTI_INDEX_MIN_CODES, 1)
    assert isinstance(build_index(few, max_distance=31), FlatIndex)
    assert isinstance(build_index(many, max_distance=31), MultiIndex)
    assert isinstance(build_index(many, max_distance=63), FlatIndex)
    short = random_codes(MULTI_INDEX_MIN_CODES, 1, 8)  # 7 bits of 64 are as 28 of 256
    assert isinstance(build_index(short, max_distance=7), MultiIndex)
    assert isinstance(build_index(short, max_distance=8), FlatIndex)
    assert isinstance(build_index(many, max_distance=32), FlatIndex)
    for wrong in (-1, 257):
        with pytest.raises(ValueError, match="0 to 256"):
            build_index(few, max_distance=wrong)


def test_a_faiss_search_leaves_the_callers_threads_as_they_were():
    import faiss

    before = faiss.omp_get_max_threads()
    FlatIndex(random_codes(10, 1)).range_search(random_codes(1, 1), 31)
    assert faiss.omp_get_max_threads() == before
