"""Measure how near unrelated pictures come, and write the table that budgets are reckoned with.

    python -m benchmarks.unrelated PHOTOS STRANGERS --date 2026-11-25 \
        --out src/hashguard/data/unrelated.json [--only KIND ...]

Pairs that show the same picture, whole or cropped, are named in same.csv, beside this file: looked
at by a person, they are the five nearest that PDQ_DEEP found in this corpus. There are few plain
ones in a collection of photographs, but
many plain places in photographs: so all are cut into 4, 16 and 64 tiles, and what has little detail
stands for uploads of little detail (skies, walls, water, darkness, paper). Rows:

- whole pictures of quality 80 and more against all others;
- plain tiles against whole pictures of quality 50 and more: a list that holds nothing plainer;
- plain tiles against as plain tiles of other photographs: a list that holds nothing else.

Each for a single probe, and for the nearest of all eight orientations, in plain bits; whole
pictures also for the probes of policies that have a budget, in bits weighed by how clear a probe
is: those of PDQ_INLINE, those of PDQ_STANDARD, and the croppings and ratios that PDQ_DEEP tries,
with their handicap and against what is not of its cohort. There, either of two pictures was the
upload. Chance comes from drawing pictures, not tiles or pairs. Takes half an hour for 311
photographs and 4,000 thumbnails; with --only, just the rows of those kinds are measured, and all
others stay as the table at --out has them.
"""

from __future__ import annotations

import argparse
import csv
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.codes import picture_files
from hashguard.chance import Row, Unrelated
from hashguard.decode import DecodeLimits, decode
from hashguard.hashers.framed import ratio_framings
from hashguard.hashers.orientation import Orientation
from hashguard.hashers.pdq import PdqHasher, hash_orientations
from hashguard.hashes import Algorithm, Clarity, Codes, Hashed, Pixels, in_bits, pack_codes
from hashguard.policies import PDQ_DEEP, PDQ_INLINE, PDQ_MAX_TIES, PDQ_STANDARD
from hashguard.probes import EITHER_SIDE, ProbePlan, Tried, cohort, make_probes
from hashguard.robustness import tail
from hashguard.robustness.chance import Seen, row_from_tail
from hashguard.robustness.distances import Scale
from hashguard.robustness.system import Metric

GRIDS = (2, 4, 8)  # tiles on a side
MIN_TILE = 75  # pixels; smaller ones are more noise of the codec than picture
BANDS = (0, 20, 35, 50, 80, 101)  # quality
DETAILED = 50  # what the authors of PDQ recommend of a list
SCALE = Scale(Metric.HAMMING, 32)
NEAREST = 10  # pairs of each kind that are printed
Numbered: TypeAlias = Sequence[tuple[int, Pixels]]
KINDS = {"one probe": 1, "orientations": len(Orientation)}


@dataclass(frozen=True)
class Kind:
    """A kind of probing: those probes of a plan that are tried so. count: of most uploads."""

    name: str
    plan: ProbePlan
    tried: Tried | None = None

    @property
    def count(self) -> int:
        """Of an upload of a usual ratio in which no picture is found."""
        if self.tried is Tried.CROPPINGS:
            return self.plan.croppings
        if self.tried is Tried.RATIOS:
            return len(EITHER_SIDE) * len(ratio_framings(3, 4))
        return len(self.plan.orientations)


TRYING = replace(PDQ_DEEP.probes, pictures=0, overlays=False, tilts=())
"""What covers an upload is not filled in: that is another picture, of which as much is tried."""

PROBED = (
    Kind(PDQ_INLINE.name, PDQ_INLINE.probes),
    Kind(PDQ_STANDARD.name, PDQ_STANDARD.probes),
    *(Kind(one.value, TRYING, one) for one in Tried),
)

KNOWN = (Seen(68, 1, 115_000_000), Seen(80, 5, 115_000_000), Seen(85, 35, 115_000_000))
"""Counted once with a larger collection: 15,182 photographs of quality 50 and more, one probe."""

SOURCE = (
    "benchmarks/unrelated.py: {photos} photographs, {strangers} other pictures, {tiles} tiles of "
    "all of them; for one probe also 115 million pairs of 15,182 photographs of quality 50 and more"
)


@dataclass(frozen=True)
class Pictures:
    """n hashed pictures, each in eight orientations.

    words: (n, 8, 4) uint64. quality: (n,) as upright. picture: (n,) which one each is or is cut of.
    item: (n,) a number of its own: that of a whole picture is its picture's, of a tile below 0.
    """

    words: NDArray[np.uint64]
    quality: NDArray[np.int64]
    picture: NDArray[np.int64]
    item: NDArray[np.int64]

    def of_quality(self, low: int, high: int = 101) -> Pictures:
        """Those of at least `low` and less than `high`."""
        return self._those((self.quality >= low) & (self.quality < high))

    def without(self, codes: Codes) -> Pictures:
        """Those whose hash as upright is none of these, (n, 32)."""
        known = {code.tobytes() for code in codes}
        return self._those(np.array([one.tobytes() not in known for one in self.words[:, 0]]))

    def _those(self, there: NDArray[np.bool_]) -> Pictures:
        return Pictures(
            self.words[there], self.quality[there], self.picture[there], self.item[there]
        )


