"""What croppings have to make up for: the cohort, the handicap it tells, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from hashguard import Algorithm, Hash, Hashed, policies
from hashguard.budget import expected
from hashguard.hashers.pdq import PdqHasher, hash_pixels
from hashguard.hashes import (
    ALL_CLARITY,
    CLEAR,
    Clarity,
    Codes,
    Pixels,
    farthest_plain,
    pack_codes,
    weighed,
)
from hashguard.lookup import Lookup
from hashguard.probes import UNCOVERED, Probe, Tried, cohort, make_probes
from hashguard.references import Listed
from hashguard.robustness.verdicts.listing import list_of

COUNT = 1250  # croppings, as PDQ_DEEP makes of an upload
SIZE = 10**5  # entries of a list


def random_codes(count: int, *, flipped: int, seed: int = 0) -> Codes:
    """Codes that each differ from one in as many random bits, or in any if those are 256."""
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 2, 256)
    bits = np.tile(start, (count, 1))
    for row in bits:
        row[rng.permutation(256)[: rng.integers(0, flipped + 1)]] ^= 1
    return np.packbits(bits.astype(np.uint8), axis=1)


def clarities(count: int, seed: int = 1) -> Clarity:
    rng = np.random.default_rng(seed)
    ranks = np.minimum(np.arange(256), CLEAR).astype(np.uint8)
    return np.stack([rng.permutation(ranks) for _ in range(count)])


def croppings(pixels: Pixels) -> list[Probe]:
    probes = make_probes(pixels, policies.PDQ_DEEP.probes, PdqHasher())
    return [probe for probe in probes if probe.tried is Tried.CROPPINGS]


def test_the_cohort_is_what_a_list_could_hold():
    """Distinct hashes, about half of whose bits are set, which differ as unrelated ones do."""
    codes = cohort.shipped()
    assert codes.shape == (2048, 32)
    assert len(np.unique(codes, axis=0)) == len(codes)
    set_bits = np.unpackbits(codes, axis=1).sum(axis=1)
    assert 120 <= set_bits.min() <= set_bits.max() <= 136
    shuffled = codes[np.random.default_rng(0).permutation(len(codes))]  # they come in order
    apart = np.bitwise_count(shuffled ^ codes).sum(axis=1)
    assert 124 < apart.mean() < 132


def test_distances_from_the_cohort_are_the_weighed_ones():
    """The one product says what `weighed` says, pair by pair."""
    codes, clarity = random_codes(5, flipped=128), clarities(5)
    others = cohort.shipped()
    found = cohort.nearest_weights(codes, clarity, cohort._cohort())
    for number in (0, 1, 700, 2047):
        differ = np.unpackbits(codes ^ others[number], axis=1)
        each = (differ.astype(int) * clarity).sum(axis=1)
        assert found[number] == each.min()
        assert weighed(clarity, codes, others[None, number]).min() == -(
            -each.min() * 256 // ALL_CLARITY
        )


def test_croppings_that_are_all_alike_have_a_handicap_and_others_are_let_off():
    """The fewer bits depend on the cropping, the more have strangers to be kept off."""
    clarity = clarities(COUNT)
    bits = [
        cohort.handicap(random_codes(COUNT, flipped=flips), clarity) for flips in (0, 20, 60, 256)
    ]
    assert bits == sorted(bits, reverse=True)
    assert bits[0] > 10
    assert bits[-1] < 0


def test_few_croppings_have_none():
    """They were not measured."""
    least = cohort.LEAST_CROPPINGS
    assert cohort.handicap(random_codes(least - 1, flipped=0), clarities(least - 1)) == 0
    assert cohort.handicap(random_codes(least, flipped=0), clarities(least)) > 0


def test_a_copy_of_the_upload_in_the_cohort_changes_next_to_nothing(
    photographs: Mapping[str, Pixels], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is common there is one in a hundred; even its nearest pictures do not matter."""
    for name in ("cat.png", "rocket.jpg"):
        probes = croppings(photographs[name])
        codes = pack_codes([one.hashed.hash for one in probes], Algorithm.PDQ)
        clarity = np.stack([one.hashed.clarity for one in probes if one.hashed.clarity is not None])
        monkeypatch.undo()
        before = cohort.handicap(codes, clarity)
        others = cohort._cohort().copy()
        others[:2] = np.unpackbits(hash_pixels(photographs[name]).hash.code)
        monkeypatch.setattr(cohort, "_cohort", lambda others=others: others)
        assert abs(cohort.handicap(codes, clarity) - before) <= 1


