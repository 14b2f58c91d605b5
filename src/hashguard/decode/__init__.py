"""From the bytes of an upload to the pixels a person would see, under limits.

Bytes come in; frames of luma or RGB, or a DecodeError, come out. No names, no files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hashguard.decode.limits import DecodeLimits, Format
from hashguard.hashes import Pixels

__all__ = ["DecodeLimits", "Decoded", "Format", "Frame", "decode"]


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
    frame_count: frames the upload holds.
    frames: decoded one at a time as they are taken; raises DecodeError where one fails.
    notes: sentences about the upload as a whole, for the verdict.
    complete: False if some frames cannot be reached within limits.total_pixels.
    """

    format: Format
    width: int
    height: int
    frame_count: int
    frames: Iterator[Frame]
    notes: tuple[str, ...] = ()
    complete: bool = True


def decode(data: bytes, limits: DecodeLimits) -> Decoded:
    """Open an upload. Raises UnsupportedError, CorruptError or OverLimitError."""
    raise NotImplementedError
