"""A few rounds of `benchmarks/crash_sharing.py`; of intake, see tests/bank/test_processes.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import crash_sharing
from hashguard.live import LiveIndex
from tests.live.samples import listed

ROOT = Path(__file__).parents[1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks to be killed")
def test_kill_minus_nine_at_random_moments():
    """Nothing acknowledged is lost, and nobody mends anything between two rounds."""
    command = [sys.executable, "-m", "benchmarks.crash_sharing", "--rounds", "8", "--seed", "7"]
    command += ["--part", "publish", "--part", "sync"]
    done = subprocess.run(  # noqa: S603 - our own program
        command, cwd=ROOT, text=True, capture_output=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert [line.split("|")[1].strip() for line in done.stdout.splitlines()[2:]] == [
        "publish",
        "sync",
    ]


def test_the_rounds_see_what_is_wrong(tmp_path):
    """A check that cannot fail checks nothing: one hash more than the version has."""
    numbers = crash_sharing.numbers_of(3)
    LiveIndex.create(tmp_path / "right", listed(numbers, version=3), max_distance=31)
    crash_sharing.check(tmp_path / "right", 3)
    LiveIndex.create(tmp_path / "wrong", listed(numbers | {99}, version=3), max_distance=31)
    with pytest.raises(AssertionError, match="in part"):
        crash_sharing.check(tmp_path / "wrong", 3)
