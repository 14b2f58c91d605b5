"""The one door to Pillow and pi-heif: a `Picture` goes in, decoded samples come out.

Containers are read by our own bounded walks; of Pillow only the codecs are used. So no
plugin scan, no Python loop over the upload's chunks, no warning, and no process-wide
setting (size check, truncated files) is read or written. Imported on first use:
`import hashguard.decode` stays light.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.TiffImagePlugin import TiffImageFile

from hashguard.decode.arrow import CORE, Mask, Size, blank, marked, samples, unwritten
from hashguard.decode.header import (
    AvifSource,
    BmpSource,
    GifSource,
    HeicSource,
    JpegSource,
    Picture,
    PngSource,
    TiffSource,
    WebpSource,
)
from hashguard.decode.limits import Format
from hashguard.errors import CorruptError, UnsupportedError


@dataclass(frozen=True, slots=True)
class Raster:
    """Decoded samples, before palette, transparency and orientation.

    missing: True where no data came; None if all came.
    cut: the data ends early, be it in rows or in detail.
    palette: RGBA, 4 bytes a colour, for images of indices.
    key: the sample value that means transparent, one number per channel.
    interlaced: rows or pixels came coarse first, so a missing one has shown neighbours.
    """

    image: Image.Image
    missing: Mask | None = None
    palette: bytes = b""
    key: tuple[int, ...] | None = None
    interlaced: str = ""
    cut: bool = False


def require(format_: Format) -> None:
    """Raise UnsupportedError, saying what to install, if a decoder is not there."""
    if format_ is Format.HEIC:
        try:
            import pi_heif  # noqa: F401  (the optional extra)
        except ImportError:
            raise UnsupportedError("HEIC needs an extra: pip install 'hashguard[heif]'") from None
    if format_ is Format.AVIF and not _has("_avif"):
        raise UnsupportedError("this build of Pillow has no AVIF; install it from a wheel")
    if format_ is Format.WEBP and not _has("_webp"):
        raise UnsupportedError("this build of Pillow has no WebP; install it from a wheel")


def _has(module: str) -> bool:
    from importlib import import_module

    try:
        import_module("PIL." + module)
    except ImportError:
        return False
    return True


def decode_picture(picture: Picture) -> Raster:
    """Decode one picture. Raises DecodeError, or what the codec raises: see guard.py."""
    size = (picture.width, picture.height)
    source = picture.source
    match source:
        case JpegSource():
            return _jpeg(source, size)
        case PngSource():
            return _png(source, size)
        case GifSource():
            return _gif(source, size)
        case BmpSource():
            return _bmp(source)
        case TiffSource():
            return _tiff(source)
        case WebpSource():
            return _webp(source, size, picture.opaque)
        case AvifSource():
            return _avif(source, size)
        case HeicSource():
            return _heic(source, size)


def _codec(
    name: str, image: Image.Image, args: tuple[Any, ...], data: Any, end: bytes = b""
) -> tuple[bool, bool]:
    """Run a codec over the whole image: whether it finished, and whether it needed `end`."""
    decoder = getattr(CORE, name + "_decoder")(image.mode, *args)
    needed = False
    try:
        decoder.setimage(image.im, (0, 0, *image.size))
        used, error = decoder.decode(data)
        if used >= 0 and end:
            needed = True
            used, error = decoder.decode(bytes(data[used:]) + end)
    finally:
        decoder.cleanup()
    return bool(used < 0 and error >= 0), needed


def _jpeg(source: JpegSource, size: Size) -> Raster:
    """Luma at full size. CMYK is always taken as inverted, as browsers take it."""
    mode, raw = ("CMYK", "CMYK;I") if source.components == 4 else ("L", "L")
    args = (raw, "", 1, 0)
    image = blank(mode, size)
    # Of a file that ends early, an end marker makes the codec show what it has, as viewers
    # do; what never came is left as coefficients of zero, flat grey.
    whole, cut = _codec("jpeg", image, args, source.data, _END_OF_JPEG)
    if not whole and cut:
        # It ends inside a table between two scans: what came before that is shown.
        image = blank(mode, size)
        before = source.data[: _last_marker(source.data)]
        whole, _ = _codec("jpeg", image, args, before, _END_OF_JPEG)
    if not whole:
        raise CorruptError("this JPEG cannot be decoded")
    return Raster(image, _grey_rows(image), cut=True) if cut else Raster(image)


_END_OF_JPEG = b"\xff\xd9"
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def _last_marker(data: bytes) -> int:
    """Where the segment begins in which the data ends."""
    start = max(0, len(data) - 2**16 - 2)
    return max((found.start() for found in _MARKER.finditer(data, start)), default=len(data))


def _grey_rows(image: Image.Image) -> Mask | None:
    """The rows at the end that are flat mid-grey all along."""
    values = samples(image)
    grey = np.array([bool((row == 128).all()) for row in values])
    return _from(len(grey) - int(np.argmin(grey[::-1])) if not grey.all() else 0, len(grey))


_PNG_MODES = {
    (1, 0): ("1", "1"),
    (2, 0): ("L", "L;2"),
    (4, 0): ("L", "L;4"),
    (8, 0): ("L", "L"),
    (16, 0): ("I;16", "I;16B"),
    (8, 2): ("RGB", "RGB"),
    (16, 2): ("RGB", "RGB;16B"),
    (1, 3): ("P", "P;1"),
    (2, 3): ("P", "P;2"),
    (4, 3): ("P", "P;4"),
    (8, 3): ("P", "P"),
    (8, 4): ("LA", "LA"),
    (16, 4): ("RGBA", "LA;16B"),
    (8, 6): ("RGBA", "RGBA"),
    (16, 6): ("RGBA", "RGBA;16B"),
}


def _png(source: PngSource, size: Size) -> Raster:
    mode, raw = _PNG_MODES[source.bits, source.colour]
    data = source.parts[0] if len(source.parts) == 1 else b"".join(source.parts)
    image = marked(mode, size)
    _codec("zip", image, (raw, source.interlaced), data)
    return Raster(
        image,
        unwritten(image, by_row=not source.interlaced),
        _rgba_palette(source.palette, source.transparency) if mode == "P" else b"",
        _png_key(source),
        "adam7" if source.interlaced else "",
    )


def _png_key(source: PngSource) -> tuple[int, ...] | None:
    """The transparent grey or colour, in the samples that the codec hands out."""
    channels = {0: 1, 2: 3}.get(source.colour, 0)
    if not channels or len(source.transparency) < 2 * channels:
        return None
    values = np.frombuffer(source.transparency, ">u2", channels).astype(int)
    if source.bits < 8:
        values = values * 255 // (2**source.bits - 1)
    elif source.bits == 16 and source.colour == 2:
        values >>= 8  # the codec keeps the upper byte of each sample
    return tuple(values.tolist())


def _rgba_palette(rgb: bytes, alpha: bytes) -> bytes:
    """256 colours of 4 bytes; what the file leaves out is opaque black."""
    table = np.zeros((256, 4), np.uint8)
    table[:, 3] = 255
    colours = np.frombuffer(rgb[: len(rgb) // 3 * 3], np.uint8).reshape(-1, 3)[:256]
    table[: len(colours), :3] = colours
    table[: len(alpha), 3] = np.frombuffer(alpha, np.uint8)[:256]
    return table.tobytes()


def _gif(source: GifSource, size: Size) -> Raster:
    image = marked("P", size)
    _codec("gif", image, (source.code_bits, source.interlaced), source.codes)
    colours = source.palette or bytes(n for n in range(256) for _ in range(3))
    palette = bytearray(_rgba_palette(colours, b""))
    if source.transparent is not None:
        palette[4 * source.transparent + 3] = 0
    rows = "rows" if source.interlaced else ""
    return Raster(image, unwritten(image), bytes(palette), interlaced=rows)


def _bmp(source: BmpSource) -> Raster:
    raster = _plugin(BmpImageFile(io.BytesIO(source.data)))
    alpha = raster.image.getextrema()[-1] if raster.image.mode == "RGBA" else None
    if alpha == (0, 0):
        # As browsers do: the alpha of a BMP without any opaque pixel was never meant.
        raster.image.putalpha(255)
    return raster


def _tiff(source: TiffSource) -> Raster:
    return _plugin(TiffImageFile(io.BytesIO(_page_alone(source))), by_row=not source.tiled)


def _page_alone(source: TiffSource) -> bytes:
    """The file with its head pointing at the page's own short directory, put at the end."""
    order: Literal["big", "little"] = "big" if source.big_endian else "little"
    at = len(source.data) + (len(source.data) & 1)
    pad = b"\0" * (at - len(source.data))
    if source.big:
        head = source.data[:8] + at.to_bytes(8, order)
    else:
        head = source.data[:4] + at.to_bytes(4, order)
    return b"".join((head, memoryview(source.data)[len(head) :], pad, source.directory))


