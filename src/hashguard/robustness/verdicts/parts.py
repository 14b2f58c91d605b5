"""What each upload came to under each policy, on disk, so that a run that was killed goes on.

Under `verdicts-parts/` there is a file for each picture and policy, and one for the hashes by which
it is listed. It names the configuration and the picture it was made of; one that names others is
not used. Files are private: they hold hashes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from hashguard.errors import ResultsError
from hashguard.files import replace_file
from hashguard.robustness.records import dump, load
from hashguard.robustness.results import Picture
from hashguard.robustness.verdicts.records import Asked, PolicyRecord, Seen

PARTS = "verdicts-parts"

_Record = TypeVar("_Record", "Part", "Listed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What the uploads of one picture came to under one policy.

    on_white: whether a side of the picture ends in white. seen: the file as it is, then, of a
    photograph, every setting.
    """

    digest: str
    picture: str
    on_white: bool
    seen: tuple[Seen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The hashes of one picture, hex, in the order of `Orientation`."""

    digest: str
    picture: str
    codes: tuple[str, ...]
    quality: int


def part_path(folder: Path, policy: PolicyRecord, picture: Picture) -> Path:
    """Where the part of a picture under a policy is kept."""
    return folder / PARTS / policy.digest[:16] / f"{picture.digest}.{picture.role}.json"


def listed_path(folder: Path, asked: Asked, picture: Picture) -> Path:
    """Where the hashes of a picture are kept."""
    return folder / PARTS / asked.hashed[:16] / f"{picture.digest}.listed.json"


def sweep(folder: Path) -> None:
    """Remove what was being written when a run was killed. Raises OSError."""
    for path in (folder / PARTS).glob("*/*"):
        if path.suffix != ".json":
            path.unlink(missing_ok=True)


def write_part(path: Path, part: Part | Listed) -> None:
    """Keep a part, whole or not at all, in a private folder. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_file(path, dump(part).encode())


def read_part(path: Path, *, digest: str, picture: str) -> Part | None:
    """A part that was kept; None if there is none of this configuration and picture."""
    return _read(Part, path, digest, picture)


def read_listed(path: Path, *, digest: str, picture: str) -> Listed | None:
    """The same of the hashes of a picture."""
    return _read(Listed, path, digest, picture)


def _read(kind: type[_Record], path: Path, digest: str, picture: str) -> _Record | None:
    try:
        found = load(kind, path.read_text(encoding="utf-8"), "a part")
    except (OSError, ValueError, ResultsError):
        # Not there, or cut off by a full disk, or damaged: it is made again.
        return None
    return found if (found.digest, found.picture) == (digest, picture) else None
