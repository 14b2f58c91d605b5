"""What an upload may cost: bytes, pixels, frames, and which formats at all."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Format(enum.Enum):
    """A picture format we decode. The allow-list is decided from content, never from a name."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WebP"
    GIF = "GIF"
    BMP = "BMP"
    TIFF = "TIFF"
    AVIF = "AVIF"
    HEIC = "HEIC"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeLimits:
    """Bounds that hold before anything is allocated.

    bytes: length of the upload.
    pixels: width times height of any one frame.
    total_pixels: work for one upload over all frames it steps through, in pixels of
        12 ns each; `work.py` predicts it from pixels, bytes and format, so that a
        costly format reaches this bound with fewer pixels than a cheap one.
    frames: frames of an animation that are looked up, spread over its whole length.
    formats: the allow-list.

    The defaults pass a JPEG of 50 megapixels and keep any upload under 2 s of one core.
    """

    bytes: int = 64 * 2**20
    pixels: int = 64 * 10**6
    total_pixels: int = 128 * 10**6
    frames: int = 32
    formats: frozenset[Format] = frozenset(Format)

    def __post_init__(self) -> None:
        for name in ("bytes", "pixels", "total_pixels", "frames"):
            if getattr(self, name) < 1:
                raise ValueError(f"DecodeLimits.{name} must be at least 1")
