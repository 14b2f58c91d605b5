"""Predicted cost of decoding, in nanoseconds of one core, from sizes alone.

A bound, not an estimate: each figure is the slowest measured content of its kind
(noise at top quality, or built by hand) on a 2.x GHz x86-64 core with Pillow 13,
rounded up. docs/decode.md has the table and how it was measured.
"""

from __future__ import annotations

NS_PER_PIXEL = 12  # one unit of DecodeLimits.total_pixels


FRAME = 100_000
"""Setting a decoder up and drawing the smallest frame."""


def jpeg(pixels: int, size: int, scans: int) -> int:
    """A JPEG of `size` bytes. Of a multi-scan file, each scan visits all blocks again."""
    if scans == 1:
        return FRAME + 4 * pixels + 10 * size
    return FRAME + 3 * pixels + (20_000 + 3 * pixels // 2) * scans + 25 * size


def png(pixels: int, raw_bytes: int, size: int, interlaced: bool) -> int:
    """Inflate and unfilter `raw_bytes` of rows, then draw."""
    return FRAME + 7 * raw_bytes + 3 * pixels + 2 * size + (100 * pixels if interlaced else 0)


def gif(pixels: int, size: int, interlaced: bool) -> int:
    """LZW decoding is bounded by the pixels; reading, by the bytes."""
    return FRAME + (35 if interlaced else 10) * pixels + 5 * size


def bmp(pixels: int) -> int:
    """Raw rows are copied."""
    return FRAME + 8 * pixels


def bmp_rle(pixels: int, size: int) -> int:
    """Run lengths are read by a Python loop."""
    return FRAME + 200 * pixels + 650 * size


def tiff(pixels: int, raw_bytes: int, ns_per_byte: int, size: int) -> int:
    """Strips or tiles of `raw_bytes` in all once unpacked."""
    return FRAME + 10 * pixels + ns_per_byte * raw_bytes + 2 * size


def webp(pixels: int, size: int) -> int:
    """VP8 or VP8L."""
    return FRAME + 22 * pixels + 35 * size


def avif(pixels: int, size: int) -> int:
    """AV1 with all its filters."""
    return FRAME + 30 * pixels + 80 * size


def heic(pixels: int, size: int) -> int:
    """HEVC with all its filters."""
    return FRAME + 30 * pixels + 110 * size


def drawing(pixels: int) -> int:
    """Blend a rectangle onto a canvas, or flatten a canvas on white."""
    return 12 * pixels
