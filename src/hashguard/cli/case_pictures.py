"""Pictures to the codes of a case, and what their owner should know about each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hashguard.case_file import Picture, PictureKind
from hashguard.cli.inputs import read_picture
from hashguard.decode import DecodeLimits, decode
from hashguard.errors import DecodeError
from hashguard.hashers.pdq import hash_pixels
from hashguard.policies import PDQ_MAX_TIES, PDQ_MIN_QUALITY
from hashguard.sources import NotAPicture, Source, Unreadable


@dataclass(frozen=True, slots=True)
class Found:
    """What became of one source. picture: None if it has no place in a case file.

    advice: what to tell of it. skipped: it was no picture, and nobody had named it.
    """

    name: str
    picture: Picture | None = None
    advice: tuple[str, ...] = ()
    skipped: bool = False


def look_at(source: Source, kind: PictureKind | None, limits: DecodeLimits) -> Found:
    """One source; raises nothing for what it may hold."""
    data = read_picture(source, limits.bytes)
    if isinstance(data, NotAPicture):
        return Found(source.name, skipped=True)
    if isinstance(data, Unreadable):
        return _left_out(source, data.reason)
    try:
        decoded = decode(data, limits)
        frame = next(iter(decoded.frames))
        hashed = hash_pixels(frame.pixels)
    except DecodeError as error:
        return _left_out(source, str(error))
    quality = hashed.quality or 0  # PDQ always states one
    if not quality:
        return _left_out(source, "shows too little for a code, as a plain colour does")
    advice = [*decoded.notes, *frame.notes, *_advice(quality, hashed.ties)]
    if decoded.frame_count > 1:
        advice.append(f"is {decoded.frame_count} frames long; the code is of the first")
    return Found(source.name, Picture(hashed.hash, quality, kind), tuple(advice))


def weakness(quality: int) -> str:
    """What a low quality means for the person who chose the picture; "" if it is fine."""
    if quality >= PDQ_MIN_QUALITY:
        return ""
    return "little detail: services may find exact copies only; add a clearer copy if you have one"


def _left_out(source: Source, reason: str) -> Found:
    return Found(source.name, advice=(f"{reason}; it is not in the file",))


def _advice(quality: int, ties: int) -> Iterator[str]:
    if fault := weakness(quality):
        yield fault
    elif ties > PDQ_MAX_TIES:
        yield "very plain or regular: services may find exact copies only"
