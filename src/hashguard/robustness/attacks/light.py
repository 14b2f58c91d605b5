"""Light and colour: what the sliders and filters of a phone do."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from hashguard.robustness.attack import Attack
from hashguard.robustness.attacks import canvas
from hashguard.robustness.attacks.drawn import as_jpeg

FAMILY = "light and colour"

Matrix = tuple[float, ...]
"""Twelve numbers: for each colour out the weights of red, green and blue in, and an offset."""

# The sepia is that of the W3C's Filter Effects; the others are made up in the manner of phones.
FILTERS: dict[str, Matrix] = {
    "warm": (1.12, 0, 0, 4, 0, 1.02, 0, 0, 0, 0, 0.8, -4),
    "cool": (0.8, 0, 0, -4, 0, 0.98, 0, 0, 0, 0, 1.15, 10),
    "faded": (0.62, 0.12, 0.02, 45, 0.06, 0.66, 0.03, 42, 0.06, 0.12, 0.56, 52),
    "sepia": (0.393, 0.769, 0.189, 0, 0.349, 0.686, 0.168, 0, 0.272, 0.534, 0.131, 0),
    # Black becomes a dark violet, white a pale yellow, greys what lies between.
    "duotone": (0.245, 0.481, 0.093, 46, 0.245, 0.481, 0.093, 22, 0.07, 0.138, 0.027, 92),
}
INVERSIONS = ("light only", "light and colours")


def _brightness(image: Image.Image, factor: float) -> Image.Image:
    return ImageEnhance.Brightness(image).enhance(factor)


def _contrast(image: Image.Image, factor: float) -> Image.Image:
    return ImageEnhance.Contrast(image).enhance(factor)


def _saturation(image: Image.Image, factor: float) -> Image.Image:
    return ImageEnhance.Color(image).enhance(factor)


def greyed(image: Image.Image, percent: float) -> Image.Image:
    """With this percentage of the colour taken away."""
    return _saturation(image, 1 - percent / 100)


def gamma(image: Image.Image, exponent: float) -> Image.Image:
    """Each value, as a share of white, to the power of `exponent`."""
    return image.point([round(255 * (value / 255) ** exponent) for value in range(256)] * 3)


def hue_turned(image: Image.Image, degrees: float) -> Image.Image:
    """Every hue moved on along the colour circle, light and saturation of HSV kept."""
    hue, saturation, value = image.convert("HSV").split()
    shift = round(degrees * 256 / 360)
    hue = hue.point([(level + shift) % 256 for level in range(256)])
    return Image.merge("HSV", (hue, saturation, value)).convert("RGB")


def filtered(image: Image.Image, number: float) -> Image.Image:
    """Through the filter of this number, from 1."""
    return image.convert("RGB", list(FILTERS.values())[round(number) - 1])


def vignetted(image: Image.Image, percent: float) -> Image.Image:
    """Darker with the square of the distance from the centre; the corners by `percent`."""
    x = np.linspace(-1, 1, image.width, dtype=np.float32)
    y = np.linspace(-1, 1, image.height, dtype=np.float32)[:, None]
    light = 1 - np.float32(percent / 200) * (x * x + y * y)
    return canvas.image_of(np.rint(np.asarray(image) * light[..., None]).astype(np.uint8))


def inverted(image: Image.Image, number: float) -> Image.Image:
    """1: dark becomes light and hues stay; 2: a negative."""
    if round(number) == 2:
        return ImageOps.invert(image)
    light, blue, red = image.convert("YCbCr").split()
    return Image.merge("YCbCr", (ImageOps.invert(light), blue, red)).convert("RGB")


ATTACKS: tuple[Attack, ...] = (
    Attack(
        name="darker",
        family=FAMILY,
        about="All colours times a factor.",
        unit="times the brightness",
        strengths=(0.7, 0.5, 0.3),
        typical=0.7,
        change=as_jpeg(_brightness),
    ),
    Attack(
        name="brighter",
        family=FAMILY,
        about="All colours times a factor; what exceeds white is white.",
        unit="times the brightness",
        strengths=(1.25, 1.5, 2),
        typical=1.25,
        change=as_jpeg(_brightness),
    ),
    Attack(
        name="less contrast",
        family=FAMILY,
        about="All colours drawn towards the mean grey of the picture.",
        unit="times the contrast",
        strengths=(0.75, 0.5, 0.25),
        typical=0.75,
        change=as_jpeg(_contrast),
    ),
    Attack(
        name="more contrast",
        family=FAMILY,
        about="All colours driven away from the mean grey of the picture, to black and white.",
        unit="times the contrast",
        strengths=(1.5, 2, 3),
        typical=1.5,
        change=as_jpeg(_contrast),
    ),
    Attack(
        name="shadows lifted",
        family=FAMILY,
        about="A gamma curve that lightens the middle; black and white stay.",
        unit="gamma {}",
        strengths=(0.8, 0.6, 0.4),
        typical=0.8,
        change=as_jpeg(gamma),
    ),
    Attack(
        name="shadows deepened",
        family=FAMILY,
        about="A gamma curve that darkens the middle; black and white stay.",
        unit="gamma {}",
        strengths=(1.25, 1.75, 2.5),
        typical=1.25,
        change=as_jpeg(gamma),
    ),
    Attack(
        name="stronger colours",
        family=FAMILY,
        about="Saturation times a factor.",
        unit="times the saturation",
        strengths=(1.5, 3),
        typical=1.5,
        change=as_jpeg(_saturation),
    ),
    Attack(
        name="greyscale",
        family=FAMILY,
        about="A share of the colour taken away; at 100 % a black-and-white picture.",
        unit="% of the colour gone",
        strengths=(50, 100),
        typical=100,
        change=as_jpeg(greyed),
    ),
    Attack(
        name="hue turned",
        family=FAMILY,
        about="Every hue moved on along the colour circle.",
        unit="degrees",
        strengths=(30, 90, 180),
        typical=30,
        change=as_jpeg(hue_turned),
    ),
    Attack(
        name="colour filter",
        family=FAMILY,
        about="A tint as phones offer it; each colour is a weighted sum of all three.",
        unit="",
        strengths=tuple(range(1, len(FILTERS) + 1)),
        typical=1,
        change=as_jpeg(filtered),
        labels=tuple(FILTERS),
    ),
    Attack(
        name="vignette",
        family=FAMILY,
        about="Darker towards the corners.",
        unit="% darker corners",
        strengths=(50, 90),
        typical=50,
        change=as_jpeg(vignetted),
    ),
    Attack(
        name="inverted",
        family=FAMILY,
        about="Dark made light and light dark, with the hues kept or as a negative.",
        unit="",
        strengths=(1, 2),
        typical=2,
        change=as_jpeg(inverted),
        labels=INVERSIONS,
    ),
)
