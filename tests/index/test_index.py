"""Every index finds exactly the neighbours within the radius, proven on constructed borders."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashguard.errors import RecallError
from hashguard.hashes import Codes, hamming
from hashguard.index import Index, RangeResult, build_index
from hashguard.index.flat import FlatIndex
from hashguard.index.multi_index import MultiIndex
from hashguard.index.pigeonhole import Layout
from hashguard.index.plan import LAYOUTS
from hashguard.index.scan import BLOCK, ScanIndex, prefix_words
from hashguard.index.weave import WOVEN, woven

MIXED = Layout(32, 8, bucket_bits=9)  # beside an entry: the rest of its half and the other half
NARROW = Layout(64, 8, bucket_bits=1)  # two buckets: nearly all is left to the sift


def multi(layout: Layout):
    """A builder of multi-indexes with that layout."""

    def build(codes: Codes, max_distance: int) -> Index:
        return MultiIndex(codes, max_distance=max_distance, layout=layout)

    return build


def flat(codes: Codes, _max_distance: int) -> Index:
    return FlatIndex(codes)


def scan(codes: Codes, max_distance: int) -> Index:
    return ScanIndex(codes, usual=[max_distance])


MULTIS = [
    pytest.param(multi(one), id=f"chunk{one.chunk_bits}-extra{one.extra_bits}-of{one.bucket_bits}")
    for one in (*LAYOUTS, MIXED, NARROW)
]
EVERY = pytest.mark.parametrize("build", [flat, scan, *MULTIS])
ANY_MULTI = pytest.mark.parametrize("build", MULTIS)


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


def flipped_as_dealt(code: Codes, bits: list[int]) -> Codes:
    """The code with the bits flipped that a multi-index files at those places."""
    return flipped(code, [WOVEN[bit] for bit in bits])


def spread(total: int, parts: int, bits: int) -> list[int]:
    """`total` bit positions dealt evenly to `parts` equal stretches of a code of `bits` bits."""
    length = bits // parts
    return [part * length + i for i in range(length) for part in range(parts)][:total]


@EVERY
@pytest.mark.parametrize("radius", [0, 1, 7, 8, 15, 16, 23, 24, 30, 31, 32, 39, 40, 47])
def test_neighbour_spread_over_all_stretches_is_found(build, radius):
    """Flips dealt evenly over chunks and halves defeat a search that is one flip short."""
    codes = random_codes(200, radius)
    index = build(codes, radius)
    queries, within = [], []
    for parts in (1, 2, 4, 8, 16, 32):
        for distance in {max(radius - 1, 0), radius, radius + 1}:
            for flip in (flipped, flipped_as_dealt):
                queries.append(flip(codes[77], spread(distance, parts, 256)))
                within.append(distance <= radius)
    result = index.range_search(np.array(queries), radius)
    for number, query in enumerate(queries):
        assert found(result, number) == by_definition(codes, query, radius)
        assert (77 in [row for _, row in found(result, number)]) is within[number]


@pytest.mark.parametrize(
    ("layout", "radius"),
    [
        (one, radius)
        for one in (*LAYOUTS, MIXED)
        for radius in range(64 if one.chunk_bits == 32 else 24)
    ]
    + [(one, radius) for one in (*LAYOUTS, NARROW) for radius in (31, 32, 47, 48, 62, 63)],
    ids=str,
)
def test_every_way_to_load_one_chunk_first_is_found(layout, radius):
    """Pigeonhole borders by hand: all chunks but one hold one flip more than that one may.

    With r = m q + a the chunk that saves the search holds just q flips (or q - 1 beyond the
    first a + 1 chunks), split over its halves in every possible way (at large radii, in three).
    """
    chunks, width = 256 // layout.chunk_bits, layout.chunk_bits
    q, a = divmod(radius, chunks)
    base = random_codes(1, radius)
    index = MultiIndex(base, max_distance=radius, layout=layout)
    queries = []
    for saving in range(chunks):
        reach = q if saving <= a else q - 1
        for left in range(reach + 1) if q < 8 else (0, reach // 2, reach):
            bits = [saving * width + i for i in range(left)]
            bits += [saving * width + width // 2 + i for i in range(reach - left)]
            others = [chunk for chunk in range(chunks) if chunk != saving]
            bits += [chunk * width + i for i in range(width) for chunk in others][: radius - reach]
            queries.append(flipped_as_dealt(base[0], bits))
    result = index.range_search(np.array(queries), radius)
    assert result.lims.tolist() == list(range(len(queries) + 1))
    assert result.distances.tolist() == [radius] * len(queries)


@pytest.mark.parametrize("radius", [0, 15, 31, 47, 63, 64, 95, 127, 128, 192, 256])
def test_the_scan_finds_what_only_its_prefix_lets_pass(radius):
    """All flips in the first words, in the last words, and evenly: the prefix may not decide."""
    codes = random_codes(2 * BLOCK + 5, radius)
    rows = [0, BLOCK - 1, BLOCK, 2 * BLOCK - 1, 2 * BLOCK, 2 * BLOCK + 4]
    queries = []
    for row in rows:
        for distance in {max(radius - 1, 0), radius, min(radius + 1, 256)}:
            queries += [
                flipped(codes[row], list(range(distance))),
                flipped(codes[row], list(range(256 - distance, 256))),
                flipped(codes[row], spread(distance, 4, 256)),
            ]
    result = ScanIndex(codes, usual=[radius]).range_search(np.array(queries), radius)
    for number, query in enumerate(queries):
        assert found(result, number) == by_definition(codes, query, radius)


def test_the_prefix_of_the_scan_grows_with_the_radius():
    """0 bits are seen in one word; half of all bits only in all words."""
    prefixes = [prefix_words(4, radius) for radius in range(129)]
    assert prefixes == sorted(prefixes)
    assert (prefixes[0], prefixes[-1]) == (1, 4)
    assert prefix_words(1, 5) == 1


@EVERY
def test_radius_includes_its_end(build):
    codes = random_codes(50, 1)
    query = flipped(codes[3], list(range(31)))[None]
    index = build(codes, 31)
    assert found(index.range_search(query, 31), 0) == [(31, 3)]
    assert found(index.range_search(query, 30), 0) == []


@EVERY
def test_equal_codes_are_all_found_in_row_order(build):
    """1, 2, 4, 8 ... equal entries are where the field's default index loses matches."""
    for copies in (1, 2, 4, 8, 16, 64, 1024, 2048):
        codes = np.repeat(random_codes(1, 5), copies, axis=0)
        result = build(codes, 31).range_search(np.repeat(codes[:1], 2, axis=0), 31)
        for query in (0, 1):
            assert found(result, query) == [(0, row) for row in range(copies)]


