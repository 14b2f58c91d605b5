"""A long list made of few pictures, of which every entry knows the picture it was made of. Pure.

Photographs stand on it as they are. Distractors stand on it in all eight orientations, and then
perturbed, over and over: buckets are as crowded and as unequal as those of real hashes, but
neighbours within a radius are more frequent than among as many real pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hashguard.errors import ResultsError
from hashguard.hashers.orientation import Orientation
from hashguard.hashes import Algorithm, Codes
from hashguard.lists import Entries, Entry, HashList
from hashguard.lists.columns import STATUS_NUMBERS, Named
from hashguard.lists.entry import Status
from hashguard.lists.texts import Texts, frozen

ID_DIGITS = 8  # of the ids of a list; it holds fewer than 10^8 entries (lists.columns.MAX_ENTRIES)
FLIPPED = (0.05, 0.30)  # probability that a bit of a perturbed hash is flipped
AS_IT_IS, PERTURBED = "", "perturbed"  # ways; the others are those of `Orientation`

_WAYS: tuple[str, ...] = (
    AS_IT_IS,
    *(one.value for one in Orientation if one is not Orientation.UPRIGHT),
    PERTURBED,
)
_TIME = 1_735_689_600  # 2025-01-01, of all entries
_CHUNK = 2**16  # hashes perturbed in one go: 16 MB of random bytes


@dataclass(frozen=True, slots=True)
class Hashes:
    """The hashes of a picture that may be listed.

    codes: (8, 32) uint8, in the order of `Orientation`. quality: 0 to 100.
    """

    codes: Codes
    quality: int


@dataclass(frozen=True, slots=True)
class LongList:
    """A list, and what each row was made of.

    pictures: (n,) int32 place of the picture. ways: (n,) uint8, how the row was made of it.
    """

    hash_list: HashList
    pictures: NDArray[np.int32]
    ways: NDArray[np.uint8]

    def made_of(self, entry: Entry) -> int:
        """The place of the picture an entry was made of."""
        return int(self.pictures[int(entry.id)])

    def way(self, entry: Entry) -> str:
        """How: AS_IT_IS, turned in a way of `Orientation`, or PERTURBED."""
        return _WAYS[int(self.ways[int(entry.id)])]


@dataclass(frozen=True, slots=True)
class Lengths:
    """How many entries of a long list were made in which way."""

    photographs: int
    distractors: int
    perturbed: int


def lengths(photographs: int, distractors: int, size: int) -> Lengths:
    """Of a list of `size` entries. Raises ResultsError if it cannot be that long or short."""
    if photographs > size:
        raise ResultsError(f"a list of {size:,} hashes does not hold {photographs:,} photographs")
    if not distractors and size > photographs:
        raise ResultsError(
            "none of the unrelated pictures can be measured, so that the list cannot be filled up"
        )
    turned = min(len(Orientation) * distractors, size - photographs)
    return Lengths(photographs, turned, size - photographs - turned)


def long_list(
    photographs: Sequence[Hashes], distractors: Sequence[Hashes], size: int, *, seed: int
) -> LongList:
    """A list of `size` entries; places of pictures count the photographs, then the distractors.

    Photographs come first, in their order. The same for the same arguments. Raises ResultsError
    as `lengths`.
    """
    counts = lengths(len(photographs), len(distractors), size)
    # 1. Which picture each row is made of, and which of its hashes: distractors as they are, then
    #    all of them mirrored, and so on, so that a short list holds something of each of them.
    filling = counts.distractors + counts.perturbed
    repeated = np.arange(filling, dtype=np.int64) % max(len(Orientation) * len(distractors), 1)
    picture = repeated % max(len(distractors), 1)
    turned = repeated // max(len(distractors), 1)
    # 2. Their hashes, perturbed from the second round on.
    real = _codes(distractors)[turned[: counts.distractors], picture[: counts.distractors]]
    filled = filled_up(real, filling, np.random.default_rng(seed))
    mine = _codes(photographs)[0]
    # 3. Each with the quality of its picture.
    qualities = np.array([one.quality for one in (*photographs, *distractors)], np.int16)
    pictures = np.concatenate([np.arange(len(photographs)), picture + len(photographs)])
    ways = turned.astype(np.uint8)
    ways[counts.distractors :] = _WAYS.index(PERTURBED)
    return LongList(
        list_of(np.concatenate([mine, filled]), qualities[pictures]),
        pictures.astype(np.int32),
        np.concatenate([np.zeros(len(photographs), np.uint8), ways]),
    )


def filled_up(real: Codes, count: int, rng: np.random.Generator) -> Codes:
    """(count, 32): the real codes, then perturbed copies of them in the same order, over and over.

    Of a copy each bit is flipped with a probability that is drawn for it, of FLIPPED: 13 to 77
    bits of 256 on average.
    """
    codes = np.empty((count, real.shape[1]), np.uint8)
    codes[: len(real)] = real[:count]
    low, high = (round(256 * share) for share in FLIPPED)
    for start in range(len(real), count, _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, count))
        limits = rng.integers(low, high + 1, (len(rows), 1), dtype=np.uint8)
        flips = rng.integers(0, 256, (len(rows), 8 * real.shape[1]), dtype=np.uint8) < limits
        codes[rows] = real[rows % len(real)] ^ np.packbits(flips, axis=1)
    return codes


def list_of(codes: Codes, qualities: NDArray[np.int16]) -> HashList:
    """A list of PDQ hashes, whose ids are the numbers of their rows in ID_DIGITS digits.

    By columns: a million entries one by one would take ten seconds.
    """
    count = len(codes)
    places = 10 ** np.arange(ID_DIGITS - 1, -1, -1)
    digits = (np.arange(count)[:, None] // places % 10 + ord("0")).astype(np.uint8)
    same = Named(("benchmark",), frozen(np.zeros(count, np.uint32)))
    table = Entries(
        algorithm=Algorithm.PDQ,
        codes=frozen(codes),
        qualities=frozen(qualities),
        statuses=frozen(np.full(count, STATUS_NUMBERS[Status.ACTIVE], np.uint8)),
        ids=Texts(digits.tobytes(), frozen(np.arange(count + 1, dtype=np.uint32) * ID_DIGITS)),
        modified=frozen(np.full(count, _TIME, np.int64)),
        sources=same,
        tags=same,
    )
    return HashList(origin="benchmark", version=1, expires=None, table=table)


def _codes(hashes: Sequence[Hashes]) -> NDArray[np.uint8]:
    """(8, n, 32): by orientation, then by picture."""
    shape = (len(Orientation), len(hashes), Algorithm.PDQ.code_bytes)
    if not hashes:
        return np.empty(shape, np.uint8)
    return np.stack([one.codes for one in hashes], axis=1).reshape(shape)