def _plugin(image: Any, *, by_row: bool = True) -> Raster:
    """Load an image whose codec only its plugin can set up."""
    canvas = marked(image.mode, image.size)
    # What breaks off has been written into the canvas that was put there beforehand.
    image.im = canvas.im
    broken: Exception | None = None
    try:
        image.load()
    except (OSError, ValueError, SyntaxError) as error:
        broken = error
    palette = image.getpalette("RGBA") if image.mode in {"P", "PA"} else None
    missing = unwritten(canvas, by_row=by_row)
    if broken is not None and missing is None:
        raise broken
    return Raster(image if broken is None else canvas, missing, bytes(palette or b""))


_FILLINGS = (b"\0", b"\x55")  # decode to two different pictures; all ones is an error


def _webp(source: WebpSource, size: Size, opaque: bool) -> Raster:
    if not source.missing:
        return Raster(_webp_image(source, size, opaque, b""))
    last = len(source.chunks[-1][1])
    if source.missing > 3 * last:
        raise CorruptError("cut short: less than a quarter of the picture is there")
    # The codec shows nothing of a cut file. Filled up in two ways it decodes to two
    # pictures; up to where they differ, they are the one that was uploaded.
    more = 2 * source.missing + last
    image, other = (_webp_image(source, size, opaque, one * more) for one in _FILLINGS)
    differs = np.not_equal(np.asarray(image), np.asarray(other)).any(axis=(1, 2))
    return Raster(image, _from(int(np.argmax(differs)) if differs.any() else size[1], size[1]))


