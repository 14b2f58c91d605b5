"""What a process does that measures: every picture as a reference, then as uploads; see pool.py.

It builds its systems from their names, and writes a part whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hashguard.errors import ResultsError
from hashguard.robustness import results
from hashguard.robustness.attack import Attack, Setting
from hashguard.robustness.measure import Measurer
from hashguard.robustness.pictures import read_unchanged
from hashguard.robustness.pool import work_through
from hashguard.robustness.results import PHOTO, Picture, Run
from hashguard.robustness.system import Rows
from hashguard.robustness.systems import registry

_REFERENCES, _UPLOADS = "reference", "uploads"


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
    # An upload is compared with all references: they come first, all of them.
    stages = [(stage, setup.run.pictures) for stage in (_REFERENCES, _UPLOADS)]
    work_through(Worker, setup, stages, processes=processes, advance=advance)


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

    def do(self, stage: str, picture: Picture) -> int:
        """Measure a picture as a reference or as uploads; how many files that are."""
        return self._reference(picture) if stage == _REFERENCES else self._uploads(picture)

    def _reference(self, picture: Picture) -> int:
        path = results.reference_path(self._folder, self._run, picture)
        if not self._is_there(path, picture):
            results.write_part(
                path, self._measurer.reference(read_unchanged(self._run, picture), picture.digest)
            )
        return 1

    def _uploads(self, picture: Picture) -> int:
        path = results.uploads_path(self._folder, self._run, picture)
        photographs = self._run.of_role(PHOTO)
        own = photographs.index(picture) if picture.role == PHOTO else None
        if not self._is_there(path, picture):
            part = self._measurer.uploads(
                read_unchanged(self._run, picture), picture.digest, self._compared_with(), own
            )
            results.write_part(path, part)
        return 1 + (0 if own is None else len(self._run.settings))

    def _is_there(self, path: Path, picture: Picture) -> bool:
        found = results.read_part(path, digest=self._run.digest, picture=picture.digest)
        return found is not None

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
