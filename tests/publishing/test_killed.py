"""Whatever moment a publisher is killed at, what is published is whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks to be killed")
@pytest.mark.parametrize(("what", "least"), [("publish", 30), ("rotate", 20)])
def test_kill_minus_nine_at_every_write(tmp_path, what, least):
    """See killed.py: followers get the old version or the new one, and the next try succeeds."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "tests.publishing.killed", what, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) >= least
