"""A hash is a value that knows its algorithm and keeps its bits to itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashguard import Algorithm, Hash
from hashguard.errors import AlgorithmMismatchError, HashguardError, InvalidHashError
from hashguard.hashes import hamming, pack_codes

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
