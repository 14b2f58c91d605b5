"""Predicted cost of decoding, in nanoseconds of one core, from sizes alone.

A bound, not an estimate: each figure is the slowest measured content of its kind
(noise at top quality, or built by hand) on a 2.x GHz x86-64 core with Pillow 13,
rounded up. docs/decode.md has the table and how it was measured.
"""

from __future__ import annotations

NS_PER_PIXEL = 12  # one unit of DecodeLimits.total_pixels


def jpeg(pixels: int, size: int, scans: int) -> int:
    """A JPEG of `size` bytes; each scan of a multi-scan file visits all blocks again."""
    return 4 * pixels + 10 * size + (3 * pixels * scans if scans > 1 else 0)


def png(pixels: int, row_bytes: int, rows: int, size: int) -> int:
    """Inflate and unfilter rows of `row_bytes`, then draw."""
    return 8 * row_bytes * rows + 4 * pixels + 2 * size


def gif(pixels: int, size: int) -> int:
    """LZW decoding is bounded by the pixels; reading, by the bytes."""
    return 8 * pixels + 5 * size


def bmp(pixels: int) -> int:
    """Raw rows are copied."""
    return 4 * pixels


def bmp_rle(pixels: int, size: int) -> int:
    """Run lengths are read by a Python loop."""
    return 100 * pixels + 400 * size


def tiff(pixels: int, raw_bytes: int, ns_per_byte: int, size: int) -> int:
    """Strips or tiles of `raw_bytes` in all once unpacked."""
    return 6 * pixels + ns_per_byte * raw_bytes + 2 * size


def webp(pixels: int, size: int) -> int:
    """VP8 or VP8L."""
    return 20 * pixels + 35 * size


def avif(pixels: int, size: int) -> int:
    """AV1 with all its filters."""
    return 30 * pixels + 80 * size


def heic(pixels: int, size: int) -> int:
    """HEVC with all its filters."""
    return 40 * pixels + 100 * size


def drawing(pixels: int) -> int:
    """Blend a rectangle onto a canvas, or flatten a canvas on white."""
    return 8 * pixels
