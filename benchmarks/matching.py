"""What each tier finds of attacked photographs on a list of a million, and what strangers cost.

    python -m benchmarks.matching CORPUS [--policy NAME ...] [--limit N] [--attack NAME ...]

CORPUS holds `photos/` and `distractors/`. Photographs are listed with their quality, the list is
filled up to a million with hashes of every other distractor, its copies, and perturbed ones.
Every upload goes through `Matcher`: a match of the right entry counts, of any grade; the share of
each grade is told. The other distractors are uploaded as they are: strangers. Writes
out/matching.json, and into the table of matching.md, beside this file, the rows that were measured;
others stay.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.codes import filled_up, picture_files, real_hashes
from benchmarks.common import write_result
from benchmarks.live import list_of
from hashguard import Algorithm, DecodeLimits, HashList, Matcher, policies
from hashguard.budget import Grade
from hashguard.decode import decode
from hashguard.hashers.pdq import hash_pixels
from hashguard.hashes import Pixels, pack_codes
from hashguard.robustness.attack import Setting
from hashguard.robustness.attacks import ATTACKS
from hashguard.robustness.metrics import wilson
from hashguard.robustness.pictures import photograph

LIST_SIZE = 1_000_000
FILLED_WITH = 30_000  # hashes of distractors and their copies; all others are perturbed
MAX_SIDE = 1024  # pixels
SEED = 1
WHITE, MOSTLY = 247, 0.9  # grey levels; share of a side
GRADES = (Grade.CERTAIN, Grade.PROBABLE, Grade.REVIEW)

TABLE = Path(__file__).with_suffix(".md")
STRANGERS = "on no list"
HEAD = """\
# Verdicts on a list of a million

Written by `python -m benchmarks.matching`; see [README.md](README.md). Of n uploads so many had a
match of the right entry, of any grade, with its 95 % interval; the grades are in per cent of those.
*Not on white*: the same without pictures of which a side ends in white, drawings and cut-outs
mostly: where such a picture stands on white, nothing shows its edge. *Wrong* counts uploads with a
match of another entry, by the best grade of each; *undecided* those without a match that are not
called clean.