def hashed(pictures: Iterable[tuple[int, Pixels]], *, tiles: bool) -> Pictures:
    """Those that a policy would compare, for few of their bits were decided by rounding."""
    words, quality, numbers = [], [], []
    for number, pixels in pictures:
        ways = hash_orientations(pixels)
        if ways[Orientation.UPRIGHT].ties <= PDQ_MAX_TIES:
            codes = np.stack([ways[way].hash.code for way in Orientation])
            words.append(codes.view(np.uint64))
            quality.append(ways[Orientation.UPRIGHT].quality)
            numbers.append(number)
    items = -1 - np.arange(len(numbers)) if tiles else np.array(numbers)
    return Pictures(np.stack(words), np.array(quality), np.array(numbers), items)


def tiles_of(pictures: Iterable[tuple[int, Pixels]]) -> Iterator[tuple[int, Pixels]]:
    """Their tiles, with the number of the picture."""
    for number, pixels in pictures:
        for grid in GRIDS:
            height, width = (side // grid for side in pixels.shape[:2])
            if min(height, width) >= MIN_TILE:
                for place in range(grid * grid):
                    top, left = place // grid * height, place % grid * width
                    yield number, pixels[top : top + height, left : left + width]


def distances(uploads: Pictures, references: Pictures, probes: int) -> NDArray[np.int16]:
    """(uploads, references) bits of the nearest probe; `never` for parts of one picture.

    A pair that is there in both directions counts once.
    """
    listed = references.words[:, 0]
    found = np.empty((len(uploads.words), len(listed)), np.int16)
    for number, ways in enumerate(uploads.words):
        bits = np.bitwise_count(ways[:probes, np.newaxis] ^ listed).sum(axis=2, dtype=np.int16)
        found[number] = bits.min(axis=0)
    mine, theirs = uploads.item[:, np.newaxis], references.item
    twice = np.isin(theirs, uploads.item) & np.isin(mine, references.item) & (mine > theirs)
    found[twice | (uploads.picture[:, np.newaxis] == references.picture)] = SCALE.never
    return found


def probed_distances(
    kind: Kind,
    pixels: Sequence[Pixels],
    uploads: Pictures,
    references: Pictures,
    same: Iterable[tuple[int, int]],
) -> NDArray[np.int16]:
    """The same in weighed bits, of the detailed probes of a kind that each upload has.

    A part of one can be plainer: it is looked up by another row. pixels: of every picture. same:
    pictures that show the same: no pairs. Either of two pictures may be the upload: two pairs.
    """
    listed = np.ascontiguousarray(references.words[:, 0]).view(np.uint8)
    theirs_set = np.unpackbits(listed, axis=1).astype(np.float32)
    found = np.empty((len(uploads.words), len(listed)), np.int16)
    for number, picture in enumerate(uploads.picture.tolist()):
        probes = make_probes(pixels[picture], kind.plan, PdqHasher())
        alike = [one for one in probes if one.tried is kind.tried]
        detailed = [one for one in alike if (one.hashed.quality or 0) >= BANDS[-2]]
        if not detailed:
            found[number] = SCALE.never  # only parts of it are looked up, and all are plain
            continue
        codes = pack_codes([one.hashed.hash for one in detailed], Algorithm.PDQ)
        clarity = np.stack([_clarity(one.hashed) for one in detailed])
        bits = in_bits(cohort.nearest_weights(codes, clarity, theirs_set)).astype(np.int64)
        # Of one upload, all that is tried alike has one handicap; what is not tried has none.
        found[number] = np.clip(bits + detailed[0].handicap, 0, SCALE.never - 1)
    mine, theirs = uploads.picture[:, np.newaxis], references.picture
    found[mine == theirs] = SCALE.never
    for one, other in same:
        found[((mine == one) & (theirs == other)) | ((mine == other) & (theirs == one))] = (
            SCALE.never
        )
    return found


def _clarity(hashed: Hashed) -> Clarity:
    if hashed.clarity is None:
        raise TypeError("a probe of a picture has a clarity")
    return hashed.clarity


def measured(  # noqa: PLR0917 (six things make a row)
    kind: tuple[str, int],
    steps: NDArray[np.int16],
    uploads: Pictures,
    references: Pictures,
    count: int,
    bands: tuple[int, int],
    *,
    by_clarity: bool = False,
) -> Row:
    """One row. kind: its name and how many probes it has. steps: as `distances` gives them.

    count: of all pictures; bands: `quality_from` and `listed_from`; by_clarity: the steps
    are of weighed bits.
    """
    name, probes = kind
    counts = np.bincount(steps.ravel(), minlength=SCALE.never + 1)
    ends = tail.window(np.concatenate([counts[:-1], [0]]))
    if ends is None:
        raise SystemExit(f"too few pairs for {name} at quality {bands[0]}")
    # 1. The pairs of the tail, and the weight of all in each resample.
    weights = tail.drawn(count)
    rows, columns = np.nonzero(steps <= ends[1])
    pairs = tail.Pairs(
        uploads.picture[rows], references.picture[columns], steps[rows, columns].astype(np.int64)
    )
    mine = weights[:, uploads.picture].astype(np.float32)
    theirs = np.ascontiguousarray(weights[:, references.picture].T, dtype=np.float32)
    there = (steps < SCALE.never).astype(np.float32)
    totals = ((there @ theirs).T * mine).sum(axis=1, dtype=np.float64)
    total = int(counts[:-1].sum())
    line = tail.fitted(pairs, ends, weights, totals, total)
    # 2. What was seen, here and before.
    within = np.cumsum(counts)
    seen = [Seen(int(d), int(within[d]), total) for d in np.flatnonzero(counts[: ends[1]])]
    if probes == 1 and bands[0] == BANDS[-2]:
        seen += KNOWN
    return row_from_tail(
        line.told(SCALE),
        probing=name,
        probes=probes,
        quality_from=bands[0],
        listed_from=bands[1],
        pairs=total,
        pictures=len({*uploads.picture.tolist(), *references.picture.tolist()}),
        seen=seen,
        weighed=by_clarity,
    )


def table(tiles: Pictures, whole: Pictures, count: int) -> list[Row]:
    """The rows of all kinds but policies. count: of all pictures."""
    rows = []
    for kind in KINDS.items():
        for low, high in itertools.pairwise(BANDS[:-1]):
            plain = tiles.of_quality(low, high)
            for listed, references in ((0, plain), (DETAILED, whole.of_quality(DETAILED))):
                steps = distances(plain, references, kind[1])
                rows.append(measured(kind, steps, plain, references, count, (low, listed)))
        detailed = whole.of_quality(BANDS[-2])
        for listed in 0, DETAILED:
            references = whole.of_quality(listed)
            steps = distances(detailed, references, kind[1])
            rows.append(measured(kind, steps, detailed, references, count, (BANDS[-2], listed)))
    return rows


def probed_row(kind: Kind, numbered: Numbered, whole: Pictures, same: list[tuple[int, int]]) -> Row:
    """Of whole pictures, for a kind of probes. Prints the nearest pairs, to be looked at."""
    detailed, references = whole.of_quality(BANDS[-2]), whole.of_quality(DETAILED)
    if kind.tried:
        references = references.without(cohort.shipped())
    steps = probed_distances(kind, [one for _, one in numbered], detailed, references, same)
    for place in np.argsort(steps, axis=None, kind="stable")[:NEAREST]:
        upload, reference = np.unravel_index(place, steps.shape)
        pair = detailed.picture[upload], references.picture[reference]
        far = steps[upload, reference]
        print(f"{kind.name}: pictures {pair[0]} and {pair[1]}, {far} weighed bits")
    bands = BANDS[-2], DETAILED
    return measured(
        (kind.name, kind.count), steps, detailed, references, len(numbered), bands, by_clarity=True
    )


def read(folder: Path) -> Iterator[Pixels]:
    """The first frame of each of its pictures."""
    for path in picture_files(folder):
        yield next(iter(decode(path.read_bytes(), DecodeLimits()).frames)).pixels


def main() -> None:
    """Measure, write, tell."""
    parser = argparse.ArgumentParser(description="measure how near unrelated pictures come")
    parser.add_argument("photos", type=Path, help="photographs")
    parser.add_argument("strangers", type=Path, help="other pictures")
    parser.add_argument("--date", required=True, help="of the measurement, such as 2026-11-25")
    parser.add_argument("--out", type=Path, required=True)
    names = [kind.name for kind in PROBED]
    parser.add_argument("--only", nargs="+", choices=names, default=[], metavar="KIND")
    arguments = parser.parse_args()
    folders = (arguments.photos, arguments.strangers)
    files = [path.name for folder in folders for path in picture_files(folder)]
    with (Path(__file__).parent / "same.csv").open(encoding="utf-8", newline="") as file:
        judged = [(row["query"], row["reference"]) for row in csv.DictReader(file)]
    same = [(files.index(a), files.index(b)) for a, b in judged if {a, b} <= set(files)]
    photos, strangers = (list(read(folder)) for folder in folders)
    numbered = list(enumerate([*photos, *strangers]))
    whole = hashed(numbered, tiles=False)
    chosen = [kind for kind in PROBED if kind.name in (arguments.only or names)]
    if arguments.only:
        before = Unrelated.loads(arguments.out.read_bytes())
        rows = [row for row in before.rows if row.probing not in arguments.only]
        source = before.source
    else:
        tiles = hashed(tiles_of(numbered), tiles=True)
        rows = table(tiles, whole, len(numbered))
        counts = {"photos": len(photos), "strangers": len(strangers), "tiles": len(tiles.words)}
        source = SOURCE.format(**counts)
    rows += [probed_row(kind, numbered, whole, same) for kind in chosen]
    made = Unrelated.of(rows, source=source, date=arguments.date)
    arguments.out.write_bytes(made.dumps())
    for row in made.rows:
        print(row)


if __name__ == "__main__":
    main()
