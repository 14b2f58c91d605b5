"""The adapters give the hashes that imagehash gives, through our protocol."""

import sys

import imagehash
import pytest
from PIL import Image

from hashguard import Algorithm, hasher_for
from hashguard.errors import MissingExtraError

FUNCTIONS = {
    Algorithm.PHASH: imagehash.phash,
    Algorithm.DHASH: imagehash.dhash,
    Algorithm.WHASH: imagehash.whash,
    Algorithm.AVERAGE_HASH: imagehash.average_hash,
}


@pytest.mark.parametrize("algorithm", FUNCTIONS)
def test_hex_is_what_imagehash_prints(algorithm, photographs):
    hasher = hasher_for(algorithm)
    assert hasher.algorithm is algorithm
    for name in ("cat.png", "coffee.png", "rocket.jpg"):
        pixels = photographs[name]
        hashed = hasher.hash_pixels(pixels)
        assert hashed.hash.hex == str(FUNCTIONS[algorithm](Image.fromarray(pixels)))
        assert (hashed.quality, hashed.ties) == (None, 0)


def test_without_the_library_the_message_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "imagehash", None)
    with pytest.raises(MissingExtraError, match=r"hashguard\[imagehash\]"):
        hasher_for(Algorithm.PHASH)
