"""What was measured, read part by part, and brought down to what scores are made of.

Each part is opened once. Of the uploads of a photograph only distances stay; rows stay of every
picture as it is, because those are compared each with each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hashguard.errors import ResultsError
from hashguard.robustness.distances import COSINE_STEPS, Scale, Steps, Table
from hashguard.robustness.metrics import Counts, counted
from hashguard.robustness.results import (
    PHOTO,
    Made,
    Picture,
    Run,
    SystemRecord,
    read_part,
    reference_path,
    uploads_path,
)
from hashguard.robustness.system import Metric, Reason, Rows

_TOLERANCE = {Metric.HAMMING: 0.5, Metric.COSINE: 0.001}
"""How far a system's own distance may be from ours: a bit is whole, a cosine is rounded."""


@dataclass(slots=True, kw_only=True)
class Gathered:
    """What a system made of everything.

    references, uploads: rows of every picture, as a reference and uploaded as it is.
    reference_reasons, upload_reasons: why it made nothing of those, numbers of `Reason`.
    copies: (photographs, 1 + settings) steps from each upload, the one as it is first, to its own
    reference. copy_reasons: of the same uploads.
    attacked: uploads of all settings against the references of other photographs.
    strange: strangers as uploads against the references of photographs.
    """

    record: SystemRecord
    scale: Scale
    references: list[Rows] = field(default_factory=list)
    uploads: list[Rows] = field(default_factory=list)
    reference_reasons: list[int] = field(default_factory=list)
    upload_reasons: list[int] = field(default_factory=list)
    copies: Steps
    copy_reasons: NDArray[np.uint8]
    attacked: Counts
    strange: Counts
    claims_checked: int = 0
    claims_wrong: int = 0


def gather(folder: Path, run: Run, same: Iterable[tuple[int, int]]) -> list[Gathered]:
    """Everything that was measured, one of each system.

    same: pairs of pictures, by their places, that do not count as unrelated. Raises ResultsError
    if a picture is not measured.
    """
    systems = [_empty(record, run) for record in run.systems]
    missing: set[str] = set()
    # 1. The references, because uploads are compared with those of all photographs.
    for picture in run.pictures:
        made = _made(reference_path(folder, run, picture), run, picture, 1)
        if made is None:
            missing.add(picture.digest)
            continue
        for system, one in zip(systems, made, strict=True):
            system.references.append(one.of(0))
            system.reference_reasons.append(int(one.reasons[0]))
    # 2. The uploads. If anything is missing, all that is missing is counted, and nothing else.
    photos = [number for number, one in enumerate(run.pictures) if one.role == PHOTO]
    readers = [] if missing else [_Reader(system, photos, same) for system in systems]
    for number, picture in enumerate(run.pictures):
        files = 1 + len(run.settings) if picture.role == PHOTO else 1
        made = _made(uploads_path(folder, run, picture), run, picture, files)
        if made is None:
            missing.add(picture.digest)
        elif not missing:
            for reader, one in zip(readers, made, strict=True):
                reader.take(number, one)
    if missing:
        raise ResultsError(
            f"{len(missing):,} of {len(run.pictures):,} pictures are not measured yet; "
            "`hashguard robustness run` goes on where it was"
        )
    for reader in readers:
        reader.finish()
    return systems


