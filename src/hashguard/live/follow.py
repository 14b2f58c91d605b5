"""A thread that looks, again and again, whether there is something new."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable

LOOK_EVERY = 0.1  # seconds; a change of another process is to be seen within one
LOOK_EVERY_IN_TROUBLE = 1.0  # seconds; each look reads the whole log then


class Follower:
    """Calls `look` in a thread of its own until `stop`, or until its object is gone.

    look: a method that returns whether all is well; it must not raise.
    """

    def __init__(self, look: Callable[[], bool]) -> None:
        """Starts the thread; it ends with the process."""
        self._end = threading.Event()
        self._thread = threading.Thread(
            target=_follow,
            # Weak: otherwise the thread would keep an index alive that nobody uses any more.
            args=(weakref.WeakMethod(look), self._end),
            name="hashguard-follow",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """End the thread; it does not look again afterwards."""
        self._end.set()
        if self._thread is not threading.current_thread():
            self._thread.join()


def _follow(look: weakref.WeakMethod[Callable[[], bool]], end: threading.Event) -> None:
    pause = 0.0
    while not end.wait(pause):
        method = look()
        if method is None:
            return
        pause = LOOK_EVERY if method() else LOOK_EVERY_IN_TROUBLE
        del method
