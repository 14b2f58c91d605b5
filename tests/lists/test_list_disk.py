"""Lists on disk: private, whole or not at all, read under a bound."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from hashguard.errors import ListError, MalformedListError
from hashguard.lists import HashList
from tests.lists.samples import made


def test_a_saved_list_is_private_and_loads(tmp_path: Path) -> None:
    """Mode 0600 whatever the umask and whatever was there; nothing else is left behind."""
    path = tmp_path / "list.hgl"
    path.write_bytes(b"old")
    path.chmod(0o644)
    before = os.umask(0)
    try:
        made().save(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert HashList.load(path) == made()
    assert HashList.load(str(path)) == made()
    assert [one.name for one in tmp_path.iterdir()] == ["list.hgl"]


def test_a_link_is_followed_when_saving(tmp_path: Path) -> None:
    """The link stays a link, and the file it names is replaced."""
    real = tmp_path / "real.hgl"
    real.write_bytes(b"old")
    link = tmp_path / "link.hgl"
    link.symlink_to(real)
    made().save(link)
    assert link.is_symlink()
    assert HashList.load(real) == made()


def test_a_save_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk gives up before the rename: the old list is whole, no part of the new is left."""
    path = tmp_path / "list.hgl"
    made(1).save(path)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        made(2).save(path)
    assert HashList.load(path) == made(1)
    assert [one.name for one in tmp_path.iterdir()] == ["list.hgl"]


def test_only_a_regular_file_is_replaced(tmp_path: Path) -> None:
    """A rename over a pipe, a device or a folder would do away with it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, Path(os.devnull)):
        with pytest.raises(ListError, match="regular file"):
            made().save(path)
    assert pipe.is_fifo()


def test_a_list_can_come_through_a_pipe(tmp_path: Path) -> None:
    """Read in pieces, as a pipe has no length."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    whole = made(200).dumps()
    writer = threading.Thread(target=pipe.write_bytes, args=(whole,))
    writer.start()
    assert HashList.load(pipe).dumps() == whole
    writer.join()


def test_a_missing_file_is_the_systems_error(tmp_path: Path) -> None:
    """Not the list's fault, so not a ListError."""
    with pytest.raises(FileNotFoundError):
        HashList.load(tmp_path / "none.hgl")


def test_a_huge_foreign_file_is_refused_from_its_head(tmp_path: Path) -> None:
    """Four sparse gigabytes are not read to learn that they are no list."""
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.write(b"{")
        file.truncate(2**32)
    with pytest.raises(MalformedListError, match="JSON"):
        HashList.load(path)
