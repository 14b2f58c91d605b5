"""The pictures of a run: found in a folder, held against the limits, read again when needed."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from hashguard.decode import DecodeLimits, Format, decode
from hashguard.errors import DecodeError, ResultsError
from hashguard.hashes import Pixels
from hashguard.robustness.results import PHOTO, Picture, Run, Unreadable
from hashguard.sources import NotAPicture, Source, read_source
from hashguard.sources import Unreadable as CannotRead

LIMITS = DecodeLimits()
_TWICE = "the same file as another one"


def find_pictures(
    folder: Path,
    sources: Sequence[Source],
    role: str,
    *,
    limit: int | None,
    known: Sequence[Picture],
    advance: Callable[[], None],
) -> tuple[list[Picture], list[Unreadable]]:
    """The pictures among the files of a folder, and the files that cannot be measured.

    limit: of pictures, None for all. known: pictures found before; the same file is measured
    once. advance: called after each file.
    """
    found: list[Picture] = []
    refused: list[Unreadable] = []
    taken = {picture.digest for picture in known}
    for source in sources:
        if limit is not None and len(found) >= limit:
            break
        one = _examined(source, folder, role)
        if isinstance(one, Unreadable):
            refused.append(one)
        elif one is not None and one.digest in taken:
            refused.append(Unreadable(name=one.name, role=role, reason=_TWICE))
        elif one is not None:
            found.append(one)
            taken.add(one.digest)
        advance()
    return found, refused


def read_again(folder: Path, picture: Picture) -> bytes | None:
    """The file of a picture; None if it is gone or is another one by now."""
    data = read_source(Source(str(folder / picture.name)), LIMITS.bytes)
    if not isinstance(data, bytes) or hashlib.sha256(data).hexdigest() != picture.digest:
        return None
    return data


def read_unchanged(run: Run, picture: Picture) -> bytes:
    """The file of a picture of a run. Raises ResultsError if it is no longer what it was."""
    root = run.photos if picture.role == PHOTO else run.distractors
    data = read_again(Path(root), picture)
    if data is None:
        raise ResultsError("a picture was changed or removed while it was measured; run again")
    return data


def photograph(data: bytes, max_side: int) -> Pixels:
    """(h, w, 3) RGB of a picture's first frame as a person sees it, at most `max_side` a side.

    What attacks begin with. Raises DecodeError.
    """
    decoded = decode(data, LIMITS)
    if decoded.format is Format.JPEG:
        # For hashing, only the luma of a JPEG is decoded; an attack needs its colours.
        image = _coloured(data, (decoded.width, decoded.height))
    else:
        image = Image.fromarray(np.ascontiguousarray(next(decoded.frames).pixels)).convert("RGB")
    image.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    return np.array(image)


def _coloured(data: bytes, size: tuple[int, int]) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "MPO")) as opened:
            image = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, ValueError, SyntaxError) as error:
        raise DecodeError("this JPEG has no colours that can be decoded") from error
    if image.size != size:
        raise DecodeError("this JPEG is shown in different sizes by different programs")
    return image


def _examined(source: Source, folder: Path, role: str) -> Picture | Unreadable | None:
    """What a file is; None for one of none of the formats we decode."""
    name = Path(source.name).relative_to(folder).as_posix()
    data = read_source(source, LIMITS.bytes)
    if isinstance(data, NotAPicture):
        return None
    if isinstance(data, CannotRead):
        return Unreadable(name=name, role=role, reason=data.reason)
    try:
        decoded = decode(data, LIMITS)
        photograph(data, max_side=64)
    except DecodeError as error:
        return Unreadable(name=name, role=role, reason=str(error))
    return Picture(
        name=name,
        digest=hashlib.sha256(data).hexdigest(),
        role=role,
        width=decoded.width,
        height=decoded.height,
    )
