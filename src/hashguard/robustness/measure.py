"""What systems make of one picture: as a reference, and as uploads.

Bytes in, a `Part` out. Whatever a system does with them, it costs only itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hashguard.robustness.attack import Setting
from hashguard.robustness.pictures import photograph
from hashguard.robustness.results import Made, Part, made_of
from hashguard.robustness.system import Metric, Reason, RefusedError, Rows, System

_NO_CLAIM = (np.nan, np.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurer:
    """Measures pictures one at a time, always in the same way.

    digest: of the configuration, see `Run`. max_side: pixels, see `Run`.
    """

    systems: tuple[System, ...]
    settings: tuple[Setting, ...]
    seed: int
    max_side: int
    digest: str

    def reference(self, data: bytes, picture: str) -> Part:
        """What each system makes of a listed picture; data: its file; picture: its digest."""
        made = [
            self._made(system, [_made_by(system, system.hash_reference, data)])
            for system in self.systems
        ]
        return Part(self.digest, picture, tuple(made))

    def uploads(
        self,
        data: bytes,
        picture: str,
        references: Sequence[Sequence[Rows]],
        own: int | None,
    ) -> Part:
        """What each system makes of a picture as it is and, if it is a photograph, attacked.

        references: for each system the rows of all photographs. own: which of them is this
        picture; None for a stranger, which is not attacked.
        """
        taken: list[list[_Taken]] = [[] for _ in self.systems]
        settings = self.settings if own is not None else ()
        files = uploads_of(data, picture, settings, seed=self.seed, max_side=self.max_side)
        for upload in files:
            for number, system in enumerate(self.systems):
                one = _made_by(system, system.hash_query, upload)
                taken[number].append(_compared(system, one, references[number], own))
        made = [
            self._made(system, outcomes)
            for system, outcomes in zip(self.systems, taken, strict=True)
        ]
        return Part(self.digest, picture, tuple(made))

    @staticmethod
    def _made(system: System, taken: list[_Taken]) -> Made:
        return made_of(
            [one.rows for one in taken],
            [one.reason.value for one in taken],
            [one.claims for one in taken],
            metric=system.metric,
            width=system.width,
        )


@dataclass(frozen=True, slots=True)
class _Taken:
    """What one system made of one file."""

    rows: Rows
    reason: Reason
    claims: tuple[float, float] = _NO_CLAIM


def uploads_of(
    data: bytes, picture: str, settings: Sequence[Setting], *, seed: int, max_side: int
) -> Iterator[bytes]:
    """The file of a picture as it is, then in each setting. picture: its digest.

    max_side: pixels, see `Run`. Raises DecodeError if there are settings and it is no picture.
    """
    yield data
    if not settings:
        return
    pixels = photograph(data, max_side)
    # An attack that wrote on them would change all that come after it.
    pixels.flags.writeable = False
    for setting in settings:
        yield setting.make(pixels, seed=seed, picture=picture)


def _made_by(system: System, verb: Callable[[bytes], Rows], data: bytes) -> _Taken:
    try:
        rows = verb(data)
        if not _is_sound(rows, system):
            return _nothing(system, Reason.CRASHED)
    except RefusedError as error:
        return _nothing(system, error.reason)
    except Exception:
        # A system under test may raise anything; that is a miss of its own, and the run goes on.
        return _nothing(system, Reason.CRASHED)
    return _Taken(rows, Reason.NONE)


def _compared(system: System, taken: _Taken, references: Sequence[Rows], own: int | None) -> _Taken:
    """With what the system says of the distances to its own reference and the nearest other."""
    there = [number for number, rows in enumerate(references) if len(rows)]
    if taken.reason is not Reason.NONE or not there:
        return taken
    try:
        said = np.asarray(system.compare(taken.rows, [references[number] for number in there]))
        if said.shape != (len(there),) or said.dtype.kind not in "fiu":
            return _nothing(system, Reason.CRASHED)
    except Exception:
        # As above: without distances there is no prediction.
        return _nothing(system, Reason.CRASHED)
    to_own, others = np.nan, np.inf
    for number, distance in zip(there, said.tolist(), strict=True):
        if number == own:
            to_own = distance
        else:
            others = min(others, distance)
    return _Taken(taken.rows, taken.reason, (to_own, others if np.isfinite(others) else np.nan))


def _is_sound(rows: object, system: System) -> bool:
    wanted = np.uint8 if system.metric is Metric.HAMMING else np.float32
    return (
        isinstance(rows, np.ndarray)
        and rows.ndim == 2
        and len(rows) > 0
        and rows.shape[1] == system.width
        and rows.dtype == wanted
        and bool(np.isfinite(rows).all())
    )


def _nothing(system: System, reason: Reason) -> _Taken:
    dtype = np.uint8 if system.metric is Metric.HAMMING else np.float32
    return _Taken(np.empty((0, system.width), dtype), reason)
