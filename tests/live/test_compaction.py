"""A compaction changes nothing that a search sees, and leaves nothing of what was withdrawn."""

from __future__ import annotations

import threading
import weakref
from pathlib import Path

import pytest

from hashguard.errors import IndexFileError
from hashguard.index import Costs
from hashguard.index.costs import DEFAULT_COSTS
from hashguard.live import Changes, LiveIndex
from hashguard.live import compaction as compaction_module
from hashguard.live import index as index_module
from hashguard.live.base import open_base, write_base
from hashguard.live.compaction import compact_folder
from hashguard.live.locks import compact_lock, write_lock
from tests.live.samples import content, entry, hash_of, listed, made, reopened, until

NAMES = ["CURRENT", "base-000002", "compact.lock", "lock", "log-000002"]


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def bytes_of(folder: Path) -> bytes:
    return b"".join(one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file())


def test_a_compaction_leaves_the_same_list_in_a_new_base(tmp_path):
    """Version and numbers of batches go on; old views, whose files are gone, stay good."""
    folder = made(tmp_path, 5)
    with LiveIndex.open(folder) as live, LiveIndex.open(folder) as other:
        live.apply(Changes(add=[entry("x", 10), entry("id-1", 11)], withdraw=["id-0"], version=40))
        old, expected = live.view(), content(live.view())
        assert live.compact()
        assert names(folder) == NAMES
        assert live.view() is not old
        assert len(live.view().base) == len(live.view()) == 5
        assert content(live.view()) == content(old) == expected
        assert live.view().version == 40
        assert live.view().entry(3) == entry("x", 10)
        assert until(lambda: other.view().version == 40)
        assert content(other.view()) == expected
        assert other.add([entry("y", 12)]).version == 41
    log = (folder / "log-000002").read_bytes().split(b"\n")
    assert b'"number":2,' in log[1]
    assert reopened(folder) == {**expected, "y": 12}


def test_no_search_is_the_last_to_let_go_of_a_base(tmp_path, monkeypatch):
    """Giving back its deleted files takes tens of milliseconds; the following thread does it."""
    monkeypatch.setattr(index_module, "KEEP_BASE", 0.5)
    folder = made(tmp_path, 5)
    threads: list[str] = []
    with LiveIndex.open(folder) as live, LiveIndex.open(folder, follow=False) as other:
        other.add([entry("new", 9)])
        held = [live.refresh()]
        codes = held[0].base.index.codes
        weakref.finalize(codes, lambda: threads.append(threading.current_thread().name))
        del codes
        other.compact()
        assert until(lambda: live.view().base is not held[0].base)
        held.clear()  # as a search does when it ends
        assert not threads
        assert until(lambda: threads == ["hashguard-follow"])


def test_nothing_of_what_was_withdrawn_is_left(tmp_path):
    """Whether it was in the base, in the log, or replaced."""
    folder = made(tmp_path, 3)
    gone = [hash_of(n) for n in (0, 1, 10, 11)]
    with LiveIndex.open(folder) as live:
        live.apply(Changes(add=[entry("x", 10), entry("y", 11), entry("id-1", 12)]))
        live.apply(Changes(add=[entry("x", 13)], withdraw=["id-0", "y"]))
        before = bytes_of(folder)
        assert all(one.packed in before or one.hex.encode() in before for one in gone)
        live.compact()
        after = bytes_of(folder)
        assert not any(one.packed in after or one.hex.encode() in after for one in gone)
        assert b"id-0" not in after
    assert reopened(folder) == {"x": 13, "id-1": 12, "id-2": 2}


def test_what_is_changed_meanwhile_is_carried_over(tmp_path):
    """Changes between the look and the switch: to the old base, to the delta, to both."""
    folder = made(tmp_path, 3)
    with LiveIndex.open(folder) as live, LiveIndex.open(folder, follow=False) as other:
        live.add([entry("x", 10), entry("y", 11)])

        def look():
            snapshot = live._snapshot()
            other.apply(Changes(add=[entry("id-1", 12), entry("z", 13)], withdraw=["x", "id-0"]))
            other.apply(Changes(add=[entry("x", 14)], withdraw=["z"]))
            return snapshot

        assert compact_folder(folder, look, costs=None, cancelled=lambda: False)
        assert names(folder) == NAMES
        expected = {"id-1": 12, "id-2": 2, "x": 14, "y": 11}
        assert content(live.refresh()) == content(other.refresh()) == expected
        assert len(live.view().base) == 5
    assert reopened(folder) == expected


