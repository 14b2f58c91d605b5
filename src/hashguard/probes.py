"""Which variants of an upload are looked up, each under a name a person understands.

Pure: pixels in, probes out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from hashguard.detection import find_pictures
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

AS_UPLOADED = (Orientation.UPRIGHT,)
EITHER_SIDE = (Orientation.UPRIGHT, Orientation.MIRRORED)
ALL_WAYS = tuple(Orientation)
MAX_CROP = 0.5  # of a side; what is left shows too little of the whole
MAX_SEPARABILITY = 0.75
"""Of a picture found within an upload: beyond, it is stripes, or the lines of a drawing.

Such hashes are alike whatever they are of: a curtain was 28 bits from waves, turned on their side.
"""
MAX_TILT = 45.0  # degrees; beyond it, a quarter turn is nearer


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbePlan:
    """Which probes are made of each frame.

    samplings: PDQ variants to hash in; other algorithms know only FULL.
    orientations: the ways in which the frame, and every picture in it, is turned.
    pictures: how many pictures are looked for within the frame, at most: without their border, in
    a screenshot, the panels of a collage; a few more if one may end as plain as what surrounds it.
    Most frames have none. PDQ only.
    crops: shares of a side of the frame that may have been cut off it, each on each of the four
    sides; none for no such probes. 0 should be among them. PDQ only.
    ratios: whether the frame may be the middle of a picture of another usual ratio. PDQ only.
    tilts: degrees by which the frame may have been turned, each to both sides. PDQ only.
    Crops, ratios and tilts are looked up upright and mirrored, whatever `orientations` says.
    """

    samplings: tuple[Sampling, ...] = (Sampling.FULL,)
    orientations: tuple[Orientation, ...] = AS_UPLOADED
    pictures: int = 0
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
        framed = max(len(self.crops) ** 4 - 1, 0) + 2 * len(self.tilts)
        return len(self.samplings) * len(self.orientations) + len(EITHER_SIDE) * framed


@dataclass(frozen=True, slots=True)
class Probe:
    """One variant of an upload: what was done to it, its hash, and what it shows of the upload."""

    name: str
    hashed: Hashed
    framing: Framing = WHOLE


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
    if plan.pictures:
        for found in find_pictures(pixels, most=plan.pictures):
            hashes = _hashed(_part(pixels, found.framing), plan, Sampling.FULL)
            if separability(hashes[0][1].hash) <= MAX_SEPARABILITY:
                probes += [
                    Probe(_turned(found.name, way), hashed, found.framing) for way, hashed in hashes
                ]
    if plan.crops or plan.ratios or plan.tilts:
        probes += _framed(pixels, plan, probes[0].hashed)
    return probes


def _framed(pixels: Pixels, plan: ProbePlan, whole: Hashed) -> Iterator[Probe]:
    """Probes of the frame as a part of a larger picture, and turned back.

    whole: the hash of the frame as it is; its quality and ties stand for all of them.
    """
    height, width = pixels.shape[:2]
    thumb = thumbnail(pixels)
    for framing, by_way in _cropped(thumb, plan, height, width):
        for way, one in by_way.items():
            yield _made(_told(framing), way, one, whole, framing)
    for degrees in (way * tilt for tilt in plan.tilts for way in (1, -1)):
        turned = tilted(thumb, degrees, height=height, width=width)
        framing = tilted_framing(WHOLE, degrees, height=height, width=width)
        side = "right" if degrees > 0 else "left"
        for way in EITHER_SIDE:
            one = _taken(coded(turned, [WHOLE], orientation=way), 0)
            yield _made(f"tilted {abs(degrees):g} degrees {side}", way, one, whole, framing)


def _cropped(
    thumb: Thumbnail, plan: ProbePlan, height: int, width: int
) -> Iterator[tuple[Framing, dict[Orientation, Coded]]]:
    spans = [(-before, 1 + after) for before in plan.crops for after in plan.crops]
    if spans:
        found = framed_orientations(thumb, spans, spans, orientations=EITHER_SIDE)
        for row, (top, bottom) in enumerate(spans):
            for column, (left, right) in enumerate(spans):
                framing = Framing(left, top, right, bottom)
                if not framing.is_whole:
                    yield framing, {way: _taken(found[way], row, column) for way in EITHER_SIDE}
    if plan.ratios:
        framings = ratio_framings(height, width)
        by_way = {way: coded(thumb, framings, orientation=way) for way in EITHER_SIDE}
        for number, framing in enumerate(framings):
            yield framing, {way: _taken(all_of, number) for way, all_of in by_way.items()}


def _taken(all_of: Coded, *place: int) -> Coded:
    return Coded(all_of.codes[place], all_of.clarity[place])


def _made(name: str, way: Orientation, one: Coded, whole: Hashed, framing: Framing) -> Probe:
    code = Hash.from_code(Algorithm.PDQ, one.codes)
    hashed = Hashed(code, whole.quality, whole.ties, one.clarity)
    return Probe(_turned(name, way), hashed, framing)


@lru_cache(maxsize=4096)  # grids are the same for every frame
def _told(framing: Framing) -> str:
    """What was cut off, as shares of the whole picture: `cropped about 4 % left and 8 % top`."""
    across, down = framing.right - framing.left, framing.bottom - framing.top
    shares = {
        "left": -framing.left / across,
        "right": (framing.right - 1) / across,
        "top": -framing.top / down,
        "bottom": (framing.bottom - 1) / down,
    }
    cut = [f"{100 * share:.0f} % {side}" for side, share in shares.items() if share > 0]
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
