"""Every two pictures, counted once: the fast way against a loop over all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from hashguard.robustness import tail
from hashguard.robustness.distances import Scale
from hashguard.robustness.system import Metric, Rows
from hashguard.robustness.unrelated import Unrelated
from tests.robustness.samples import WIDTH, Place, at

LINE = Scale(Metric.HAMMING, WIDTH)
REFUSED: Rows = np.empty((0, WIDTH), np.uint8)


def on_line(*places: Place, same: tuple[tuple[int, int], ...] = ()) -> Unrelated:
    """Pictures that are the same as references and as uploads."""
    rows = [at(place) for place in places]
    return Unrelated(rows, rows, LINE, same)


def listed(unrelated: Unrelated, step: int = LINE.last) -> list[tuple[int, int, int]]:
    pairs = unrelated.within(step)
    columns = pairs.first.tolist(), pairs.second.tolist(), pairs.steps.tolist()
    return list(zip(*columns, strict=True))


def test_each_pair_counts_once_and_no_picture_with_itself():
    """Places 0, 3, 10: pairs 3, 7 and 10 apart."""
    unrelated = on_line(0, 3, 10)
    assert np.flatnonzero(unrelated.counts()).tolist() == [3, 7, 10]
    assert listed(unrelated) == [(0, 1, 3), (0, 2, 10), (1, 2, 7)]
    assert listed(unrelated, 7) == [(0, 1, 3), (1, 2, 7)]
    assert listed(unrelated, 6) == [(0, 1, 3)]
    assert listed(unrelated, -1) == []


def test_of_the_two_directions_the_nearer_counts():
    """As uploads at 0 and 10, as references at 4 and 30: 30 in one direction, 6 in the other."""
    unrelated = Unrelated([at(0), at(10)], [at(4), at(30)], LINE, ())
    assert listed(unrelated) == [(0, 1, 6)]
    assert unrelated.nearest([0, 1]).tolist() == [30, 6]
    closest = unrelated.closest(unrelated.counts(), 5)
    assert (closest.first.tolist(), closest.second.tolist()) == ([1], [0])


def test_a_pair_with_a_distance_in_one_direction_is_a_pair():
    """The second was refused as an upload, the third altogether, the fourth as a reference."""
    unrelated = Unrelated(
        [at(0), REFUSED, REFUSED, at(9)], [at(0), at(5), REFUSED, REFUSED], LINE, ()
    )
    assert listed(unrelated) == [(0, 1, 5), (0, 3, 9), (1, 3, 4)]
    assert unrelated.counts().sum() == 3
    assert unrelated.nearest([0, 2, 3]).tolist() == [5, LINE.never, 4]


def test_pictures_that_are_the_same_are_no_pair():
    unrelated = on_line(0, 3, 10, same=((0, 1),))
    assert listed(unrelated) == [(0, 2, 10), (1, 2, 7)]
    assert unrelated.nearest([0, 1]).tolist() == [10, 7]


def test_the_closest_come_first_and_as_many_as_asked():
    """Places 0, 4, 8, 12: three pairs at 4, two at 8, one at 12."""
    unrelated = on_line(0, 4, 8, 12)
    counts = unrelated.counts()
    for limit in range(1, 9):
        pairs = unrelated.closest(counts, limit)
        assert pairs.steps.tolist() == [4, 4, 4, 8, 8, 12][:limit]
    pairs = unrelated.closest(counts, 4)
    both = list(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    assert both == [(0, 1), (1, 2), (2, 3), (0, 2)]


def test_no_pair_is_closest_where_there_is_none():
    for unrelated in (on_line(0), Unrelated([REFUSED] * 3, [REFUSED] * 3, LINE, ())):
        assert unrelated.counts().sum() == 0
        assert len(unrelated.closest(unrelated.counts(), 5).steps) == 0


@pytest.mark.parametrize("count", [1, 255, 256, 257, 600])
def test_blocks_agree_with_a_loop(count):
    """Around the size of a block; two rows an upload; some refused."""
    rng = np.random.default_rng(count)
    references = [rng.integers(0, 256, (1, WIDTH), dtype=np.uint8) for _ in range(count)]
    uploads = [rng.integers(0, 256, (int(k), WIDTH), np.uint8) for k in rng.integers(0, 3, count)]
    unrelated = Unrelated(uploads, references, LINE, ())
    bits = np.array([np.unpackbits(rows[0]) for rows in references])
    both = np.full((count, count), LINE.never)
    for number, rows in enumerate(uploads):
        for row in rows:
            apart = (np.unpackbits(row) != bits).sum(axis=1)
            both[number] = np.minimum(both[number], apart)
    nearer = np.minimum(both, both.T)[np.triu_indices(count, 1)]
    there = nearer[nearer != LINE.never]
    assert unrelated.counts()[:-1].tolist() == np.bincount(there, minlength=65).tolist()
    # Weights: against the sum over the pairs themselves.
    weights = tail.drawn(count)[:5]
    pairs = unrelated.within(20)
    slow = (weights[:, pairs.first] * weights[:, pairs.second]).sum(axis=1)
    fast = unrelated.weighed([LINE.last, 20, -1], weights)
    assert fast[1].tolist() == slow.tolist()
    assert not fast[2].any()
    assert unrelated.within(20, limit=3).steps.tolist() == pairs.steps[:3].tolist()
