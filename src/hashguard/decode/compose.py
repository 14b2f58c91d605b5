"""The frames of an upload as a viewer shows them, one at a time.

Memory: one canvas, at most one saved rectangle, one frame.
"""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image

from hashguard.decode import pixels
from hashguard.decode.arrow import blank, opaque, part
from hashguard.decode.frames import Plan
from hashguard.decode.header import Disposal, Header, Picture
from hashguard.decode.pillow import decode_picture
from hashguard.errors import CorruptError
from hashguard.hashes import Pixels

LEAST_SHOWN = 0.5  # of the rows; with less, a viewer's picture is not the one uploaded
_HOLE = 1 / 16  # of a row; a row with less missing counts as decoded

Shown = tuple[int, Pixels, tuple[str, ...]]
"""Position, pixels and notes of a frame."""


def still(index: int, picture: Picture) -> Shown:
    """One picture by itself. Raises DecodeError."""
    raster = decode_picture(picture)
    notes: tuple[str, ...] = ("cut short: all rows decode",) if raster.cut else ()
    if raster.missing is not None:
        gone = pixels.shown(raster).mean(axis=1) > _HOLE
        share = 1 - float(gone.mean())
        if share < LEAST_SHOWN:
            raise CorruptError(f"cut short: only {share:.0%} of the rows decode")
        what = "the rest only coarsely" if raster.interlaced else "the rest is missing"
        notes = (f"cut short: {share:.0%} of the rows decode, {what}",)
    return index, pixels.turned(pixels.seen(raster), picture.orientation), notes


def frames(header: Header, plan: Plan) -> Iterator[Shown]:
    """The frames of the plan in order. Raises DecodeError where one fails."""
    first = 0
    if header.hidden is not None:
        yield still(0, header.hidden)
        first = 1
    if header.drawn and not _alone(header):
        for index, seen in _drawn(header, plan):
            yield index + first, seen, ()
        return
    for index in plan.shown:
        yield still(index + first, header.pictures[index])


def _alone(header: Header) -> bool:
    """A single picture that fills the canvas needs no canvas."""
    if len(header.pictures) > 1:
        return False
    only = header.pictures[0]
    box = (only.left, only.top, only.width, only.height)
    return box == (0, 0, header.width, header.height)


def _drawn(header: Header, plan: Plan) -> Iterator[tuple[int, Pixels]]:
    size = (header.width, header.height)
    canvas = blank("RGBA", size)
    shown = frozenset(plan.shown)
    before = -1
    for index in plan.decoded:
        picture = header.pictures[index]
        if index != before + 1:
            # The frames between do not show through.
            canvas.paste((0, 0, 0, 0), (0, 0, *size))
        before = index
        box = (
            picture.left,
            picture.top,
            min(picture.left + picture.width, size[0]),
            min(picture.top + picture.height, size[1]),
        )
        visible = box[0] < box[2] and box[1] < box[3]
        if visible:
            saved = part(canvas, box) if picture.disposal is Disposal.RESTORE else None
            _draw(canvas, picture, box)
        if index in shown:
            flat = pixels.on_white(canvas)
            if opaque(canvas):
                flat = flat.copy()  # the canvas is drawn on further while it is looked at
            yield index, pixels.turned(flat, picture.orientation)
        if visible and picture.disposal is Disposal.CLEAR:
            canvas.paste((0, 0, 0, 0), box)
        elif visible and saved is not None:
            canvas.paste(saved, box)


def _draw(canvas: Image.Image, picture: Picture, box: tuple[int, int, int, int]) -> None:
    drawn = pixels.drawable(decode_picture(picture))
    inside = (box[2] - box[0], box[3] - box[1])
    if drawn.size != inside:
        drawn = part(drawn, (0, 0, *inside))
    if picture.blend and not picture.opaque:
        canvas.alpha_composite(drawn, (box[0], box[1]))
    else:
        canvas.paste(drawn, box)
