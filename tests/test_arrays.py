"""Folders of arrays: whole or not at all, mapped, and refused for the right reason."""

from pathlib import Path

import numpy as np
import pytest

from hashguard.arrays import open_arrays, write_arrays
from hashguard.errors import IndexFileError

KIND = "example-arrays"


def write(folder: Path, **arrays) -> str:
    return write_arrays(folder, kind=KIND, version=1, facts={"note": "Ž", "n": 3}, arrays=arrays)


def reopen(folder: Path, *, verify: bool = True):
    return open_arrays(folder, kind=KIND, version=1, verify=verify)


def test_what_is_written_comes_back_mapped_and_read_only(tmp_path):
    codes = np.arange(96, dtype=np.uint8).reshape(3, 32)
    digest = write(tmp_path / "a", codes=codes, empty=np.zeros((0, 4), np.int64))
    found = reopen(tmp_path / "a")
    assert (found.kind, found.version, found.digest) == (KIND, 1, digest)
    assert found.facts == {"note": "Ž", "n": 3}
    assert set(found.arrays) == {"codes", "empty"}
    assert np.array_equal(found.arrays["codes"], codes)
    assert found.arrays["empty"].shape == (0, 4)
    assert not any(values.flags.writeable for values in found.arrays.values())


def test_something_of_that_name_is_never_replaced(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(IndexFileError, match=r"^cannot write: there is something"):
        write(tmp_path / "a", codes=np.zeros(3, np.uint8))
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert not list((tmp_path / "a").iterdir())
