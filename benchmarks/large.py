"""Search in large lists, beside FAISS and threatexchange: the same questions, in turn, on one core.

    python -m benchmarks.large [--corpus FOLDER] [--sizes N ...] [--rounds N]

Lists of random codes and of hashes of photographs (codes.py). Every system is a process of its
own with its own index over the list. They answer a few questions each in turn, over and over, and
who goes first changes: so each sees one question after another, as in service, and whatever else
the machine does meets all. What is asked:

- one: one code within 31 bits; three of four are near a listed code, one is random;
- new copy: the same, but hashes of copies of photographs that the list does not hold;
- eight: the eight orientations of an upload within 31 bits. Of a random list, one of eight is near
  a listed code three times of four; of photographs, new copies;
- sixty-four: 64 codes within 63 bits, three of four near a listed code; at one size.

Ours are `build_index` with defaults, told how many probes there will be; FAISS flat; FAISS
MultiHash of 16 chunks of 16 bits. threatexchange takes hexadecimal and gives a list of matches, so
ours is asked that way, too, when the two are compared (`hashguard-text`). Its default index is
measured up to a million, all its PDQ indexes at one size, each with one thread on the core of the
others and (`free`) with as many as it likes on any.

An answer of ours that is not FAISS flat's ends the run; what the others miss is counted. Every
index is also written and read back by its own means while it holds a power of two of equal hashes,
for which the format of one has no room. Linux only. Writes out/large.json; judges nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.codes import (
    CODE_BYTES,
    REAL,
    new_copies,
    queries_near,
    random_codes,
    random_path,
    real_codes,
    real_path,
)
from benchmarks.common import EQUAL, ONE_THREAD, PHOTOS, SEED, write_result
from benchmarks.prepare import make_peer, peer_python
from benchmarks.serving import Worker
from hashguard import Codes
from hashguard.index import PlannedIndex
from hashguard.index.multi_index import MultiIndex
from hashguard.index.plan import LAYOUTS
from hashguard.index.snapshot import open_index, save_index

SIZES = (10_000, 100_000, 300_000, 1_000_000, 10_000_000)
STRICT, WIDE = 31, 63  # bits
WIDE_AT = 1_000_000  # codes, or the largest size below
EVERY_PEER_AT = 300_000  # likewise
PEER_UP_TO = 1_000_000  # beyond, its index takes minutes and gigabytes
PEERS = ("default", "PDQFlatIndex", "PDQIndex2")
BLOCK = 8  # questions that a system answers in one go
TRUTH = "faiss-flat"

Questions = NDArray[np.uint8]
"""(n, k, 32): n questions of k codes each."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A list to search. kind: random or real. path: its codes."""

    kind: str
    codes: Codes
    path: Path

    @property
    def known(self) -> dict[str, Any]:
        """What a record says of the list."""
        return {"kind": self.kind, "codes": len(self.codes)}


class Systems:
    """The processes that answer questions about one list, started as they are added."""

    def __init__(self, stack: ExitStack, listed: Listed, questions: Sequence[Path]) -> None:
        """questions: files; their questions are numbered through."""
        self._stack = stack
        self._listed = listed
        self._questions = questions
        self.workers: dict[str, Worker] = {}

    def add(self, label: str, system: str, radius: int, probes: int) -> None:
        """One of large_ours.py, told how many probes there will be."""
        arguments = [system, self._listed.path, radius, probes, *self._questions]
        worker = Worker(sys.executable, "benchmarks.large_ours", arguments)
        self.workers[label] = self._stack.enter_context(worker)

    def add_peer(self, name: str) -> None:
        """One of large_peer.py, on one thread and on as many as it likes."""
        arguments = [name, self._listed.path, *self._questions]
        for label, threads in ((name, ONE_THREAD), (f"{name}, free", {})):
            worker = Worker(peer_python(), "benchmarks.large_peer", arguments, threads=threads)
            self.workers[label] = self._stack.enter_context(worker)

    def builds(self) -> list[dict[str, Any]]:
        """What each said when it was ready."""
        return [
            {**self._listed.known, "system": label, **worker.ready}
            for label, worker in self.workers.items()
        ]

    def turns(self, labels: Sequence[str], numbers: Sequence[int], radius: int) -> dict[str, Any]:
        """Seconds of these for every question but those of the first turn, and what they missed.

        Raises RuntimeError if an answer of ours is not that of `TRUTH`.
        """
        times: dict[str, list[float]] = {label: [] for label in labels}
        missed, wrong = Counter[str](), Counter[str]()
        matches = 0
        for turn, start in enumerate(range(0, len(numbers), BLOCK)):
            asked = numbers[start : start + BLOCK]
            # Who goes first changes, for each finds the caches that the one before it leaves.
            first = turn % len(labels)
            order = [*labels[first:], *labels[:first]]
            answers = {label: self.workers[label].ask(asked) for label in order}
            truth = [one["found"] for one in answers[TRUTH]]
            matches += sum(map(len, truth))
            for label, given in answers.items():
                if turn:
                    times[label] += [one["seconds"] for one in given]
                found = [one["found"] for one in given]
                if label.startswith("hashguard") and found != truth:
                    raise RuntimeError(f"{label} differs from FAISS at radius {radius}")
                lost, strange = _differences(truth, found, radius)
                missed[label] += lost
                wrong[label] += strange
        return {"times": times, "matches": matches, "missed": missed, "wrong": wrong}


