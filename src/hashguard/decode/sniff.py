"""Which format the bytes are, from their first few and nothing else."""

from __future__ import annotations

from hashguard.decode.limits import Format
from hashguard.errors import UnsupportedError

_AVIF = frozenset({b"avif", b"avis"})
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_STILL_CONTAINER = frozenset({b"mif1", b"msf1", b"mif2", b"miaf"})
_MAX_BRANDS = 64  # real files name under 10


def sniff(data: bytes) -> Format:
    """The format of an upload. Raises UnsupportedError."""
    if data.startswith(b"\xff\xd8\xff"):
        return Format.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Format.PNG
    if data.startswith((b"GIF87a", b"GIF89a")):
        return Format.GIF
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return Format.WEBP
    if data.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return Format.TIFF
    if data[4:8] == b"ftyp":
        return _brand(data)
    # Two letters are little: the size of the header after them must be a known one as well.
    if data.startswith(b"BM") and data[14:18] in _BMP_HEADERS:
        return Format.BMP
    if not data:
        raise UnsupportedError("the upload is empty")
    raise UnsupportedError(
        "not a picture in a format we decode (" + ", ".join(f.value for f in Format) + ")"
    )


_BMP_HEADERS = frozenset(n.to_bytes(4, "little") for n in (12, 40, 52, 56, 64, 108, 124))


def _brand(data: bytes) -> Format:
    """AVIF or HEIC, from the brands of the opening `ftyp` box."""
    size = min(int.from_bytes(data[:4]), 16 + 4 * _MAX_BRANDS, len(data))
    major = data[8:12]
    brands = {major, *(data[at : at + 4] for at in range(16, size - 3, 4))}
    if major in _AVIF:
        return Format.AVIF
    if major in _HEIC:
        return Format.HEIC
    if major in _STILL_CONTAINER or brands & _STILL_CONTAINER:
        if brands & _AVIF:
            return Format.AVIF
        if brands & _HEIC:
            return Format.HEIC
    raise UnsupportedError("a media container that holds neither AVIF nor HEIC")
