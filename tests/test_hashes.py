"""A hash is a value that knows its algorithm and keeps its bits to itself."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashguard import Algorithm, Hash
from hashguard.errors import AlgorithmMismatchError, HashguardError, InvalidHashError
from hashguard.hashes import CLEAR, farthest_plain, hamming, pack_codes, weighed

any_hash = st.sampled_from(Algorithm).flatmap(
    lambda a: st.builds(Hash, st.just(a), st.binary(min_size=a.code_bytes, max_size=a.code_bytes))
)
two_pdq = st.binary(min_size=32, max_size=32).map(lambda b: Hash(Algorithm.PDQ, b))


@given(any_hash)
def test_text_round_trips(one):
    assert Hash.parse(str(one)) == one
    assert Hash.parse(f"{one.algorithm.value}:{one.hex.upper()}") == one
    assert Hash.from_code(one.algorithm, one.code) == one


@given(two_pdq, two_pdq)
def test_distance_counts_differing_bits(left, right):
    assert left.distance(right) == sum(
        a != b
        for a, b in zip(f"{int(left.hex, 16):0256b}", f"{int(right.hex, 16):0256b}", strict=True)
    )
    codes = pack_codes([left, right], Algorithm.PDQ)
    assert hamming(codes[:1], codes[1:])[0] == left.distance(right)


RANKS = np.minimum(np.arange(256), CLEAR).astype(np.uint8)


@given(two_pdq, two_pdq, st.integers(0, 2**32 - 1))
def test_weighed_bits_are_those_of_the_twin(left, right, seed):
    """Whatever the order of the bits by how clear they are."""
    clarity = np.random.default_rng(seed).permutation(RANKS)
    codes = pack_codes([left, right], Algorithm.PDQ)
    bits = [f"{int(one.hex, 16):0256b}" for one in (left, right)]
    differ = [bool(a != b) for a, b in zip(*bits, strict=True)]
    mean = Fraction(sum(RANKS.tolist()), 256)
    total = sum(one for one, is_other in zip(clarity.tolist(), differ, strict=True) if is_other)
    assert weighed(clarity[None], codes[:1], codes[1:]).tolist() == [math.ceil(total / mean)]


@pytest.mark.parametrize("bits", [0, 1, 16, 42, 48, 100, 255, 256])
def test_no_code_that_is_within_weighed_bits_is_farther_in_plain_ones(bits):
    """The least clear bits flipped first are as many as can be: so many within, one more not."""
    clarity = np.minimum(np.arange(256), CLEAR).astype(np.uint8)
    most = farthest_plain(bits)
    codes = np.packbits(np.arange(256) < np.array([[0], [most], [most + 1]]), axis=1)
    distances = weighed(clarity[None], codes[:1], codes[1:])
    assert distances[0] <= bits
    assert distances[1] > bits or most == 256


def test_weighed_bits_are_of_the_scale_of_plain_ones():
    """None differs, all do; of a few bits the least clear weigh less, the clearest more."""
    clarity = np.stack([RANKS] * 4)
    codes = np.zeros((4, 32), np.uint8)
    differ = [[0] * 256, [1] * 256, [1] * 20 + [0] * 236, [0] * 236 + [1] * 20]
    none, every, least, most = weighed(clarity, codes, np.packbits(differ, axis=1)).tolist()
    assert (none, every) == (0, 256)
    assert least < 20 < most


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pdq",
        "pdq:",
        "pdq:" + "0" * 63,
        "pdq:" + "0" * 65,
        "pdq:" + "g" * 64,
        "pdq:" + "\u0663" * 64,
        "PDQ:" + "0" * 64,
        "md5:" + "0" * 32,
        "phash:" + "0" * 64,
        "0" * 64,
    ],
)
def test_what_is_no_hash_is_a_value_error_that_does_not_repeat_it(text):
    with pytest.raises(InvalidHashError) as caught:
        Hash.parse(text)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, HashguardError)
    assert "000" not in str(caught.value)


def test_two_algorithms_are_not_compared():
    pdq, phash = Hash(Algorithm.PDQ, bytes(32)), Hash(Algorithm.PHASH, bytes(8))
    with pytest.raises(AlgorithmMismatchError, match="pdq with phash") as caught:
        pdq.distance(phash)
    assert isinstance(caught.value, TypeError)
    assert pdq != phash
    with pytest.raises(AlgorithmMismatchError):
        pack_codes([phash], Algorithm.PDQ)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_hash_has_the_length_of_its_algorithm(size):
    with pytest.raises(InvalidHashError, match="32 bytes"):
        Hash(Algorithm.PDQ, bytes(size))


def test_repr_hides_the_bits():
    assert repr(Hash(Algorithm.PDQ, b"\xab" * 32)) == "<Hash pdq>"


def test_no_hashes_pack_to_no_rows():
    assert pack_codes([], Algorithm.PDQ).shape == (0, 32)
    assert pack_codes([], Algorithm.PDQ).dtype == np.uint8
