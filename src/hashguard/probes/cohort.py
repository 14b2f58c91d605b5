"""What the croppings of an upload have to make up for, told by a cohort of unrelated pictures.

Pictures differ in how near strangers come to their croppings. Where hardly a bit depends on how it
was cropped, as of a bird in the sky, a thousand croppings of a picture are as good as one, and how
far strangers are from the nearest of them scatters the more. One radius for all is too wide for
such uploads, and too narrow for all others. How it scatters is seen among a cohort: hashes of
pictures that have nothing to do with any upload (docs/adr/0019-a-cohort.md). Speaker recognition
knows this as score normalisation.

Pure but for the cohort, which comes with the package; made by benchmarks/cohort.py.
"""

from __future__ import annotations

import functools
import json
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from hashguard.hashers.products import multiply
from hashguard.hashes import ALL_CLARITY, Algorithm, Clarity, Codes

LEAST_CROPPINGS = 1000
"""Fewer are farther from strangers than those of `PDQ_DEEP`, with which this was measured."""

_EVERY = 7  # croppings, of which one is compared: neighbours say the same
_AT_ONCE = 32  # pictures of the cohort; products are kept small, and these are square enough
_NEAREST = 0.01  # of the cohort; one picture that is a copy of the upload does not change it
_TYPICAL = 12.4  # bits between the mean of the cohort and its nearest hundredth
_WORTH = 4.0  # bits of handicap for each bit more; 3 to 6 do as well
RATIOS_BEAR = 0.75  # of the handicap of croppings; a half to all of it do as well
_LEAST = -10  # bits; what scatters less than any photograph has no more to expect


def handicap(codes: Codes, clarity: Clarity) -> int:
    """Weighed bits to add to the distance of each of these croppings of an upload; often below 0.

    And, but for a part, to those of what it may be the middle of, a picture of another ratio.

    codes: (n, 32) and clarity: (n, 256) of all of them; of fewer than `LEAST_CROPPINGS`, 0.
    """
    if len(codes) < LEAST_CROPPINGS:
        return 0
    weights = nearest_weights(codes[::_EVERY], clarity[::_EVERY], _cohort())
    gap = float(weights.mean() - np.sort(weights)[int(_NEAREST * len(weights))])
    return max(round(_WORTH * (gap * Algorithm.PDQ.bits / ALL_CLARITY - _TYPICAL)), _LEAST)


def nearest_weights(
    codes: Codes, clarity: Clarity, others: NDArray[np.float32]
) -> NDArray[np.float64]:
    """(m,): of each of the others, what the bits weigh in which the nearest of n codes differs.

    codes: (n, 32). clarity: (n, 256). others: (m, 256), the bits of other codes, 0 or 1. Of
    ALL_CLARITY; `hashes.weighed` says the same in bits, pair by pair. Of a bit of weight w,
    w (mine xor theirs) is w mine + w (1 - 2 mine) theirs, which makes it one product; of whole
    numbers, so that it is the same on every machine.
    """
    weights = clarity.astype(np.float32)
    mine = np.unpackbits(codes, axis=1).astype(np.float32)
    signed = np.ascontiguousarray((weights * (1 - 2 * mine)).T)
    weight = np.empty((len(others), len(codes)), np.float32)
    for start in range(0, len(others), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        multiply(others[some], signed, out=weight[some])
    weight += (weights * mine).sum(axis=1)
    nearest: NDArray[np.float32] = weight.min(axis=1)
    return nearest.astype(np.float64)


@functools.cache
def _cohort() -> NDArray[np.float32]:
    """(pictures, 256): the bits of each, 0 or 1."""
    return np.unpackbits(shipped(), axis=1).astype(np.float32)


def shipped() -> Codes:
    """(pictures, 32): the hashes of the cohort that comes with this version."""
    text = resources.files("hashguard").joinpath("data/cohort.json").read_text(encoding="ascii")
    packed = bytes.fromhex("".join(json.loads(text)["hashes"]))
    return np.frombuffer(packed, np.uint8).reshape(-1, Algorithm.PDQ.code_bytes)
