"""Processes that follow a live folder, for test_processes.py: `python -m tests.live.following`.

watch FOLDER       says `VERSION ENTRIES SECONDS` of each view it sees, until its input ends
fork FOLDER        one process that forks: see `fork`
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from hashguard.live import LiveIndex
from hashguard.live.locks import write_lock
from tests.live.samples import content, entry, until


def watch(folder: Path) -> None:
    """Print each new view, with the moment at which it was seen."""
    ended = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    with LiveIndex.open(folder) as live:
        seen = 0
        while not ended.wait(0.005):
            view = live.view()
            if view.version != seen:
                seen = view.version
                sys.stdout.write(f"{seen} {len(view)} {time.monotonic()}\n")
                sys.stdout.flush()


def fork(folder: Path) -> None:
    """A child follows, changes and outlives locks like any other process; 0 if all is well."""
    live = LiveIndex.open(folder)
    live.add([entry("before", 10)])
    child = _forked(lambda: _child(live))
    live.add([entry("parent", 11)])
    good = until(lambda: "child" in content(live.view()))
    good &= os.waitpid(child, 0)[1] == 0
    # A lock that is held while another thread forks is let go of with its holder.
    with write_lock(folder):
        sleeper = _forked(lambda: until(lambda: False, seconds=60))
    live.add([entry("after", 13)])
    os.kill(sleeper, 9)
    os.waitpid(sleeper, 0)
    live.close()
    sys.exit(0 if good else 1)


def _forked(work: Callable[[], bool]) -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(0 if work() else 1)
    return pid


def _child(live: LiveIndex) -> bool:
    followed = until(lambda: "parent" in content(live.view()))
    live.add([entry("child", 12)])
    return followed and {"before", "parent", "child"} <= set(content(live.view()))


if __name__ == "__main__":
    {"watch": watch, "fork": fork}[sys.argv[1]](Path(sys.argv[2]))
