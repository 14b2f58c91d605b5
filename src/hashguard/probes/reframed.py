"""Probes of what was cropped or tilted: a frame as a part of a larger picture, and turned back.

All are made of one thumbnail of the frame. Pure: a thumbnail in, probes out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

import numpy as np

from hashguard.framing import LEAST_TOLD, WHOLE, Framing
from hashguard.hashers.framed import (
    Coded,
    coded,
    framed_orientations,
    ratio_framings,
    tilted_framing,
)
from hashguard.hashers.orientation import Orientation
from hashguard.hashers.thumbnail import Thumbnail, tilted
from hashguard.hashes import Algorithm, Hash, Hashed
from hashguard.probes.cohort import RATIOS_BEAR, handicap
from hashguard.probes.plan import EITHER_SIDE, Probe, ProbePlan, Tried, turned_name


def reframed(
    thumb: Thumbnail, plan: ProbePlan, whole: Hashed, height: int, width: int
) -> Iterator[Probe]:
    """Probes of the frame as a part of a larger picture, and turned back: as the plan has them.

    whole: the hash of the frame. height, width: of the frame in pixels.
    """
    grid = _grid(thumb, plan)
    bits = _handicap(grid)
    for way, all_of in grid.items():
        hashes = hashes_of(all_of, whole)
        for place, name, framing in _croppings(plan.crops, way):
            yield Probe(name, hashes[place], framing, Tried.CROPPINGS, bits)
    framings = ratio_framings(height, width) if plan.ratios else ()
    for way in EITHER_SIDE:
        hashes = hashes_of(coded(thumb, framings, orientation=way), whole)
        for framing, one in zip(framings, hashes, strict=True):
            name = turned_name(_told(framing), way)
            yield Probe(name, one, framing, Tried.RATIOS, round(RATIOS_BEAR * bits))
    for degrees in (way * tilt for tilt in plan.tilts for way in (1, -1)):
        turned = tilted(thumb, degrees, height=height, width=width)
        framing = tilted_framing(WHOLE, degrees, height=height, width=width)
        side = "right" if degrees > 0 else "left"
        name = f"tilted {abs(degrees):g} degrees {side}"
        for way in EITHER_SIDE:
            (one,) = hashes_of(coded(turned, [WHOLE], orientation=way), whole)
            yield Probe(turned_name(name, way), one, framing)


def _grid(thumb: Thumbnail, plan: ProbePlan) -> Mapping[Orientation, Coded]:
    """The hashes of all croppings of a plan, row by row; nothing if it has none."""
    if not plan.crops:
        return {}
    spans = _spans(plan.crops)
    return framed_orientations(thumb, spans, spans, orientations=EITHER_SIDE)


def _handicap(grid: Mapping[Orientation, Coded]) -> int:
    """Of the croppings of an upload; 0 if there are none."""
    if not grid:
        return 0
    return handicap(
        np.concatenate([one.codes.reshape(-1, Algorithm.PDQ.code_bytes) for one in grid.values()]),
        np.concatenate([one.clarity.reshape(-1, Algorithm.PDQ.bits) for one in grid.values()]),
    )


def _spans(crops: tuple[float, ...]) -> list[tuple[float, float]]:
    return [(-before, 1 + after) for before in crops for after in crops]


@lru_cache(maxsize=16)  # hundreds, and the same for every frame
def _croppings(crops: tuple[float, ...], way: Orientation) -> tuple[tuple[int, str, Framing], ...]:
    """Place in the grid, row by row, name and framing of each; but for the frame as it is."""
    framings = [
        Framing(left, top, right, bottom)
        for top, bottom in _spans(crops)
        for left, right in _spans(crops)
    ]
    return tuple(
        (place, turned_name(_told(framing), way), framing)
        for place, framing in enumerate(framings)
        if not framing.is_whole
    )


def hashes_of(all_of: Coded, whole: Hashed) -> list[Hashed]:
    """Row by row. whole: the hash of the frame; its quality and ties stand for all made of it."""
    codes = all_of.codes.reshape(-1, Algorithm.PDQ.code_bytes)
    clarity = all_of.clarity.reshape(-1, Algorithm.PDQ.bits)
    return [
        Hashed(Hash.from_code(Algorithm.PDQ, code), whole.quality, whole.ties, clear)
        for code, clear in zip(codes, clarity, strict=True)
    ]


def _told(framing: Framing) -> str:
    """What was cut off, as shares of the whole picture: `cropped about 4 % left and 8 % top`."""
    across, down = framing.right - framing.left, framing.bottom - framing.top
    shares = {
        "left": -framing.left / across,
        "right": (framing.right - 1) / across,
        "top": -framing.top / down,
        "bottom": (framing.bottom - 1) / down,
    }
    cut = [f"{100 * share:.0f} % {side}" for side, share in shares.items() if share > LEAST_TOLD]
    if not cut:
        return "cropped by less than 1 %"
    return "cropped about " + (", ".join(cut[:-1]) + " and " if cut[1:] else "") + cut[-1]
