"""What plain uploads wrongly match on a list that holds as plain pictures, beside a million others.

    python -m benchmarks.plain CORPUS [--policy NAME ...] [--each N]

CORPUS holds `photos/` and `distractors/`. Of each kind N are listed, with their quality, and N
others uploaded, none of which shows what is listed: dark places (night skies) and bright plain
ones (walls, skies, paper), cut out of photographs, listed from one half of those and uploaded
from the other; printed pages and screenshots of text, drawn with other words and other sizes.
An upload with a match of any entry is wrong. Writes out/plain.json and prints a Markdown table.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.codes import FILLED_WITH, picture_files, real_hashes
from benchmarks.common import write_result
from benchmarks.unrelated import read, tiles_of
from hashguard import Algorithm, HashList, Matcher, policies
from hashguard.hashers.pdq import hash_pixels
from hashguard.hashes import Pixels, pack_codes
from hashguard.robustness.attacks.canvas import jpeg, pixels_of
from hashguard.robustness.attacks.drawing import font, paragraph, words
from hashguard.robustness.attacks.phone import DARK, HEIGHT, LIGHT, WIDTH
from hashguard.robustness.verdicts.listing import filled_up, list_of
from hashguard.robustness.verdicts.plan import LIST_SIZE

SEED = 1
DARK_MEAN, BRIGHT_MEAN = 40, 150  # grey levels
PLAIN = 50  # quality below which a bright place is plain
HEAD = """\
| policy | uploads | n | wrong, by the best grade | by one of these kinds | undecided |
|---|---|---:|---|---:|---:|"""
Kinds: TypeAlias = Mapping[str, Sequence[Pixels]]


def cut_out(photographs: Sequence[tuple[int, Pixels]], each: int, seed: int) -> Kinds:
    """Dark places, of any quality above 0, and bright plain ones."""
    found: dict[str, list[Pixels]] = {"dark places": [], "bright plain places": []}
    for _, tile in tiles_of(photographs):
        mean = tile.mean()
        if DARK_MEAN <= mean < BRIGHT_MEAN:
            continue
        quality = hash_pixels(tile).quality or 0
        if mean < DARK_MEAN and quality:
            found["dark places"].append(tile)
        elif mean >= BRIGHT_MEAN and 0 < quality < PLAIN:
            found["bright plain places"].append(tile)
    rng = np.random.default_rng(seed)
    return {
        kind: [tiles[place] for place in rng.permutation(len(tiles))[:each]]
        for kind, tiles in found.items()
    }


def pages(each: int, seed: int) -> Iterator[Pixels]:
    """Printed pages: a heading, a line, one or two columns of text."""
    rng = np.random.default_rng([seed, 1])
    for _ in range(each):
        width, height = (int(side) for side in rng.integers((600, 700), (1000, 1400)))
        margin, size = int(rng.integers(30, 90)), int(rng.integers(12, 24))
        page = Image.new("RGB", (width, height), (253, 252, 248))
        draw = ImageDraw.Draw(page)
        draw.text((margin, margin), words(rng, 30), fill=(20, 20, 22), font=font(2 * size))
        top = margin + 4 * size
        draw.line((margin, top - size // 2, width - margin, top - size // 2), fill=(20, 20, 22))
        columns = int(rng.integers(1, 3))
        across = (width - 2 * margin) // columns
        for left in range(margin, width - margin - across // 2, across):
            bottom = int(rng.integers(height // 2, height - margin))
            paragraph(page, (left, top, left + across - 15, bottom), size, rng, (20, 20, 22))
        yield pixels_of(page)


def screens(each: int, seed: int) -> Iterator[Pixels]:
    """Screenshots of text on a phone, light or dark: a title, and paragraphs with gaps."""
    rng = np.random.default_rng([seed, 2])
    for _ in range(each):
        theme = LIGHT if rng.random() < 1 / 2 else DARK
        screen = Image.new("RGB", (WIDTH, HEIGHT), theme.back)
        draw = ImageDraw.Draw(screen)
        draw.text((WIDTH / 2, 90), words(rng, 20), fill=theme.text, font=font(22), anchor="mm")
        draw.line((0, 120, WIDTH, 120), fill=theme.field)
        top = 140
        while top < HEIGHT - 120:
            bottom = min(HEIGHT - 90, top + int(rng.integers(60, 320)))
            paragraph(screen, (24, top, WIDTH - 24, bottom), 17, rng, theme.text)
            top = bottom + int(rng.integers(10, 60))
        yield pixels_of(screen)


def kinds(photographs: Sequence[tuple[int, Pixels]], each: int, seed: int) -> Kinds:
    """So many pictures of each kind, or as many as there are."""
    return {
        **cut_out(photographs, each, seed),
        "printed pages": list(pages(each, seed)),
        "screenshots of text": list(screens(each, seed)),
    }


def make_list(corpus: Path, listed: Kinds) -> HashList:
    """What is listed of all kinds, filled up with hashes of distractors and perturbed ones."""
    hashed = [hash_pixels(one) for pictures in listed.values() for one in pictures]
    known = real_hashes(corpus / "distractors", real=FILLED_WITH)
    count = LIST_SIZE - len(hashed)
    filling = filled_up(known.codes, count, np.random.default_rng(SEED))
    codes = np.concatenate([pack_codes([one.hash for one in hashed], Algorithm.PDQ), filling])
    mine = np.array([one.quality or 0 for one in hashed], np.int16)
    return list_of(codes, np.concatenate([mine, np.resize(known.qualities, count)]))


def seen(matcher: Matcher, uploads: Sequence[Pixels], listed: int) -> dict[str, Any]:
    """Counts of uploads: with a wrong match, by its best grade; undecided. listed: first rows."""
    wrong: Counter[str] = Counter()
    plain = undecided = 0
    for upload in uploads:
        verdict = matcher.check(jpeg(upload))
        undecided += verdict.outcome.value == "undecided"
        if verdict.matches:
            best = verdict.matches[0]
            wrong[best.grade.value if best.grade else "none"] += 1
            plain += int(best.entry.id) < listed
    return {"n": len(uploads), "wrong": wrong, "of_those_listed": plain, "undecided": undecided}


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--policy", action="append")
    parser.add_argument("--each", type=int, default=400)
    options = parser.parse_args()
    folders = ("photos", "distractors")
    for folder in folders:
        if not picture_files(options.corpus / folder):
            raise SystemExit(f"there are no pictures in {options.corpus / folder}")
    everything = [pixels for folder in folders for pixels in read(options.corpus / folder)]
    numbered = list(enumerate(everything))
    listed = kinds(numbered[::2], options.each, SEED)
    uploads = kinds(numbered[1::2], options.each, SEED + 1)
    hash_list = make_list(options.corpus, listed)
    count = sum(map(len, listed.values()))
    result: dict[str, dict[str, Any]] = {}
    print(HEAD)
    for name in options.policy or ["PDQ_STANDARD"]:
        matcher = Matcher(hash_list, policy=policies.PRESETS[name])
        result[name] = {kind: seen(matcher, some, count) for kind, some in uploads.items()}
        for kind, one in result[name].items():
            wrong = ", ".join(f"{n} {grade}" for grade, n in one["wrong"].items()) or "0"
            cells = (f"`{name}`", kind, one["n"], wrong, one["of_those_listed"], one["undecided"])
            print("| " + " | ".join(map(str, cells)) + " |", flush=True)
    write_result("plain", result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
