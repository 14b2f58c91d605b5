"""What systems share: the last file as each door opened it, and references as each wants them.

All systems see the same file one after the other, and how long they take is not what is measured
here: what one of them decoded serves the next. One process, one thread.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Generic, TypeVar

from hashguard.decode import DecodeLimits, decode
from hashguard.errors import DecodeError
from hashguard.hashes import Pixels
from hashguard.robustness.system import Reason, RefusedError, Rows

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True)
class Opened:
    """An upload as hashguard decodes it.

    frames: those that a match looks up, as far as they could be decoded. failed: whether the
    upload, or a frame after these, could not be decoded.
    """

    frames: tuple[Pixels, ...]
    failed: bool


@lru_cache(maxsize=1)
def opened(data: bytes) -> Opened:
    """The frames of an upload; those of the last one are kept.

    They take at most what the default `DecodeLimits` let through, all frames at once.
    """
    frames: list[Pixels] = []
    try:
        for frame in decode(data, DecodeLimits()).frames:
            frames.append(frame.pixels)  # noqa: PERF401 (what came before an error is kept)
    except DecodeError:
        return Opened(tuple(frames), failed=True)
    return Opened(tuple(frames), failed=False)


def first_frame(data: bytes) -> Pixels:
    """The frame of a picture that is listed. Raises RefusedError."""
    frames = opened(data).frames
    if not frames:
        raise RefusedError(Reason.UNDECODABLE)
    return frames[0]


@lru_cache(maxsize=1)
def pillow_image(data: bytes) -> Image.Image:
    """A picture as `PIL.Image.open` gives it, loaded: its first frame, not turned by EXIF.

    The last one is kept: do not change it. Raises RefusedError.
    """
    from PIL import Image

    try:
        with pillow_is_quiet():
            image = Image.open(io.BytesIO(data))
            image.load()
    except Exception as error:
        # Its codecs raise all kinds of errors: whatever they are, there is no picture.
        raise RefusedError(Reason.UNDECODABLE) from error
    return image


@lru_cache(maxsize=2)
def pillow_converted(data: bytes, mode: str) -> Image.Image:
    """The same in another mode of Pillow's, such as "RGB". Raises RefusedError."""
    image = pillow_image(data)
    try:
        with pillow_is_quiet():
            return image.convert(mode)
    except Exception as error:
        # As above.
        raise RefusedError(Reason.UNDECODABLE) from error


@contextmanager
def pillow_is_quiet() -> Iterator[None]:
    """Keep Pillow's warnings about odd files to itself; that one might be a bomb is an error."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


_Form = TypeVar("_Form")


class LastReferences(Generic[_Form]):
    """References in the form a library compares. They are the same for thousands of uploads.

    Rows that were handed over must not be changed: they are recognised by identity.
    """

    def __init__(self, form: Callable[[Rows], _Form]) -> None:
        """form: makes of the rows of one reference what the library compares."""
        self._form = form
        self._rows: list[Rows] = []
        self._forms: list[_Form] = []

    def of(self, references: Sequence[Rows]) -> list[_Form]:
        """One for each reference, in their order."""
        same = len(references) == len(self._rows) and all(
            one is other for one, other in zip(references, self._rows, strict=True)
        )
        if not same:
            self._rows = list(references)
            self._forms = [self._form(rows) for rows in references]
        return self._forms
