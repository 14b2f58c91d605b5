"""Screens: screenshots of phones and computers, and photographs of a screen."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from hashguard.robustness.attack import Attack
from hashguard.robustness.attacks import canvas
from hashguard.robustness.attacks.drawing import (
    INK,
    WHITE,
    Box,
    Colour,
    Scene,
    as_scene_jpeg,
    backdrop,
    centred,
    figure,
    fitted_size,
    font,
    paragraph,
    placed,
    plate,
    stick,
    title,
    words,
)
from hashguard.robustness.attacks.drawn import as_random_jpeg
from hashguard.robustness.attacks.geometry import projection
from hashguard.robustness.attacks.phone import DARK, LIGHT, Theme, chat, feed, viewer

FAMILY = "screen"

DESKTOP = (1100, 700)  # pixels
_PHONES = (viewer, feed, chat)
_BEZEL: Colour = (16, 16, 18)  # a screen's edge, seen in a photograph of it
_GREY: Colour = (222, 223, 227)
_LIGHTS: tuple[Colour, ...] = ((236, 95, 88), (244, 190, 79), (98, 197, 84))


def phone_screenshot(
    image: Image.Image, number: float, rng: np.random.Generator, *, theme: Theme
) -> Scene:
    """One of the three screens of phone.py, by its number from 1."""
    return _PHONES[round(number) - 1](image, theme, rng)


def desktop_screenshot(image: Image.Image, number: float, rng: np.random.Generator) -> Scene:
    """A picture opened alone (1), in an article (2), in a window on a desktop (3)."""
    return (_opened_alone, _in_article, _on_desktop)[round(number) - 1](image, rng)


def _opened_alone(image: Image.Image, rng: np.random.Generator) -> Scene:
    screen = Image.new("RGB", DESKTOP, (14, 14, 14))
    room = _window(screen, (0, 0, *DESKTOP), rng)
    size = fitted_size(image, room[2] - room[0], room[3] - room[1])
    return placed(screen, image, centred(size, room))


def _in_article(image: Image.Image, rng: np.random.Generator) -> Scene:
    screen = Image.new("RGB", DESKTOP, WHITE)
    left, top, right, bottom = _window(screen, (0, 0, *DESKTOP), rng)
    draw = ImageDraw.Draw(screen)
    draw.text((left + 90, top + 22), words(rng, 40), fill=INK, font=font(32))
    size = fitted_size(image, 600, bottom - top - 170)
    box = centred(size, (left + 90, top + 80, left + 690, top + 80 + size[1]))
    scene = placed(screen, image, box)
    paragraph(screen, (left + 90, box[3] + 16, left + 690, bottom), 15, rng, (60, 60, 64))
    for number in range(3):
        beside = top + 80 + number * 180
        screen.paste(backdrop(rng, 250, 110), (right - 340, beside))
        paragraph(screen, (right - 340, beside + 120, right - 90, beside + 166), 14, rng, INK)
    return scene


def _on_desktop(image: Image.Image, rng: np.random.Generator) -> Scene:
    screen = backdrop(rng, *DESKTOP)
    size = fitted_size(image, 560, 440)
    edge = (max(size[0], 420), size[1] + 84)
    left = int(rng.integers(40, DESKTOP[0] - edge[0] - 40))
    top = int(rng.integers(40, DESKTOP[1] - edge[1] - 60))
    window = (left, top, left + edge[0], top + edge[1])
    plate(screen, (left - 2, top - 2, window[2] + 2, window[3] + 2), 8, (90, 90, 96))
    plate(screen, window, 8, WHITE)
    room = _window(screen, window, rng)
    scene = placed(screen, image, centred(size, room))
    draw = ImageDraw.Draw(screen)
    draw.rectangle((0, DESKTOP[1] - 36, *DESKTOP), fill=(32, 33, 38))
    for number in range(9):
        x = 14 + number * 42
        plate(screen, (x, DESKTOP[1] - 31, x + 26, DESKTOP[1] - 5), 6, _LIGHTS[number % 3])
    return scene


def _window(screen: Image.Image, box: Box, rng: np.random.Generator) -> Box:
    """The tabs and the address of a browser window; the box that its page has."""
    left, top, right, _ = box
    plate(screen, (left, top, right, top + 84), 8, _GREY)
    screen.paste((246, 247, 249), (left, top + 42, right, top + 84))
    for number, colour in enumerate(_LIGHTS):
        x = left + 16 + number * 22
        plate(screen, (x, top + 15, x + 13, top + 28), 6.5, colour)
    plate(screen, (left + 96, top + 8, left + 290, top + 50), 8, (246, 247, 249))
    draw = ImageDraw.Draw(screen)
    draw.text((left + 112, top + 25), title(rng), fill=INK, font=font(14), anchor="lm")
    plate(screen, (left + 96, top + 48, right - 60, top + 76), 14, (230, 231, 235))
    address = words(rng, 30).lower().replace(" ", "/")
    draw.text((left + 116, top + 62), address, fill=(90, 92, 98), font=font(14), anchor="lm")
    for x, way in ((left + 26, 1), (left + 58, -1)):
        arrow = [(x + 5 * way, top + 54), (x - 5 * way, top + 62), (x + 5 * way, top + 70)]
        draw.line(arrow, fill=(90, 92, 98), width=2)
    stick(screen, figure("star", (130, 132, 138)), right - 44, top + 52, 20)
    return left, top + 84, right, box[3]


def photographed(image: Image.Image, degree: float, rng: np.random.Generator) -> Image.Image:
    """Photographed from a screen: askew, with moire, a reflection, a tint and a little blur.

    1. Where each corner of the photograph looks on the screen, up to `degree` % of a side
    inside or outside of the picture. 2. The picture seen from there. 3. The stripes that the
    pixels of the screen make with those of the camera. 4. Weaker contrast, tint, reflection.
    5. Blur.
    """
    width, height = image.size
    frame = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
    inwards = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)]) * (width, height)
    corners = frame + inwards * rng.uniform(-0.01, 0.01, size=(4, 2)) * degree
    seen = projection(frame, corners)
    photo = image.transform(
        image.size,
        Image.Transform.PERSPECTIVE,
        seen.tolist(),
        Image.Resampling.BILINEAR,
        fillcolor=_BEZEL,
    )
    light = np.asarray(photo, dtype=np.float32)
    light = light * moire(width, height, seen, 0.035 * degree, rng)
    tint = 1 + rng.uniform(-0.03, 0.03, size=3) * degree
    light = light * ((1 - 0.05 * degree) * tint).astype(np.float32) + 6 * degree
    light += _reflection(width, height, rng)[..., None] * (22 * degree)
    made = canvas.image_of(np.clip(light, 0, 255).astype(np.uint8))
    return made.filter(ImageFilter.GaussianBlur(0.25 * degree))


def moire(
    width: int,
    height: int,
    seen: NDArray[np.float64],
    depth: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """(height, width, 3) factors around 1: a grid nearly as fine as the camera's own.

    seen: (8,) the projection from photograph to screen. The screen has about one red, green and
    blue strip for each pixel of the camera; sampled once a pixel, that makes wide stripes, in
    other places for each colour, bent where the screen is askew.
    """
    a, b, c, d, e, f, g, h = seen.astype(np.float32)
    x = np.arange(width, dtype=np.float32)[None, :]
    y = np.arange(height, dtype=np.float32)[:, None]
    far = g * x + h * y + 1
    across, down = (a * x + b * y + c) / far, (d * x + e * y + f) / far
    pitch = 1 + rng.uniform(0.015, 0.05, size=2) * rng.choice([-1, 1], size=2)
    # Whole turns mean nothing, and small numbers keep float32 exact.
    strips = np.float32(2 * math.pi) * ((across * np.float32(pitch[0])) % 1)
    rows = np.cos(np.float32(2 * math.pi) * ((down * np.float32(pitch[1])) % 1))
    shifts = np.float32(2 * math.pi / 3) * np.arange(3, dtype=np.float32)
    grid = np.cos(strips[..., None] + shifts) + rows[..., None]
    factors: NDArray[np.float32] = 1 + np.float32(depth) * grid
    return factors


def _reflection(width: int, height: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """(height, width) from 0 to 1: a soft spot of light, and more of it towards one side."""
    y, x = np.mgrid[0:24, 0:24] / 23
    middle, angle = rng.uniform(0.1, 0.9, size=2), rng.uniform(0, 2 * math.pi)
    spot = np.exp(-((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / (2 * 0.18**2))
    slope = 0.5 + 0.7 * ((x - 0.5) * math.cos(angle) + (y - 0.5) * math.sin(angle))
    small = np.clip(0.6 * spot + 0.5 * slope, 0, 1).astype(np.float32)
    large = Image.fromarray(small).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(large)


_SCREENS = ("full-screen viewer", "social feed", "chat bubble")

ATTACKS: tuple[Attack, ...] = (
    *(
        Attack(
            name=f"phone screenshot, {name}",
            family=FAMILY,
            about=(
                f"A screenshot of 585 x 1266 pixels, {name} mode: the picture as wide as the "
                "screen in a viewer, as wide as the screen in a feed, or 62 % of it in a chat."
            ),
            unit="",
            strengths=(1, 2, 3),
            typical=2,
            labels=_SCREENS,
            change=as_scene_jpeg(partial(phone_screenshot, theme=theme)),
        )
        for name, theme in (("light", LIGHT), ("dark", DARK))
    ),
    Attack(
        name="desktop screenshot",
        family=FAMILY,
        about=(
            "A screenshot of 1100 x 700 pixels with a browser: the picture opened alone, in an "
            "article, or in a small window."
        ),
        unit="",
        strengths=(1, 2, 3),
        typical=2,
        labels=("opened alone", "in an article", "in a small window"),
        change=as_scene_jpeg(desktop_screenshot),
    ),
    Attack(
        name="photograph of a screen",
        family=FAMILY,
        about=(
            "Corners up to 1 % of a side off for each degree, moire of 3.5 %, a tint of up to "
            "3 %, weaker contrast, a reflection and a blur of a quarter pixel."
        ),
        unit="",
        strengths=(1, 2, 3, 4),
        typical=2,
        labels=("degree 1", "degree 2", "degree 3", "degree 4"),
        change=as_random_jpeg(photographed),
    ),
)
