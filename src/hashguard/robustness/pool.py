"""Work on many pictures at once, in processes: most libraries that hash hold one core each.

Each process builds what it works with from a setup that can be pickled. What it makes it keeps
itself, so that nothing is lost but what was under way.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any, Protocol, TypeAlias, TypeVar

from hashguard.errors import ResultsError
from hashguard.robustness.results import Picture

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Work(Protocol):
    """What one process has at hand."""

    def do(self, stage: str, picture: Picture) -> int:
        """Do a stage of the work on a picture, unless it is done; how many files that are."""
        ...


_Setup = TypeVar("_Setup")
Stages: TypeAlias = Sequence[tuple[str, Sequence[Picture]]]
"""Names of stages, each with the pictures it is for."""


def work_through(
    build: Callable[[_Setup], Work],
    setup: _Setup,
    stages: Stages,
    *,
    processes: int,
    advance: Callable[[int], None],
) -> None:
    """Do all stages, each when the one before is done with all its pictures.

    build: makes the `Work` of a process; can be pickled, as can setup. advance: called with the
    number of files done since the last call. Raises ResultsError if a process dies, and what
    the work raises.
    """
    if processes == 1:
        work = build(setup)
        for stage, pictures in stages:
            for picture in pictures:
                advance(work.do(stage, picture))
        return
    with _pool(build, setup, processes) as pool:
        for stage, pictures in stages:
            _do_all(pool, stage, pictures, processes, advance)


def _do_all(
    pool: ProcessPoolExecutor,
    stage: str,
    pictures: Sequence[Picture],
    processes: int,
    advance: Callable[[int], None],
) -> None:
    """Few tasks at a time, so that a run that is stopped ends soon."""
    waiting: set[Future[int]] = set()
    try:
        for picture in pictures:
            waiting.add(pool.submit(_do, stage, picture))
            if len(waiting) >= 2 * processes:
                waiting = _take(waiting, advance)
        while waiting:
            waiting = _take(waiting, advance)
    except BrokenProcessPool as error:
        raise ResultsError(
            "a process that measured was ended from outside, perhaps for want of memory; "
            "run again to go on, with fewer --workers"
        ) from error
    finally:
        for future in waiting:
            future.cancel()


def _take(waiting: set[Future[int]], advance: Callable[[int], None]) -> set[Future[int]]:
    done, rest = wait(waiting, return_when=FIRST_COMPLETED)
    for future in done:
        advance(future.result())
    return rest


@contextmanager
def _pool(
    build: Callable[[_Setup], Work], setup: _Setup, processes: int
) -> Iterator[ProcessPoolExecutor]:
    before = {name: os.environ.get(name) for name in _THREADS}
    # Processes are what shares the cores; threads of theirs would only get in each other's way.
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        # Not forked: libraries that hold threads of their own do not survive that.
        with ProcessPoolExecutor(
            processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(build, setup)
        ) as pool:
            yield pool
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


_work: Work | None = None  # of this process


def _begin(build: Callable[[Any], Work], setup: Any) -> None:
    global _work  # noqa: PLW0603 (a pool gives its tasks no other place)
    # Ctrl-C reaches every process; the one that started this ends the others in order,
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # unless it was killed: then nobody would take what they make.
    Thread(target=_end_with_parent, daemon=True).start()
    _work = build(setup)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        # At once: a part that is half written is swept away by the next run.
        os._exit(1)


def _do(stage: str, picture: Picture) -> int:
    if _work is None:
        raise RuntimeError("this process was not set up")
    return _work.do(stage, picture)
