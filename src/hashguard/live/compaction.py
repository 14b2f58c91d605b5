"""A new base of everything that is living, put in the place of the old one and its log.

Readers go on with the views they have, and writers wait only while the last lines are moved.
Afterwards no file of the folder holds a hash that was withdrawn before it began.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from hashguard.errors import IndexFileError
from hashguard.index import Costs
from hashguard.lists import Entries
from hashguard.live.base import write_base
from hashguard.live.current import NAME, Current, is_numbered, read_current, replace_current
from hashguard.live.locks import compact_lock, write_lock
from hashguard.live.log import encode, first_line, is_there, read_batches, taken_back
from hashguard.live.log_file import create_log, open_log
from hashguard.live.tracker import Snapshot
from hashguard.live.view import View

COMPACT_AT = 20_000  # rows of delta and dead ones; searching so many takes some 10 us
COMPACT_SHARE = 50  # or a 50th of the base, if that is more: rebuilding it takes longer
_NICENESS = 10  # of 19: a tenth of the time of a thread that searches, all of it if none does


def compact_folder(
    folder: Path,
    look: Callable[[], Snapshot],
    *,
    costs: Costs | None,
    cancelled: Callable[[], bool],
) -> bool:
    """Make the folder compact; False if another process is at it, or if it was cancelled.

    look: where the folder stands; asked once nobody else can compact it. cancelled: asked
    between the steps, which take up to seconds for ten million entries.
    Raises IndexFileError; then the folder is as it was.
    """
    with compact_lock(folder) as alone:
        # 1. Nobody else, nothing left behind by a process that ended in here.
        if not alone or cancelled():
            return False
        snapshot = look()
        _sweep(folder, snapshot.current)
        if not len(snapshot.view.codes) and not len(snapshot.view.dead):
            return True
        # 2. The next base, beside the present one.
        table = snapshot.view.table()
        if cancelled():
            return False
        target = snapshot.current.next()
        try:
            digest = _write_next(folder / target.base, table, snapshot, costs)
            if cancelled():
                return False
            # 3. Its log, with what was changed meanwhile; then both at once.
            with write_lock(folder):
                _switch(folder, snapshot, target, digest)
        finally:
            # 4. What CURRENT does not name: the old pair, or the new one if that failed.
            with contextlib.suppress(IndexFileError):
                _sweep(folder, read_current(folder))
    return True


def is_due(view: View) -> bool:
    """Whether so much waits for a compaction that it should be made."""
    return view.waiting > max(COMPACT_AT, len(view.base) // COMPACT_SHARE)


def give_way() -> None:
    """Let other threads run first, where the system knows such a thing for a thread (Linux).

    For a thread that does nothing but compact: on a machine whose cores are all busy, searches
    would wait while it has its turn.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _write_next(folder: Path, table: Entries, snapshot: Snapshot, costs: Costs | None) -> str:
    base, position = snapshot.view.base, snapshot.position
    about = replace(base.about, version=position.version, number=position.number)
    return write_base(
        folder,
        table,
        about,
        max_distance=base.max_distance,
        probes=base.index.probes,
        costs=costs,
    )


def _switch(folder: Path, snapshot: Snapshot, target: Current, digest: str) -> None:
    """Write the log of the new base and name both. The write lock is held."""
    if read_current(folder) != snapshot.current:
        raise IndexFileError(f"altered: {NAME} was changed while the folder was compacted")
    with open_log(folder / snapshot.current.log) as file:
        stop = os.fstat(file.fileno()).st_size
        if not is_there(file, snapshot.position, stop):
            raise taken_back(snapshot.current.log)
        later = read_batches(file, snapshot.position, stop, snapshot.current.log)
        batches = [batch for batch, _ in later]

    def chained() -> Iterator[bytes]:
        yield first_line(digest)
        chain = digest
        for batch in batches:
            data, chain = encode(batch, chain)
            yield data

    create_log(folder / target.log, chained())
    replace_current(folder, target)


def _sweep(folder: Path, current: Current) -> None:
    """Remove bases and logs that CURRENT does not name, and temporary files.

    What cannot be removed stays for the next time: Windows keeps what a process has mapped.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        for entry in list(found):
            unnamed = is_numbered(entry.name) and entry.name not in (current.base, current.log)
            if not unnamed and not entry.name.startswith((".base-", f".{NAME}.")):
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)  # noqa: PTH108 - a name that scandir gave
