"""Small pictures of pairs, made again from the originals. Reads files, writes none."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hashguard.errors import DecodeError
from hashguard.hashes import Pixels
from hashguard.robustness.attack import Attack, Setting
from hashguard.robustness.attacks.canvas import jpeg
from hashguard.robustness.pictures import photograph, read_again
from hashguard.robustness.results import PHOTO, Picture, Run
from hashguard.robustness.scores import Pair

SIDE = 160  # pixels, at most
QUALITY = 72  # of 100; to recognise a picture, not to judge it
LIMIT = 48  # pictures in a page: about half a megabyte


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture as a `data:` address, or why there is none."""

    address: str
    width: int
    height: int
    trouble: str = ""


class Gallery:
    """Makes the thumbnails of a page, until it has enough."""

    def __init__(self, run: Run, attacks: Sequence[Attack], limit: int = LIMIT) -> None:
        """attacks: those of this version, looked up by name."""
        self._run = run
        self._attacks = {attack.name: attack for attack in attacks}
        self._pictures = {(one.role, one.name): one for one in run.pictures}
        self._left = limit

    def pair(self, pair: Pair) -> tuple[Thumbnail, Thumbnail] | None:
        """The upload and the reference; None if the page has enough pictures."""
        if self._left < 2:
            return None
        self._left -= 2
        return (
            self._one(pair.query_role, pair.query, pair.attack, pair.strength),
            self._one(pair.reference_role, pair.reference, "", 0.0),
        )

    def _one(self, role: str, name: str, attack: str, strength: float) -> Thumbnail:
        picture = self._pictures.get((role, name))
        if picture is None:
            return _none("not a picture of this run")
        root = self._run.photos if role == PHOTO else self._run.distractors
        data = read_again(Path(root), picture)
        if data is None:
            return _none("the file is gone, or is another one by now")
        try:
            if attack:
                data = self._attacked(data, picture, attack, strength)
            return _thumbnail(photograph(data, SIDE))
        except DecodeError as error:
            return _none(str(error))
        except Exception:
            # Attacks may have changed since the run, and may raise anything at a strength they
            # no longer know. A page without one picture is better than no page.
            return _none("it cannot be made again by this version")

    def _attacked(self, data: bytes, picture: Picture, attack: str, strength: float) -> bytes:
        setting = Setting(self._attacks[attack], strength)
        pixels = photograph(data, self._run.max_side)
        pixels.flags.writeable = False
        return setting.make(pixels, seed=self._run.seed, picture=picture.digest)


def _thumbnail(pixels: Pixels) -> Thumbnail:
    # Made anew of pixels alone, so that nothing else of a file gets into the page.
    coded = base64.b64encode(jpeg(np.ascontiguousarray(pixels), QUALITY)).decode("ascii")
    height, width = pixels.shape[:2]
    return Thumbnail(f"data:image/jpeg;base64,{coded}", width, height)


def _none(trouble: str) -> Thumbnail:
    return Thumbnail("", 0, 0, trouble)
