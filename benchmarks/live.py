"""A live folder under way: opening, shared memory, changes seen by others, pauses.

    python -m benchmarks.live [--codes N] [--readers N] [--toggles N]

A list of random hashes is put into a live folder; then

- it is opened, several times, without and with reading all of it (`verify`);
- `readers` processes open it, search, and say how much memory is theirs: proportional set size
  counts a page that four processes share as a quarter for each. Linux only;
- one process adds and withdraws the same entry in turn, another searches for it with one thread
  and keeps two more searching for other things: when did the answer change?
- two threads search without a pause while the folder is changed and compacted by their own process
  in the background, and while `hashguard index compact` does it: the longest searches, beside those
  before, and those while a process that has nothing to do with the folder sorts numbers as long,
  at the same niceness: what the machine itself makes of three busy threads.

Clocks are CLOCK_MONOTONIC, which all processes of a machine share. Writes out/live.json.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any

import numpy as np

from benchmarks.codes import random_codes
from benchmarks.common import OUT, write_result
from benchmarks.live_reader import new_for_old
from benchmarks.serving import Worker
from hashguard import Algorithm, Changes, Entry, Hash, LiveIndex
from hashguard.robustness.verdicts.listing import ID_DIGITS, list_of

CODES = 10_000_000
OPENINGS = 7
LEAST = 100_000  # codes; the changes take as many as there are otherwise
TOGGLED = "toggled"
STRANGER = """
import os
import numpy as np
if hasattr(os, "nice"):
    os.nice(10)
numbers = np.random.default_rng(0).integers(0, 2**63, 20_000_000)
while True:
    np.sort(numbers)
"""


def reader(folder: Path) -> Worker:
    """A process that searches the folder and answers commands; see live_reader.py."""
    return Worker(sys.executable, "benchmarks.live_reader", [folder])


def asked(worker: Worker, command: str) -> dict[str, Any]:
    """The answer to a command."""
    worker.tell(command)
    return worker.read()


def opening(folder: Path) -> dict[str, Any]:
    """Seconds to open the folder and search once; with `verify`, once."""
    times = []
    for verify in [False] * OPENINGS + [True]:
        started = perf_counter()
        with LiveIndex.open(folder, follow=False, verify=verify) as live:
            times.append(perf_counter() - started)
            live.view().range_search(np.zeros((1, 32), np.uint8), 31)
    return {"open_s": times[:-1], "verify_s": times[-1]}


def shared_memory(folder: Path, readers: int) -> dict[str, Any]:
    """Bytes of each reader while all of them have the folder open and have searched it."""
    with ExitStack() as stack:
        processes = [stack.enter_context(reader(folder)) for _ in range(readers)]
        for process in processes:
            asked(process, "touch")
        return {"readers": [asked(process, "memory") for process in processes]}


def toggling(folder: Path, toggles: int) -> list[dict[str, Any]]:
    """For each change, seconds from its call and from its acknowledgement until it was seen."""
    entry = Entry(id=TOGGLED, hash=Hash(Algorithm.PDQ, bytes(range(32))))
    rng = np.random.default_rng(2)
    records = []
    with reader(folder) as other, LiveIndex.open(folder, compact=False) as live:
        other.tell(f"watch {toggles}")
        for number in range(toggles):
            adding = number % 2 == 0
            sleep(rng.uniform(0, 0.3))  # not in step with the reader's looks
            called = monotonic()
            live.apply(Changes(add=(entry,)) if adding else Changes(withdraw=(TOGGLED,)))
            acknowledged = monotonic()
            seen = other.read()["seen"]
            records.append(
                {
                    "change": "add" if adding else "withdraw",
                    "from_call": seen - called,
                    "from_acknowledgement": seen - acknowledged,
                }
            )
        other.read()
    return records


def pauses(folder: Path, count: int) -> dict[str, Any]:
    """How long searches take, before and during a compaction by their process and by another."""
    batch = count // 100 + 20_000  # new entries, and as many withdrawn; more than is waited for
    found: dict[str, Any] = {"batch": batch}
    with reader(folder) as other:
        found["before"] = asked(other, "search 10")
        found |= asked(other, f"change 0 {batch}")
        with LiveIndex.open(folder, compact=False, follow=False) as live:
            live.apply(new_for_old(batch, batch))
        other.tell("search-until-stop")
        started = perf_counter()
        program = "import sys; from hashguard.cli import main; sys.exit(main(sys.argv[1:]))"
        command = [sys.executable, "-c", program, "index", "compact", str(folder)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        took = perf_counter() - started
        found["compact elsewhere"] = {**asked(other, "stop"), "seconds": took}
        other.tell("search-until-stop")
        with subprocess.Popen([sys.executable, "-c", STRANGER]) as stranger:
            sleep(took)
            stranger.kill()
        found["stranger"] = {**asked(other, "stop"), "seconds": took}
    return found


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--codes", type=int, default=CODES)
    parser.add_argument("--readers", type=int, default=4)
    parser.add_argument("--toggles", type=int, default=40)
    options = parser.parse_args()
    if options.codes > 10**ID_DIGITS or options.codes < LEAST:
        parser.error(f"--codes must be {LEAST} to {10**ID_DIGITS}")
    folder = OUT / "live-folder"
    shutil.rmtree(folder, ignore_errors=True)
    qualities = np.full(options.codes, 100, np.int16)
    hash_list = list_of(random_codes(options.codes), qualities)
    started = perf_counter()
    LiveIndex.create(folder, hash_list, max_distance=31)
    created = perf_counter() - started
    del hash_list
    print(f"created in {created:.0f} s", file=sys.stderr)
    with LiveIndex.open(folder, follow=False) as live:
        index = live.view().base.index
        index_bytes, explanation = index.nbytes, str(index.explain())
    values = {
        "codes": options.codes,
        "create_s": created,
        "index_bytes": index_bytes,
        "explain": explanation,
        **opening(folder),
        **shared_memory(folder, options.readers),
    }
    print("opened and shared", file=sys.stderr)
    values["toggles"] = toggling(folder, options.toggles)
    print("toggled", file=sys.stderr)
    values["pauses"] = pauses(folder, options.codes)
    write_result("live", values)
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
