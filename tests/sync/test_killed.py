"""Whatever moment a follower is killed at, its folder is whole, and the next look goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks to be killed")
def test_kill_minus_nine_at_every_write(tmp_path):
    """See killed.py. Processes killed at random moments are in tests/cli/test_sync.py."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "tests.sync.killed", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) >= 40
