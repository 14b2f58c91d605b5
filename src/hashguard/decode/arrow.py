"""The samples of a Pillow image, read and marked in place.

Copying 12 megapixels costs as much as decoding them, so the image's own memory is lent
out through the Arrow C data interface, for as long as an array on it lives.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hashguard.hashes import Pixels

CORE: Any = Image.core  # type: ignore[attr-defined]  # what every plugin is built on
Size = tuple[int, int]
"""Width and height in pixels."""

Mask = NDArray[np.bool_]
"""(h, w), or (h, 1) for whole rows; True where a pixel is meant."""

# Bytes of a pixel in memory. Three channels take four bytes; L and A of LA stand apart.
_STEPS = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2}
_CHANNELS = {"RGB": 3, "RGBX": 3, "YCbCr": 3, "LAB": 3}


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
    """Samples that Pillow owns. The capsule releases them when the last array is gone."""

    def __init__(self, capsule: object, address: int, shape: tuple[int, ...]) -> None:
        self._capsule = capsule
        self.__array_interface__ = {
            "version": 3,
            "typestr": "|u1",
            "shape": shape,
            "data": (address, False),
        }


def blank(mode: str, size: Size) -> Image.Image:
    """A black image in one block of memory; Pillow's usual pieces cannot be lent out."""
    image: Image.Image = Image.Image()._new(CORE.new_block(mode, size))
    return image


def part(image: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """A copy of a rectangle; `Image.crop` asks the process-wide pixel limit first."""
    cut: Image.Image = Image.Image()._new(image.im.crop(box))
    return cut


def samples(image: Image.Image) -> Pixels:
    """The samples of an 8-bit image, read-only: (h, w), or (h, w, channels)."""
    view = _lent(image)
    if view is None:
        return np.asarray(image)
    view.flags.writeable = False
    if image.mode == "LA":
        return view[..., ::3]
    return view[..., : _CHANNELS.get(image.mode, 4)] if view.ndim == 3 else view


def _lent(image: Image.Image) -> Pixels | None:
    """(h, w) or (h, w, bytes of a pixel) on the image's own memory; None if it is in pieces."""
    try:
        _, capsule = image.__arrow_c_array__()
        array = _ArrowArray.from_address(_pointer(capsule, b"arrow_array"))
        if array.n_children:
            array = array.children[0].contents
        address, items, offset = array.buffers[1], array.length, array.offset
    except ValueError:
        return None
    width, height = image.size
    step = _STEPS.get(image.mode, 4)
    # One item is one sample: of a byte, of two (I;16), or of four (I, F).
    if offset or items not in {width * height, width * height * step}:
        return None
    shape = (height, width) if step == 1 else (height, width, step)
    return np.asarray(_Lease(capsule, address, shape))


def opaque(image: Image.Image) -> bool:
    """Whether no pixel of an LA or RGBA image lets anything through."""
    view = _lent(image)
    if view is None:
        return bool(np.asarray(image)[..., -1].min() == 255)
    return bool(view.view("<u4").min() >= 0xFF000000)  # alpha is the uppermost byte


@cache
def _mark(step: int) -> Pixels:
    """One long row that no picture contains, the same in every run."""
    return np.random.default_rng(step).integers(1, 255, (2**16, step), dtype=np.uint8)


def marked(mode: str, size: Size) -> Image.Image:
    """A canvas that shows, after decoding, which of its pixels were never written."""
    image = blank(mode, size)
    view = _lent(image)
    if view is not None:
        row = _mark(_STEPS.get(mode, 4))[: size[0]]
        view[:] = row[:, 0] if view.ndim == 2 else row
    return image


def unwritten(image: Image.Image, *, by_row: bool = True) -> Mask | None:
    """Where a marked canvas still shows its mark; None if it was written to its end.

    by_row: whole rows only. Otherwise pixel by pixel, where one sample in 254 of an 8-bit
    image looks unwritten by chance.
    """
    view = _lent(image)
    if view is None:
        return None
    row = _mark(_STEPS.get(image.mode, 4))[: image.width]
    if view.ndim == 3:
        word = np.dtype(f"u{view.shape[2]}")  # compared as one number a pixel
        view = view.view(word)[..., 0]
        row = np.ascontiguousarray(row).view(word)
    row = row[:, 0]
    # All codecs write row after row, down or up; interlaced ones end in one of the last two.
    if not any(np.array_equal(edge, row) for edge in (view[0], *view[-2:])):
        return None
    if by_row:
        gone: Mask = np.array([[bool((line == row).all())] for line in view])
        return gone
    same: Mask = np.equal(view, row)
    return same