@EVERY
def test_crowded_buckets_are_searched_to_the_end(build):
    """Real chunks are far from uniform; here 3,000 codes share all halves but one."""
    codes = np.repeat(random_codes(1, 6), 3000, axis=0)
    codes[:, 30:] = random_codes(3000, 7, width=2)
    codes = woven(codes)  # so that it is the last half that differs
    query = flipped(codes[1234], list(range(20)))[None]
    assert found(build(codes, 31).range_search(query, 31), 0) == by_definition(codes, query, 31)


@ANY_MULTI
def test_blocks_of_suspects_cover_all_buckets(build, monkeypatch):
    """However small the blocks, even smaller than one bucket, the answer is the same."""
    codes = np.repeat(random_codes(40, 8), 50, axis=0)
    queries = np.array([flipped(codes[row], [0, 40, 80]) for row in (0, 60, 1999)])
    index = build(codes, 24)
    expected = [by_definition(codes, query, 24) for query in queries]
    for name, size in (("BLOCK", 1), ("BLOCK", 49), ("BLOCK", 51), ("VISITS", 1), ("VISITS", 900)):
        with monkeypatch.context() as patch:
            patch.setattr(f"hashguard.index.multi_index._{name}", size)
            result = index.range_search(queries, 24)
        assert [found(result, number) for number in range(3)] == expected
    assert len(expected[0]) == 50


