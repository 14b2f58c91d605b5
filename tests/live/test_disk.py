"""A disk that is full or read-only: a clear error, nothing changed, serving goes on."""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hashguard.errors import IndexFileError
from hashguard.live import LiveIndex
from tests.live.samples import content, entry, listed, made, reopened, until

NOBODY = 65534


@contextmanager
def longest_file(size: int) -> Iterator[None]:
    """The system cuts off every file of this process there, in the middle of a write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_change_that_does_not_fit_on_the_disk_changes_nothing(tmp_path):
    """Part of it is written when the disk ends; that is taken back, and the next one fits."""
    folder = made(tmp_path, 2)
    log = folder / "log-000001"
    with LiveIndex.open(folder) as live, LiveIndex.open(folder, follow=False) as other:
        live.add([entry("x", 5)])
        before = log.read_bytes()
        for room in (0, 1, 100, 300, 500):
            with longest_file(len(before) + room):
                with pytest.raises(IndexFileError, match=r"^disk full: .* nothing was changed;"):
                    live.add([entry(f"y-{n}", n) for n in range(10, 20)])
                assert log.read_bytes() == before
                assert content(live.view()) == {"id-0": 0, "id-1": 1, "x": 5}
        assert live.trouble is None
        live.add([entry("z", 6)])
        assert content(other.refresh()) == {"id-0": 0, "id-1": 1, "x": 5, "z": 6}
    assert reopened(folder) == {"id-0": 0, "id-1": 1, "x": 5, "z": 6}


def test_a_change_that_cannot_be_synced_changes_nothing(tmp_path, monkeypatch):
    """It is in the file as a whole when the sync fails, and others may have read it."""
    folder = made(tmp_path, 1)
    with LiveIndex.open(folder) as live, LiveIndex.open(folder, follow=False) as other:

        def failing(_handle: int) -> None:
            assert content(other.refresh()) == {"id-0": 0, "x": 5}
            raise OSError(5, "Input/output error")

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", failing)
            with pytest.raises(IndexFileError, match=r"^cannot write: .* nothing was changed"):
                live.add([entry("x", 5)])
        assert content(other.refresh()) == content(live.refresh()) == {"id-0": 0}
        assert live.add([entry("y", 6)]).version == 8
    assert reopened(folder) == {"id-0": 0, "y": 6}


def test_a_change_that_cannot_be_read_back_is_told_to_be_on_the_disk(tmp_path, monkeypatch):
    """CURRENT goes away just after the sync; nobody may take the change for undone."""
    folder = made(tmp_path, 1)
    with LiveIndex.open(folder, follow=False) as live:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", lambda _: (folder / "CURRENT").rename(folder / "away"))
            with pytest.raises(IndexFileError, match=r"^foreign: .*; the change itself is on the"):
                live.add([entry("x", 5)])
        (folder / "away").rename(folder / "CURRENT")
        assert content(live.refresh()) == {"id-0": 0, "x": 5}
    assert reopened(folder) == {"id-0": 0, "x": 5}


def test_a_change_that_cannot_be_taken_back_is_told(tmp_path, monkeypatch):
    """It is whole or torn; the error does not promise that nothing was changed."""
    folder = made(tmp_path, 1)
    with LiveIndex.open(folder, follow=False) as live:

        def failing(_handle: int) -> None:
            monkeypatch.setattr(os, "ftruncate", lambda *_: failing(0))
            raise OSError(5, "Input/output error")

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", failing)
            with pytest.raises(IndexFileError, match="could not be taken back"):
                live.add([entry("x", 5)])
        monkeypatch.undo()
        assert content(live.refresh()) == {"id-0": 0, "x": 5}


def test_a_change_that_was_interrupted_is_taken_back(tmp_path, monkeypatch):
    folder = made(tmp_path, 1)
    with LiveIndex.open(folder) as live:

        def interrupted(_handle: int) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", interrupted)
            with pytest.raises(KeyboardInterrupt):
                live.add([entry("x", 5)])
        assert content(live.refresh()) == {"id-0": 0}
    assert reopened(folder) == {"id-0": 0}


def test_what_a_killed_writer_did_not_sync_is_synced_by_who_finds_it_done(tmp_path, monkeypatch):
    """A withdrawal that was there already is acknowledged; it must not come undone."""
    folder = made(tmp_path, 2)
    with LiveIndex.open(folder) as live:
        live.withdraw(["id-0"])
        synced: list[int] = []
        monkeypatch.setattr(os, "fsync", synced.append)
        assert live.withdraw(["id-0"]).absent == ("id-0",)
        assert len(synced) == 1


def test_a_compaction_that_does_not_fit_on_the_disk_leaves_the_old_base(tmp_path):
    folder = made(tmp_path, 100)
    with LiveIndex.open(folder) as live:
        live.withdraw(["id-0"])
        before = sorted(one.name for one in folder.iterdir())
        for size in (1, 1000, 3000):
            with longest_file(size), pytest.raises(IndexFileError, match=r"^disk full: "):
                live.compact()
            assert sorted(one.name for one in folder.iterdir()) == sorted({*before, "compact.lock"})
        assert len(content(live.view())) == 99
        assert live.compact()
    assert len(reopened(folder)) == 99


def test_a_new_folder_that_does_not_fit_is_not_there(tmp_path):
    with longest_file(1000), pytest.raises(IndexFileError, match=r"^disk full: "):
        LiveIndex.create(tmp_path / "live", listed(range(100)), max_distance=31)
    assert list(tmp_path.iterdir()) == []


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """This process may read the folder and not write, nor in the one around it."""
    root = os.geteuid() == 0
    every = [folder.parent, folder, *folder.rglob("*")]
    for one in every:
        one.chmod(0o500 if one.is_dir() else 0o400)
        if root:
            os.chown(one, NOBODY, NOBODY)
    if root:  # whom no mode stops
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for one in every:
            one.chmod(0o700)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A live folder in a place that everybody can reach."""
    with tempfile.TemporaryDirectory() as place:
        made(Path(place), 3)
        yield Path(place) / "live"


def test_a_read_only_folder_is_read_and_not_changed(folder):
    with read_only(folder), LiveIndex.open(folder, verify=True) as live:
        assert content(live.view()) == {"id-0": 0, "id-1": 1, "id-2": 2}
        for change in (
            lambda: live.add([entry("y", 6)]),
            lambda: live.withdraw(["id-0"]),
            live.compact,
            lambda: LiveIndex.create(folder.parent / "new", listed([1]), max_distance=31),
        ):
            with pytest.raises(IndexFileError, match=r"^read-only: "):
                change()
        assert content(live.view()) == {"id-0": 0, "id-1": 1, "id-2": 2}
        assert live.trouble is None


def test_who_may_only_read_sees_what_others_write(folder):
    """Opening and following leave no lock and no file behind that would need a right."""
    with read_only(folder):
        live = LiveIndex.open(folder)
    with live, LiveIndex.open(folder, follow=False) as writer:
        assert sorted(one.name for one in folder.iterdir()) == [
            "CURRENT",
            "base-000001",
            "log-000001",
        ]
        writer.withdraw(["id-0"])
        assert until(lambda: len(live.view()) == 2)
