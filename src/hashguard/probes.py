"""Which variants of an upload are looked up, each under a name a person understands.

Pure: pixels in, probes out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from hashguard.detection import (
    Luma,
    Small,
    find_pictures,
    have_round_corners,
    made_small,
    without_overlays,
    without_round_corners,
)
from hashguard.framing import WHOLE, Framing
from hashguard.hashers import Hasher
from hashguard.hashers.framed import (
    Coded,
    coded,
    framed_orientations,
    ratio_framings,
    tilted_framing,
)
from hashguard.hashers.orientation import Orientation, turn
from hashguard.hashers.pdq import Sampling, hash_orientations, hash_pixels, separability
from hashguard.hashers.thumbnail import Thumbnail, thumbnail, tilted
from hashguard.hashes import Algorithm, Hash, Hashed, Pixels

UNCOVERED = "with what covers it filled in"
AS_UPLOADED = (Orientation.UPRIGHT,)
EITHER_SIDE = (Orientation.UPRIGHT, Orientation.MIRRORED)
ALL_WAYS = tuple(Orientation)
SMALL = 512
"""Pixels of the longer side; below it, what is found in a frame is hashed as if it was larger.

Shrunk to 256 pixels, a photograph twice as large is 11 weighed bits from itself by plain PDQ, on
average, and 3 so; one of 1,024 pixels is 17 and 1 (n = 80).
"""
MAX_CROP = 0.5  # of a side; what is left shows too little of the whole
MAX_SEPARABILITY = 0.75
"""Of what is left or found of an upload: beyond, it is stripes, or the lines of a drawing.

Such hashes are alike whatever they are of: a curtain was 28 bits from waves, turned on their side.
"""
_LEAST_TOLD = 0.005  # of a side
MAX_TILT = 45.0  # degrees; beyond it, a quarter turn is nearer
LEAST_CHANGE = 9
"""Bits of 256 between a frame and the same without what seems to cover it.

What changes less brings no copy much nearer: mostly a plain place that was no overlay.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbePlan:
    """Which probes are made of each frame.

    samplings: PDQ variants to hash in; other algorithms know only FULL.
    orientations: the ways in which the frame, and every picture in it, is turned.
    pictures: how many pictures are looked for within the frame, at most: without their border, in
    a screenshot, the panels of a collage; a few more if one may end as plain as what surrounds it.
    Most frames have none. PDQ only.
    overlays: whether what seems to be put over the frame, such as stickers and captions, is filled
    in. Most frames have none; then there are no such probes. PDQ only.
    crops: shares of a side of the frame that may have been cut off it, each on each of the four
    sides; none for no such probes. PDQ only.
    ratios: whether the frame may be the middle of a picture of another usual ratio. PDQ only.
    tilts: degrees by which the frame may have been turned, each to both sides. PDQ only.
    Crops, ratios and tilts are looked up upright and mirrored, whatever `orientations` says.
    """

    samplings: tuple[Sampling, ...] = (Sampling.FULL,)
    orientations: tuple[Orientation, ...] = AS_UPLOADED
    pictures: int = 0
    overlays: bool = False
    crops: tuple[float, ...] = ()
    ratios: bool = False
    tilts: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.samplings:
            raise ValueError("a probe plan needs at least one sampling")
        if not self.orientations:
            raise ValueError("a probe plan needs at least one orientation")
        if self.pictures < 0:
            raise ValueError(f"pictures must be at least 0, not {self.pictures}")
        if not all(0 <= share <= MAX_CROP for share in self.crops):
            raise ValueError(f"crops are shares of a side from 0 to {MAX_CROP}")
        if not all(0 < degrees <= MAX_TILT for degrees in self.tilts):
            raise ValueError(f"tilts are degrees above 0 and up to {MAX_TILT}")

    def count(self, algorithm: Algorithm) -> int:
        """Probes that `make_probes` makes of a frame in which no picture is found, about."""
        if algorithm is not Algorithm.PDQ:
            return len(self.orientations)
        turned = len(self.samplings) * len(self.orientations)
        return turned + self.swept + len(EITHER_SIDE) * 2 * len(self.tilts)

    @property
    def swept(self) -> int:
        """Probes of the grid of croppings."""
        # The frame as it is, is no cropping.
        return len(EITHER_SIDE) * (len(self.crops) ** 4 - (0 in self.crops))


@dataclass(frozen=True, slots=True)
class Probe:
    """One variant of an upload: what was done to it, its hash, and what it shows of the upload.

    swept: whether it is one of the grid of croppings, of which all but a few fit nothing.
    """

    name: str
    hashed: Hashed
    framing: Framing = WHOLE
    swept: bool = False


def make_probes(pixels: Pixels, plan: ProbePlan, hasher: Hasher) -> list[Probe]:
    """The probes of one frame, the picture as uploaded first."""
    if hasher.algorithm is not Algorithm.PDQ:
        return [
            Probe(way.value, hasher.hash_pixels(turn(pixels, way))) for way in plan.orientations
        ]
    probes = [
        Probe(way.value + suffix, hashed)
        for suffix, sampling in _samplings(plan)
        for way, hashed in _hashed(pixels, plan, sampling)
    ]
    small = made_small(pixels) if plan.overlays or plan.pictures else None
    # Who crops or tilts a picture may also have put something over it: that is taken off first.
    whole, hashed = pixels, probes[0].hashed
    if small and plan.overlays:
        uncovered = _uncovered(small, hashed)
        if uncovered is not None:
            hashes = _hashed_part(uncovered, plan)
            probes += [Probe(_turned(UNCOVERED, way), one) for way, one in hashes]
            whole, hashed = uncovered, hashes[0][1]
    if plan.pictures:
        for found in find_pictures(pixels, most=plan.pictures, small=small):
            hashes = _hashed_part(_part(pixels, found.framing), plan)
            if separability(hashes[0][1].hash) <= MAX_SEPARABILITY:
                probes += [
                    Probe(_turned(found.name, way), one, found.framing) for way, one in hashes
                ]
    if plan.crops or plan.ratios or plan.tilts:
        probes += _framed(thumbnail(whole), plan, hashed, *pixels.shape[:2])
    return probes


