"""Commands that run until they are ended: as real processes, beside the test."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.cli.conftest import environment


@contextlib.contextmanager
def running(*words: str | Path, **more: str) -> Iterator[subprocess.Popen[str]]:
    """A command in the background, ended with the block."""
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "hashguard", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**more),
    ) as started:
        try:
            yield started
        finally:
            started.kill()


def until(what: Callable[[], bool], seconds: float = 30.0) -> float:
    """Seconds until it is so."""
    started = time.monotonic()
    while not what():
        assert time.monotonic() - started < seconds
        time.sleep(0.01)
    return time.monotonic() - started


@contextlib.contextmanager
def serving(*words: str | Path) -> Iterator[str]:
    """The address of a server that runs as a process of its own."""
    with subprocess.Popen(  # noqa: S603 (our own command)
        [sys.executable, "-m", "hashguard", "serve", *words, "--port", "0"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
        text=True,
    ) as running:
        assert running.stderr is not None
        try:
            said = running.stderr.readline()
            assert said.startswith("hashguard: serving at "), said + running.stderr.read()
            yield said.split()[3].rstrip(";")
        finally:
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=30)
    assert (running.returncode, out, err) == (130, "", "")
