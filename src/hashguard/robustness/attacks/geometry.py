"""Geometry: mirrored, turned, tilted and skewed."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hashguard.hashes import Pixels
from hashguard.robustness.attack import Attack
from hashguard.robustness.attacks import canvas
from hashguard.robustness.attacks.drawn import as_random_jpeg

FAMILY = "geometry"


def _mirrored(pixels: Pixels, quality: float, _rng: np.random.Generator) -> bytes:
    return canvas.jpeg(pixels[:, ::-1], round(quality))


def _flipped(pixels: Pixels, quality: float, _rng: np.random.Generator) -> bytes:
    return canvas.jpeg(pixels[::-1], round(quality))


def _turned(pixels: Pixels, degrees: float, _rng: np.random.Generator) -> bytes:
    # NumPy turns against the clock.
    return canvas.jpeg(np.rot90(pixels, -round(degrees / 90)))


def tilted(image: Image.Image, degrees: float, rng: np.random.Generator) -> Image.Image:
    """Tilted to the left or to the right, in the same frame; the corners are black."""
    return image.rotate(_either_way(degrees, rng), Image.Resampling.BICUBIC)


def tilted_and_cropped(image: Image.Image, degrees: float, rng: np.random.Generator) -> Image.Image:
    """Tilted and cropped to `inscribed` pixels around the centre, so that no corner is black."""
    width, height = inscribed(image.width, image.height, degrees)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return tilted(image, degrees, rng).crop((left, top, left + width, top + height))


def inscribed(width: int, height: int, degrees: float) -> tuple[int, int]:
    """Sides of the largest upright rectangle of the same shape within the tilted picture.

    Of s * (w, h), tilted back, the corners reach s * (w cos + h sin) across and
    s * (w sin + h cos) down; the larger s for which both fit into w and h. One pixel less, for
    the centre of an odd rectangle in an even picture lies half a pixel off.
    """
    turn = math.radians(degrees)
    ratio = max(width / height, height / width)
    fits = 1 / (math.cos(turn) + ratio * math.sin(turn))
    return max(1, math.floor(width * fits) - 1), max(1, math.floor(height * fits) - 1)


def skewed(image: Image.Image, percent: float, rng: np.random.Generator) -> Image.Image:
    """Seen from elsewhere: each corner is taken from up to `percent` of a side further inside."""
    width, height = image.size
    frame = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
    inwards = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)]) * (width, height)
    corners = frame + inwards * rng.uniform(0, percent / 100, size=(4, 2))
    return image.transform(
        image.size,
        Image.Transform.PERSPECTIVE,
        projection(frame, corners).tolist(),
        Image.Resampling.BICUBIC,
    )


def projection(frame: NDArray[np.float64], corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """(8,) coefficients a to h of the projection that takes each of four points to another.

    frame, corners: (4, 2), x and y. A point (x, y) goes to
    (a x + b y + c) / (g x + h y + 1), (d x + e y + f) / (g x + h y + 1).
    """
    rows = []
    for (x, y), (into_x, into_y) in zip(frame, corners, strict=True):
        rows.append((x, y, 1, 0, 0, 0, -into_x * x, -into_x * y))
        rows.append((0, 0, 0, x, y, 1, -into_y * x, -into_y * y))
    found: NDArray[np.float64] = np.linalg.solve(np.array(rows), corners.ravel())
    return found


def _either_way(degrees: float, rng: np.random.Generator) -> float:
    return degrees if rng.random() < 0.5 else -degrees


ATTACKS: tuple[Attack, ...] = (
    Attack(
        name="mirrored",
        family=FAMILY,
        about="Left and right exchanged.",
        unit="JPEG quality {}",
        strengths=(95, 75, 50),
        typical=75,
        change=_mirrored,
    ),
    Attack(
        name="flipped upside down",
        family=FAMILY,
        about="Top and bottom exchanged.",
        unit="JPEG quality {}",
        strengths=(95, 50),
        typical=95,
        change=_flipped,
    ),
    Attack(
        name="turned",
        family=FAMILY,
        about="Turned by quarter turns, clockwise.",
        unit="degrees",
        strengths=(90, 180, 270),
        typical=90,
        change=_turned,
    ),
    Attack(
        name="tilted, black corners",
        family=FAMILY,
        about="Tilted to the left or to the right within its frame; the corners are black.",
        unit="degrees",
        strengths=(0.5, 1, 2, 3, 5, 10, 15),
        typical=2,
        change=as_random_jpeg(tilted),
    ),
    Attack(
        name="tilted and cropped",
        family=FAMILY,
        about=(
            "Tilted to the left or to the right and cropped to the largest rectangle of the same "
            "shape without black corners."
        ),
        unit="degrees",
        strengths=(1, 3, 10),
        typical=3,
        change=as_random_jpeg(tilted_and_cropped),
    ),
    Attack(
        name="perspective",
        family=FAMILY,
        about=(
            "Straightened as phones do: the picture is stretched until four points near its "
            "corners, each inside by a random share of a side up to this, are its corners."
        ),
        unit="% of a side",
        strengths=(2, 5, 10),
        typical=5,
        change=as_random_jpeg(skewed),
    ),
)
