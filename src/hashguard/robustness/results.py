"""The results of a run on disk: what was measured, and what each system made of each picture.

A folder holds `run.json` and, under `parts/`, one file for each picture and stage. A part names
the configuration and the picture it was made of; one that names others is not used. Files are
private: rows are hashes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hashguard.errors import ResultsError
from hashguard.files import replace_file
from hashguard.robustness.attack import with_unit
from hashguard.robustness.records import dump, load
from hashguard.robustness.system import Metric, Rows

SCHEMA = "hashguard-robustness-run/1"
RUN = "run.json"
PHOTO, STRANGER = "photo", "stranger"  # roles of a picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that is measured.

    name: its path in the folder it came from, with slashes. digest: SHA-256 of its file, hex.
    role: PHOTO, which is listed and attacked, or STRANGER, which is only uploaded.
    width, height: as shown, in pixels.
    """

    name: str
    digest: str
    role: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A file that looked like a picture and is not measured, and why."""

    name: str
    role: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackRecord:
    """An `Attack` without its function."""

    name: str
    family: str
    about: str
    unit: str
    strengths: tuple[float, ...]
    typical: float
    labels: tuple[str, ...]

    def label(self, strength: float) -> str:
        """The strength as a person reads it: `5 % a side`."""
        if self.labels:
            return self.labels[self.strengths.index(strength)]
        return with_unit(strength, self.unit)

    @property
    def axis(self) -> str:
        """What its strengths are, for a plot."""
        return self.unit.replace("{}", "").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemRecord:
    """A `System` without its verbs. metric: the value of its `Metric`."""

    name: str
    about: str
    metric: str
    width: int
    max_distances: tuple[float, ...]
    source: str

    @property
    def unit(self) -> str:
        """What a distance counts: "bits" or "cosine"."""
        return self.metric


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A system that was not measured, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was measured.

    digest: of everything parts depend on but the pictures: systems, attacks, seed, code, versions.
    max_side: pixels; larger photographs are shrunk to it before they are attacked.
    photos, distractors: the folders, to show pictures from; distractors may be "".
    began: UTC, ISO 8601, seconds.
    """

    schema: str
    digest: str
    seed: int
    max_side: int
    photos: str
    distractors: str
    began: str
    machine: str
    versions: dict[str, str]
    systems: tuple[SystemRecord, ...]
    left_out: tuple[LeftOut, ...]
    attacks: tuple[AttackRecord, ...]
    pictures: tuple[Picture, ...]
    unreadable: tuple[Unreadable, ...]

    def of_role(self, role: str) -> list[Picture]:
        """The pictures of a role, in order."""
        return [picture for picture in self.pictures if picture.role == role]

    @property
    def settings(self) -> list[tuple[AttackRecord, float]]:
        """Attack and strength of each upload of a photograph after the first, in order."""
        return [(attack, strength) for attack in self.attacks for strength in attack.strengths]


@dataclass(frozen=True, slots=True)
class Made:
    """What one system made of several files.

    reasons: (n,) uint8, numbers of `Reason`. lims: (n + 1,) int64, where the rows of each begin.
    rows: (lims[-1], width). claims: (n, 2) float64, how far the system itself says the upload is
    from the reference it was made of, and from the nearest other; NaN if it did not say.
    """

    reasons: NDArray[np.uint8]
    lims: NDArray[np.int64]
    rows: Rows
    claims: NDArray[np.float64]

    def of(self, number: int) -> Rows:
        """The rows of one file; none if the system made nothing of it."""
        rows: Rows = self.rows[self.lims[number] : self.lims[number + 1]]
        return rows


@dataclass(frozen=True, slots=True)
class Part:
    """What all systems made of one picture: as a reference, or as uploads.

    As a reference: one file. As uploads: the file as it is, then, of a PHOTO, every setting.
    """

    digest: str
    picture: str
    made: tuple[Made, ...]


def write_run(folder: Path, run: Run) -> None:
    """Put `run.json` into the folder. Raises OSError."""
    replace_file(folder / RUN, dump(run).encode())


def read_run(folder: Path) -> Run:
    """What the folder holds the results of. Raises ResultsError."""
    try:
        text = (folder / RUN).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ResultsError("no results are there; `hashguard robustness run` makes some") from None
    except (OSError, ValueError) as error:
        raise ResultsError(f"{RUN} cannot be read ({type(error).__name__})") from error
    run = load(Run, text, RUN)
    if run.schema != SCHEMA:
        raise ResultsError(f"{RUN} is of another version of hashguard; run it again")
    return run


def parts_folder(folder: Path, run: Run) -> Path:
    """Where the parts of a configuration are kept. Those of others stay, and may be used again."""
    return folder / "parts" / run.digest[:16]


def reference_path(folder: Path, run: Run, picture: Picture) -> Path:
    """Where the part of a picture as a reference is kept."""
    return parts_folder(folder, run) / f"{picture.digest}.reference.npz"


def uploads_path(folder: Path, run: Run, picture: Picture) -> Path:
    """Where the part of a picture as uploads is kept."""
    return parts_folder(folder, run) / f"{picture.digest}.{picture.role}.npz"


def sweep(folder: Path, run: Run) -> None:
    """Remove what was being written when a run was killed."""
    for path in parts_folder(folder, run).iterdir():
        if path.suffix != ".npz":
            path.unlink(missing_ok=True)


def write_part(path: Path, part: Part) -> None:
    """Keep a part, whole or not at all. Raises OSError."""
    arrays: dict[str, NDArray[np.generic]] = {
        "made_of": np.array([part.digest, part.picture]),
    }
    for number, made in enumerate(part.made):
        arrays[f"{number}.reasons"] = made.reasons
        arrays[f"{number}.lims"] = made.lims
        arrays[f"{number}.rows"] = made.rows
        arrays[f"{number}.claims"] = made.claims
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **arrays)
    replace_file(path, out.getvalue())


def read_part(path: Path, *, digest: str, picture: str) -> Part | None:
    """A part that was kept; None if there is none of this configuration and picture."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            if arrays["made_of"].tolist() != [digest, picture]:
                return None
            count = sum(name.endswith(".reasons") for name in arrays.files)
            made = tuple(
                Made(
                    arrays[f"{number}.reasons"],
                    arrays[f"{number}.lims"],
                    arrays[f"{number}.rows"],
                    arrays[f"{number}.claims"],
                )
                for number in range(count)
            )
    except (OSError, ValueError, TypeError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile):
        # Not there, or cut off by a full disk, or damaged: it is made again.
        return None
    return Part(digest, picture, made)


def made_of(
    rows: Sequence[Rows],
    reasons: Sequence[int],
    claims: Sequence[tuple[float, float]],
    *,
    metric: Metric,
    width: int,
) -> Made:
    """What a system made of several files, packed; no rows for a file it made nothing of."""
    dtype = np.uint8 if metric is Metric.HAMMING else np.float32
    joined = np.concatenate([np.empty((0, width), dtype), *rows]).astype(dtype)
    lims = np.cumsum([0, *(len(one) for one in rows)], dtype=np.int64)
    return Made(
        np.array(reasons, dtype=np.uint8),
        lims,
        joined,
        np.array(claims, dtype=np.float64).reshape(len(rows), 2),
    )
