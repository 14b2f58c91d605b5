"""A view answers as one index over the living entries would."""

from __future__ import annotations

import numpy as np
import pytest

from hashguard.errors import RecallError
from hashguard.hashes import Algorithm, Codes, Hash, hamming
from hashguard.lists import Entry, HashList
from hashguard.live import Changes, LiveIndex, View
from tests.live.samples import entry, hash_of, made


def by_definition(view: View, query: Codes, radius: int) -> list[tuple[int, int, str]]:
    """(distance, row, id) of every neighbour, nearest first: the readable twin of a search."""
    found = []
    for row in range(len(view.base) + len(view.codes)):
        try:
            one = view.entry(row)
        except IndexError:
            continue
        distance = int(hamming(one.hash.code, query))
        if distance <= radius:
            found.append((distance, row, one.id))
    return sorted(found)


def found(view: View, queries: Codes, radius: int) -> list[list[tuple[int, int, str]]]:
    result = view.range_search(queries, radius)
    each = [
        slice(start, stop) for start, stop in zip(result.lims[:-1], result.lims[1:], strict=True)
    ]
    return [
        [
            (distance, row, view.entry(row).id)
            for distance, row in zip(
                result.distances[here].tolist(), result.rows[here].tolist(), strict=True
            )
        ]
        for here in each
    ]


def flipped(hash_: Hash, bits: int) -> Hash:
    unpacked = np.unpackbits(hash_.code)
    unpacked[:bits] ^= 1
    return Hash(hash_.algorithm, np.packbits(unpacked).tobytes())


def test_neighbours_in_base_and_delta_come_nearest_first(tmp_path):
    """Distances t-1, t, t+1 and ties in both parts, some of them dead, several queries at once."""
    centre = hash_of(0)
    near = [Entry(f"base-{n}", flipped(centre, n)) for n in (0, 5, 5, 30, 31, 32) for _ in "1"]
    base = [Entry(f"{one.id}-{n}", one.hash) for n, one in enumerate(near)]
    made_list = HashList.from_entries(base, algorithm=Algorithm.PDQ)
    LiveIndex.create(tmp_path / "live", made_list, max_distance=31)
    with LiveIndex.open(tmp_path / "live") as live:
        late = [
            Entry(f"late-{n}-{at}", flipped(centre, n)) for at, n in enumerate((31, 5, 0, 32, 5))
        ]
        live.add(late)
        queries = np.stack([centre.code, hash_of(1).code, flipped(centre, 1).code])
        live.apply(Changes(withdraw=(base[1].id, late[2].id)))
        live.add([Entry(base[4].id, flipped(centre, 30))])
        view = live.view()
        for radius in (0, 4, 5, 30, 31):
            expected = [by_definition(view, query, radius) for query in queries]
            assert found(view, queries, radius) == expected
        assert [one[0] for one in found(view, queries, 31)[0]] == [0, 5, 5, 5, 30, 30, 31]


def test_beyond_the_stated_radius_a_view_refuses(tmp_path):
    """Although a short list is searched in a way that could: a compaction may choose another."""
    with LiveIndex.open(made(tmp_path, 3)) as live:
        for _ in range(2):
            assert live.view().max_distance == 31
            with pytest.raises(RecallError, match="exact only up to 31"):
                live.view().range_search(hash_of(0).code[None], 32)
            with pytest.raises(ValueError, match="queries must be"):
                live.view().range_search(np.zeros((1, 8), np.uint8), 31)
            live.add([entry("x", 9)])
            live.compact()


def test_rows_that_no_search_finds_have_no_entry(tmp_path):
    with LiveIndex.open(made(tmp_path, 3)) as live:
        live.apply(Changes(add=[entry("x", 9), entry("y", 8)], withdraw=["id-1"]))
        live.apply(Changes(add=[entry("y", 7)]))
        view = live.view()
        assert [view.entry(row).id for row in (0, 2, 3, 5)] == ["id-0", "id-2", "x", "y"]
        for row in (-1, 1, 4, 6):
            with pytest.raises(IndexError, match="none of this view"):
                view.entry(row)


def test_a_delta_grows_without_moving_under_its_views(tmp_path):
    """Views share its buffers; each sees its own beginning of them, also where they are copied."""
    with LiveIndex.open(made(tmp_path, 1)) as live:
        views = []
        for start in range(0, 3000, 250):
            live.add([entry(f"x-{n}", n) for n in range(start, start + 250)])
            views.append(live.view())
        for number, view in enumerate(views):
            assert len(view) == 1 + 250 * (number + 1)
            last = 250 * (number + 1) - 1
            assert view.range_search(hash_of(last).code[None], 31).rows.tolist() == [last + 1]
            assert view.range_search(hash_of(last + 1).code[None], 31).rows.tolist() == []


def test_no_queries_give_an_empty_result(tmp_path):
    with LiveIndex.open(made(tmp_path, 1)) as live:
        live.add([entry("x", 9)])
        assert live.view().range_search(np.empty((0, 32), np.uint8), 31).lims.tolist() == [0]
