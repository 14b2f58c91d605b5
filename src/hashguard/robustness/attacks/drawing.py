"""What attacks draw with: colours, words, figures, backdrops, and the scenes pictures stand in.

Words are set in the outline font that Pillow brings, so that no machine needs a font of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from hashguard.hashes import Pixels
from hashguard.robustness.attack import Change
from hashguard.robustness.attacks import canvas

Colour: TypeAlias = tuple[int, int, int]
Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom in whole pixels; right and bottom are the first ones outside."""

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
INK: Colour = (28, 28, 30)

LONGEST = 1600  # pixels; a side of a scene is no longer: services do not keep more
_SMALLEST_FONT = 4  # pixels; smaller letters are no letters
_FIGURE = 192  # pixels a side on which figures are drawn, before they are shrunk into place
_SOFT = 3  # times larger than needed are masks drawn, so that their edges become soft

PHRASES = (
    "sunny day",
    "look at this",
    "shared with you",
    "best day ever",
    "wait for it",
    "so good to see you",
    "when the weekend starts",
    "greetings from all of us",
)
WORDS = (
    *("the", "a", "of", "and", "to", "in", "we", "it", "was", "for", "on", "with", "many"),
    *("morning", "river", "light", "people", "found", "small", "town", "again", "market"),
    *("along", "yesterday", "window", "street", "after", "before", "years", "garden", "bridge"),
    *("early", "train", "quiet", "open", "letter", "winter", "station", "paper", "house"),
)
TITLES = (
    "Weekend plans",
    "Garden club",
    "Holiday pictures",
    "Our street",
    "Team lunch",
    "City walks",
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture that stands in a larger one. box: where it stands, resized to that size."""

    image: Image.Image
    box: Box


Stage: TypeAlias = Callable[[Image.Image, float, np.random.Generator], Scene]
"""An RGB picture, a strength and randomness in; the scene it stands in out."""


def as_scene_jpeg(stage: Stage) -> Change:
    """The attack that puts a picture into a scene and ends in a JPEG file."""
    # Not a function in a function: worker processes must be able to receive an attack.
    return partial(_as_scene_jpeg, stage)


def _as_scene_jpeg(
    stage: Stage, pixels: Pixels, strength: float, rng: np.random.Generator
) -> bytes:
    return canvas.jpeg(stage(canvas.image_of(pixels), strength, rng).image)


def bounded(scene: Scene) -> Scene:
    """The scene itself, or one shrunk so that no side is longer than `LONGEST`."""
    width, height = scene.image.size
    if max(width, height) <= LONGEST:
        return scene
    scale = LONGEST / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    left, top, right, bottom = (round(edge * scale) for edge in scene.box)
    box = (left, top, max(left + 1, right), max(top + 1, bottom))
    return Scene(scene.image.resize(size, Image.Resampling.LANCZOS), box)


def placed(back: Image.Image, image: Image.Image, box: Box) -> Scene:
    """The picture, resized to the box, upon the back; the back is drawn on."""
    back.paste(resized(image, box[2] - box[0], box[3] - box[1]), box[:2])
    return Scene(back, box)


def resized(image: Image.Image, width: int, height: int) -> Image.Image:
    """The picture with these sides, in pixels; a copy even if it has them."""
    if image.size == (width, height):
        return image.copy()
    return image.resize((width, height), Image.Resampling.BICUBIC)


def fitted_size(image: Image.Image, width: int, height: int) -> tuple[int, int]:
    """Sides of the largest picture of the same shape within width x height, at least 1."""
    scale = min(width / image.width, height / image.height)
    return (
        min(width, max(1, round(image.width * scale))),
        min(height, max(1, round(image.height * scale))),
    )


def centred(size: tuple[int, int], box: Box) -> Box:
    """Where something of this size stands in the middle of a box."""
    left = (box[0] + box[2] - size[0]) // 2
    top = (box[1] + box[3] - size[1]) // 2
    return left, top, left + size[0], top + size[1]


def backdrop(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """A filler picture of any size, which is made small and enlarged, as it has no detail."""
    return canvas.filler(rng, 64, 64).resize((width, height), Image.Resampling.BICUBIC)


def strong_colour(rng: np.random.Generator) -> Colour:
    """Saturated and bright, of any hue."""
    red, green, blue, *_ = ImageColor.getrgb(
        f"hsv({rng.integers(360)},{rng.integers(75, 96)}%,{rng.integers(75, 101)}%)"
    )
    return red, green, blue


def phrases(rng: np.random.Generator, count: int) -> list[str]:
    """Lines of a few harmless words, none of them twice; at most as many as `PHRASES` has."""
    return [PHRASES[number] for number in rng.permutation(len(PHRASES))[:count].tolist()]


def title(rng: np.random.Generator) -> str:
    """What a group, an album or a page is called."""
    return TITLES[int(rng.integers(len(TITLES)))]


def words(rng: np.random.Generator, letters: int) -> str:
    """Words of together at most as many letters and blanks; at least one word."""
    line = ""
    # A word has two letters and a blank, or more.
    for number in rng.integers(len(WORDS), size=max(1, letters // 3)).tolist():
        longer = f"{line} {WORDS[number]}" if line else WORDS[number].capitalize()
        if line and len(longer) > letters:
            break
        line = longer
    return line


def font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The built-in font at a size in pixels; its lines are 1.2 sizes high."""
    return ImageFont.load_default(max(_SMALLEST_FONT, size))


def write(
    image: Image.Image,
    box: Box,
    lines: Sequence[str],
    colour: Colour,
    *,
    edge: Colour | None = None,
) -> None:
    """Set lines in the middle of a box, as large as all fit; nothing where they would be dots.

    edge: colour of a line around each letter; None for none.
    """
    # An edge takes a pixel around, however small the letters.
    rim = 0 if edge is None else 2
    width, high = box[2] - box[0] - rim, (box[3] - box[1] - rim) / len(lines)
    # A line of this font is 1.2 sizes high, and 1/8 more with an edge.
    size = min(high * 0.72, 88 * width / _widest(lines, 100))
    # Small letters are set wider than large ones.
    size *= min(1, 0.88 * width / _widest(lines, size))
    if size < _SMALLEST_FONT:
        return
    step = min(high, size * 1.3)
    middle = (box[1] + box[3]) / 2 - step * (len(lines) - 1) / 2
    draw, face = ImageDraw.Draw(image), font(size)
    for number, line in enumerate(lines):
        draw.text(
            ((box[0] + box[2]) / 2, middle + number * step),
            line,
            fill=colour,
            font=face,
            anchor="mm",
            stroke_width=0 if edge is None else max(1, round(size / 16)),
            stroke_fill=edge,
        )


def _widest(lines: Sequence[str], size: float) -> float:
    """Pixels that the longest line takes in a font of this size."""
    face = font(size)
    return max(face.getlength(line) for line in lines)


def paragraph(
    image: Image.Image, box: Box, size: float, rng: np.random.Generator, colour: Colour
) -> None:
    """Fill a box with lines of words, `size` pixels high, the last one half as long."""
    draw, face = ImageDraw.Draw(image), font(size)
    letters = int((box[2] - box[0]) / (size * 0.56))
    tops = np.arange(box[1], box[3] - size * 1.2, size * 1.5).tolist()
    for top in tops:
        short = top == tops[-1] and len(tops) > 1
        text = words(rng, letters // 2 if short else letters)
        # Some letters reach a little to the left of where they begin.
        draw.text((box[0] + 1, top), text, fill=colour, font=face)


def plate(image: Image.Image, box: Box, radius: float, colour: Colour) -> None:
    """A filled rectangle with round corners; a disc if the radius is half of its sides."""
    size = (box[2] - box[0], box[3] - box[1])
    image.paste(colour, box, rounded_mask(size, radius))


def rounded_mask(size: tuple[int, int], radius: float) -> Image.Image:
    """255 within a rectangle with round corners, 0 outside, soft between."""
    width, height = size
    mask = Image.new("L", (width * _SOFT, height * _SOFT))
    edge = (0, 0, width * _SOFT - 1, height * _SOFT - 1)
    ImageDraw.Draw(mask).rounded_rectangle(edge, radius * _SOFT, fill=255)
    return mask.reduce(_SOFT)


def figure(shape: str, colour: Colour) -> Image.Image:
    """RGBA picture of a "disc", "heart", "star", "flower" or "tile"; transparent around it."""
    image = Image.new("RGBA", (_FIGURE, _FIGURE), (*colour, 0))
    draw = ImageDraw.Draw(image)
    if shape == "disc":
        draw.ellipse((0, 0, _FIGURE - 1, _FIGURE - 1), fill=(*colour, 255))
    elif shape == "tile":
        edge = (0, 0, _FIGURE - 1, _FIGURE - 1)
        draw.rounded_rectangle(edge, _FIGURE * 0.22, fill=(*colour, 255))
    else:
        points = [(x * (_FIGURE - 1), y * (_FIGURE - 1)) for x, y in _OUTLINES[shape]]
        draw.polygon(points, fill=(*colour, 255))
    return image


def with_face(image: Image.Image) -> Image.Image:
    """A figure with two eyes and a smile; drawn upon."""
    draw = ImageDraw.Draw(image)
    side, dark = _FIGURE / 100, (60, 40, 20, 255)
    for x in (37, 63):
        draw.ellipse((x * side - 9, 36 * side - 3, x * side + 9, 52 * side), fill=dark)
    draw.arc((30 * side, 35 * side, 70 * side, 74 * side), 20, 160, fill=dark, width=9)
    return image


def solid_share(image: Image.Image) -> float:
    """Which share of its square a figure covers."""
    return float(np.asarray(image.getchannel("A")).mean()) / 255


def stick(image: Image.Image, figure_: Image.Image, left: int, top: int, side: int) -> None:
    """Put a figure upon a picture, `side` pixels wide and high."""
    small = figure_.resize((side, side), Image.Resampling.LANCZOS)
    image.paste(small.convert("RGB"), (left, top), small.getchannel("A"))


def _unit(points: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Stretched so that they reach from 0 to 1 across and down."""
    across, down = [x for x, _ in points], [y for _, y in points]
    return tuple(
        (
            (x - min(across)) / (max(across) - min(across)),
            (y - min(down)) / (max(down) - min(down)),
        )
        for x, y in points
    )


def _heart() -> tuple[tuple[float, float], ...]:
    turns = [2 * math.pi * step / 72 for step in range(72)]
    return _unit(
        [
            (
                16 * math.sin(t) ** 3,
                5 * math.cos(2 * t) + 2 * math.cos(3 * t) + math.cos(4 * t) - 13 * math.cos(t),
            )
            for t in turns
        ]
    )


def _rays(points: int, inner: float) -> tuple[tuple[float, float], ...]:
    """A star whose inner corners lie at this share of its radius."""
    return _unit(
        [
            (
                (1 if step % 2 == 0 else inner) * math.sin(math.pi * step / points),
                -(1 if step % 2 == 0 else inner) * math.cos(math.pi * step / points),
            )
            for step in range(2 * points)
        ]
    )


_OUTLINES = {"heart": _heart(), "star": _rays(5, 0.52), "flower": _rays(12, 0.82)}