@EVERY
@settings(max_examples=40)
@given(data=st.data())
def test_any_search_equals_its_definition(build, data):
    """Any width, any radius, near and far queries together in a batch."""
    width = data.draw(st.sampled_from([8, 32]))
    radius = data.draw(st.integers(0, 31 if width == 32 else 7))
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


@EVERY
def test_no_queries_and_no_codes_give_empty_results(build):
    empty = np.empty((0, 32), np.uint8)
    assert build(empty, 31).range_search(random_codes(2, 1), 31).lims.tolist() == [0, 0, 0]
    assert build(random_codes(9, 1), 31).range_search(empty, 31).lims.tolist() == [0]


@EVERY
def test_one_row_is_found_by_itself_and_not_by_its_opposite(build):
    one = random_codes(1, 3)
    result = build(one, 31).range_search(np.concatenate([one, ~one]), 31)
    assert (result.lims.tolist(), result.rows.tolist()) == ([0, 1, 1], [0])


@EVERY
def test_beyond_the_guaranteed_radius_the_search_is_refused(build):
    index = build(random_codes(10, 1), 31)
    index.range_search(random_codes(1, 1), 31)
    with pytest.raises(RecallError, match=f"exact only up to {index.max_distance}"):
        index.range_search(random_codes(1, 1), index.max_distance + 1)


@EVERY
@pytest.mark.parametrize(
    "queries", [np.zeros((1, 31), np.uint8), np.zeros(32, np.uint8), np.zeros((1, 32), np.int8)]
)
def test_queries_of_another_shape_are_refused(build, queries):
    with pytest.raises(ValueError, match="queries must be"):
        build(random_codes(10, 1), 31).range_search(queries, 31)
    with pytest.raises(ValueError, match="at least 0"):
        build(random_codes(10, 1), 31).range_search(random_codes(1, 1), -1)


@EVERY
def test_codes_that_cannot_be_written_to_are_searched(build):
    """Mapped codes are read-only, and so are the queries that are rows of them."""
    codes = random_codes(100, 4)
    codes.flags.writeable = False
    assert found(build(codes, 31).range_search(codes[5:6], 31), 0) == [(0, 5)]


def test_the_index_promises_the_radius_it_was_built_for_and_no_more():
    """At any radius up to 63 a search is exact or refused, whatever way is taken."""
    codes = random_codes(3000, 2)
    for promised in (0, 15, 31, 47, 63):
        index = build_index(codes, max_distance=promised, probes=3)
        for radius in (0, 15, 31, 47, 63, 64):
            queries = np.array([flipped(codes[7], spread(radius, n, 256)) for n in (2, 8, 32)])
            if radius > promised:
                with pytest.raises(RecallError):
                    index.range_search(queries, radius)
                continue
            result = index.range_search(queries, radius)
            for number, query in enumerate(queries):
                assert found(result, number) == by_definition(codes, query, radius)


def test_dealing_bits_is_undone_by_dealing_again():
    """A permutation; so no bit is lost, and distances stay."""
    assert sorted(WOVEN) == list(range(256))
    codes = random_codes(70_000, 9)
    assert np.array_equal(woven(woven(codes)), codes)
    assert np.array_equal(
        hamming(woven(codes[:9]), woven(codes[1:10])), hamming(codes[:9], codes[1:10])
    )
    assert np.array_equal(woven(codes[:, :8]), codes[:, :8])


def test_every_half_has_a_bit_of_each_row_and_of_each_column():
    for half in range(16):
        places = WOVEN[16 * half : 16 * half + 16]
        assert {place // 16 for place in places} == set(range(16))
        assert {place % 16 for place in places} == set(range(16))


def test_a_faiss_search_leaves_the_callers_threads_as_they_were():
    import faiss

    before = faiss.omp_get_max_threads()
    FlatIndex(random_codes(10, 1)).range_search(random_codes(1, 1), 31)
    assert faiss.omp_get_max_threads() == before
