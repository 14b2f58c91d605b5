"""A folder to spoil."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.arrays.samples import write


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A small folder with three arrays, one of them empty."""
    folder = tmp_path / "good"
    write(
        folder,
        codes=np.arange(96, dtype=np.uint8).reshape(3, 32),
        offsets=np.array([0, 1, 2**32 - 1], dtype=np.uint32),
        empty=np.zeros((0, 4), dtype=np.int64),
    )
    return folder
