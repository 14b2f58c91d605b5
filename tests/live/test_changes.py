"""What a change does to a list: all of it at once, counted, the same for who opens it later."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashguard.errors import AlgorithmMismatchError, IndexFileError, ListError
from hashguard.hashes import Algorithm
from hashguard.lists import Entry, HashList, Status
from hashguard.live import Applied, Changes, LiveIndex
from hashguard.live.changes import MAX_CHANGES
from tests.live.samples import content, entry, hash_of, listed, made, reopened


def test_a_change_is_in_the_next_view_and_in_no_earlier_one(tmp_path):
    """Who holds a view sees the list of that moment, whatever comes."""
    with LiveIndex.open(made(tmp_path, 3)) as live:
        before = live.view()
        applied = live.apply(
            Changes(add=(entry("new", 10), entry("id-1", 11)), withdraw=("id-0", "none"))
        )
        assert applied == Applied(8, added=1, replaced=1, withdrawn=1, absent=("none",))
        assert content(live.view()) == {"new": 10, "id-1": 11, "id-2": 2}
        assert content(before) == {"id-0": 0, "id-1": 1, "id-2": 2}
        assert (before.version, live.view().version, live.view().origin) == (7, 8, "Žlutý")
    assert reopened(tmp_path / "live") == {"new": 10, "id-1": 11, "id-2": 2}


def test_an_entry_comes_back_as_it_went_in(tmp_path):
    with LiveIndex.open(made(tmp_path, 1)) as live:
        live.add([entry("new", 5)])
        result = live.view().range_search(hash_of(5).code[None], 31)
        assert live.view().entry(int(result.rows[0])) == entry("new", 5)
        assert live.view().entry(0) == entry("id-0", 0)


def test_within_one_change_adding_wins_over_withdrawing(tmp_path):
    """A feed that says both means the new entry; it is a replacement."""
    with LiveIndex.open(made(tmp_path, 2)) as live:
        applied = live.apply(
            Changes(add=(entry("id-0", 9), entry("x", 8)), withdraw=("id-0", "x", "id-0"))
        )
        assert applied == Applied(8, added=1, replaced=1, withdrawn=0, absent=())
        assert content(live.view()) == {"id-0": 9, "x": 8, "id-1": 1}


def test_an_entry_that_is_not_active_is_a_withdrawal_of_its_id(tmp_path):
    """Only active entries are matched, and no other hash is kept."""
    folder = made(tmp_path, 4)
    with LiveIndex.open(folder) as live:
        inactive = (Status.WITHDRAWN, Status.RECEIVED, Status.DELETED)
        changes = [entry(f"id-{n}", 20 + n, status) for n, status in enumerate(inactive)]
        applied = live.add([*changes, entry("none", 30, Status.WITHDRAWN)])
        assert applied == Applied(8, added=0, replaced=0, withdrawn=3, absent=("none",))
        assert content(live.view()) == {"id-3": 3}
    assert hash_of(20).hex.encode() not in (folder / "log-000001").read_bytes()


def test_a_withdrawn_id_can_come_back(tmp_path):
    """Any number of times, from base and delta, read in one go or one by one."""
    folder = made(tmp_path, 2)
    with LiveIndex.open(folder) as live, LiveIndex.open(folder, follow=False) as other:
        for number in range(10, 30):
            assert live.withdraw(["id-0"]).withdrawn == 1
            assert live.withdraw(["id-0"]).absent == ("id-0",)
            assert live.add([entry("id-0", number)]).added == 1
            assert content(other.refresh()) == {"id-0": number, "id-1": 1}
    assert reopened(folder) == {"id-0": 29, "id-1": 1}


def test_equal_hashes_under_several_ids_are_found_one_by_one(tmp_path):
    with LiveIndex.open(made(tmp_path, 2)) as live:
        live.add([entry("twin", 0), entry("third", 0)])
        found = live.view().range_search(hash_of(0).code[None], 31)
        assert found.rows.tolist() == [0, 2, 3]
        live.withdraw("id-0" for _ in range(2))
        assert live.view().range_search(hash_of(0).code[None], 31).rows.tolist() == [2, 3]


def test_nothing_to_change_writes_nothing(tmp_path):
    folder = made(tmp_path, 2)
    size = (folder / "log-000001").stat().st_size
    with LiveIndex.open(folder) as live:
        view = live.view()
        assert live.apply(Changes()) == Applied(7, 0, 0, 0, ())
        assert live.withdraw(["a", "b", "a"]).absent == ("a", "b")
        assert live.view() is view
    assert (folder / "log-000001").stat().st_size == size


@pytest.mark.parametrize("name", ["", "é", "x" * 129, "a b", "id-0\n", "id-0\0", "x" * 10**7])
def test_what_cannot_be_an_id_is_absent(tmp_path, name):
    with LiveIndex.open(made(tmp_path, 1)) as live:
        assert live.withdraw([name, "id-0"]) == Applied(8, 0, 0, 1, (name,))


def test_a_version_is_stated_or_one_more(tmp_path):
    """The same again is right, because a large change comes in parts; an older one is not."""
    folder = made(tmp_path, 1)
    with LiveIndex.open(folder) as live:
        assert live.apply(Changes(version=12)).version == 12
        assert live.apply(Changes(add=[entry("x", 5)], version=12)).version == 12
        assert live.add([entry("y", 6)]).version == live.view().version == 13
        for wrong in (12, 0, 2**53, True, 1.0):
            with pytest.raises(ValueError, match="version"):
                live.apply(Changes(add=[entry("z", 8)], version=wrong))  # type: ignore[arg-type]
        assert live.apply(Changes(version=2**53 - 1)).version == 2**53 - 1
        with pytest.raises(ValueError, match="version"):
            live.add([entry("z", 8)])
        assert content(live.view()) == {"id-0": 0, "x": 5, "y": 6}
    assert reopened(folder) == {"id-0": 0, "x": 5, "y": 6}


def test_a_callers_mistake_changes_nothing(tmp_path):
    folder = made(tmp_path, 1)
    size = (folder / "log-000001").stat().st_size
    with LiveIndex.open(folder) as live:
        with pytest.raises(ValueError, match="'x' is added twice"):
            live.add([entry("x", 1), entry("x", 1)])
        with pytest.raises(AlgorithmMismatchError, match="expected pdq"):
            live.add([Entry("x", hash_of(1, Algorithm.PHASH))])
        with pytest.raises(TypeError, match="one is written"):
            live.withdraw("id-0")
        assert content(live.view()) == {"id-0": 0}
    with pytest.raises(ValueError, match="closed"):
        live.add([entry("x", 1)])
    assert content(live.view()) == {"id-0": 0}
    assert (folder / "log-000001").stat().st_size == size


def test_a_change_is_bounded():
    Changes(withdraw=("x",) * MAX_CHANGES)
    with pytest.raises(ValueError, match="at most 1000000 entries"):
        Changes(withdraw=("x",) * MAX_CHANGES, add=[entry("y", 1)])


def test_a_list_does_not_outgrow_its_bound(tmp_path, monkeypatch):
    monkeypatch.setattr("hashguard.live.planning.MAX_ENTRIES", 3)
    with LiveIndex.open(made(tmp_path, 3)) as live:
        with pytest.raises(ListError, match="at most 3"):
            live.add([entry("x", 9)])
        live.apply(Changes(add=[entry("x", 9), entry("id-2", 8)], withdraw=["id-0"]))
        assert content(live.view()) == {"x": 9, "id-1": 1, "id-2": 8}


def test_only_active_entries_go_into_a_new_folder(tmp_path):
    made_list = listed(range(4)).withdrawing(["id-1"])
    LiveIndex.create(tmp_path / "live", made_list, max_distance=31)
    assert reopened(tmp_path / "live") == {"id-0": 0, "id-2": 2, "id-3": 3}


def test_a_new_folder_is_private_and_replaces_nothing(tmp_path):
    """Mode 0700 and 0600 whatever the umask; nothing else is left behind."""
    before = os.umask(0)
    try:
        folder = made(tmp_path, 1)
        with LiveIndex.open(folder) as live:
            live.add([entry("x", 1)])
            live.compact()
    finally:
        os.umask(before)
    assert [one.name for one in tmp_path.iterdir()] == ["live"]
    for one in [folder, *folder.rglob("*")]:
        assert stat.S_IMODE(one.stat().st_mode) == (0o700 if one.is_dir() else 0o600), one.name
    (tmp_path / "empty").mkdir()
    for taken in (folder, tmp_path / "empty"):
        with pytest.raises(IndexFileError, match=r"^cannot write: there is something"):
            LiveIndex.create(taken, listed([1]), max_distance=31)
    with pytest.raises(IndexFileError, match=r"^cannot write: the folder"):
        LiveIndex.create(tmp_path / "none" / "live", listed([1]), max_distance=31)
    with pytest.raises(ValueError, match="max_distance"):
        LiveIndex.create(tmp_path / "other", listed([1]), max_distance=257)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["empty", "live"]


def test_lists_may_be_empty_and_become_empty(tmp_path):
    folder = made(tmp_path, 0)
    with LiveIndex.open(folder) as live:
        assert content(live.view()) == {}
        live.add([entry("x", 1)])
        live.compact()
        live.withdraw(["x"])
        assert content(live.view()) == {}
        live.compact()
        assert content(live.view()) == {}
    assert reopened(folder) == {}


def test_short_hashes_have_live_lists_too(tmp_path):
    entries = [Entry(f"id-{n}", hash_of(n, Algorithm.PHASH)) for n in range(3)]
    made_list = HashList.from_entries(entries, algorithm=Algorithm.PHASH)
    LiveIndex.create(tmp_path / "live", made_list, max_distance=7)
    with LiveIndex.open(tmp_path / "live") as live:
        live.apply(Changes(add=[Entry("x", hash_of(9, Algorithm.PHASH))], withdraw=["id-1"]))
        assert content(live.view()) == {"id-0": 0, "id-2": 2, "x": 9}
        live.compact()
        assert content(live.view()) == {"id-0": 0, "id-2": 2, "x": 9}


_STEP = st.one_of(
    st.tuples(
        st.just("change"),
        st.dictionaries(st.integers(0, 11), st.integers(0, 199), max_size=6),
        st.sets(st.integers(0, 11), max_size=4),
    ),
    st.just(("compact",)),
    st.just(("reopen",)),
)


@settings(max_examples=25)
@given(steps=st.lists(_STEP, max_size=8))
def test_any_history_leaves_what_a_dictionary_would(steps):
    """Changes, compactions and reopenings in any order, read by one who writes and one who reads.

    Each step is compared with a dictionary from id to hash, the readable twin of all this.
    """
    twin = {f"id-{n}": n for n in range(5)}
    with tempfile.TemporaryDirectory() as place:
        folder = made(Path(place))
        live = LiveIndex.open(folder, follow=False)
        with LiveIndex.open(folder, follow=False) as other:
            for step in steps:
                if step[0] == "change":
                    coming = {f"id-{name}": number for name, number in step[1].items()}
                    going = {f"id-{name}" for name in step[2]}
                    applied = live.apply(
                        Changes([entry(*item) for item in coming.items()], tuple(going))
                    )
                    gone = {name for name in going if name in twin and name not in coming}
                    assert applied.added == len(coming.keys() - twin.keys())
                    assert applied.replaced == len(coming.keys() & twin.keys())
                    assert applied.withdrawn == len(gone)
                    assert set(applied.absent) == going - gone - coming.keys()
                    twin = {n: v for n, v in twin.items() if n not in gone} | coming
                elif step[0] == "compact":
                    assert live.compact()
                else:
                    live = LiveIndex.open(folder, follow=False, verify=True)
                assert content(live.view()) == content(other.refresh()) == twin
        assert reopened(folder) == twin