def test_a_folder_that_is_compact_is_left_alone(tmp_path):
    folder = made(tmp_path, 3)
    with LiveIndex.open(folder) as live:
        view = live.view()
        assert live.compact()
        assert live.view() is view
    assert names(folder) == ["CURRENT", "base-000001", "compact.lock", "log-000001"]


def test_one_compaction_at_a_time(tmp_path):
    folder = made(tmp_path, 3)
    with LiveIndex.open(folder) as live:
        live.add([entry("x", 10)])
        with compact_lock(folder) as alone:
            assert alone
            assert live.compact() is False
        assert live.compact() is True


def test_what_a_crashed_compaction_left_is_removed_by_the_next(tmp_path):
    """Bases and logs that CURRENT does not name, temporary folders, a temporary CURRENT."""
    folder = made(tmp_path, 3)
    for name in ("base-000002", "base-000009", ".base-000002.x1y2.tmp"):
        (folder / name).mkdir()
        (folder / name / "codes.npy").write_bytes(b"x")
    for name in ("log-000002", ".CURRENT.abc"):
        (folder / name).write_bytes(b"x")
    (folder / "notes.txt").write_bytes(b"the user's own")
    with LiveIndex.open(folder) as live:
        live.add([entry("x", 10)])
        assert live.compact()
        assert names(folder) == [*NAMES, "notes.txt"]
    assert reopened(folder) == {"id-0": 0, "id-1": 1, "id-2": 2, "x": 10}


def test_a_compaction_that_fails_leaves_the_folder_as_it_was(tmp_path, monkeypatch):
    """Whichever file cannot be written; afterwards it works again."""
    folder = made(tmp_path, 3)
    with LiveIndex.open(folder) as live:
        live.add([entry("x", 10)])
        before = names(folder)
        for name in ("create_log", "replace_current", "write_base"):

            def failing(*_: object, **__: object) -> None:
                raise IndexFileError("disk full: no")

            with monkeypatch.context() as patch:
                patch.setattr(compaction_module, name, failing)
                with pytest.raises(IndexFileError, match=r"^disk full"):
                    live.compact()
            assert names(folder) == sorted({*before, "compact.lock"})
            live.add([entry("y", 11)])
        assert live.compact()
    assert reopened(folder) == {"id-0": 0, "id-1": 1, "id-2": 2, "x": 10, "y": 11}


def test_a_compaction_keeps_how_the_index_is_built(tmp_path):
    """Radius, probes, memory, costs: all are in the folder."""
    costs = Costs(DEFAULT_COSTS.rates[:1])
    LiveIndex.create(
        tmp_path / "live", listed(range(3)), max_distance=40, probes=8, memory=10**9, costs=costs
    )
    with LiveIndex.open(tmp_path / "live") as live:
        live.add([entry("x", 10)])
        live.compact()
        base = live.view().base
        assert (base.max_distance, base.index.probes, base.about.memory) == (40, 8, 10**9)
        assert live._costs == costs


def test_a_long_log_is_compacted_in_the_background(tmp_path, monkeypatch):
    """By the process that wrote it; the change is acknowledged before."""
    monkeypatch.setattr("hashguard.live.compaction.COMPACT_AT", 3)
    folder = made(tmp_path, 3)
    with LiveIndex.open(folder) as live, LiveIndex.open(folder, compact=False) as other:
        other.add([entry(f"y-{n}", n) for n in range(20, 25)])
        live.withdraw(["none"])
        assert until(lambda: "log-000002" in names(folder) and not len(live.view().codes))
        assert until(lambda: len(other.view().base) == 8)
        assert live.trouble is None
        other.add([entry(f"z-{n}", n) for n in range(30, 35)])
        assert until(lambda: names(folder) == NAMES)  # what is old goes last


def test_a_compaction_that_fails_in_the_background_is_told(tmp_path, monkeypatch):
    """Serving and changing go on, and it is not tried again at once."""
    monkeypatch.setattr("hashguard.live.compaction.COMPACT_AT", 0)
    folder = made(tmp_path, 3)
    tried = []

    def failing(*_: object, **__: object) -> None:
        tried.append(1)
        raise IndexFileError("disk full: no")

    with LiveIndex.open(folder) as live:
        with monkeypatch.context() as patch:
            patch.setattr(compaction_module, "write_base", failing)
            live.add([entry("x", 10)])
            assert until(lambda: live.trouble == "disk full: no")
            live.add([entry("y", 11)])
            assert content(live.view()) == {"id-0": 0, "id-1": 1, "id-2": 2, "x": 10, "y": 11}
            assert len(tried) == 1
        assert live.compact()
        assert live.trouble is None