def test_what_is_tried_of_an_upload_has_one_and_nothing_else_has_any(
    photographs: Mapping[str, Pixels],
) -> None:
    handicaps = set()
    for pixels in photographs.values():
        probes = make_probes(pixels, policies.PDQ_DEEP.probes, PdqHasher())
        assert {one.handicap for one in probes if one.tried is None} == {0}
        # What covers an upload, filled in, is another picture to be cropped.
        wholes = {one.name.startswith(UNCOVERED) for one in probes}
        mine = {one.handicap for one in probes if one.tried is Tried.CROPPINGS}
        assert len(mine) <= len(wholes)
        ratios = {one.handicap for one in probes if one.tried is Tried.RATIOS}
        assert ratios == {round(cohort.RATIOS_BEAR * bits) for bits in mine}
        handicaps |= mine
    assert len(handicaps) > 1
    assert all(-10 <= one <= 40 for one in handicaps)


@pytest.mark.parametrize("bits", [-7, 0, 9])
def test_a_handicap_is_taken_off_the_radius_to_the_bit(
    photographs: Mapping[str, Pixels], bits: int
) -> None:
    """A probe is judged as if the entry was so many weighed bits farther away."""
    hashed = hash_pixels(photographs["dogs.jpg"])
    assert hashed.clarity is not None
    policy = policies.PDQ_DEEP
    row = policy.row(hashed, probes=COUNT, listed=100, tried=Tried.CROPPINGS)
    assert policy.budget is not None
    assert row.weighed
    radius = policy.budget.radius(SIZE, row)
    assert radius is not None
    matches = {}
    for away in (-1, 0, 1):
        entry = _at(hashed, hashed.clarity, radius - bits + away)
        codes = np.random.default_rng(0).integers(0, 256, (SIZE, 32), dtype=np.uint8)
        codes[0] = entry.code
        hash_list = list_of(codes, np.full(SIZE, 100, np.int16))
        references = Listed.of(hash_list, max_distance=policy.max_distance, probes=COUNT)
        lookup = Lookup(policy, None)
        probe = Probe("a cropping", hashed, tried=Tried.CROPPINGS, handicap=bits)
        padding = [replace(probe, hashed=_far(number)) for number in range(COUNT - 1)]
        candidates = lookup.candidates([(0, one) for one in (probe, *padding)], references)
        assert candidates[0].reach.radius == radius - bits
        found, _ = lookup.search(candidates[:1], references)
        matches[away] = [one.match for one in found]
    assert [len(matches[away]) for away in (-1, 0, 1)] == [1, 1, 0]
    (match,) = matches[0]
    assert match.weighed == radius - bits
    assert match.expected == expected(radius, SIZE, row)


def test_a_handicap_says_nothing_where_bits_are_not_weighed(
    photographs: Mapping[str, Pixels],
) -> None:
    """Plain uploads go by the rows of plain bits, which were measured without."""
    hashed = Hashed(hash_pixels(photographs["dogs.jpg"]).hash, quality=100)
    policy = policies.PDQ_DEEP
    reaches = {
        policy.reach(hashed, list_size=10, probes=COUNT, tried=Tried.CROPPINGS, handicap=bits)
        for bits in (-10, 0, 10)
    }
    assert len(reaches) == 1


def test_a_handicap_larger_than_the_radius_leaves_equal_hashes(
    photographs: Mapping[str, Pixels],
) -> None:
    hashed = hash_pixels(photographs["dogs.jpg"])
    reach = policies.PDQ_DEEP.reach(
        hashed, list_size=10**6, probes=COUNT, tried=Tried.CROPPINGS, handicap=200
    )
    assert reach is not None
    assert (reach.radius, reach.bits) == (0, farthest_plain(0))


def _at(hashed: Hashed, clarity: Clarity, bits: int) -> Hash:
    """A hash so many weighed bits away: clear ones, and one of just what is missing."""
    order: NDArray[np.intp] = np.argsort(clarity, kind="stable")
    clear, missing = divmod(bits * ALL_CLARITY // 256, CLEAR)
    other = np.unpackbits(hashed.hash.code)
    other[[*order[256 - clear :], order[missing]]] ^= 1
    return Hash.from_code(Algorithm.PDQ, np.packbits(other))


def _far(seed: int) -> Hashed:
    """A hash that is near nothing."""
    rng = np.random.default_rng(10_000 + seed)
    packed = rng.integers(0, 256, 32, dtype=np.uint8)
    return Hashed(Hash.from_code(Algorithm.PDQ, packed), quality=100, clarity=clarities(1)[0])
