"""From decoded samples to what a person sees: luma or RGB, uint8, on white.

out = (colour * alpha + 255 * (255 - alpha)) / 255, rounded. Profiles are ignored.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from PIL import Image

from hashguard.decode.pillow import Mask, Raster
from hashguard.hashes import Pixels

_GREY_MODES = frozenset({"1", "L", "I;16", "I;16B", "I;16L", "I", "F", "LA", "La"})


class _ArrowArray(ctypes.Structure):
    """struct ArrowArray of the Arrow C data interface."""


_ArrowArray._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_ArrowArray))),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]

_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype = ctypes.c_void_p
_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


class _Lease:
    """Samples that Pillow owns, on loan for as long as an array on them lives."""

    def __init__(self, capsule: object, address: int, shape: tuple[int, ...]) -> None:
        self._capsule = capsule
        self.__array_interface__ = {
            "version": 3,
            "typestr": "|u1",
            "shape": shape,
            "data": (address, True),  # read-only
        }


_BYTES = {"L": 1, "P": 1, "RGB": 4, "RGBX": 4, "RGBA": 4, "LA": 4, "CMYK": 4, "YCbCr": 4}


def samples(image: Image.Image) -> Pixels:
    """The samples of an 8-bit image as a read-only view: (h, w), or (h, w, 3 or 4).

    Without a copy where Pillow keeps the image in one block: copying 12 megapixels costs
    as much as decoding them.
    """
    depth = _BYTES[image.mode]
    try:
        _, capsule = image.__arrow_c_array__()
        array = _ArrowArray.from_address(_pointer(capsule, b"arrow_array"))
        if array.n_children:
            array = array.children[0].contents
        address = array.buffers[1]
    except (ValueError, AttributeError):  # several blocks, or a Pillow that changed its mind
        return np.asarray(image)
    width, height = image.size
    shape = (height, width) if depth == 1 else (height, width, depth)
    if array.length != height * width * depth or array.offset:
        return np.asarray(image)
    view = np.asarray(_Lease(capsule, address, shape))
    if image.mode == "LA":
        return view[..., ::3]
    return view[..., :3] if image.mode in {"RGB", "RGBX", "YCbCr"} else view


def seen(raster: Raster) -> Pixels:
    """(h, w) luma or (h, w, 3) RGB of one picture on white."""
    pixels = _colours(raster)
    if raster.missing is None:
        return pixels
    pixels = pixels.copy()
    missing = shown(raster)
    if raster.interlaced:
        pixels = _spread(pixels, raster.missing, raster.interlaced)
    pixels[missing] = 255
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
            return _on_white(image)
        case "La":
            return _on_white(image.convert("LA"))
        case "RGBa":
            return _on_white(image.convert("RGBA"))
        case _:  # CMYK, YCbCr, LAB
            return samples(image.convert("RGB"))


def _on_white(image: Image.Image) -> Pixels:
    """Composite; grey with alpha stays grey."""
    mode = "L" if image.mode == "LA" else "RGB"
    white = Image.new(mode, image.size, (255,) * len(mode))
    colour = image.getchannel("L") if mode == "L" else image
    white.paste(colour, (0, 0), image.getchannel("A"))
    return samples(white)


def _indexed(raster: Raster) -> Pixels:
    image = raster.image
    if image.mode == "PA":
        image = image.copy()
        return _on_white(image.convert("RGBA"))
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
    key = np.array(raster.key)
    if raster.image.mode == "I;16":
        deep = np.asarray(raster.image)
        return np.where(deep == key[0], np.uint8(255), _deep(raster.image))
    if raster.image.mode == "1":
        grey = samples(raster.image.convert("L"))
        return np.where(grey == key[0], np.uint8(255), grey)
    values = samples(raster.image)
    if values.ndim == 2:
        return np.where(values == key[0], np.uint8(255), values)
    hit = (values == key).all(axis=2)
    return np.where(hit[..., None], np.uint8(255), values)


def _deep(image: Image.Image) -> Pixels:
    """Grey of more than 8 bits: scaled, never clipped.

    16-bit samples fill their range. Wider integers and floats declare none: theirs is the
    least of 0 to 1 (floats only), 0 to 255 and 0 to 65535 that holds all, or else the one
    from the least value, black, to the greatest, white.
    """
    values = np.asarray(image)
    if image.mode.startswith("I;16"):
        # In 32 bits, so that nothing overflows; +32767 rounds.
        return ((values.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    finite = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    tops = (1.0, 255.0, 65535.0) if image.mode == "F" else (255.0, 65535.0)
    if low >= 0:
        low, high = 0.0, next((top for top in tops if high <= top), high)
    if not high > low:
        return np.zeros(values.shape, np.uint8)
    return np.rint((finite - low) * (255 / (high - low))).astype(np.uint8)


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
        image.paste((0, 0, 0, 0), (0, 0), Image.fromarray(raster.missing))
    return image


def _key_rgb(raster: Raster) -> tuple[int, ...]:
    key = raster.key or (0,)
    return key if len(key) == 3 else key * 3


def shown(raster: Raster) -> Mask:
    """(h, w) True where even a viewer that fills gaps shows nothing."""
    missing = raster.missing
    if missing is None:
        return np.zeros(raster.image.size[::-1], np.bool_)
    if not raster.interlaced:
        return missing
    gone: Mask = _spread(missing, missing, raster.interlaced)
    return gone


# Where a pixel of a pass not yet read takes its colour from: the grid of the passes before.
_GRIDS = {
    "adam7": ((2, 1), (2, 2), (4, 2), (4, 4), (8, 4), (8, 8)),
    "rows": ((2, 1), (4, 1), (8, 1)),
}


def _spread(values: Any, missing: Mask, scheme: str) -> Any:
    """Values with each missing pixel taken from the finest grid that has it, as viewers show."""
    height, width = missing.shape
    out = values.copy()
    left = missing.copy()
    for down, across in _GRIDS[scheme]:
        rows = np.arange(height) // down * down
        columns = np.arange(width) // across * across
        known = left & ~missing[np.ix_(rows, columns)]
        out[known] = values[np.ix_(rows, columns)][known]
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
