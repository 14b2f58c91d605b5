"""From the bytes of an upload to the pixels a person would see, under limits.

Bytes come in; frames of luma or RGB, or a DecodeError, come out. No names, no files.
Safe from many threads; docs/decode.md says what is shown for which file, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hashguard.decode import bmff, bmp, gif, jpeg, png, tiff, webp
from hashguard.decode.frames import Plan, plan
from hashguard.decode.guard import guarded
from hashguard.decode.header import Header
from hashguard.decode.limits import DecodeLimits, Format
from hashguard.decode.sniff import sniff
from hashguard.errors import OverLimitError, UnsupportedError
from hashguard.hashes import Pixels

__all__ = ["DecodeLimits", "Decoded", "Format", "Frame", "decode"]

_WALKS: dict[Format, Callable[[bytes], Header]] = {
    Format.JPEG: jpeg.walk,
    Format.PNG: png.walk,
    Format.WEBP: webp.walk,
    Format.GIF: gif.walk,
    Format.BMP: bmp.walk,
    Format.TIFF: tiff.walk,
    Format.AVIF: bmff.walk_avif,
    Format.HEIC: bmff.walk_heic,
}
_MAX_SIDE = 65_535  # pixels; the most that JPEG and GIF can state, and a row costs memory too


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of an upload.

    index: position in the animation, 0 for a still.
    pixels: (h, w) luma or (h, w, 3) RGB uint8; may be a read-only view.
    notes: what a reader of the verdict should know, such as rows that were missing.
    """

    index: int
    pixels: Pixels
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decoded:
    """An upload whose header was read and found within limits.

    width, height: of the canvas as shown, after EXIF orientation.
    frame_count: pictures the upload holds: frames, pages, and the still that stands in
        for an animation where it cannot be played.
    frames: decoded one at a time as they are taken; raises DecodeError where one fails.
    notes: sentences about the upload as a whole, for the verdict.
    complete: False if frames that should be looked up are out of reach: they cost more
        than limits.total_pixels, or the file is cut.
    """

    format: Format
    width: int
    height: int
    frame_count: int
    frames: Iterator[Frame]
    notes: tuple[str, ...] = ()
    complete: bool = True


def decode(data: bytes, limits: DecodeLimits) -> Decoded:
    """Open an upload. Raises UnsupportedError, CorruptError or OverLimitError.

    1. Length. 2. Format, from content. 3. Header, by our own bounded walk. 4. Sizes and
    predicted work against the limits. Only then is a decoder called, frame by frame.
    """
    if len(data) > limits.bytes:
        raise OverLimitError(f"{len(data)} bytes; at most {limits.bytes} are accepted")
    format_ = sniff(data)
    if format_ not in limits.formats:
        raise UnsupportedError(f"{format_.value} is not among the formats accepted here")
    with guarded(format_):
        header = _WALKS[format_](data)
    _hold(header, limits)
    chosen = plan(header, limits)
    if not chosen.shown:
        raise OverLimitError(
            f"this {format_.value} costs more to decode than {limits.total_pixels} plain pixels"
        )
    from hashguard.decode import pillow  # (slow to import)

    pillow.require(format_)
    turned = header.pictures[0].orientation >= 5
    width, height = header.width, header.height
    return Decoded(
        format_,
        height if turned else width,
        width if turned else height,
        len(header.pictures) + (header.hidden is not None),
        _frames(header, chosen),
        _notes(header, chosen),
        chosen.complete and not _loses_frames(header),
    )


def _hold(header: Header, limits: DecodeLimits) -> None:
    """Raise OverLimitError for a canvas, frame or page that is too large."""
    sizes = {(header.width, header.height), *header.inner}
    sizes.update((picture.width, picture.height) for picture in header.pictures)
    if header.hidden is not None:
        sizes.add((header.hidden.width, header.hidden.height))
    for width, height in sizes:
        if width * height > limits.pixels or max(width, height) > _MAX_SIDE:
            raise OverLimitError(
                f"{width} x {height} pixels; at most {limits.pixels} are accepted, "
                f"{_MAX_SIDE} a side"
            )


def _loses_frames(header: Header) -> bool:
    """Whether an animation ends early; a still that does says so on its only frame."""
    return header.cut and len(header.pictures) > 1


def _notes(header: Header, chosen: Plan) -> tuple[str, ...]:
    notes = []
    if _loses_frames(header):
        notes.append(f"the file is cut short after {len(header.pictures)} frames")
    if not chosen.complete:
        notes.append(f"only {len(chosen.shown)} of {len(header.pictures)} frames fit the limits")
    return tuple(notes)


def _frames(header: Header, chosen: Plan) -> Iterator[Frame]:
    from hashguard.decode import compose  # (slow to import)

    with guarded(header.format):
        for index, pixels, notes in compose.frames(header, chosen):
            yield Frame(index, pixels, notes)
