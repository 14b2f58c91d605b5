"""A long list holds what it was made of, and every row knows what that is."""

from __future__ import annotations

import numpy as np
import pytest

from hashguard.errors import ResultsError
from hashguard.hashers.orientation import Orientation
from hashguard.hashers.pdq import hash_orientations
from hashguard.robustness.verdicts.listing import (
    AS_IT_IS,
    FLIPPED,
    PERTURBED,
    Hashes,
    LongList,
    lengths,
    long_list,
)


@pytest.fixture(scope="module")
def hashes(photographs) -> list[Hashes]:
    """Of six photographs; their qualities are made up, so that each can be told."""
    found = []
    for number, pixels in enumerate(list(photographs.values())[:6]):
        turned = hash_orientations(pixels[::4, ::4])
        codes = np.stack([one.hash.code for one in turned.values()])
        found.append(Hashes(codes, 90 + number))
    return found


@pytest.fixture(scope="module")
def listed(hashes) -> LongList:
    """Two photographs and four distractors in 500 rows."""
    return long_list(hashes[:2], hashes[2:], 500, seed=1)


def test_photographs_stand_first_as_they_are(listed, hashes):
    for row in range(2):
        entry = listed.hash_list.entry(row)
        assert (listed.made_of(entry), listed.way(entry)) == (row, AS_IT_IS)
        assert (entry.hash.code == hashes[row].codes[0]).all()


def test_distractors_stand_in_every_orientation(listed, hashes):
    """Each picture eight times, each time with the hash of that orientation."""
    ways = ["" if one is Orientation.UPRIGHT else one.value for one in Orientation]
    found = set()
    for row in range(2, 34):
        entry = listed.hash_list.entry(row)
        picture, way = listed.made_of(entry), listed.way(entry)
        assert (entry.hash.code == hashes[picture].codes[ways.index(way)]).all()
        found.add((picture, way))
    assert len(found) == 32


def test_all_others_are_perturbed_hashes_of_the_picture_they_name(listed, hashes):
    """About as many bits are flipped as was said, of one of the eight."""
    shares = []
    for row in range(34, 500):
        entry = listed.hash_list.entry(row)
        assert listed.way(entry) == PERTURBED
        mine = hashes[listed.made_of(entry)].codes
        shares.append(np.bitwise_count(mine ^ entry.hash.code).sum(axis=1).min() / 256)
    low, high = FLIPPED
    assert low < np.mean(shares) < high
    assert min(shares) > 0
    # A flip of 30 % of 256 bits has a standard deviation of 7 bits; five of them, and never chance.
    assert max(shares) < high + 5 * 7.4 / 256


def test_every_row_has_the_quality_of_its_picture(listed):
    for entry in listed.hash_list.entries():
        assert entry.quality == 90 + listed.made_of(entry)


@pytest.mark.parametrize("size", [2, 3, 6, 20, 34, 35])
def test_a_list_is_as_long_as_was_asked(hashes, size):
    """Also one that does not hold all distractors; one that is short holds some of each."""
    made = long_list(hashes[:2], hashes[2:], size, seed=1)
    assert len(made.hash_list) == size
    counts = lengths(2, 4, size)
    assert counts.photographs + counts.distractors + counts.perturbed == size
    pictures = {made.made_of(entry) for entry in made.hash_list.entries()}
    assert len(pictures) == min(size, 6)


def test_a_seed_decides_what_is_perturbed_and_nothing_else(hashes):
    one, again, other = (long_list(hashes[:2], hashes[2:], 60, seed=seed) for seed in (1, 1, 2))
    assert (one.hash_list.codes == again.hash_list.codes).all()
    same = (one.hash_list.codes == other.hash_list.codes).all(axis=1)
    assert same[:34].all()
    assert not same[34:].any()


def test_what_cannot_be_listed_is_an_error(hashes):
    with pytest.raises(ResultsError, match="a list of 1 hashes does not hold 2 photographs"):
        long_list(hashes[:2], hashes[2:], 1, seed=1)
    with pytest.raises(ResultsError, match="none of the unrelated pictures"):
        long_list(hashes[:2], [], 3, seed=1)
    assert len(long_list(hashes[:2], [], 2, seed=1).hash_list) == 2
