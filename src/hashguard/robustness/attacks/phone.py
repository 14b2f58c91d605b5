"""Screenshots of a phone: a picture in a viewer, in a feed and in a chat.

Drawn at half the size of a common phone, so that the whole costs little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from hashguard.robustness.attacks.drawing import (
    BLACK,
    INK,
    WHITE,
    Box,
    Colour,
    Scene,
    backdrop,
    centred,
    figure,
    fitted_size,
    font,
    paragraph,
    phrases,
    placed,
    plate,
    resized,
    rounded_mask,
    stick,
    strong_colour,
    title,
    words,
)

WIDTH, HEIGHT = 585, 1266  # pixels; half of 1170 x 2532
_STATUS = 54  # pixels, the height of the bar with time and battery
_BUBBLE = 0.62  # of the width takes a picture in a chat
_LINE = 17  # pixels, the size of plain text


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """The colours of a phone. viewer: behind a picture alone; field: of bubbles and boxes."""

    back: Colour
    viewer: Colour
    text: Colour
    faint: Colour
    field: Colour


LIGHT = Theme(back=WHITE, viewer=WHITE, text=INK, faint=(140, 140, 146), field=(233, 233, 238))
DARK = Theme(
    back=(18, 18, 20), viewer=BLACK, text=(238, 238, 240), faint=(142, 142, 148), field=(44, 44, 48)
)


def viewer(image: Image.Image, theme: Theme, rng: np.random.Generator) -> Scene:
    """The picture alone, as wide as the screen, between a title and a row of icons."""
    screen = Image.new("RGB", (WIDTH, HEIGHT), theme.viewer)
    room = (0, 150, WIDTH, HEIGHT - 120)
    scene = placed(screen, image, centred(_fitted(image, room), room))
    _status_bar(screen, theme, rng)
    _back_arrow(screen, 100, theme.text)
    draw = ImageDraw.Draw(screen)
    draw.text((WIDTH / 2, 90), title(rng), fill=theme.text, font=font(20), anchor="mm")
    draw.text((WIDTH / 2, 114), _time(rng), fill=theme.faint, font=font(15), anchor="mm")
    for number, x in enumerate((60, 215, 370, 525)):
        _icon(screen, number, x, HEIGHT - 72, theme.text)
    _home_bar(screen, theme)
    return scene


def feed(image: Image.Image, theme: Theme, rng: np.random.Generator) -> Scene:
    """A post with the picture as wide as the screen; the next post begins below."""
    screen = Image.new("RGB", (WIDTH, HEIGHT), theme.back)
    draw = ImageDraw.Draw(screen)
    _status_bar(screen, theme, rng)
    draw.text((20, 82), "pictures", fill=theme.text, font=font(30), anchor="lm")
    _icon(screen, 0, WIDTH - 90, 82, theme.text)
    _icon(screen, 1, WIDTH - 36, 82, theme.text)
    draw.line((0, 110, WIDTH, 110), fill=theme.field)
    _author(screen, 118, theme, rng)
    # A higher picture stands narrower, so that its whole is on the screen.
    size = _fitted(image, (0, 0, WIDTH, HEIGHT - 420))
    left = (WIDTH - size[0]) // 2
    scene = placed(screen, image, (left, 182, left + size[0], 182 + size[1]))
    _below_post(screen, 182 + size[1], theme, rng)
    screen.paste(theme.back, (0, HEIGHT - 92, WIDTH, HEIGHT))
    draw.line((0, HEIGHT - 92, WIDTH, HEIGHT - 92), fill=theme.field)
    for number, x in enumerate((60, 176, 292, 408, 524)):
        _icon(screen, number, x, HEIGHT - 60, theme.text)
    _home_bar(screen, theme)
    return scene


def _below_post(screen: Image.Image, top: int, theme: Theme, rng: np.random.Generator) -> None:
    """Icons, likes and comments below a picture, and the head of the next post."""
    draw = ImageDraw.Draw(screen)
    for number, x in enumerate((34, 84, 134)):
        _icon(screen, number + 1, x, top + 32, theme.text)
    likes = f"{rng.integers(12, 900)} likes"
    draw.text((20, top + 72), likes, fill=theme.text, font=font(_LINE), anchor="lm")
    paragraph(screen, (20, top + 92, WIDTH - 40, top + 150), _LINE, rng, theme.text)
    draw.text((20, top + 158), "View all comments", fill=theme.faint, font=font(_LINE), anchor="lm")
    _author(screen, top + 182, theme, rng)
    rest = HEIGHT - (top + 246)
    if rest > 0:
        screen.paste(backdrop(rng, WIDTH, rest), (0, top + 246))


def chat(image: Image.Image, theme: Theme, rng: np.random.Generator) -> Scene:
    """The picture in a bubble, between others with words."""
    screen = Image.new("RGB", (WIDTH, HEIGHT), theme.back)
    accent = strong_colour(rng)
    _status_bar(screen, theme, rng)
    _back_arrow(screen, 88, theme.text)
    _face(screen, (56, 62, 108, 114), rng)
    draw = ImageDraw.Draw(screen)
    draw.text((124, 78), title(rng), fill=theme.text, font=font(20), anchor="lm")
    draw.text((124, 102), "online", fill=theme.faint, font=font(15), anchor="lm")
    draw.line((0, 126, WIDTH, 126), fill=theme.field)
    draw.text((WIDTH / 2, 156), "Today", fill=theme.faint, font=font(15), anchor="mm")
    # 1. Some bubbles above. 2. The picture. 3. Bubbles until the screen is full.
    top = _bubble(screen, 186, theme.field, theme.text, rng, own=False)
    top = _bubble(screen, top, accent, WHITE, rng, own=True)
    size = _fitted(image, (0, 0, round(WIDTH * _BUBBLE), 640))
    left = 20 if rng.random() < 0.5 else WIDTH - 20 - size[0]
    box = (left, top, left + size[0], top + size[1])
    screen.paste(resized(image, *size), box[:2], rounded_mask(size, min(22, *size)))
    top = box[3] + 14
    while top < HEIGHT - 150:
        own = bool(rng.random() < 0.5)
        colours = (accent, WHITE) if own else (theme.field, theme.text)
        top = _bubble(screen, top, *colours, rng, own=own)
    _message_field(screen, theme)
    _home_bar(screen, theme)
    return Scene(screen, box)


def _message_field(screen: Image.Image, theme: Theme) -> None:
    """Where a message is typed, at the bottom."""
    screen.paste(theme.back, (0, HEIGHT - 94, WIDTH, HEIGHT))
    plate(screen, (60, HEIGHT - 86, WIDTH - 70, HEIGHT - 40), 22, theme.field)
    draw = ImageDraw.Draw(screen)
    draw.text((82, HEIGHT - 63), "Message", fill=theme.faint, font=font(18), anchor="lm")
    draw.line((20, HEIGHT - 63, 44, HEIGHT - 63), fill=theme.faint, width=3)
    draw.line((32, HEIGHT - 75, 32, HEIGHT - 51), fill=theme.faint, width=3)
    _icon(screen, 2, WIDTH - 36, HEIGHT - 63, theme.faint)


def _bubble(
    screen: Image.Image,
    top: int,
    colour: Colour,
    ink: Colour,
    rng: np.random.Generator,
    *,
    own: bool,
) -> int:
    """A message of one line; where the next one begins. own: at the right."""
    text = phrases(rng, 1)[0] if rng.random() < 0.5 else words(rng, 36)
    face = font(18)
    wide = round(face.getbbox(text)[2]) + 36
    left = WIDTH - 20 - wide if own else 20
    plate(screen, (left, top, left + wide, top + 42), 20, colour)
    ImageDraw.Draw(screen).text((left + 18, top + 21), text, fill=ink, font=face, anchor="lm")
    return top + 56


def _author(screen: Image.Image, top: int, theme: Theme, rng: np.random.Generator) -> None:
    """Who posted: a round portrait, a name, a place."""
    _face(screen, (18, top, 66, top + 48), rng)
    draw = ImageDraw.Draw(screen)
    draw.text((80, top + 14), title(rng), fill=theme.text, font=font(18), anchor="lm")
    draw.text((80, top + 37), words(rng, 22), fill=theme.faint, font=font(14), anchor="lm")
    for x in (WIDTH - 44, WIDTH - 34, WIDTH - 24):
        draw.ellipse((x, top + 22, x + 4, top + 26), fill=theme.text)


def _face(screen: Image.Image, box: Box, rng: np.random.Generator) -> None:
    """A round portrait: head and shoulders in front of a colour."""
    side = box[2] - box[0]
    portrait = Image.new("RGB", (96, 96), strong_colour(rng))
    draw = ImageDraw.Draw(portrait)
    draw.ellipse((30, 18, 66, 56), fill=(240, 240, 240))
    draw.ellipse((14, 62, 82, 140), fill=(240, 240, 240))
    small = portrait.resize((side, side), Image.Resampling.LANCZOS)
    screen.paste(small, box[:2], rounded_mask((side, side), side / 2))


def _status_bar(screen: Image.Image, theme: Theme, rng: np.random.Generator) -> None:
    """Time, signal and battery."""
    draw = ImageDraw.Draw(screen)
    middle = _STATUS // 2
    draw.text((46, middle), _time(rng), fill=theme.text, font=font(21), anchor="lm")
    for number in range(4):
        x = WIDTH - 132 + 7 * number
        draw.rectangle((x, middle + 3 - 4 * number, x + 4, middle + 8), fill=theme.text)
    for size in (5, 11, 17):
        reach = (WIDTH - 84 - size, middle + 8 - size, WIDTH - 84 + size, middle + 8 + size)
        draw.arc(reach, 225, 315, fill=theme.text, width=3)
    edge = (WIDTH - 58, middle - 9, WIDTH - 22, middle + 9)
    draw.rounded_rectangle(edge, 5, outline=theme.faint, width=2)
    draw.rectangle((WIDTH - 20, middle - 3, WIDTH - 18, middle + 3), fill=theme.faint)
    charge = int(rng.integers(6, 29))
    draw.rectangle((WIDTH - 54, middle - 5, WIDTH - 54 + charge, middle + 5), fill=theme.text)


def _home_bar(screen: Image.Image, theme: Theme) -> None:
    middle = WIDTH // 2
    plate(screen, (middle - 100, HEIGHT - 15, middle + 100, HEIGHT - 9), 3, theme.text)


def _back_arrow(screen: Image.Image, middle: int, colour: Colour) -> None:
    points = [(34, middle - 12), (22, middle), (34, middle + 12)]
    ImageDraw.Draw(screen).line(points, fill=colour, width=3, joint="curve")


def _icon(screen: Image.Image, number: int, x: int, y: int, colour: Colour) -> None:
    """One of four small signs around a point: house, heart, arrow, magnifier."""
    draw = ImageDraw.Draw(screen)
    if number % 4 == 0:
        roof = [(x - 13, y), (x, y - 13), (x + 13, y)]
        draw.line(roof, fill=colour, width=3, joint="curve")
        draw.line([(x - 9, y), (x - 9, y + 12), (x + 9, y + 12), (x + 9, y)], fill=colour, width=3)
    elif number % 4 == 1:
        stick(screen, figure("heart", colour), x - 13, y - 12, 26)
    elif number % 4 == 2:
        points = [(x - 12, y - 11), (x + 13, y - 2), (x - 12, y + 11), (x - 6, y), (x - 12, y - 11)]
        draw.line(points, fill=colour, width=3, joint="curve")
    else:
        draw.ellipse((x - 12, y - 12, x + 6, y + 6), outline=colour, width=3)
        draw.line((x + 5, y + 5, x + 13, y + 13), fill=colour, width=3)


def _fitted(image: Image.Image, room: Box) -> tuple[int, int]:
    return fitted_size(image, room[2] - room[0], room[3] - room[1])


def _time(rng: np.random.Generator) -> str:
    return f"{rng.integers(7, 23)}:{rng.integers(60):02d}"
