"""From an upload to the pictures in it, surest first. Pure.

1. The upload is made small. 2. Borders of one colour are taken off; what plain rows and columns
set apart is cut out; straight boundaries are found along both directions and closed to
rectangles. 3. The surest that differ are placed again on the pixels themselves, which must
agree. 4. Panels of a collage that were not seen stand where the others say, and so do sides of a
border. 5. What remains is put in order and named. 6. Where one colour surrounds everything, a
picture that ends in that colour has its edge somewhere in it: a few likely ones come last.

Time is bounded by the number of pixels and by how many are asked for, not by what is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from hashguard.detection.boxes import Box, is_among
from hashguard.detection.candidates import find_candidates
from hashguard.detection.even import even_boxes
from hashguard.detection.grids import with_panels
from hashguard.detection.margins import margin_boxes
from hashguard.detection.names import names
from hashguard.detection.placing import LEAST_SCORE, Placed, Placing
from hashguard.detection.small import Small, made_small
from hashguard.detection.tiles import missing_panels
from hashguard.framing import Framing
from hashguard.hashes import Pixels

MOST = 12  # pictures found in an upload at most, unless asked for another number

_LEAST_PIXELS = 32  # a side; there is nothing to find in smaller uploads
SAME = 0.004  # of a side; boxes whose edges all lie within are one
_TRIED = 2  # candidates for each picture that may be found
_EVEN = 3  # boxes with even borders, of which not all sides were seen, at most
_LEAST_SURE = 0.5  # the score of what only the room around it tells, or of a doubtful box
_ALONE = 0.5  # the score of a box that is all there is; small ones are worth less than large
_BESIDE_BEST = 0.5  # of the best score; what is less sure is not worth a probe


@dataclass(frozen=True, slots=True)
class Found:
    """A picture found in an upload. name: what was done, as a person would say it.

    score: 0.5 to 1, how sure it is that a picture begins and ends there; 0.5 if nothing but the
    room around it says so.
    """

    framing: Framing
    name: str
    score: float


def find_pictures(pixels: Pixels, *, most: int = MOST, small: Small | None = None) -> list[Found]:
    """The pictures in (h, w) luma or (h, w, 3) RGB uint8, surest first; never the whole upload.

    most: of those whose edges are seen. Up to `MOST_MARGINS` more follow where the edges may be
    anywhere in one colour: a drawing on a white page. Few other uploads have any.
    small: of the same pixels, if it was made already.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < _LEAST_PIXELS or most < 1:
        return []
    small = small or made_small(pixels)
    placed = _placed(pixels, small, most)
    placed = [one for one in placed if one[0].score >= _BESIDE_BEST * placed[0][0].score]
    placed += _with_own_margins(small, [one.box for one, _ in placed], width, height)
    framings = [_framing(one.box, width, height) for one, _ in placed]
    named = names(framings, [is_border for _, is_border in placed], height / width)
    return [
        Found(framing, name, one.score)
        for framing, name, (one, _) in zip(framings, named, placed, strict=True)
    ]


def _placed(pixels: Pixels, small: Small, most: int) -> list[tuple[Placed, bool]]:
    """At most so many boxes that differ from the upload and each other, surest first.

    And whether each is what is left within borders. 1. Those of which the pixels are sure; if of
    none, the one that is nearly so. 2. What the others say of panels, and of borders.
    """
    height, width = pixels.shape[:2]
    taken, doubtful = _agreed(pixels, small, _TRIED * most)
    if not taken:
        return doubtful
    known: list[Box] = [(0, 0, width, height), *(one.box for one, _ in taken)]
    for panel in missing_panels([one for one, _ in taken], width, height):
        if not is_among(panel.box, known, SAME * width, SAME * height):
            known.append(panel.box)
            taken.append((panel, False))
    taken.sort(key=lambda one: -one[0].score)
    evened = _evened(taken, known, width, height)
    # Where there is no room, only the surest of them takes the place of another.
    kept = taken[: most - 1] if evened and len(taken) >= most > 1 else taken
    return sorted([*kept, *evened][:most], key=lambda one: -one[0].score)


def _agreed(
    pixels: Pixels, small: Small, tried: int
) -> tuple[list[tuple[Placed, bool]], list[tuple[Placed, bool]]]:
    """What the pixels agree to of so many candidates, as `_placed` has it.

    And the surest of those they nearly agree to that have four sides, if there is one.
    """
    height, width = pixels.shape[:2]
    placing = Placing(pixels, small)
    taken: list[tuple[Placed, bool]] = []
    known: list[Box] = [(0, 0, width, height)]
    doubtful: list[Placed] = []
    for candidate in with_panels(find_candidates(small.luma, tried)):
        placed = placing.place(candidate)
        if placed.score < LEAST_SCORE:
            if placed.score >= _ALONE and _is_within(placed.box, width, height):
                doubtful.append(placed)
        elif not is_among(placed.box, known, SAME * width, SAME * height):
            known.append(placed.box)
            taken.append((placed, candidate.is_border))
    surest = sorted(doubtful, key=lambda one: -one.score)[:1]
    return taken, [(Placed(one.box, _LEAST_SURE), False) for one in surest]


def _is_within(box: Box, width: int, height: int) -> bool:
    """Whether a box has four sides of its own: that they close it is no chance."""
    return min(box[:2]) > 0 and box[2] < width and box[3] < height


def _with_own_margins(
    small: Small, known: list[Box], width: int, height: int
) -> list[tuple[Placed, bool]]:
    """Where pictures may end in what surrounds them, without what is known."""
    return [
        (Placed(box, _LEAST_SURE), True)
        for box in margin_boxes(small, width, height)
        if not is_among(box, known, SAME * width, SAME * height)
    ]


def _evened(
    taken: list[tuple[Placed, bool]], known: list[Box], width: int, height: int
) -> list[tuple[Placed, bool]]:
    """What else even borders leave. taken: boxes, and whether each is left within borders."""
    more: list[tuple[Placed, bool]] = []
    for one in even_boxes(taken, width, height, SAME):
        if len(more) == _EVEN:
            break
        if not is_among(one.box, known, SAME * width, SAME * height):
            known.append(one.box)
            more.append((one, True))
    return more


def _framing(box: Box, width: int, height: int) -> Framing:
    return Framing(box[0] / width, box[1] / height, box[2] / width, box[3] / height)
