"""Does the victim's page give the hashes of Python? Choose a corpus in a real browser and compare.

    python -m benchmarks.page CORPUS [--browser chromium|firefox] [--count 200] [--seed 1]

Takes that many pictures of a folder by chance, gives them to the page as a person does, and reads
the case file it makes. Prints a Markdown table, and the name of each file that is missed; exits
1 if there is one. Also the seconds for a picture of 12 megapixels, from choosing it to its code.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from benchmarks.tables import Page
from hashguard.web import page
from tests.web.comparing import Compared, compare, hash_of_file, hash_of_pixels
from tests.web.driver import Browser, BrowserName, missing, started
from tests.web.large import large_jpeg
from tests.web.tool import PageHash, opened

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".avif"}
LOT = 100  # pictures chosen at a time; a case file holds 500
ROUNDS = 3  # of the large picture


def pictures_of(folder: Path, count: int, seed: int) -> list[Path]:
    """So many pictures of a folder, by chance but the same each time. Raises ValueError."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if len(paths) < count:
        raise ValueError(f"{len(paths)} pictures there, fewer than {count}")
    return sorted(random.Random(seed).sample(paths, count))


def on_the_page(browser: Browser, url: str, paths: Sequence[Path]) -> list[list[PageHash]]:
    """What the page makes of the pictures, lot by lot, the page loaded anew for each."""
    found = []
    for start in range(0, len(paths), LOT):
        with opened(browser, url) as tool:
            found.append(tool.hashes(paths[start : start + LOT]))
        print(f"{start + len(found[-1])} of {len(paths)}", file=sys.stderr)
    return found


def seconds_for_large(browser: Browser, url: str, folder: Path) -> float:
    """From choosing a JPEG of 12 megapixels to its code: the best of a few."""
    path = folder / "large.jpg"
    path.write_bytes(large_jpeg())
    best = float("inf")
    for _ in range(ROUNDS):
        with opened(browser, url) as tool:
            begun = perf_counter()
            tool.choose(path)
            best = min(best, perf_counter() - begun)
    return best


def compared_by(
    reference: str, paths: Sequence[Path], found: Sequence[Sequence[PageHash]]
) -> list[Compared]:
    """All lots against Python: `pixels` as a canvas holds them, or `file` as we read it."""
    hashes = hash_of_pixels if reference == "pixels" else hash_of_file
    compared = []
    for number, lot in enumerate(found):
        part = paths[number * LOT : (number + 1) * LOT]
        compared += compare(part, lot, [hashes(path) for path in part])
    return compared


def report(name: BrowserName, columns: dict[str, list[Compared]], seconds: float) -> Page:
    """The table, and the missed by name: what is no hash, and what differs on the same pixels."""
    page = Page()
    page.section(f"The page in {name.value}", {})
    rows = []
    for reference, compared in columns.items():
        bits = [one.bits for one in compared if one.bits is not None]
        spread = ", ".join(f"{d}: {n}" for d, n in sorted(Counter(bits).items()))
        quality = sum(not one.same_quality for one in compared)
        rows.append((reference, len(compared), len(compared) - len(bits), quality, spread))
    heads = ("Python reads", "pictures", "without hash", "another quality", "bits apart: pictures")
    page.table(heads, rows)
    missed = [one for one in columns["pixels"] if one.bits != 0 or not one.same_quality]
    for one in missed:
        page.say(f"- missed: `{one.path.name}`, {one.bits} bits")
    page.missed = len(missed)
    page.say(f"A JPEG of 12 megapixels takes {seconds:.2f} s, the best of {ROUNDS}.")
    return page


def main() -> int:
    """Run the comparison of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--browser", choices=[name.value for name in BrowserName])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    try:
        paths = pictures_of(options.corpus, options.count, options.seed)
    except ValueError as error:
        parser.error(str(error))
    chosen = [BrowserName(options.browser)] if options.browser else list(BrowserName)
    status = 0
    for name in chosen:
        if lacks := missing(name):
            parser.error(lacks)
        with tempfile.TemporaryDirectory() as made, started(name) as browser:
            folder = Path(made)
            (folder / "page.html").write_bytes(page())
            url = (folder / "page.html").as_uri()
            found = on_the_page(browser, url, paths)
            seconds = seconds_for_large(browser, url, folder)
        columns = {ref: compared_by(ref, paths, found) for ref in ("pixels", "file")}
        told = report(name, columns, seconds)
        print("\n".join(told.lines))
        status |= told.missed > 0
    return status


if __name__ == "__main__":
    sys.exit(main())
