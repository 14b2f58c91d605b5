"""The probes of one frame of an upload: as it is, turned, and what is found within it.

Pure: pixels in, probes out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

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
from hashguard.framing import Framing
from hashguard.hashers import Hasher
from hashguard.hashers.framed import framed_orientations
from hashguard.hashers.orientation import Orientation, turn
from hashguard.hashers.pdq import Sampling, hash_orientations, hash_pixels, separability
from hashguard.hashers.thumbnail import thumbnail
from hashguard.hashes import Algorithm, Hashed, Pixels
from hashguard.probes.plan import AS_UPLOADED, Probe, ProbePlan, turned_name
from hashguard.probes.reframed import hashes_of, reframed

UNCOVERED = "with what covers it filled in"
SMALL = 512
"""Pixels of the longer side; below it, what is found in a frame is hashed as if it was larger.

Shrunk to 256 pixels, a photograph twice as large is 11 weighed bits from itself by plain PDQ, on
average, and 3 so; one of 1,024 pixels is 17 and 1 (n = 80).
"""
MAX_SEPARABILITY = 0.75
"""Of what is left or found of an upload: beyond, it is stripes, or the lines of a drawing.

Such hashes are alike whatever they are of: a curtain was 28 bits from waves, turned on their side.
"""
LEAST_CHANGE = 9
"""Bits of 256 between a frame and the same without what seems to cover it.

What changes less brings no copy much nearer: mostly a plain place that was no overlay.
"""


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
    # Who crops or tilts a picture may also have put something over it; but what seems to cover it
    # may be a part of it, as in drawings, so both are taken for a part of a larger one.
    wholes = [("", pixels, probes[0].hashed)]
    if small and plan.overlays:
        uncovered = _uncovered(small, probes[0].hashed)
        if uncovered is not None:
            hashes = _hashed_part(uncovered, plan)
            probes += [Probe(turned_name(UNCOVERED, way), one) for way, one in hashes]
            wholes.append((f"{UNCOVERED}, ", uncovered, hashes[0][1]))
    if plan.pictures:
        for found in find_pictures(pixels, most=plan.pictures, small=small):
            hashes = _hashed_part(_part(pixels, found.framing), plan)
            if separability(hashes[0][1].hash) <= MAX_SEPARABILITY:
                probes += [
                    Probe(turned_name(found.name, way), one, found.framing) for way, one in hashes
                ]
    if plan.crops or plan.ratios or plan.tilts:
        for before, whole, hashed in wholes:
            made = reframed(thumbnail(whole), plan, hashed, *pixels.shape[:2])
            probes += [replace(one, name=before + one.name) if before else one for one in made]
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
    return [(way, hashes_of(one, whole)[0]) for way, one in ways.items()]


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