def test_closing_ends_a_compaction_between_its_steps(tmp_path, monkeypatch):
    folder = made(tmp_path, 3)
    live = LiveIndex.open(folder)
    live.add([entry("x", 10)])

    def slow(*args: object, **named: object) -> str:
        digest = write_base(*args, **named)  # type: ignore[arg-type]
        live._closed.set()
        return digest

    monkeypatch.setattr(compaction_module, "write_base", slow)
    assert live.compact() is False
    live.close()
    assert names(folder) == ["CURRENT", "base-000001", "compact.lock", "lock", "log-000001"]


def test_a_batch_taken_back_during_a_compaction_is_not_in_the_new_base(tmp_path):
    """What was read before it was acknowledged must not be made to last."""
    folder = made(tmp_path, 1)
    log = folder / "log-000001"
    size = log.stat().st_size
    with LiveIndex.open(folder, follow=False) as live:
        live.add([entry("x", 5)])

        def look():
            snapshot = live._snapshot()
            with log.open("rb+") as file:
                file.truncate(size)
            live.add([entry("y", 6)])
            return snapshot

        with pytest.raises(IndexFileError, match="no longer holds"):
            compact_folder(folder, look, costs=None, cancelled=lambda: False)
        assert live.compact()
        assert content(live.view()) == {"id-0": 0, "y": 6}


def test_a_reader_that_is_overtaken_by_a_compaction_opens_the_next_base(tmp_path, monkeypatch):
    """What CURRENT named is gone when it is opened: it says something else by now."""
    folder = made(tmp_path, 2)
    with LiveIndex.open(folder) as live:
        live.add([entry("x", 5)])
        left = [3]

        def overtaken(*args: object, **named: object) -> object:
            if left[0]:
                left[0] -= 1
                live.withdraw(["x"])
                live.add([entry("x", left[0] + 10)])
                monkeypatch.setattr("hashguard.live.tracker.open_base", open_base)
                live.compact()
                monkeypatch.setattr("hashguard.live.tracker.open_base", overtaken)
            return open_base(*args, **named)  # type: ignore[arg-type]

        monkeypatch.setattr("hashguard.live.tracker.open_base", overtaken)
        assert reopened(folder) == {"id-0": 0, "id-1": 1, "x": 10}
        assert names(folder)[1] == "base-000004"


def test_a_writer_waits_for_the_lock_and_not_for_ever(tmp_path, monkeypatch):
    """Bounded, and the error says what to look for; readers are not concerned."""
    monkeypatch.setattr("hashguard.live.locks.MAX_WAIT", 0.2)
    folder = made(tmp_path, 1)
    with LiveIndex.open(folder) as live:
        with write_lock(folder):
            with pytest.raises(IndexFileError, match=r"^cannot write: another process has held"):
                live.add([entry("x", 5)])
            assert content(live.refresh()) == {"id-0": 0}
        live.add([entry("x", 5)])


def test_readers_always_see_a_change_whole(tmp_path):
    """Two threads search while a third changes the list and a fourth compacts it.

    Each change moves a pair of entries; whoever sees one without the other saw half of it.
    """
    folder = made(tmp_path, 1)
    faults: list[str] = []
    seen: set[int] = set()
    with LiveIndex.open(folder) as live:
        live.add([entry("left-0", 5), entry("right-0", 5)])
        done = threading.Event()

        def read() -> None:
            query = hash_of(5).code[None]
            while not done.is_set():
                view = live.view()
                rows = view.range_search(query, 31).rows.tolist()
                found = sorted(view.entry(row).id for row in rows)
                step = found[0].removeprefix("left-") if found else "?"
                seen.add(int(step))
                if found != [f"left-{step}", f"right-{step}"] or len(view) != 3:
                    faults.append(" ".join(found))

        def compact() -> None:
            while not done.is_set():
                live.compact()

        threads = [threading.Thread(target=one) for one in (read, read, compact)]
        for one in threads:
            one.start()
        for step in range(1, 150):
            gone = (f"left-{step - 1}", f"right-{step - 1}")
            live.apply(Changes([entry(f"right-{step}", 5), entry(f"left-{step}", 5)], gone))
        done.set()
        for one in threads:
            one.join()
        assert not faults
        assert len(seen) > 5
        assert live.trouble is None
    assert reopened(folder) == {"id-0": 0, "left-149": 5, "right-149": 5}
