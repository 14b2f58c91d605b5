"""Processes that die by `kill -9`: at a chosen step, or so many seconds after their first word.

The system calls that change a disk tell their names to audit hooks; a hook counts them and
ends the process by SIGKILL. Nothing is replaced, nothing gets to clean up.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

Say = Callable[[str], None]
"""Tells the process that waits a line, at once."""

_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.symlink"}


def killed_at(step: int, folder: Path, work: Callable[[], object]) -> bool:
    """Do the work in a process of its own, killed at step number n; whether it was.

    A step is a change of the names in a folder, below `folder` or beside it, or a file
    opened for writing there.
    """
    child = os.fork()
    if child == 0:
        _arm(step, folder)
        try:
            work()
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        assert os.waitstatus_to_exitcode(status) == 0
        return False
    assert os.WTERMSIG(status) == signal.SIGKILL
    return True


def killed_after(seconds: float, work: Callable[[Say], object]) -> list[str]:
    """Do the work in a process of its own, killed so long after the first line that it says.

    Gives all lines that it said. Raises AssertionError if it failed before it was killed.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            work(lambda line: _say(writer, line))
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as heard:
        first = heard.readline()
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        lines = [first, *heard.readlines()]
    assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL), "it failed, see above"
    return [line.rstrip("\n") for line in lines if line.endswith("\n")]


def _say(handle: int, line: str) -> None:
    os.write(handle, f"{line}\n".encode())


def _arm(step: int, folder: Path) -> None:
    left = step

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event == "open":
            path, _, flags = arguments
            writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
            if not writes or not str(path).startswith(str(folder)):
                return
        elif event not in _CHANGES:
            return
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    sys.addaudithook(hook)