def _differences(
    truth: Sequence[list[list[int]]], found: Sequence[list[list[int]]], radius: int
) -> tuple[int, int]:
    """Neighbours that are missing, and those within the radius that are none."""
    lost = strange = 0
    for expected, given in zip(truth, found, strict=True):
        right = set(map(tuple, expected))
        within = {(query, distance, row) for query, distance, row in given if distance <= radius}
        lost += len(right - within)
        strange += len(within - right)
    return lost, strange


def strict_questions(
    listed: Listed, corpus: Path, count: int, rng: np.random.Generator
) -> dict[str, Questions]:
    """What is asked within 31 bits, by the name of the figure."""
    one = queries_near(listed.codes, STRICT, count, rng)[:, None]
    if listed.kind == "real":
        copies = new_copies(count, corpus)
        return {"one": one, "new copy": copies[:, :1], "eight": copies}
    eight = rng.integers(0, 256, (count, 8, CODE_BYTES), dtype=np.uint8)
    eight[:, 0] = queries_near(listed.codes, STRICT, count, rng)
    return {"one": one, "eight": eight}


def wide_questions(listed: Listed, count: int, rng: np.random.Generator) -> dict[str, Questions]:
    """What is asked within 63 bits."""
    flat = queries_near(listed.codes, WIDE, count * 64, rng)
    return {"sixty-four": flat.reshape(count, 64, CODE_BYTES)}


def _kept(questions: Mapping[str, Questions], folder: Path) -> list[Path]:
    paths = [folder / f"{number}.npy" for number in range(len(questions))]
    for path, asked in zip(paths, questions.values(), strict=True):
        np.save(path, asked)
    return paths


def strict(
    listed: Listed, questions: Mapping[str, Questions], every_peer: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Records of the figures at 31 bits, and of what was built."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        systems = Systems(stack, listed, _kept(questions, Path(folder)))
        systems.add("hashguard", "hashguard", STRICT, 1)
        systems.add("hashguard-8", "hashguard", STRICT, 8)
        systems.add("faiss-flat", "faiss-flat", STRICT, 1)
        systems.add("faiss-multihash", "faiss-multihash", STRICT, 1)
        others = ["faiss-flat", "faiss-multihash"]
        single = ["hashguard", *others]
        if len(listed.codes) <= PEER_UP_TO:
            systems.add("hashguard-text", "hashguard-text", STRICT, 1)
            for name in PEERS if every_peer else PEERS[:1]:
                systems.add_peer(name)
            single = [label for label in systems.workers if label != "hashguard-8"]
        records = []
        start = 0
        for figure, asked in questions.items():
            labels = ["hashguard-8", *others] if figure == "eight" else single
            numbers = range(start, start + len(asked))
            found = systems.turns(labels, numbers, STRICT)
            records.append({**listed.known, "figure": figure, "radius": STRICT, **found})
            start += len(asked)
        return records, systems.builds()


def wide(
    listed: Listed, questions: Mapping[str, Questions]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Records of the figure at 63 bits, and of what was built for it."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        systems = Systems(stack, listed, _kept(questions, Path(folder)))
        systems.add("hashguard-64", "hashguard", WIDE, 64)
        systems.add("hashguard-flat", "hashguard-flat", WIDE, 64)
        systems.add("faiss-flat", "faiss-flat", WIDE, 64)
        ((figure, asked),) = questions.items()
        found = systems.turns(list(systems.workers), range(len(asked)), WIDE)
        builds = [one for one in systems.builds() if one["system"] == "hashguard-64"]
        return [{**listed.known, "figure": figure, "radius": WIDE, **found}], builds


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, default=PHOTOS, help="default: fixtures/photos")
    parser.add_argument(
        "--real", type=int, default=REAL, help="hashes of photographs, see codes.py"
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=12, help=f"turns of {BLOCK} questions each")
    options = parser.parse_args()
    make_peer()
    rng = np.random.default_rng(SEED)
    count = BLOCK * (options.rounds + 1)
    every_peer_at, wide_at = (
        max((size for size in options.sizes if size <= most), default=0)
        for most in (EVERY_PEER_AT, WIDE_AT)
    )
    records, builds = [], []
    for size in options.sizes:
        for listed in _lists(size, options.corpus, options.real):
            questions = strict_questions(listed, options.corpus, count, rng)
            parts = [strict(listed, questions, size == every_peer_at)]
            if size == wide_at:
                parts.append(wide(listed, wide_questions(listed, count, rng)))
            for some_records, some_builds in parts:
                records += some_records
                builds += some_builds
            # After every list: a run takes long, and what is measured is measured.
            known = {"read_back": _found_when_read_back(), "equal": EQUAL}
            write_result("large", {**known, "records": records, "builds": builds})
            print(f"{size:,} {listed.kind} codes: done", file=sys.stderr)
    return 0


def _found_when_read_back() -> int:
    """Of EQUAL equal codes, those that our index finds after it was written and read."""
    codes = np.full((EQUAL, CODE_BYTES), 0x5A, np.uint8)
    multi = MultiIndex(codes, max_distance=STRICT, layout=LAYOUTS[0])
    with TemporaryDirectory() as parent:
        folder = Path(parent) / "index"
        save_index(PlannedIndex(codes, max_distance=STRICT, multi=multi), folder)
        opened = open_index(folder)
        if opened.multi is None:
            raise RuntimeError("the tables are gone")
        return len(opened.multi.range_search(codes[:1], STRICT).rows)


def _lists(size: int, corpus: Path, real: int) -> list[Listed]:
    return [
        Listed("random", random_codes(size), random_path(size)),
        Listed("real", real_codes(size, corpus, real=real), real_path(size, corpus, real=real)),
    ]


if __name__ == "__main__":
    sys.exit(main())
