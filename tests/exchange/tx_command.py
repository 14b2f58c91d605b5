"""The command of threatexchange, as a process with a home of its own."""

import os
import subprocess
import sys
from pathlib import Path


def tx(home: Path, *words: str | Path, **variables: str) -> str:
    """What it prints. variables: of its environment."""
    environment = {
        "HOME": str(home),
        "TX_STATEDIR": str(home / "state"),
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join(sys.path),
        **variables,
    }
    done = subprocess.run(  # noqa: S603 (the command under test)
        [sys.executable, "-c", "from threatexchange.cli.main import main; main()", *words],
        capture_output=True,
        env=environment,
        cwd=home,
        check=False,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
