"""Pages: a picture that is one part of a larger one, beside or within other things."""

from __future__ import annotations

from functools import partial

import numpy as np
from PIL import Image, ImageDraw

from hashguard.robustness.attack import Attack
from hashguard.robustness.attacks import canvas
from hashguard.robustness.attacks.drawing import (
    BLACK,
    INK,
    WHITE,
    Scene,
    as_scene_jpeg,
    backdrop,
    centred,
    fitted_size,
    font,
    paragraph,
    phrases,
    placed,
    words,
    write,
)

FAMILY = "page"

LONGER = 900  # pixels, the longer side of collages and of pictures within a picture
PAGE_WIDTH = 800  # pixels
_HIGHEST = 1000  # pixels, of a picture on a page
_GAP = 6  # pixels between the panels of a collage
_MARGIN = 40  # pixels of paper around a page


def inset(image: Image.Image, percent: float, rng: np.random.Generator) -> Scene:
    """At a random place within another picture of the same shape, a percentage of its width."""
    width, height = fitted_size(image, LONGER, LONGER)
    back = backdrop(rng, width, height)
    size = (max(1, canvas.share(width, percent)), max(1, canvas.share(height, percent)))
    left = int(rng.integers(width - size[0] + 1))
    top = int(rng.integers(height - size[1] + 1))
    return placed(back, image, (left, top, left + size[0], top + size[1]))


def grid(image: Image.Image, panels: int) -> tuple[int, int]:
    """Columns and rows of a collage; two wide pictures stand above each other, not side by side."""
    if panels == 2:
        return (1, 2) if image.width >= image.height else (2, 1)
    side = round(panels**0.5)
    return side, side


def collage(image: Image.Image, panels: float, rng: np.random.Generator, *, gap: int) -> Scene:
    """One panel of several, any of them; the others show filler pictures of the same shape.

    gap: pixels of white between the panels and around them.
    """
    columns, rows = grid(image, round(panels))
    room = (LONGER - gap * (columns + 1)) / columns, (LONGER - gap * (rows + 1)) / rows
    width, height = fitted_size(image, int(room[0]), int(room[1]))
    size = (columns * width + gap * (columns + 1), rows * height + gap * (rows + 1))
    back = Image.new("RGB", size, WHITE)
    own = int(rng.integers(columns * rows))
    boxes = [
        (left, top, left + width, top + height)
        for top in range(gap, size[1] - gap, height + gap)
        for left in range(gap, size[0] - gap, width + gap)
    ]
    for number, box in enumerate(boxes):
        if number != own:
            back.paste(backdrop(rng, width, height), box[:2])
    return placed(back, image, boxes[own])


def meme_above(image: Image.Image, percent: float, rng: np.random.Generator) -> Scene:
    """Black words on a white bar above; a percentage of the height."""
    return _meme(image, canvas.share(image.height, percent), 0, rng)


def meme_around(image: Image.Image, percent: float, rng: np.random.Generator) -> Scene:
    """Black words on white bars above and below; each a percentage of the height."""
    bar = canvas.share(image.height, percent)
    return _meme(image, bar, bar, rng)


def _meme(image: Image.Image, above: int, below: int, rng: np.random.Generator) -> Scene:
    """With bars of these heights, in pixels; the higher ones have two lines."""
    width, height = image.size
    back = Image.new("RGB", (width, above + height + below), WHITE)
    for top, high in ((0, above), (above + height, below)):
        if high:
            lines = phrases(rng, 2 if high > width / 6 else 1)
            write(back, (0, top, width, top + high), lines, BLACK)
    return placed(back, image, (0, above, width, above + height))


def printed(image: Image.Image, percent: float, rng: np.random.Generator) -> Scene:
    """In the text of a page, a percentage of its width wide, unless it is very high.

    A narrow picture has text beside it.
    """
    wide = canvas.share(PAGE_WIDTH - 2 * _MARGIN, percent)
    width, height = fitted_size(image, wide, _HIGHEST)
    top = 190
    size = (PAGE_WIDTH, top + height + 210)
    back = Image.new("RGB", size, (253, 252, 248))
    draw = ImageDraw.Draw(back)
    draw.text((_MARGIN, 30), words(rng, 34), fill=INK, font=font(40))
    draw.line((_MARGIN, 92, PAGE_WIDTH - _MARGIN, 92), fill=INK, width=2)
    paragraph(back, (_MARGIN, 106, PAGE_WIDTH - _MARGIN, top - 6), 17, rng, INK)
    right = PAGE_WIDTH - _MARGIN
    beside = _MARGIN + wide + 20
    if right - beside > 100:
        paragraph(back, (beside, top, right, top + height), 17, rng, INK)
    under = top + height + 12
    draw.text((_MARGIN, under), words(rng, wide // 8), fill=(120, 120, 120), font=font(14))
    paragraph(back, (_MARGIN, under + 34, right, size[1] - 20), 17, rng, INK)
    return placed(
        back, image, centred((width, height), (_MARGIN, top, _MARGIN + wide, top + height))
    )


ATTACKS: tuple[Attack, ...] = (
    Attack(
        name="picture in a picture",
        family=FAMILY,
        about="At a random place within a larger filler picture, this percentage of its width.",
        unit="% of the width",
        strengths=(70, 50, 35, 25),
        typical=50,
        change=as_scene_jpeg(inset),
    ),
    *(
        Attack(
            name=f"collage, {name}",
            family=FAMILY,
            about=(
                f"One of so many panels, any of them; {said}. The others show filler pictures, "
                "and the longer side of all has at most 900 pixels."
            ),
            unit="panels",
            strengths=(2, 4, 9),
            typical=4,
            change=as_scene_jpeg(partial(collage, gap=gap)),
        )
        for name, said, gap in (
            ("with gaps", "white lines of 6 pixels between them", _GAP),
            ("without gaps", "nothing between them", 0),
        )
    ),
    Attack(
        name="meme, text above",
        family=FAMILY,
        about="A white bar with black words added above; this percentage of the height.",
        unit="% of the height",
        strengths=(8, 12, 20, 30),
        typical=20,
        change=as_scene_jpeg(meme_above),
    ),
    Attack(
        name="meme, text above and below",
        family=FAMILY,
        about="White bars with black words added above and below; each this share of the height.",
        unit="% of the height each",
        strengths=(8, 12, 20, 30),
        typical=12,
        change=as_scene_jpeg(meme_around),
    ),
    Attack(
        name="page with text",
        family=FAMILY,
        about=(
            "Printed in a page 800 pixels wide, between a heading and lines of text; this share "
            "of the width of the text, and at most 1000 pixels high."
        ),
        unit="% of the text's width",
        strengths=(100, 70, 45),
        typical=70,
        change=as_scene_jpeg(printed),
    ),
)
