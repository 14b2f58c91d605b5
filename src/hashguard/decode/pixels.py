"""From decoded samples to what a person sees: luma or RGB, uint8, on white.

out = (colour * alpha + 255 * (255 - alpha)) / 255, rounded. Profiles are ignored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from hashguard.decode.arrow import Mask, blank, opaque, part, samples
from hashguard.decode.pillow import Raster
from hashguard.hashes import Pixels

_BAND = 2**18  # pixels worked on at a time, so that what lies between fits in the cache


def _bands(height: int, width: int) -> Iterator[slice]:
    rows = max(1, _BAND // width)
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))


def seen(raster: Raster) -> Pixels:
    """(h, w) luma or (h, w, 3) RGB of one picture on white."""
    pixels = _colours(raster)
    if raster.missing is None:
        return pixels
    pixels = np.asarray(_spread(pixels, raster.missing, raster.interlaced))
    gone = shown(raster)
    if gone.shape[1] == 1:
        pixels[gone[:, 0]] = 255
    else:
        pixels[gone] = 255
    return pixels


def _colours(raster: Raster) -> Pixels:
    image = raster.image
    if raster.palette:
        return _indexed(raster)
    if raster.key is not None:
        return _keyed(raster)
    match image.mode:
        case "L" | "RGB" | "RGBX":
            return samples(image)
        case "1":
            return samples(image.convert("L"))
        case "I;16" | "I;16B" | "I;16L" | "I" | "F":
            return _deep(image)
        case "LA" | "RGBA":
            return on_white(image)
        case "La":
            return on_white(image.convert("LA"))
        case "RGBa":
            return on_white(image.convert("RGBA"))
        case _:  # CMYK, YCbCr, LAB
            return samples(image.convert("RGB"))


def on_white(image: Image.Image) -> Pixels:
    """Composite LA or RGBA on white; grey with alpha stays grey."""
    mode = "L" if image.mode == "LA" else "RGB"
    if opaque(image):
        view = samples(image)
        return view[..., 0] if mode == "L" else view[..., :3]
    width, height = image.size
    out = blank(mode, image.size)
    for rows in _bands(height, width):
        band = part(image, (0, rows.start, width, rows.stop))
        white = Image.new(mode, band.size, (255,) * len(mode))
        white.paste(band, (0, 0), band)  # rounds (c * a + 255 * (255 - a)) / 255
        out.paste(white, (0, rows.start))
    return samples(out)


def _indexed(raster: Raster) -> Pixels:
    image = raster.image
    if image.mode == "PA":
        image = image.copy()
        return on_white(image.convert("RGBA"))
    table = np.frombuffer(raster.palette, np.uint8).reshape(-1, 4).astype(np.uint16)
    alpha = table[:, 3:]
    colours = ((table[:, :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    full = np.zeros((256, 3), np.uint8)
    full[: len(colours)] = colours
    indices = samples(image)
    if (full[:, 0] == full[:, 1]).all() and (full[:, 1] == full[:, 2]).all():
        return full[:, 0][indices]
    image.putpalette(full.tobytes())
    return samples(image.convert("RGB"))


def _keyed(raster: Raster) -> Pixels:
    """One grey or colour is transparent: it is white."""
    image, key = raster.image, raster.key or ()
    if image.mode == "1":
        image = image.convert("L")
    if image.mode == "I;16":
        values, out = np.asarray(image)[..., None], _deep(image)
    else:
        values, out = samples(image), samples(image).copy()
        values = values.reshape(*values.shape[:2], -1)
    for rows in _bands(*out.shape[:2]):
        hit = values[rows, :, 0] == key[0]
        for channel in range(1, len(key)):
            hit &= values[rows, :, channel] == key[channel]
        out[rows][hit] = 255
    return out


def _deep(image: Image.Image) -> Pixels:
    """Grey of more than 8 bits: scaled, never clipped.

    16-bit samples fill their range. Wider integers and floats declare none: theirs is the
    least of 0 to 1 (floats only), 0 to 255 and 0 to 65535 that holds all, or else the one
    from the least value, black, to the greatest, white.
    """
    values: Any = np.asarray(image)
    out = np.empty(values.shape, np.uint8)
    low, high = (0.0, 65535.0) if image.mode.startswith("I;16") else _range(values, image.mode)
    scale = 255 / (high - low) if high > low else 0.0
    for rows in _bands(*values.shape):
        with np.errstate(invalid="ignore"):  # signalling NaNs
            band = values[rows].astype(np.float64)
        if image.mode == "F":
            band = np.nan_to_num(band, nan=low, posinf=high, neginf=low)
        out[rows] = np.rint((band - low) * scale)
    return out


def _range(values: Any, mode: str) -> tuple[float, float]:
    """Black and white of samples that do not declare them."""
    tops = (1.0, 255.0, 65535.0) if mode == "F" else (255.0, 65535.0)
    low, high = np.inf, -np.inf
    for rows in _bands(*values.shape):
        band = values[rows]
        if mode == "F":
            band = band[np.isfinite(band)]
        if band.size:
            low, high = min(low, float(band.min())), max(high, float(band.max()))
    if not low <= high:
        return 0.0, 1.0
    if low >= 0:
        return 0.0, next((top for top in tops if high <= top), high)
    return low, high


def drawable(raster: Raster) -> Image.Image:
    """One frame as RGBA with straight alpha, to be drawn on a canvas."""
    image = raster.image
    if raster.palette:
        image.putpalette(raster.palette, "RGBA")
        image = image.convert("RGBA")
    elif raster.key is not None:
        mask = (np.asarray(image.convert("RGB")) == _key_rgb(raster)).all(axis=2)
        image = image.convert("RGBA")
        image.putalpha(Image.fromarray(np.where(mask, np.uint8(0), np.uint8(255))))
    elif image.mode == "I;16":
        image = Image.fromarray(_deep(image)).convert("RGBA")
    elif image.mode == "RGBX":
        image = image.convert("RGB").convert("RGBA")
    elif image.mode != "RGBA":
        image = image.convert("RGBA")
    if raster.missing is not None:
        gone = np.broadcast_to(raster.missing, image.size[::-1])
        image.paste((0, 0, 0, 0), (0, 0), Image.fromarray(np.ascontiguousarray(gone)))
    return image


def _key_rgb(raster: Raster) -> tuple[int, ...]:
    key = raster.key or (0,)
    return key if len(key) == 3 else key * 3


def shown(raster: Raster) -> Mask:
    """True where even a viewer that fills gaps shows nothing."""
    missing = raster.missing
    if missing is None:
        return np.zeros((raster.image.height, 1), np.bool_)
    gone: Mask = _spread(missing, missing, raster.interlaced)
    return gone


# Where a pixel of a pass not yet read takes its colour from: the grid of the passes before.
_GRIDS = {
    "": (),
    "adam7": ((2, 1), (2, 2), (4, 2), (4, 4), (8, 4), (8, 8)),  # PNG
    "rows": ((2, 1), (4, 1), (8, 1)),  # GIF
}


def _spread(values: Any, missing: Mask, scheme: str) -> Any:
    """A copy with each missing pixel taken from the finest grid that has it, as viewers do."""
    out = values.copy()
    left = missing.copy()
    for down, across in _GRIDS[scheme]:

        def grown(grid: Any, down: int = down, across: int = across) -> Any:
            height, width = grid.shape[:2]
            tall = grid[::down, ::across].repeat(down, axis=0)[:height]
            return tall.repeat(across, axis=1)[:, :width]

        known = left & ~grown(missing)
        np.copyto(out, grown(values), where=known if values.ndim == 2 else known[..., None])
        left &= ~known
    return out


def turned(pixels: Pixels, orientation: int) -> Pixels:
    """The view of the pixels that EXIF orientation 1 to 8 asks for; nothing is copied."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in {3, 4, 7, 8}:
        pixels = pixels[::-1]
    if orientation in {2, 3, 6, 7}:
        pixels = pixels[:, ::-1]
    return pixels
