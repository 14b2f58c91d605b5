"""Can a file or an answer of others break sharing? Hostile ones at every door, by number.

    python -m benchmarks.fuzz_sharing [N] [--seed S]
    python -m benchmarks.fuzz_sharing --only INDEX [--seed S]      # one of them again

Mutant `index` goes to door `index` modulo their number; see sharing_doors.py. Only our errors may
come back, warnings are errors, and each may take 8 s of processor time (60 s on the clock, or
the run ends with a stack trace). Of a page with one spoiled record the others have to be kept
and that one counted. Prints a Markdown table; exits 1 if anything went wrong.
"""

from __future__ import annotations

import argparse
import faulthandler
import random
import sys
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from time import process_time

from benchmarks.common import SEED
from benchmarks.sharing_doors import Door, doors

MAX_CPU = 2.0  # seconds for one mutant
IMPORT_CPU = 8.0  # of a file to import, which may be long: two million blank lines take half of it
MAX_WALL = 60.0  # seconds, then it is taken to hang


@dataclass
class Tally:
    """What came of the mutants of one door."""

    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    faults: list[str] = field(default_factory=list)


def checked(door: Door, seed: int, index: int, tally: Tally, *, most: float) -> None:
    """One mutant, and what came of it. most: seconds of processor time."""
    faulthandler.dump_traceback_later(MAX_WALL, exit=True)
    started = process_time()
    try:
        tally.outcomes[door(random.Random(f"{seed} {index}"))] += 1
    # This is the test: whatever is raised here is a finding to report.
    except Exception as error:
        tally.faults.append(f"{index}: {type(error).__name__}: {str(error)[:200]}")
    finally:
        faulthandler.cancel_dump_traceback_later()
    seconds = process_time() - started
    tally.slowest = max(tally.slowest, seconds)
    if seconds > most:
        tally.faults.append(f"{index}: took {seconds:.2f} s of processor time")


def run(indices: Iterable[int], seed: int) -> dict[str, Tally]:
    """These mutants, each at its door."""
    found = doors()
    names = list(found)
    tallies = {name: Tally() for name in names}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for index in indices:
            name = names[index % len(names)]
            most = IMPORT_CPU if name.partition(",")[0].endswith("to import") else MAX_CPU
            checked(found[name], seed, index, tallies[name], most=most)
    return tallies


def table(tallies: dict[str, Tally]) -> str:
    """As Markdown."""
    lines = [
        "| door | mutants | what came of them | slowest | faults |",
        "|---|---:|---|---:|---:|",
    ]
    for name, tally in tallies.items():
        count = tally.outcomes.total() + len(tally.faults)
        if not count:
            continue
        came = ", ".join(f"{what} {n:,}" for what, n in tally.outcomes.most_common())
        slowest = f"{1000 * tally.slowest:.0f} ms"
        lines.append(f"| {name} | {count:,} | {came} | {slowest} | {len(tally.faults)} |")
    return "\n".join(lines)


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("count", nargs="?", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", type=int)
    options = parser.parse_args()
    indices = range(options.count) if options.only is None else [options.only]
    tallies = run(indices, options.seed)
    print(table(tallies))
    faults = [fault for tally in tallies.values() for fault in tally.faults]
    for fault in faults:
        print(f"FAULT {fault}", file=sys.stderr)
    print(f"\n{len(indices):,} mutants, seed {options.seed}, {len(faults)} faults")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
