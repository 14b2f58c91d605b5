"""Hostile uploads by number: mutant `index` of `seed` is always the same bytes. Pure.

Bases are the odd inputs, made from a photograph shrunk to 112 pixels, and all photographs of
the fixtures at some 100 pixels in eight formats. A mutant is one or several of the
mutations below applied to a base drawn at random. (The same bytes within one installation:
see fixtures/odd about coders.)
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from benchmarks.common import PHOTOS
from fixtures.odd import MAKERS
from fixtures.odd.bombs import bomb_inputs

SMALL = 112  # pixels across: a check takes about a millisecond, and so 100,000 are feasible
INTERESTING = (0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF)
WIDE = (0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)
_FORMATS: tuple[tuple[str, dict[str, object]], ...] = (
    ("JPEG", {"quality": 85}),
    ("JPEG", {"quality": 85, "progressive": True, "subsampling": 0}),
    ("PNG", {}),
    ("WEBP", {"quality": 80}),
    ("WEBP", {"lossless": True}),
    ("GIF", {}),
    ("BMP", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("AVIF", {"quality": 60, "speed": 8}),
)


@dataclass(frozen=True, slots=True)
class Base:
    """What is mutated, and what it is called in a report."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Mutant:
    """One hostile upload. recipe: base and mutations, enough to tell kinds apart."""

    recipe: str
    kind: str
    data: bytes


def bases() -> list[Base]:
    """All bases, in a fixed order. Takes about two seconds."""
    with Image.open(PHOTOS / "cat.png") as opened:
        small = _shrunk(opened)
    sink = io.BytesIO()
    small.save(sink, "PNG")
    found: list[Base] = []
    for make in MAKERS:
        # Bombs bring their own sizes and need a photograph of some size to be made.
        photo = (PHOTOS / "cat.png").read_bytes() if make is bomb_inputs else sink.getvalue()
        found += [Base(f"odd/{name}", odd.data) for name, odd in make(photo).items()]
    for path in sorted(PHOTOS.glob("*.???")):
        if path.suffix not in (".jpg", ".png"):
            continue
        with Image.open(path) as opened:
            small = _shrunk(opened)
        for number, (container, options) in enumerate(_FORMATS):
            sink = io.BytesIO()
            small.save(sink, container, **options)
            found.append(Base(f"photo/{path.stem}-{number}-{container.lower()}", sink.getvalue()))
    return found


def _shrunk(image: Image.Image) -> Image.Image:
    return image.convert("RGB").resize((SMALL, SMALL * image.height // image.width))


def mutant(found: Sequence[Base], seed: int, index: int) -> Mutant:
    """Mutant `index` of `seed`."""
    rng = np.random.default_rng((seed, index))
    base = found[int(rng.integers(len(found)))]
    data = bytearray(base.data)
    names = []
    # Mostly one mutation: the more there are, the less of the file is ever reached.
    for _ in range(1 + int(rng.geometric(0.6) - 1) % 4):
        name, mutate = _MUTATIONS[int(rng.integers(len(_MUTATIONS)))]
        other = found[int(rng.integers(len(found)))].data
        data = mutate(data, other, rng)
        names.append(name)
    return Mutant(f"{base.name}: {', '.join(names)}", names[0], bytes(data))


def _place(data: Sequence[int] | bytes, rng: np.random.Generator) -> int:
    """A position; one time in three among the first 256 bytes, where headers are."""
    size = len(data)
    if size == 0:
        return 0
    return int(rng.integers(min(size, 256) if rng.random() < 1 / 3 else size))


def _flip(data: bytearray, _: bytes, rng: np.random.Generator) -> bytearray:
    for _bit in range(int(rng.geometric(0.3)) if data else 0):
        data[_place(data, rng)] ^= 1 << int(rng.integers(8))
    return data


def _set_bytes(data: bytearray, _: bytes, rng: np.random.Generator) -> bytearray:
    for _byte in range(int(rng.integers(1, 5)) if data else 0):
        data[_place(data, rng)] = INTERESTING[int(rng.integers(len(INTERESTING)))]
    return data


def _set_word(data: bytearray, _: bytes, rng: np.random.Generator) -> bytearray:
    size = 2 if rng.random() < 0.5 else 4
    value = WIDE[int(rng.integers(len(WIDE)))] % 256**size
    at = _place(data, rng)
    data[at : at + size] = value.to_bytes(size, "big" if rng.random() < 0.5 else "little")
    return data


def _truncate(data: bytearray, _: bytes, rng: np.random.Generator) -> bytearray:
    return data[: int(rng.integers(len(data) + 1))]


def _splice(data: bytearray, other: bytes, rng: np.random.Generator) -> bytearray:
    """The beginning of one, the end of the other."""
    return data[: _place(data, rng)] + other[_place(other, rng) :]


def _graft(data: bytearray, other: bytes, rng: np.random.Generator) -> bytearray:
    """A piece of the other in the middle of this one, over it or pushed in."""
    start = _place(other, rng)
    piece = other[start : start + int(rng.integers(1, 4097))]
    at = _place(data, rng)
    over = len(piece) if rng.random() < 0.5 else 0
    data[at : at + over] = piece
    return data


def _cut_out(data: bytearray, _: bytes, rng: np.random.Generator) -> bytearray:
    at = _place(data, rng)
    del data[at : at + int(rng.integers(1, 257))]
    return data


def _repeat(data: bytearray, _: bytes, rng: np.random.Generator) -> bytearray:
    at = _place(data, rng)
    piece = data[at : at + int(rng.integers(1, 513))]
    data[at:at] = piece * int(rng.integers(1, 33))
    return data


_MUTATIONS: tuple[tuple[str, Callable[[bytearray, bytes, np.random.Generator], bytearray]], ...] = (
    ("bit flips", _flip),
    ("bit flips", _flip),
    ("set bytes", _set_bytes),
    ("set word", _set_word),
    ("truncation", _truncate),
    ("splice", _splice),
    ("graft", _graft),
    ("cut out", _cut_out),
    ("repeat", _repeat),
)
