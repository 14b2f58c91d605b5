"""Processes that work for another one end with it, however it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hashguard.robustness.pool import work_through
from hashguard.robustness.results import PHOTO, Picture

PROCESSES = 2
PATIENCE = 30.0  # seconds; far more than is needed
BEAT = 0.05


class Beating:
    """Work that takes a minute; as long as it goes on, its file grows."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def do(self, stage: str, picture: Picture) -> int:
        """Write a byte now and then."""
        for _ in range(round(60 / BEAT)):
            with (self._folder / picture.name).open("ab") as file:
                file.write(b".")
            time.sleep(BEAT)
        return 1


def work(folder: str) -> None:
    """As many processes as pictures."""
    pictures = [
        Picture(name=f"{number}", digest=f"{number:064}", role=PHOTO, width=9, height=9)
        for number in range(PROCESSES)
    ]
    work_through(Beating, folder, [("all", pictures)], processes=PROCESSES, advance=lambda _: None)


def written(folder: Path) -> list[int]:
    return [path.stat().st_size for path in sorted(folder.iterdir())]


def grows(folder: Path) -> bool:
    before = written(folder)
    time.sleep(20 * BEAT)
    return written(folder) != before


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("by", ["SIGKILL", "SIGTERM"])
def test_processes_end_with_the_one_that_started_them(tmp_path, by):
    """Also if it was killed, and has no time to end them."""
    code = f"from tests.robustness.test_pool import work; work({str(tmp_path)!r})"
    with subprocess.Popen([sys.executable, "-c", code]) as parent:  # noqa: S603 (our own words)
        until = time.monotonic() + PATIENCE
        while len(written(tmp_path)) < PROCESSES and time.monotonic() < until:
            time.sleep(BEAT)
        assert grows(tmp_path)
        parent.send_signal(getattr(signal, by))
        parent.wait()
    until = time.monotonic() + PATIENCE
    while grows(tmp_path):
        assert time.monotonic() < until
