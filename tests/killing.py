"""A process that dies at a chosen step: `kill -9` at every write, not at random moments.

The system calls that change a disk tell their names to audit hooks; a hook counts them and
ends the process by SIGKILL. Nothing is replaced, nothing gets to clean up.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

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
