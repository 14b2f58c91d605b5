"""Known harmless pictures take matches away, by a rule that is told each time."""

import numpy as np
import pytest

from hashguard.errors import AlgorithmMismatchError, RecallError
from hashguard.guards import Harmless, NegativeList
from hashguard.hashers.pdq import hash_pixels
from hashguard.hashes import Algorithm, Hash, pack_codes
from hashguard.lists import Entry, HashList, Status


def moved(code: Hash, bits: int, *, first: int = 0) -> Hash:
    """A hash `bits` away, from bit `first` on."""
    number = int.from_bytes(code.packed) ^ (((1 << bits) - 1) << first)
    return Hash(code.algorithm, number.to_bytes(len(code.packed)))


def listing(*hashes: Hash, **details: object) -> HashList:
    entries = [
        Entry(id=f"meme-{n}", hash=one, **details)  # type: ignore[arg-type]
        for n, one in enumerate(hashes)
    ]
    return HashList.from_entries(entries, algorithm=Algorithm.PDQ, origin="tests")


@pytest.fixture(scope="module")
def cat(photographs):
    return hash_pixels(photographs["cat.png"]).hash


@pytest.fixture(scope="module")
def coffee(photographs):
    return hash_pixels(photographs["coffee.png"]).hash


def codes(*hashes: Hash):
    return pack_codes(list(hashes), Algorithm.PDQ)


@pytest.mark.parametrize("bits", [0, 1, 46, 47, 48])
def test_a_probe_hits_what_is_within_the_distance(cat, bits):
    negatives = NegativeList.of(listing(cat), max_distance=47)
    (hit,) = negatives.hits(codes(moved(cat, bits)), 47)
    assert (hit.distance if hit else None) == (bits if bits <= 47 else None)


def test_each_probe_has_the_nearest_of_its_own(cat, coffee):
    negatives = NegativeList.of(
        listing(moved(cat, 9), moved(cat, 4), coffee), max_distance=63, probes=3
    )
    other = moved(cat, 120)
    hits = negatives.hits(codes(coffee, other, cat), 63)
    assert [hit and (hit.entry.id, hit.distance) for hit in hits] == [
        ("meme-2", 0),
        None,
        ("meme-1", 4),
    ]


def test_of_equally_near_ones_the_first_is_named(cat):
    negatives = NegativeList.of(listing(moved(cat, 5), moved(cat, 5, first=50)), max_distance=31)
    (hit,) = negatives.hits(codes(cat), 31)
    assert hit is not None
    assert hit.entry.id == "meme-0"


def test_no_probes_have_no_hits(cat):
    negatives = NegativeList.of(listing(cat), max_distance=31)
    assert negatives.hits(np.empty((0, 32), np.uint8), 31) == ()


def test_an_empty_list_takes_nothing_away(cat):
    negatives = NegativeList.of(listing(), max_distance=31)
    assert negatives.hits(codes(cat), 31) == (None,)


@pytest.mark.parametrize("status", [Status.RECEIVED, Status.WITHDRAWN, Status.DELETED])
def test_only_active_entries_take_matches_away(cat, status):
    negatives = NegativeList.of(listing(cat, status=status), max_distance=31)
    assert negatives.hits(codes(cat), 31) == (None,)


def test_it_does_not_look_farther_than_it_is_exact(cat):
    negatives = NegativeList.of(listing(cat), max_distance=31)
    assert (negatives.max_distance, negatives.algorithm) == (31, Algorithm.PDQ)
    with pytest.raises(RecallError):
        negatives.hits(codes(cat), 32)


@pytest.mark.parametrize(
    ("harmless", "listed", "outweighs"),
    [(0, 0, True), (1, 0, False), (0, 1, True), (20, 20, True), (21, 20, False), (19, 20, True)],
)
def test_at_least_as_near_is_enough(cat, harmless, listed, outweighs):
    """An equal hash, 0 bits away, is lost only to a harmless picture that has it as well."""
    hit = Harmless(harmless, Entry(id="meme", hash=cat))
    assert hit.outweighs(listed) is outweighs


def test_no_entry_loses_a_match_to_something_beyond_twice_its_radius(cat):
    """The worst case: a probe on the straight way from the entry to the harmless picture."""
    radius = 31
    for apart in (2 * radius, 2 * radius + 1):
        negatives = NegativeList.of(listing(moved(cat, apart)), max_distance=radius)
        probe = moved(cat, radius)
        (hit,) = negatives.hits(codes(probe), radius)
        assert (hit is not None and hit.outweighs(cat.distance(probe))) is (apart == 2 * radius)


def test_what_was_taken_away_is_told(cat):
    hit = Harmless(1, Entry(id="meme-7", hash=cat))
    assert hit.note(20, "case-3") == (
        "entry case-3 at 20 bits does not count: harmless entry meme-7 is at 1 bit"
    )
    assert cat.hex not in repr(hit)


def test_conflicts_are_found_before_an_upload_does(cat, coffee):
    hash_list = HashList.from_entries(
        [
            Entry(id="case-0", hash=coffee),
            Entry(id="case-1", hash=moved(cat, 3)),
            Entry(id="case-2", hash=cat, status=Status.WITHDRAWN),
            Entry(id="case-3", hash=cat),
        ],
        algorithm=Algorithm.PDQ,
    )
    negatives = NegativeList.of(listing(cat), max_distance=62)
    equal = negatives.conflicts(hash_list, 0)
    assert [(entry.id, hit.distance) for entry, hit in equal] == [("case-3", 0)]
    near = negatives.conflicts(hash_list, 62)
    assert [(entry.id, hit.distance) for entry, hit in near] == [("case-1", 3), ("case-3", 0)]


def test_hashes_of_another_algorithm_are_no_probes(cat):
    negatives = NegativeList.of(listing(cat), max_distance=31)
    with pytest.raises(ValueError, match="queries"):
        negatives.hits(np.zeros((1, 8), np.uint8), 31)
    other = HashList.from_entries([], algorithm=Algorithm.PHASH)
    with pytest.raises(AlgorithmMismatchError):
        negatives.conflicts(other, 0)
