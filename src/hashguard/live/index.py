"""A list in a folder that changes while processes search it.

One folder, any number of processes: each maps the same base, reads the same log, and may
change the list. A search takes a view and needs nothing else; see docs/live.md.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from hashguard.errors import IndexFileError
from hashguard.index import Costs
from hashguard.lists import Entry, HashList
from hashguard.live.base import Base
from hashguard.live.changes import Applied, Changes
from hashguard.live.compaction import compact_folder, give_way, is_due
from hashguard.live.create import create_folder, read_costs
from hashguard.live.current import read_current
from hashguard.live.follow import Follower
from hashguard.live.locks import write_lock
from hashguard.live.log import encode
from hashguard.live.log_file import append, sync_log
from hashguard.live.planning import Plan
from hashguard.live.tracker import Snapshot, Tracker, follow_folder
from hashguard.live.view import View

COMPACT_AGAIN = 60.0  # seconds after a compaction that failed
KEEP_BASE = 1.0  # seconds after it was replaced; longer than a search takes
_CLOSE_WAIT = 10.0  # seconds for the step of a compaction that is under way

_log = logging.getLogger("hashguard.live")


class LiveIndex:
    """A live folder, opened by `open`. Safe from many threads, and from forks."""

    def __init__(self, folder: Path, tracker: Tracker, costs: Costs | None) -> None:
        """For `open`."""
        self._folder = folder
        self._costs = costs
        self._tracker: Tracker | None = tracker
        self._view = tracker.view()
        self._replaced: list[tuple[float, Base]] = []  # and when to let go of them
        self._troubles: dict[str, str] = {}
        self._follower: Follower | None = None
        self._compacts = False
        self._compacter: threading.Thread | None = None
        self._compact_after = 0.0  # a moment of time.monotonic
        self._closed = threading.Event()
        self._writing = threading.Lock()  # around changes; taken before the lock of the folder
        self._tracking = threading.Lock()  # around the tracker; taken last, never waits long
        _opened.add(self)

    @classmethod
    def create(
        cls,
        folder: str | os.PathLike[str],
        hash_list: HashList,
        *,
        max_distance: int,
        probes: int = 1,
        memory: int | None = None,
        costs: Costs | None = None,
    ) -> None:
        """Make a live folder of the active entries of a list: private, durable, or none.

        max_distance: bits, as for `build_index`, which explains probes, memory and costs; all
        are kept in the folder. Raises IndexFileError, also if there is something of that name.
        """
        create_folder(
            Path(folder).absolute(),
            hash_list,
            max_distance=max_distance,
            probes=probes,
            memory=memory,
            costs=costs,
        )

    @classmethod
    def open(
        cls,
        folder: str | os.PathLike[str],
        *,
        follow: bool = True,
        compact: bool = True,
        verify: bool = False,
    ) -> Self:
        """The list in a live folder: milliseconds, and no memory but for what the log says.

        follow: see what other processes change, within a second; without it, `refresh` does.
        compact: when what this process changes has made the log long, compact the folder in
        the background. verify: read every byte of the base and compare digests.
        To read needs no right to write. Raises IndexFileError.
        """
        path = Path(folder).absolute()
        read_current(path)  # first, for it knows best what is wrong with the folder
        costs = read_costs(path)
        live = cls(path, follow_folder(path, verify=verify, costs=costs), costs)
        live._compacts = compact
        if follow:
            live._follower = Follower(live._look)
        return live

    @property
    def trouble(self) -> str | None:
        """Why what other processes change is not seen, or the folder not compacted; or None."""
        return next(iter(self._troubles.copy().values()), None)

    def view(self) -> View:
        """The list as it is now. Never waits, never touches the disk."""
        return self._view

    def apply(self, changes: Changes) -> Applied:
        """Change the list: all of it or nothing, on the disk and in every later `view()`.

        Raises IndexFileError if it could not be written; then nothing was changed and views
        are served as before. (If it was written and cannot be read back, the message says so; to
        apply it again does no harm.) Raises AlgorithmMismatchError, ListError if the list would be
        too long, and ValueError for an id that is added twice or a version too old.
        """
        if self._closed.is_set():
            raise ValueError("this live index was closed")
        # 1. What is asked, whatever the list holds.
        plan = Plan.of(changes, self._view.algorithm)
        with self._writing, write_lock(self._folder):
            # 2. What others changed; then what this change does to that.
            with self._tracking:
                tracker = self._catch_up()
                snapshot = tracker.snapshot()
                living = tracker.living(plan.ids())
            batch, applied = plan.batch(living, snapshot.position, len(snapshot.view))
            # 3. To the disk, and back from there as every process reads it.
            log = self._folder / snapshot.current.log
            if batch is None:
                # Perhaps because a process that was killed wrote it, and did not sync it.
                sync_log(log)
            else:
                data, _ = encode(batch, snapshot.position.chain)
                append(log, snapshot.position.offset, data)
                with self._tracking:
                    self._read_back()
            self._compact_if_due()
        return applied

    def add(self, entries: Iterable[Entry]) -> Applied:
        """Add entries, each in the place of the one of its id. See `apply`."""
        return self.apply(Changes(add=entries if isinstance(entries, Sequence) else tuple(entries)))

    def withdraw(self, ids: Iterable[str]) -> Applied:
        """Withdraw entries. See `apply`."""
        return self.apply(Changes(withdraw=ids if isinstance(ids, str) else tuple(ids)))

    def refresh(self) -> View:
        """Read now what other processes changed, and the view with it. Raises IndexFileError."""
        with self._tracking:
            return self._catch_up().view()

    def compact(self) -> bool:
        """Make a new base, without the withdrawn hashes, and drop the old one and its log.

        Takes seconds for millions of entries; searches and changes go on meanwhile. False if
        another process is at it. Raises IndexFileError; then the folder is as it was.
        """
        done = compact_folder(
            self._folder, self._snapshot, costs=self._costs, cancelled=self._closed.is_set
        )
        if done:
            self._troubles.pop("compacting", None)
            with self._tracking:
                self._catch_up()
        return done

    def close(self) -> None:
        """Stop following and compacting. Views stay good."""
        self._closed.set()
        if self._follower is not None:
            self._follower.stop()
        self._replaced = []
        if self._compacter is not None:
            self._compacter.join(_CLOSE_WAIT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<LiveIndex {self._view!r}>"

    def _snapshot(self) -> Snapshot:
        with self._tracking:
            return self._catch_up().snapshot()

    def _catch_up(self) -> Tracker:
        """Read what is new and publish it. The caller holds `_tracking`. Raises IndexFileError."""
        current = read_current(self._folder)
        tracker, self._tracker = self._tracker, None
        if tracker is None or tracker.current != current or not _advanced(tracker):
            tracker = follow_folder(self._folder, costs=self._costs)
            self._check_alike(tracker.view())
        self._publish(tracker.view())
        self._tracker = tracker
        return tracker

    def _publish(self, view: View) -> None:
        """Make it what `view` gives. The caller holds `_tracking`.

        Whoever lets go of a base last waits while the system gives back its files, which were
        deleted by then: a fifth of a second for a gigabyte. That shall not be a search, so the
        following thread holds the base until all that use it have ended.
        """
        now = time.monotonic()
        if view.base is not self._view.base and self._follower is not None:
            self._replaced.append((now + KEEP_BASE, self._view.base))
        self._view = view
        self._replaced = [(moment, base) for moment, base in self._replaced if moment > now]

    def _read_back(self) -> None:
        """Publish what was just written. The caller holds `_tracking`."""
        try:
            self._catch_up()
        except IndexFileError as error:
            raise IndexFileError(f"{error}; the change itself is on the disk") from error

    def _check_alike(self, view: View) -> None:
        """Refuse a folder that was made anew and cannot answer those who use the old one."""
        if view.algorithm is not self._view.algorithm:
            raise IndexFileError(
                f"foreign: the folder was replaced by one of {view.algorithm.value}, "
                f"this was one of {self._view.algorithm.value}; open it anew"
            )
        if view.max_distance < self._view.max_distance:
            raise IndexFileError(
                f"foreign: the folder was replaced by one exact up to {view.max_distance} bits, "
                f"this was exact up to {self._view.max_distance}; open it anew"
            )

    def _look(self) -> bool:
        """For the following thread: whether all is well."""
        try:
            with self._tracking:
                self._catch_up()
        except IndexFileError as error:
            return self._tell("following", str(error))
        except Exception as error:
            # Whatever it is: a thread that ends in silence would serve an old list for ever.
            return self._tell("following", f"{type(error).__name__} while following the folder")
        if self._troubles.pop("following", None):
            _log.info("following the folder again")
        return True

    def _compact_if_due(self) -> None:
        """Start a compaction if the log is long. The caller holds `_writing`."""
        if not self._compacts or not is_due(self._view):
            return
        running = self._compacter is not None and self._compacter.is_alive()
        if running or time.monotonic() < self._compact_after:
            return
        self._compacter = threading.Thread(
            target=self._compact_in_background, name="hashguard-compact", daemon=True
        )
        self._compacter.start()

    def _compact_in_background(self) -> None:
        give_way()
        try:
            self.compact()
        except IndexFileError as error:
            self._tell("compacting", str(error))
        except Exception as error:
            # Whatever it is, serving goes on; and it must be told, for the log grows.
            self._tell("compacting", f"{type(error).__name__} while compacting the folder")
        else:
            return
        self._compact_after = time.monotonic() + COMPACT_AGAIN

    def _tell(self, doing: str, trouble: str) -> bool:
        """Note a trouble, and log it if it is new; no path and no hash is in it. False."""
        if self._troubles.get(doing) != trouble:
            _log.warning("trouble while %s: %s", doing, trouble)
        self._troubles[doing] = trouble
        return False

    def _after_fork(self) -> None:
        """In a forked process: no thread came along, and a lock may be held by one of them."""
        self._writing, self._tracking = threading.Lock(), threading.Lock()
        # It may be in the middle of a batch; the view is whole whatever happens to that.
        self._tracker = None
        self._compacter = None
        if self._follower is not None and not self._closed.is_set():
            self._follower = Follower(self._look)


def _advanced(tracker: Tracker) -> bool:
    """Whether it goes on from where it is; if not, the folder is read from the start.

    So it is where a batch was read that its writer took back.
    """
    try:
        tracker.advance()
    except IndexFileError:
        return False
    return True


_opened: weakref.WeakSet[LiveIndex] = weakref.WeakSet()


def _after_fork() -> None:
    for live in list(_opened):
        live._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
