"""One source to its hashes, and to what its owner should know about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hashguard.cli.inputs import read_picture
from hashguard.decode import Decoded, DecodeLimits, Frame, decode
from hashguard.errors import DecodeError
from hashguard.hashers import Hasher
from hashguard.hashers.orientation import Orientation, turn
from hashguard.hashers.pdq import Sampling, hash_orientations, hash_pixels
from hashguard.hashes import Algorithm, Hashed, Pixels
from hashguard.policies import PDQ_MAX_TIES, PDQ_MIN_QUALITY
from hashguard.printable import shown
from hashguard.sources import NotAPicture, Source, Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One hash, or the error that stands in its place; None where there is nothing to say.

    frame: from 0. frame_count: of the picture; 1 for a still.
    """

    file: str
    hash: str | None = None
    quality: int | None = None
    ties: int | None = None
    format: str | None = None
    width: int | None = None
    height: int | None = None
    frame: int | None = None
    frame_count: int = 1
    notes: tuple[str, ...] = ()
    orientation: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one source. skipped: it was no picture, and nobody had named it."""

    rows: tuple[Row, ...] = ()
    warnings: tuple[str, ...] = ()
    skipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How each picture is hashed. sampling: for PDQ only."""

    hasher: Hasher
    sampling: Sampling
    orientations: bool
    frames: bool
    limits: DecodeLimits


def hash_source(source: Source, plan: Plan) -> Result:
    """The rows and warnings of one source; raises nothing for what it may hold."""
    data = read_picture(source, plan.limits.bytes)
    if isinstance(data, NotAPicture):
        return Result(skipped=True)
    if isinstance(data, Unreadable):
        return Result((Row(file=source.name, error=data.reason),))
    rows: list[Row] = []
    warnings: list[str] = []
    try:
        decoded = decode(data, plan.limits)
        warnings += decoded.notes
        for frame in decoded.frames:
            found = _hashes(frame.pixels, plan)
            warnings += _warnings(decoded, frame, found[0][1])
            rows += [_row(source, decoded, frame, hashed, label) for label, hashed in found]
            if not plan.frames:
                warnings += _one_of_many(decoded, frame)
                break
    except DecodeError as error:
        rows.append(Row(file=source.name, error=str(error)))
    name = shown(source.name)
    return Result(tuple(rows), tuple(f"{name}: {warning}" for warning in warnings))


def _one_of_many(decoded: Decoded, frame: Frame) -> Iterator[str]:
    if decoded.frame_count > 1:
        yield (
            f"holds {decoded.frame_count} frames, of which frame {frame.index + 1} is hashed; "
            "--frames hashes all that a match looks up"
        )


def _hashes(pixels: Pixels, plan: Plan) -> list[tuple[str | None, Hashed]]:
    """Hashes with their orientations, as it stands first; without, if only that is wanted."""
    if plan.hasher.algorithm is not Algorithm.PDQ:
        if not plan.orientations:
            return [(None, plan.hasher.hash_pixels(pixels))]
        return [(way.value, plan.hasher.hash_pixels(turn(pixels, way))) for way in Orientation]
    if not plan.orientations:
        return [(None, hash_pixels(pixels, sampling=plan.sampling))]
    found = hash_orientations(pixels, sampling=plan.sampling)
    return [(way.value, hashed) for way, hashed in found.items()]


def _warnings(decoded: Decoded, frame: Frame, hashed: Hashed) -> Iterator[str]:
    where = f"frame {frame.index + 1}: " if decoded.frame_count > 1 else ""
    for note in frame.notes:
        yield where + note
    if hashed.quality is not None and hashed.quality < PDQ_MIN_QUALITY:
        yield (
            f"{where}shows too little detail to be recognised reliably "
            f"(quality {hashed.quality}; {PDQ_MIN_QUALITY} and more is trusted)"
        )
    elif hashed.ties > PDQ_MAX_TIES:
        yield (
            f"{where}is too plain or regular to be recognised reliably "
            f"({hashed.ties} bits of its hash are down to rounding)"
        )


def _row(
    source: Source, decoded: Decoded, frame: Frame, hashed: Hashed, orientation: str | None
) -> Row:
    return Row(
        file=source.name,
        hash=str(hashed.hash),
        quality=hashed.quality,
        ties=hashed.ties,
        format=decoded.format.value,
        width=decoded.width,
        height=decoded.height,
        frame=frame.index,
        frame_count=decoded.frame_count,
        notes=(*decoded.notes, *frame.notes),
        orientation=orientation,
    )