def _uncovered(small: Small, whole: Hashed) -> Pixels | None:
    """The small frame without what seems to cover it; None if that says nothing new.

    whole: the hash of the frame as it is.
    """
    uncovered = without_overlays(small.luma)
    squared = without_round_corners(small if uncovered is None else replace(small, luma=uncovered))
    filled = uncovered if squared is None else squared
    if filled is None:
        return None
    pixels = _as_pixels(filled)
    code = hash_pixels(pixels).hash
    is_new = code.distance(whole.hash) >= LEAST_CHANGE and separability(code) <= MAX_SEPARABILITY
    return pixels if is_new else None


def _framed(
    thumb: Thumbnail, plan: ProbePlan, whole: Hashed, height: int, width: int
) -> Iterator[Probe]:
    """Probes of the frame as a part of a larger picture, and turned back.

    whole: the hash of the frame. height, width: of the frame in pixels.
    """
    yield from _swept(thumb, plan, whole)
    framings = ratio_framings(height, width) if plan.ratios else ()
    for way in EITHER_SIDE:
        hashes = _hashes(coded(thumb, framings, orientation=way), whole)
        for framing, one in zip(framings, hashes, strict=True):
            yield Probe(_turned(_told(framing), way), one, framing)
    for degrees in (way * tilt for tilt in plan.tilts for way in (1, -1)):
        turned = tilted(thumb, degrees, height=height, width=width)
        framing = tilted_framing(WHOLE, degrees, height=height, width=width)
        side = "right" if degrees > 0 else "left"
        name = f"tilted {abs(degrees):g} degrees {side}"
        for way in EITHER_SIDE:
            (one,) = _hashes(coded(turned, [WHOLE], orientation=way), whole)
            yield Probe(_turned(name, way), one, framing)


def _swept(thumb: Thumbnail, plan: ProbePlan, whole: Hashed) -> Iterator[Probe]:
    spans = _spans(plan.crops)
    if not spans:
        return
    found = framed_orientations(thumb, spans, spans, orientations=EITHER_SIDE)
    for way in EITHER_SIDE:
        hashes = _hashes(found[way], whole)
        for place, name, framing in _croppings(plan.crops, way):
            yield Probe(name, hashes[place], framing, swept=True)


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
        (place, _turned(_told(framing), way), framing)
        for place, framing in enumerate(framings)
        if not framing.is_whole
    )


def _hashes(all_of: Coded, whole: Hashed) -> list[Hashed]:
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
    cut = [f"{100 * share:.0f} % {side}" for side, share in shares.items() if share > _LEAST_TOLD]
    if not cut:
        return "cropped by less than 1 %"
    return "cropped about " + (", ".join(cut[:-1]) + " and " if cut[1:] else "") + cut[-1]


def _samplings(plan: ProbePlan) -> Iterator[tuple[str, Sampling]]:
    for sampling in plan.samplings:
        yield "" if sampling is Sampling.FULL else f", sampled as {sampling.value}", sampling


def _hashed(
    pixels: Pixels, plan: ProbePlan, sampling: Sampling
) -> list[tuple[Orientation, Hashed]]:
    if plan.orientations == AS_UPLOADED:
        return [(Orientation.UPRIGHT, hash_pixels(pixels, sampling=sampling))]
    found = hash_orientations(pixels, sampling=sampling, orientations=plan.orientations)
    return list(found.items())


def _hashed_part(pixels: Pixels, plan: ProbePlan) -> list[tuple[Orientation, Hashed]]:
    """What is left or found of a frame, in each orientation of the plan; round corners filled in.

    PDQ looks at small pictures off centre, by up to 1 % of their side: those are hashed as if they
    were large, as what was listed mostly is.
    """
    if have_round_corners(pixels):
        squared = without_round_corners(made_small(pixels))
        pixels = pixels if squared is None else _as_pixels(squared)
    if max(pixels.shape[:2]) >= SMALL:
        return _hashed(pixels, plan, Sampling.FULL)
    whole = hash_pixels(pixels)
    span = [(0.0, 1.0)]
    ways = framed_orientations(thumbnail(pixels), span, span, orientations=plan.orientations)
    return [(way, _hashes(one, whole)[0]) for way, one in ways.items()]


def _as_pixels(luma: Luma) -> Pixels:
    pixels: Pixels = np.rint(luma).astype(np.uint8)
    return pixels


def _part(pixels: Pixels, framing: Framing) -> Pixels:
    """What lies within an upright framing, a view."""
    height, width = pixels.shape[:2]
    part: Pixels = pixels[
        round(framing.top * height) : round(framing.bottom * height),
        round(framing.left * width) : round(framing.right * width),
    ]
    return part


def _turned(name: str, way: Orientation) -> str:
    return name if way is Orientation.UPRIGHT else f"{name}, {way.value}"