def _from(row: int, height: int) -> Mask | None:
    """The rows from this one on."""
    missing: Mask = np.arange(height)[:, None] >= row
    return missing if row < height else None


def _webp_image(source: WebpSource, size: Size, opaque: bool, filling: bytes) -> Image.Image:
    from PIL import _webp  # (not in every build)

    parts: list[bytes | memoryview] = []
    if len(source.chunks) > 1:
        canvas = b"".join((side - 1).to_bytes(3, "little") for side in size)
        parts += [b"VP8X", (10).to_bytes(4, "little"), b"\x10\0\0\0", canvas]
    for index, (name, body) in enumerate(source.chunks):
        tail = filling if index == len(source.chunks) - 1 else b""
        length = len(body) + len(tail)
        parts += [name, length.to_bytes(4, "little"), body, tail, b"\0" * (length & 1)]
    riff = b"".join(parts)
    file = b"RIFF" + (len(riff) + 4).to_bytes(4, "little") + b"WEBP" + riff
    decoder = _webp.WebPAnimDecoder(file)
    frame = decoder.get_next()
    if frame is None:
        raise CorruptError("this WebP cannot be decoded")
    # Copied, not wrapped: Pillow before 13 crashes when it lends out memory it does not own.
    image = blank("RGBX" if opaque else "RGBA", size)
    image.frombytes(frame[0])
    return image


def _avif(source: AvifSource, size: Size) -> Raster:
    from PIL import _avif  # (not in every build)

    decoder = _avif.AvifDecoder(source.data, "auto", 1)
    stated, _, mode, *_ = decoder.get_info()
    if tuple(stated) != size:
        raise CorruptError("the AVIF states two sizes")
    frame, *_ = decoder.get_frame(source.index)
    return Raster(Image.frombytes(mode, size, frame))


def _heic(source: HeicSource, size: Size) -> Raster:
    import pi_heif  # (the optional extra)

    file = pi_heif.HeifFile(io.BytesIO(source.data))
    width, height = file.size
    if width * height > size[0] * size[1]:
        raise CorruptError("the HEIC states two sizes")
    return Raster(Image.frombytes(file.mode, file.size, file.data, "raw", file.mode, file.stride))
