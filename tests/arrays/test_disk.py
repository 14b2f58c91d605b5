"""Folders of arrays on a disk that is full, read-only, or loses its writer half way."""

from __future__ import annotations

import errno
import os
import random
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hashguard.arrays import write_arrays
from hashguard.errors import IndexFileError
from hashguard.files import fault_of, open_plain, replace_file, unreadable
from tests.arrays.samples import KIND, reopen, write

# Prints the message of the error. argv: folder, bytes that a file may have (0: any), user to be.
WRITER = """
import os, resource, sys
from pathlib import Path
import numpy as np
from tests.arrays.samples import open_arrays, reopen, write
from hashguard.errors import IndexFileError
folder, most, user = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
if most:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
try:
    if folder.name == "opened":
        reopen(folder)
    else:
        write(folder, small=np.zeros(4, np.uint8), large=np.zeros(2**20, np.uint8))
except IndexFileError as error:
    print(error)
"""

# Writes folder after folder, and says of each that it is there.
ENDLESS = """
import sys
from pathlib import Path
import numpy as np
from tests.arrays.samples import write
values = np.arange(2**18, dtype=np.uint32)
for number in range(10**6):
    write(Path(sys.argv[1]) / str(number), one=values, two=values[::-1], three=values[:1])
    print(number, flush=True)
"""
ROOT = Path(__file__).parents[2]
NOBODY = 65534


def told(folder: Path, *, most: int = 0, user: int = 0) -> str:
    run = subprocess.run(  # noqa: S603
        [sys.executable, "-c", WRITER, str(folder), str(most), str(user)],
        capture_output=True,
        check=True,
        cwd=ROOT,
        text=True,
    )
    return run.stdout


def test_folder_and_files_are_private(tmp_path):
    """Modes 0700 and 0600 whatever the umask, and nothing is left beside."""
    before = os.umask(0)
    try:
        write(tmp_path / "a", codes=np.zeros(3, np.uint8))
    finally:
        os.umask(before)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "a").iterdir()}
    assert modes == {"codes.npy": 0o600, "manifest.json": 0o600}


@pytest.mark.parametrize("there", ["folder", "file", "link"])
def test_what_is_there_already_is_never_replaced(tmp_path, there):
    """Not even an empty folder, over which a rename would go."""
    path = tmp_path / "a"
    if there == "folder":
        path.mkdir()
    elif there == "file":
        path.write_bytes(b"x")
    else:
        path.symlink_to("nowhere")
    with pytest.raises(IndexFileError, match=r"^cannot write: there is something of that name"):
        write(path, codes=np.zeros(3, np.uint8))
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_full_disk_is_told_and_nothing_is_left(tmp_path):
    """The large array does not fit, the small one did; EFBIG stands for a full disk."""
    message = told(tmp_path / "a", most=2**16)
    assert message.startswith("disk full: large.npy could not be written (File too large)")
    assert "nothing was changed" in message
    assert not list(tmp_path.iterdir())


def test_a_read_only_place_is_told_and_an_unreadable_one_too():
    """A user who may look but not write; the folder of another, who let nobody in."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        write(place / "opened", codes=np.zeros(3, np.uint8))
        (place / "opened").chmod(0)
        place.chmod(0o555)
        try:
            message = told(place / "a", user=NOBODY)
            assert message.startswith("read-only: the folder could not be written (Permission")
            message = told(place / "opened", user=NOBODY)
            assert message.startswith("unreadable: manifest.json could not be read (Permission")
        finally:
            place.chmod(0o755)
            (place / "opened").chmod(0o700)
        assert [path.name for path in place.iterdir()] == ["opened"]


def test_a_place_that_is_none_is_told(tmp_path):
    """Below a file, and in a folder that is not there."""
    (tmp_path / "file").write_bytes(b"x")
    for parent in ("file", "none"):
        with pytest.raises(IndexFileError, match=r"^cannot write: the folder could not"):
            write(tmp_path / parent / "a", codes=np.zeros(3, np.uint8))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


class StopsTheSecondTime(dict[str, np.ndarray]):
    """Looked through once, it is whole; the second time somebody presses Ctrl-C."""

    times = 0

    def items(self) -> Any:
        self.times += 1
        yield "first", self["first"]
        if self.times == 2:
            raise KeyboardInterrupt
        yield "last", self["last"]


def test_a_writer_that_is_stopped_leaves_nothing(tmp_path):
    """Ctrl-C after the first array is on the disk."""
    arrays = StopsTheSecondTime(first=np.zeros(3, np.uint8), last=np.zeros(3, np.uint8))
    with pytest.raises(KeyboardInterrupt):
        write_arrays(tmp_path / "a", kind=KIND, version=1, facts={}, arrays=arrays)
    assert arrays.times == 2
    assert not list(tmp_path.iterdir())


def test_a_killed_writer_leaves_whole_folders_or_none(tmp_path):
    """Kill -9 at any time: what was said to be there is, and no part passes for a whole."""
    rng = random.Random(7)
    for round_number in range(6):
        place = tmp_path / str(round_number)
        place.mkdir()
        writer = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", ENDLESS, str(place)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "0\n"
        time.sleep(rng.uniform(0, 0.1))
        writer.send_signal(signal.SIGKILL)
        said = {"0", *writer.stdout.read().split("\n")[:-1]}
        writer.wait()
        writer.stdout.close()
        visible = {path.name for path in place.iterdir() if not path.name.startswith(".")}
        assert said <= visible
        for name in visible:
            assert set(reopen(place / name).arrays) == {"one", "two", "three"}


# The small file that is replaced


def test_a_replaced_file_is_private_and_new(tmp_path):
    path = tmp_path / "CURRENT"
    path.write_bytes(b"old")
    path.chmod(0o644)
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["CURRENT"]


def test_a_file_that_cannot_be_replaced_leaves_nothing_beside(tmp_path):
    """A folder is in its place."""
    (tmp_path / "CURRENT").mkdir()
    with pytest.raises(OSError, match="directory"):
        replace_file(tmp_path / "CURRENT", b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["CURRENT"]


def test_a_plain_file_is_opened_from_its_beginning(tmp_path):
    (tmp_path / "log").write_bytes(b"abc")
    with open_plain(tmp_path / "log") as file:
        assert file.read(9) == b"abc"
    with pytest.raises(FileNotFoundError):
        open_plain(tmp_path / "none")
    with pytest.raises(NotADirectoryError):
        open_plain(tmp_path / "log" / "below")


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        (errno.ENOSPC, "disk full"),
        (errno.EDQUOT, "disk full"),
        (errno.EFBIG, "disk full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "read-only"),
        (errno.EPERM, "read-only"),
        (errno.EIO, "cannot write"),
        (None, "cannot write"),
    ],
)
def test_the_fault_of_writing_is_told_without_the_path(number, fault):
    """Messages end up in logs, and a path can hold a name."""
    error = OSError(number, "reason", "/secret/name") if number else OSError("/secret/name")
    message = str(fault_of(error, "the log"))
    assert message.startswith(f"{fault}: the log could not be written (")
    assert "nothing was changed" in message
    assert "secret" not in message + str(unreadable(error, "the log"))
