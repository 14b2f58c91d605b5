"""Pairs that a person has judged: pictures that are the same, or nearly, and so no false match.

A CSV file with two columns, the names of both pictures as they stand in `run.json`; what stands in
further columns is not read. A first line `query,reference` is a heading. A name that a photograph
and a stranger share is written `photo:name` or `stranger:name`. Nothing is dropped silently: what
cannot be read is an error that names the line.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from hashguard.errors import ResultsError
from hashguard.robustness.results import PHOTO, STRANGER, Picture, Run
from hashguard.robustness.scores import Pair

TO_JUDGE = "pairs-to-judge.csv"
HEADING = ("query", "reference", "distance", "system")
MAX_BYTES = 16 * 2**20  # 100,000 pairs of long names; a person judges hundreds
_FORMULA = ("=", "+", "-", "@")

Numbers = tuple[int, int]
"""Two pictures by their places in `Run.pictures`, the smaller first."""


def read_same(path: Path, run: Run) -> tuple[Numbers, ...]:
    """The pairs of a file, each once, in its order. Raises ResultsError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        # Said here, or it would pass for a fault of the folder of results.
        raise ResultsError(f"the file of pairs cannot be read ({error.strerror})") from error
    if len(data) > MAX_BYTES:
        raise ResultsError(f"the file of pairs is longer than {MAX_BYTES:,} bytes")
    # Bytes of names that are no UTF-8 come back as `os.fsdecode` gave them to the run.
    text = data.decode("utf-8-sig", errors="surrogateescape")
    numbers = _numbers(run)
    return tuple(dict.fromkeys(_pair(line, cells, numbers) for line, cells in _lines(text)))


def still_there(pairs: Iterable[tuple[str, ...]], run: Run) -> tuple[Numbers, ...]:
    """Those of pairs that were judged before, as `written`, of which both pictures are in a run."""
    numbers = _numbers(run)
    known = (pair for pair in pairs if all(numbers.get(name) is not None for name in pair))
    return tuple(_pair(0, list(pair), numbers) for pair in known)


def written(run: Run, number: int) -> str:
    """The name of a picture as it stands in such a file."""
    picture = run.pictures[number]
    return _name(picture, _counts(run)[picture.name] > 1)


def judge_text(run: Run, pairs: Iterable[tuple[str, Pair]]) -> str:
    """The closest unrelated pairs, for a person to look at and keep lines of.

    pairs: each after the name of the system that found it so close. Each is told once, with its
    distance by the first system that names it.
    """
    counts = _counts(run)
    pictures = {(one.role, one.name): one for one in run.pictures}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADING)
    seen = set()
    for system, pair in pairs:
        ends = (pair.query_role, pair.query), (pair.reference_role, pair.reference)
        if frozenset(ends) not in seen:
            seen.add(frozenset(ends))
            names = [_name(pictures[end], counts[end[1]] > 1) for end in ends]
            writer.writerow([*names, f"{pair.distance:g}", system])
    return out.getvalue()


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each row but the heading and empty ones."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            first = reader.line_num == 1
            if any(cells) and not (first and tuple(cells[:2]) == HEADING[:2]):
                yield reader.line_num, cells
    except csv.Error as error:
        raise ResultsError(f"line {reader.line_num} of the pairs is no CSV: {error}") from error


def _pair(line: int, cells: list[str], numbers: dict[str, int | None]) -> Numbers:
    if len(cells) < 2:
        raise ResultsError(f"line {line} of the pairs has one name; two are needed")
    found = []
    for name, which in zip(cells, ("first", "second"), strict=False):
        # "./" is what stands before a name that a spreadsheet would take for a formula.
        known = name.removeprefix("./")
        if known not in numbers:
            raise ResultsError(f"line {line} of the pairs: its {which} name is none of this run")
        number = numbers[known]
        if number is None:
            raise ResultsError(
                f"line {line} of the pairs: its {which} name is that of a photograph and of a "
                f"stranger; write {PHOTO}: or {STRANGER}: before it"
            )
        found.append(number)
    one, other = sorted(found)
    if one == other:
        raise ResultsError(f"line {line} of the pairs: both names are of one picture")
    return one, other


def _numbers(run: Run) -> dict[str, int | None]:
    """The place of a picture by any name it may be written with; None where that is not clear."""
    numbers: dict[str, int | None] = {}
    for place, picture in enumerate(run.pictures):
        numbers[f"{picture.role}:{picture.name}"] = place
    counts = _counts(run)
    for place, picture in enumerate(run.pictures):
        numbers[picture.name] = place if counts[picture.name] == 1 else None
    return numbers


def _counts(run: Run) -> Counter[str]:
    return Counter(picture.name for picture in run.pictures)


def _name(picture: Picture, shared: bool) -> str:
    if shared:
        return f"{picture.role}:{picture.name}"
    return f"./{picture.name}" if picture.name.startswith(_FORMULA) else picture.name
