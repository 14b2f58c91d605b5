"""`make demo` keeps its promises."""

import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import environment

DEMO = Path(__file__).parents[2] / "examples" / "demo.py"


def test_the_demo_promises_what_happens() -> None:
    """It checks its own verdicts; what it prints fits 100 columns."""
    done = subprocess.run(  # noqa: S603 (our own script)
        [sys.executable, DEMO], capture_output=True, env=environment(), check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    assert max(map(len, done.stdout.decode().splitlines())) <= 100
    assert done.stderr == b""
