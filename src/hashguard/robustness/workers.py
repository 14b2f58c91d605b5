"""Measuring many pictures at once, in processes: most libraries that hash hold one core each.

Each process builds its systems from their names. A part is written whole by the process that
made it, so that nothing is lost but what was under way.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from hashguard.errors import ResultsError
from hashguard.robustness import results
from hashguard.robustness.attack import Attack, Setting
from hashguard.robustness.measure import Measurer
from hashguard.robustness.pictures import read_again
from hashguard.robustness.results import PHOTO, Picture, Run
from hashguard.robustness.system import Rows
from hashguard.robustness.systems import registry

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Setup:
    """All that a process needs to know. Everything but the attacks is in the folder, too."""

    folder: Path
    run: Run
    attacks: tuple[Attack, ...]
    systems: tuple[str, ...]


def files_to_hash(run: Run) -> int:
    """Every picture as a reference and as an upload, every photograph in every setting."""
    return 2 * len(run.pictures) + len(run.of_role(PHOTO)) * len(run.settings)


def measure(setup: Setup, *, processes: int, advance: Callable[[int], None]) -> None:
    """Measure what is not measured yet.

    advance: called with the number of files hashed since the last call, those of an earlier run
    included. Raises ResultsError if a process dies or a picture is not what it was, and OSError.
    """
    stages: tuple[Callable[[Worker, Picture], int], ...] = (Worker.reference, Worker.uploads)
    if processes == 1:
        worker = Worker(setup)
        for stage in stages:
            for picture in setup.run.pictures:
                advance(stage(worker, picture))
        return
    with _pool(setup, processes) as pool:
        # An upload is compared with all references: they come first, all of them.
        for name in ("reference", "uploads"):
            _measure_all(pool, name, setup.run.pictures, processes, advance)


class Worker:
    """What one process has at hand."""

    def __init__(self, setup: Setup) -> None:
        self._folder = setup.folder
        self._run = setup.run
        self._measurer = Measurer(
            systems=tuple(registry.make(name) for name in setup.systems),
            settings=tuple(
                Setting(attack, strength)
                for attack in setup.attacks
                for strength in attack.strengths
            ),
            seed=setup.run.seed,
            max_side=setup.run.max_side,
            digest=setup.run.digest,
        )
        self._references: list[list[Rows]] | None = None

    def reference(self, picture: Picture) -> int:
        """Measure a picture as a reference; how many files that are."""
        path = results.reference_path(self._folder, self._run, picture)
        if not self._is_there(path, picture):
            results.write_part(path, self._measurer.reference(self._data(picture), picture.digest))
        return 1

    def uploads(self, picture: Picture) -> int:
        """Measure a picture as uploads; how many files that are."""
        path = results.uploads_path(self._folder, self._run, picture)
        photographs = self._run.of_role(PHOTO)
        own = photographs.index(picture) if picture.role == PHOTO else None
        if not self._is_there(path, picture):
            part = self._measurer.uploads(
                self._data(picture), picture.digest, self._compared_with(), own
            )
            results.write_part(path, part)
        return 1 + (0 if own is None else len(self._run.settings))

    def _is_there(self, path: Path, picture: Picture) -> bool:
        found = results.read_part(path, digest=self._run.digest, picture=picture.digest)
        return found is not None

    def _data(self, picture: Picture) -> bytes:
        root = self._run.photos if picture.role == PHOTO else self._run.distractors
        data = read_again(Path(root), picture)
        if data is None:
            raise ResultsError("a picture was changed or removed while it was measured; run again")
        return data

    def _compared_with(self) -> list[list[Rows]]:
        """For each system the rows of all photographs; read once, when all are there."""
        if self._references is None:
            self._references = [[] for _ in self._run.systems]
            for picture in self._run.of_role(PHOTO):
                part = results.read_part(
                    results.reference_path(self._folder, self._run, picture),
                    digest=self._run.digest,
                    picture=picture.digest,
                )
                if part is None:
                    raise ResultsError("a reference was removed while it was needed; run again")
                for number, made in enumerate(part.made):
                    self._references[number].append(made.of(0))
        return self._references


def _measure_all(
    pool: ProcessPoolExecutor,
    stage: str,
    pictures: tuple[Picture, ...],
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
def _pool(setup: Setup, processes: int) -> Iterator[ProcessPoolExecutor]:
    before = {name: os.environ.get(name) for name in _THREADS}
    # Processes are what shares the cores; threads of theirs would only get in each other's way.
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        # Not forked: libraries that hold threads of their own do not survive that.
        with ProcessPoolExecutor(
            processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(setup,)
        ) as pool:
            yield pool
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


_worker: Worker | None = None  # of this process


def _begin(setup: Setup) -> None:
    global _worker  # noqa: PLW0603 (a pool gives its tasks no other place)
    # Ctrl-C reaches every process; the one that started this ends the others in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker = Worker(setup)


def _do(stage: str, picture: Picture) -> int:
    if _worker is None:
        raise RuntimeError("this process was not set up")
    return _worker.reference(picture) if stage == "reference" else _worker.uploads(picture)
