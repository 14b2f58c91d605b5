"""Fine detail: blurred away, buried in noise, overdone, or printed as dots."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from hashguard.robustness.attack import Attack
from hashguard.robustness.attacks import canvas
from hashguard.robustness.attacks.drawn import as_jpeg, as_random_jpeg

FAMILY = "detail"
SHARPEN_RADIUS = 2  # px; what editing programs begin with
# Degrees, of red, green and blue, which are cyan, magenta and yellow in print. Far apart, as
# printers keep them; none upright, where whole pixels would leave 16 tones to a cell of 4.
SCREEN_ANGLES = (15.0, 75.0, 45.0)


def _blurred(image: Image.Image, radius: float) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(radius))


def _moved(image: Image.Image, length: float) -> Image.Image:
    return image.filter(ImageFilter.BoxBlur(((length - 1) / 2, 0)))


def noisy(image: Image.Image, sigma: float, rng: np.random.Generator) -> Image.Image:
    """Normal noise of this standard deviation in grey levels, in each channel on its own."""
    pixels = np.asarray(image)
    noise = rng.standard_normal(pixels.shape, dtype=np.float32)
    noise *= np.float32(sigma)
    noise += pixels
    return canvas.image_of(np.clip(np.rint(noise), 0, 255).astype(np.uint8))


def peppered(image: Image.Image, percent: float, rng: np.random.Generator) -> Image.Image:
    """This percentage of the pixels turned black or white, as many of one as of the other."""
    pixels = np.array(image)
    drawn = rng.random(pixels.shape[:2], dtype=np.float32)
    half = np.float32(percent / 200)
    pixels[drawn < half] = 0
    pixels[drawn >= 1 - half] = 255
    return canvas.image_of(pixels)


def _sharpened(image: Image.Image, percent: float) -> Image.Image:
    return image.filter(
        ImageFilter.UnsharpMask(SHARPEN_RADIUS, percent=round(percent), threshold=0)
    )


def posterised(image: Image.Image, levels: float) -> Image.Image:
    """So many levels of each channel, at least 2, evenly from black to white."""
    steps = round(levels) - 1
    nearest = [round(round(value * steps / 255) * 255 / steps) for value in range(256)]
    return image.point(nearest * 3)


def halftoned(image: Image.Image, cell: float) -> Image.Image:
    """Printed in dots that grow with the ink, `cell` pixels apart, an angle for each colour."""
    pixels = np.asarray(image)
    shown = np.empty_like(pixels)
    for channel, angle in enumerate(SCREEN_ANGLES):
        screen = _screen(image.height, image.width, cell, angle)
        shown[..., channel] = np.where(pixels[..., channel] > screen, 255, 0)
    return canvas.image_of(shown)


def _screen(height: int, width: int, cell: float, angle: float) -> NDArray[np.uint8]:
    """(height, width): up to which level a pixel is ink; each of 0 to 254 equally often."""
    turn = math.radians(angle)
    along, across = 2 * math.pi * math.cos(turn) / cell, 2 * math.pi * math.sin(turn) / cell
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    # cos u + cos v with u = along x + across y, v = along y - across x, as products of one
    # axis each: a cosine of every pixel would take longer than all the rest.
    wave = np.cos(across * y) * np.cos(along * x) - np.sin(across * y) * np.sin(along * x)
    wave += np.cos(along * y) * np.cos(across * x) + np.sin(along * y) * np.sin(across * x)
    found: NDArray[np.uint8] = _evened()[((wave + 2) * 63.75).astype(np.uint8)]
    return found


@cache
def _evened() -> NDArray[np.uint8]:
    """(256,): from a wave of -2 to 2 in 255 steps to the share of a cell below it, 0 to 254."""
    phase = np.cos(2 * np.pi * (np.arange(512) + 0.5) / 512)
    waves = ((phase + phase[:, None] + 2) * 63.75).astype(np.uint8)
    counts = np.bincount(waves.ravel(), minlength=256)
    # The middle of each step, so that light and dark come out alike.
    below = np.cumsum(counts) - counts / 2
    # Paper is paper: what is white has no dot at all.
    return np.minimum(np.floor(below / waves.size * 255), 254).astype(np.uint8)


ATTACKS: tuple[Attack, ...] = (
    Attack(
        name="blurred",
        family=FAMILY,
        about="Gaussian blur of this standard deviation.",
        unit="px radius",
        strengths=(1, 2, 3, 5, 8),
        typical=2,
        change=as_jpeg(_blurred),
    ),
    Attack(
        name="blurred by motion",
        family=FAMILY,
        about="Each pixel spread along so many of its row, as if the camera had moved sideways.",
        unit="px long",
        strengths=(9, 17, 33),
        typical=9,
        change=as_jpeg(_moved),
    ),
    Attack(
        name="noise",
        family=FAMILY,
        about="Normal noise in each colour of each pixel, of this standard deviation.",
        unit="grey levels of 255",
        strengths=(10, 20, 40),
        typical=10,
        change=as_random_jpeg(noisy),
    ),
    Attack(
        name="salt and pepper",
        family=FAMILY,
        about="So many of the pixels, at random places, turned black or white.",
        unit="% of pixels",
        strengths=(1, 5, 20),
        typical=1,
        change=as_random_jpeg(peppered),
    ),
    Attack(
        name="sharpened",
        family=FAMILY,
        about=f"Unsharp mask with a radius of {SHARPEN_RADIUS} px.",
        unit="% unsharp mask",
        strengths=(150, 400),
        typical=150,
        change=as_jpeg(_sharpened),
    ),
    Attack(
        name="posterised",
        family=FAMILY,
        about="Each of red, green and blue reduced to so many levels: to 3 bits, 2 or 1.",
        unit="levels",
        strengths=(8, 4, 2),
        typical=8,
        change=as_jpeg(posterised),
    ),
    Attack(
        name="halftone",
        family=FAMILY,
        about="Printed in dots of three inks, so many pixels apart.",
        unit="px apart",
        strengths=(4, 6, 10),
        typical=4,
        change=as_jpeg(halftoned),
    ),
)