class _Reader:
    """Takes in the uploads of one system."""

    def __init__(
        self, system: Gathered, photos: Sequence[int], same: Iterable[tuple[int, int]]
    ) -> None:
        self._system = system
        self._table = Table([system.references[number] for number in photos], system.scale)
        self._places = {number: place for place, number in enumerate(photos)}
        # Of each picture, the photographs it must not be counted as unrelated to.
        self._same: dict[int, list[int]] = {}
        for pair in same:
            for one, other in (pair, pair[::-1]):
                if other in self._places:
                    self._same.setdefault(one, []).append(self._places[other])
        self._strangers: list[tuple[int, Rows, NDArray[np.float64]]] = []

    def take(self, number: int, made: Made) -> None:
        """The uploads of a picture; a photograph's are compared at once."""
        system = self._system
        # A copy, not a view that would keep the rows of all settings in memory.
        rows = made.of(0).copy()
        system.uploads.append(rows)
        system.upload_reasons.append(int(made.reasons[0]))
        own = self._places.get(number)
        if own is None:
            self._strangers.append((number, rows, made.claims[0]))
            return
        steps = self._table.steps_many([made.of(file) for file in range(len(made.reasons))])
        system.copies[own] = steps[:, own]
        system.copy_reasons[own] = made.reasons
        steps[:, own] = system.scale.never
        self._check(made.claims[:, 0], system.copies[own])
        self._check(made.claims[:, 1], steps.min(axis=1))
        steps[:, self._same.get(number, [])] = system.scale.never
        system.attacked += counted(steps[1:], system.scale)

    def finish(self) -> None:
        """Compare the strangers, all at once; forget what were no pairs."""
        system = self._system
        steps = self._table.steps_many([rows for _, rows, _ in self._strangers])
        if len(steps):
            claims = np.stack([claims for _, _, claims in self._strangers])
            # It has no reference of its own: to claim one is wrong.
            self._check(claims[:, 0], np.full(len(claims), system.scale.never))
            self._check(claims[:, 1], steps.min(axis=1))
        for row, (number, _, _) in enumerate(self._strangers):
            steps[row, self._same.get(number, [])] = system.scale.never
        system.strange += counted(steps, system.scale)
        system.strange[-1] = system.attacked[-1] = 0

    def _check(self, claims: NDArray[np.float64], steps: NDArray[np.integer]) -> None:
        """Hold what the system says against its rows."""
        scale = self._system.scale
        there = np.isfinite(claims)
        unit = 1 if scale.metric is Metric.HAMMING else COSINE_STEPS
        near = np.abs(claims[there] - steps[there] / unit) <= _TOLERANCE[scale.metric]
        right = near & (steps[there] != scale.never)
        self._system.claims_checked += int(there.sum())
        self._system.claims_wrong += int((~right).sum())


def _empty(record: SystemRecord, run: Run) -> Gathered:
    scale = Scale(Metric(record.metric), record.width)
    shape = len(run.of_role(PHOTO)), 1 + len(run.settings)
    return Gathered(
        record=record,
        scale=scale,
        copies=np.full(shape, scale.never, dtype=scale.dtype),
        copy_reasons=np.zeros(shape, dtype=np.uint8),
        attacked=np.zeros(scale.never + 1, dtype=np.int64),
        strange=np.zeros(scale.never + 1, dtype=np.int64),
    )


def _made(path: Path, run: Run, picture: Picture, files: int) -> tuple[Made, ...] | None:
    """What the systems made of a picture; None if that is not known, or not by this run."""
    part = read_part(path, digest=run.digest, picture=picture.digest)
    if part is None or len(part.made) != len(run.systems):
        return None
    pairs = zip(part.made, run.systems, strict=True)
    return part.made if all(_is_sound(made, record, files) for made, record in pairs) else None


def _is_sound(made: Made, record: SystemRecord, files: int) -> bool:
    """Whether a part holds what `run` writes: another program, or a bad disk, may have been at it.

    Rows are there for just those files of which the system made something.
    """
    dtype = np.uint8 if Metric(record.metric) is Metric.HAMMING else np.float32
    shapes = (
        made.reasons.shape == (files,)
        and made.lims.shape == (files + 1,)
        and made.rows.shape == (made.lims[-1], record.width)
        and made.claims.shape == (files, 2)
    )
    types = made.reasons.dtype == np.uint8 and made.lims.dtype == np.int64
    if not shapes or not types or made.rows.dtype != dtype or made.claims.dtype != np.float64:
        return False
    if not np.isfinite(made.rows).all():
        return False
    known = np.isin(made.reasons, [reason.value for reason in Reason]).all()
    there = np.diff(made.lims) > 0
    whole = made.lims[0] == 0 and (np.diff(made.lims) >= 0).all()
    return bool(known and whole and (there == (made.reasons == Reason.NONE.value)).all())