| policy | upload | n | found | not on white | certain / probable / review, % | wrong | undecided |
|---|---|---:|---|---|---|---|---:|
"""

_matcher: Matcher | None = None  # of this process


@dataclass(frozen=True, slots=True)
class Seen:
    """What one upload came to. right, wrong: the grades of matches, by entry.

    on_white: whether a side of the picture ends in white.
    """

    label: str
    on_white: bool
    outcome: str
    right: str | None
    wrong: tuple[str, ...]
    seconds: float


def make_list(corpus: Path, photographs: Sequence[Path]) -> HashList:
    """The photographs, in the first rows; then hashes of every other distractor up to a million.

    Each with the quality of the picture it is of, or was flipped from.
    """
    hashed = [hash_pixels(_pixels(path.read_bytes())) for path in photographs]
    known = real_hashes(corpus / "distractors", real=FILLED_WITH)
    listed = known.photographs % 2 == 0
    count = LIST_SIZE - len(hashed)
    filling = filled_up(known.codes[listed], count, np.random.default_rng(SEED))
    codes = np.concatenate([pack_codes([one.hash for one in hashed], Algorithm.PDQ), filling])
    mine = np.array([one.quality or 0 for one in hashed], np.int16)
    # Flipped in the same order, over and over.
    return list_of(codes, np.concatenate([mine, np.resize(known.qualities[listed], count)]))


def copies(path: Path, settings: Sequence[Setting]) -> Iterator[tuple[str, bytes]]:
    """The label of each setting, and the attacked photograph as a file."""
    pixels = photograph(path.read_bytes(), MAX_SIDE)
    pixels.flags.writeable = False
    for setting in settings:
        yield setting.label, setting.make(pixels, seed=SEED, picture=path.name)


Task = tuple[int | None, Path, Sequence[Setting]]


def see(task: Task) -> list[Seen]:
    """One photograph (its row, its path) in all settings, or a stranger as it is (None)."""
    if _matcher is None:
        raise RuntimeError("this process has no matcher")
    row, path, settings = task
    uploads = [("", path.read_bytes())] if row is None else copies(path, settings)
    on_white = row is not None and ends_in_white(_pixels(path.read_bytes()))
    seen = []
    for label, upload in uploads:
        verdict = _matcher.check(upload)
        grades: dict[bool, list[str]] = {True: [], False: []}
        for match in verdict.matches:
            grade = match.grade.value if match.grade else "none"
            grades[row is not None and int(match.entry.id) == row].append(grade)
        right = grades[True][0] if grades[True] else None
        wrong = tuple(grades[False])
        took = verdict.timings.total
        seen.append(Seen(label, on_white, verdict.outcome.value, right, wrong, took))
    return seen


def ends_in_white(pixels: Pixels) -> bool:
    """Whether nearly all of the first or last row or column is white."""
    white = (pixels if pixels.ndim == 2 else pixels.min(axis=2)) >= WHITE
    sides = (white[0], white[-1], white[:, 0], white[:, -1])
    return any(side.mean() >= MOSTLY for side in sides)


def begin(corpus: Path, photographs: Sequence[Path], policy: str) -> None:
    """Make the matcher of a process."""
    global _matcher  # noqa: PLW0603 (a pool gives its tasks no other place)
    _matcher = Matcher(make_list(corpus, photographs), policy=policies.PRESETS[policy])


def summary(seen: Sequence[Seen]) -> dict[str, Any]:
    """Counts of uploads of one setting: found, by grade, with a wrong match, undecided."""
    found = wilson(sum(one.right is not None for one in seen), len(seen))
    others = [one for one in seen if not one.on_white]
    return {
        "not_on_white": (sum(one.right is not None for one in others), len(others)),
        "n": found.n,
        "found": found.count,
        "low": found.low,
        "high": found.high,
        "grades": Counter(one.right for one in seen if one.right),
        "wrong": Counter(one.wrong[0] for one in seen if one.wrong),
        "undecided": sum(one.outcome == "undecided" for one in seen),
        "median_s": float(np.median([one.seconds for one in seen])),
    }


def measure(options: argparse.Namespace, policy: str) -> dict[str, Any]:
    """All settings and all strangers under one policy."""
    everything = picture_files(options.corpus / "photos")
    chosen = [a for a in ATTACKS if not options.attack or {a.name, a.family} & {*options.attack}]
    settings = [setting for attack in chosen for setting in attack.settings()]
    strangers = picture_files(options.corpus / "distractors")[1::2][: options.strangers]
    step = max(1, len(everything) // options.limit)
    photos = list(enumerate(everything))[::step][: options.limit]
    tasks: list[Task] = [(row, path, settings) for row, path in photos]
    tasks += [(None, path, ()) for path in strangers]
    by_label: dict[str, list[Seen]] = {}
    with ProcessPoolExecutor(
        options.workers,
        mp_context=get_context("spawn"),
        initializer=begin,
        initargs=(options.corpus, everything, policy),
    ) as pool:
        for seen in pool.map(see, tasks, chunksize=4):
            for one in seen:
                by_label.setdefault(one.label, []).append(one)
    return {label or STRANGERS: summary(seen) for label, seen in by_label.items()}


def table_row(policy: str, label: str, one: dict[str, Any]) -> str:
    """A line of the table."""
    found, others, grades = "", "", ""
    if label != STRANGERS:
        found = f"{one['found'] / one['n']:.3f} ({one['low']:.3f} to {one['high']:.3f})"
        right, of_all = one["not_on_white"]
        others = f"{right / of_all:.3f} ({right} of {of_all})" if of_all else ""
        shares = [100 * one["grades"][grade.value] / max(one["found"], 1) for grade in GRADES]
        grades = " / ".join(f"{share:.0f}" for share in shares)
    wrong = ", ".join(f"{count} {grade}" for grade, count in one["wrong"].items()) or "0"
    row = (f"`{policy}`", label, one["n"], found, others, grades, wrong, one["undecided"])
    return "| " + " | ".join(str(cell) for cell in row) + " |"


def write_table(result: dict[str, dict[str, Any]], path: Path = TABLE) -> None:
    """Put what was measured into the table, in place of the same uploads under the same policy."""
    old = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = {tuple(line.split(" | ")[:2]): line for line in old if line.startswith("| `")}
    for policy, settings in result.items():
        lines = [table_row(policy, label, one) for label, one in settings.items()]
        rows.update({tuple(line.split(" | ")[:2]): line for line in lines})
    order = list(policies.PRESETS)
    ordered = sorted(rows.items(), key=lambda row: order.index(row[0][0].strip("| `")))
    path.write_text(HEAD + "".join(f"{line}\n" for _, line in ordered), encoding="utf-8")


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--policy", action="append")
    parser.add_argument("--attack", action="append", default=[])
    parser.add_argument("--limit", type=int, default=sys.maxsize)
    parser.add_argument("--strangers", type=int, default=sys.maxsize)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    started = perf_counter()
    result = {policy: measure(options, policy) for policy in options.policy or ["PDQ_STANDARD"]}
    for policy, settings in result.items():
        for label, one in settings.items():
            print(
                f"{policy}  {label}: {one['found'] / one['n']:.3f} ({one['low']:.3f} to "
                f"{one['high']:.3f}) of {one['n']}, {dict(one['grades'])}, wrong "
                f"{dict(one['wrong'])}, undecided {one['undecided']}, "
                f"{1000 * one['median_s']:.1f} ms"
            )
    print(f"{perf_counter() - started:.0f} s")
    write_result("matching", result)
    write_table(result)
    return 0


def _pixels(data: bytes) -> Pixels:
    return next(decode(data, DecodeLimits()).frames).pixels


if __name__ == "__main__":
    sys.exit(main())
