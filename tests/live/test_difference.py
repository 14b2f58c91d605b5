"""A live list is made to say what a hash list says, with no more changes than that takes."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashguard.arrays import open_arrays, write_arrays
from hashguard.errors import AlgorithmMismatchError, IndexFileError, ListError
from hashguard.hashes import Algorithm, Hash
from hashguard.lists import Entry, HashList, Status
from hashguard.live import Changes, LiveIndex, View
from hashguard.live import base as live_base
from hashguard.live.difference import MAX_AT_ONCE, Difference, difference
from tests.lists.test_stored import SAME_KEY
from tests.live.samples import entry, hash_of, listed, made


def saying(entries: list[Entry], version: int = 9) -> HashList:
    return HashList.from_entries(entries, algorithm=Algorithm.PDQ, version=version)


def brought_up(live: LiveIndex, hash_list: HashList) -> Difference:
    """Apply what differs; afterwards nothing does, and the view has what the list has."""
    found = difference(live.view(), hash_list)
    for changes in found.changes():
        live.apply(changes)
    assert len(difference(live.view(), hash_list)) == 0
    assert live.view().version == hash_list.version
    assert entries_of(live.view()) == {
        one.id: one for one in hash_list.entries() if one.status is Status.ACTIVE
    }
    return found


def entries_of(view: View) -> dict[str, Entry]:
    """Every entry that can be found, asked one by one."""
    rows = range(len(view.base) + len(view.codes))
    found = [view.entry(row) for row in rows if row not in view.dead]
    assert len({one.id for one in found}) == len(found) == len(view)
    return {one.id: one for one in found}


def test_what_is_the_same_is_left_alone_and_the_rest_is_changed(tmp_path):
    """Ids that go, ids that come, and entries in the place of others, in base and delta."""
    with LiveIndex.open(made(tmp_path, 5)) as live:
        live.apply(Changes(add=[entry(f"id-{n}", n) for n in range(5, 9)], withdraw=["id-4"]))
        wanted = [entry(f"id-{n}", n) for n in (8, 6, 2, 0)]
        wanted += [entry("id-1", 100), entry("id-5", 101), entry("id-4", 4), entry("new", 102)]
        found = brought_up(live, saying(wanted))
        assert {one.id for one in found.add} == {"id-1", "id-5", "id-4", "new"}
        assert sorted(found.withdraw) == ["id-3", "id-7"]
        assert (found.before, found.after) == (8, 9)


@pytest.mark.parametrize("in_base", [True, False])
@pytest.mark.parametrize(
    "change",
    [
        {"hash": Hash(Algorithm.PDQ, hash_of(1).packed[:-1] + bytes([hash_of(1).packed[-1] ^ 1]))},
        {"quality": 89},
        {"quality": None},
        {"source": "Source"},
        {"source": ""},
        {"tags": ("a",)},
        {"tags": ()},
        {"modified": 86_401},
        {"modified": None},
    ],
)
def test_every_part_of_an_entry_counts(tmp_path, change, in_base):
    """One bit of the hash as well as a tag; nothing but that entry is written."""
    with LiveIndex.open(made(tmp_path, 3 if in_base else 1)) as live:
        live.add([entry("id-1", 1), entry("id-2", 2)])
        if in_base:
            live.compact()
        wanted = [entry("id-0", 0), replace(entry("id-1", 1), **change), entry("id-2", 2)]
        found = brought_up(live, saying(wanted))
        assert list(found.add) == [wanted[1]]
        assert list(found.withdraw) == []


@pytest.mark.parametrize("status", [Status.WITHDRAWN, Status.RECEIVED, Status.DELETED])
def test_what_is_not_active_is_not_there(tmp_path, status):
    """A withdrawn entry of the list is withdrawn, and one that was not there stays so."""
    with LiveIndex.open(made(tmp_path, 2)) as live:
        wanted = [entry("id-0", 0), entry("id-1", 1, status), entry("other", 5, status)]
        found = brought_up(live, saying(wanted))
        assert list(found.withdraw) == ["id-1"]
        assert len(found.add) == 0


def test_an_empty_list_withdraws_everything_and_an_empty_folder_takes_everything(tmp_path):
    with LiveIndex.open(made(tmp_path, 3)) as live:
        assert len(brought_up(live, saying([])).withdraw) == 3
        assert len(brought_up(live, listed(range(4), version=10)).add) == 4
        live.compact()
        assert len(brought_up(live, saying([], version=11)).withdraw) == 4
        live.compact()
        assert len(brought_up(live, listed(range(2), version=12)).add) == 2


def test_a_newer_list_that_says_the_same_changes_the_version_alone(tmp_path):
    with LiveIndex.open(made(tmp_path, 3)) as live:
        found = difference(live.view(), listed(range(3), version=12))
        (only,) = found.changes()
        assert (len(only.add), len(only.withdraw), only.version) == (0, 0, 12)
        assert live.apply(only).version == 12


def test_ids_made_to_share_their_key_are_told_apart(tmp_path):
    """Present and wanted, alone and in crowds; no pair of keys is taken for a pair of ids."""
    one, two = np.array(SAME_KEY)
    moves = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]
    letters = np.full(24, ord("M"))
    twins = [bytes((letters + one * a + two * b).tolist()).decode() for a, b in moves]
    assert len(set(twins)) == len(moves)
    live_list = HashList.from_entries(
        [entry(name, n) for n, name in enumerate(twins[:4])], algorithm=Algorithm.PDQ
    )
    assert len(set(live_list.table.ids.look_up_keys().tolist())) == 1
    LiveIndex.create(tmp_path / "live", live_list, max_distance=31)
    with LiveIndex.open(tmp_path / "live") as live:
        # A crowd on both sides: one stays, one is replaced, one comes, two go.
        found = brought_up(
            live, saying([entry(twins[0], 0), entry(twins[1], 50), entry(twins[4], 4)], 2)
        )
        assert {item.id for item in found.add} == {twins[1], twins[4]}
        assert set(found.withdraw) == {twins[2], twins[3]}
        # One against one, in the delta and then in the base.
        brought_up(live, saying([entry(twins[0], 0)], 3))
        brought_up(live, saying([entry(twins[1], 0)], 4))
        live.compact()
        brought_up(live, saying([entry(twins[2], 0)], 5))
        # One against a crowd, and the reverse.
        found = brought_up(live, saying([entry(name, 0) for name in twins[1:4]], 6))
        assert len(found.add) == 2
        assert len(brought_up(live, saying([entry(twins[2], 0)], 7)).withdraw) == 2


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_a_long_change_comes_in_parts_and_only_the_last_states_the_version(tmp_path, extra):
    """Withdrawals first; what is broken off in between can be taken up again."""
    folder = made(tmp_path, 3)
    count = 2 * MAX_AT_ONCE + extra
    table = listed([0]).table.taking(np.zeros(count - 3, np.int64))
    table = table.renamed(f"new-{n}" for n in range(count - 3))
    with LiveIndex.open(folder) as live:
        found = difference(live.view(), HashList("Žlutý", 9, None, table))
        assert len(found) == count
        changes = list(found.changes())
    assert len(changes) == found.parts == (3 if extra == 1 else 2)
    assert [len(one.add) + len(one.withdraw) for one in changes][:2] == [
        MAX_AT_ONCE,
        MAX_AT_ONCE + min(extra, 0),
    ]
    assert list(changes[0].withdraw) == ["id-0", "id-1", "id-2"]
    assert [one.version for one in changes] == [7] * (found.parts - 1) + [9]
    assert next(one.id for part in changes for one in part.add[:1]) == "new-0"
    assert sum(len(one.add) for one in changes) == count - 3


def test_a_list_that_does_not_follow_is_refused(tmp_path):
    with LiveIndex.open(made(tmp_path, 2)) as live:
        view = live.view()
        with pytest.raises(ListError, match="version 6 of the list is older than 7, which"):
            difference(view, listed(range(2), version=6))
        other = HashList.from_entries(
            [Entry("1", hash_of(1, Algorithm.PHASH))], algorithm=Algorithm.PHASH
        )
        with pytest.raises(AlgorithmMismatchError, match="holds pdq, the list phash"):
            difference(view, other)


def test_rows_that_no_entry_has_are_damage(tmp_path):
    """A base whose digests fit and whose look-up leads nowhere."""
    folder = made(tmp_path, 3)
    base = folder / "base-000001"
    kind, version = live_base.FORMAT, live_base.VERSION
    found = open_arrays(base, kind=kind, version=version)
    arrays = {name: np.array(values) for name, values in found.arrays.items()}
    arrays["entries_id_rows"][1] = 3
    base.rename(tmp_path / "old")
    digest = write_arrays(base, kind=kind, version=version, facts=found.facts, arrays=arrays)
    (folder / "log-000001").write_bytes(f"hashguard-log 1 {digest}\n".encode())
    with (
        LiveIndex.open(folder) as live,
        pytest.raises(IndexFileError, match=r"^altered: an id belongs to no row"),
    ):
        difference(live.view(), listed(range(3)))


_LIST = st.dictionaries(
    st.integers(0, 11),
    st.tuples(st.integers(0, 3), st.sampled_from(Status)),
    max_size=8,
)


@settings(max_examples=40)
@given(start=_LIST, then=st.lists(st.tuples(_LIST, st.booleans()), max_size=4))
def test_any_list_after_any_other(start, then):
    """Whatever came before, compacted or not, the folder ends as the list; twin: a dictionary."""

    def as_list(numbers: dict[int, tuple[int, Status]], version: int) -> HashList:
        return saying([entry(f"id-{n}", *values) for n, values in numbers.items()], version)

    with tempfile.TemporaryDirectory() as place:
        LiveIndex.create(Path(place) / "live", as_list(start, 1), max_distance=31)
        with LiveIndex.open(Path(place) / "live", follow=False) as live:
            for version, (numbers, compacts) in enumerate(then, 2):
                before = entries_of(live.view())
                wanted = as_list(numbers, version)
                found = brought_up(live, wanted)
                active = {e.id: e for e in wanted.entries() if e.status is Status.ACTIVE}
                assert {e.id for e in found.add} == {
                    name for name, one in active.items() if before.get(name) != one
                }
                assert set(found.withdraw) == before.keys() - active.keys()
                if compacts:
                    assert live.compact()
