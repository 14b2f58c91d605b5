"""A process that searches a live folder, FOLDER as argument, and answers commands; see live.py.

touch: search all over the index. memory: bytes of this process. watch N: print when the answer
for one hash has changed, N times. search SECONDS, search-until-stop, stop: two threads search
without a pause; how long that took. change FIRST COUNT: make changes enough for a compaction in the
background, and wait for its end, while two threads search.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any

import numpy as np

from hashguard import Algorithm, Changes, Entry, Hash, LiveIndex
from hashguard.robustness.verdicts.listing import ID_DIGITS

THREADS = 2
TOUCHES = 2_000  # searches, 272 buckets each: nearly all pages of the tables


class Searching:
    """Threads that search for random hashes until `stop`; every search is timed."""

    def __init__(self, live: LiveIndex) -> None:
        self._live = live
        self._end = threading.Event()
        self._times: list[list[float]] = [[] for _ in range(THREADS)]
        self._threads = [
            threading.Thread(target=self._search, args=(number,)) for number in range(THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def _search(self, number: int) -> None:
        rng = np.random.default_rng(number)
        queries = rng.integers(0, 256, (4096, 1, 32), dtype=np.uint8)
        times, place = self._times[number], 0
        while not self._end.is_set():
            started = perf_counter()
            self._live.view().range_search(queries[place % 4096], 31)
            times.append(perf_counter() - started)
            place += 1

    def stop(self) -> dict[str, Any]:
        """End the threads; the figures, in seconds."""
        self._end.set()
        for thread in self._threads:
            thread.join()
        times = np.sort(np.concatenate([np.array(one) for one in self._times]))
        return {
            "searches": len(times),
            "median_s": float(np.median(times)),
            "p999_s": float(times[int(0.999 * (len(times) - 1))]),
            "longest_s": times[-5:][::-1].tolist(),
        }


def memory() -> dict[str, int]:
    """Bytes: resident, and proportional set size; also of file pages alone."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="utf-8").splitlines()[1:]
    fields = {name: int(rest.split()[0]) * 1024 for name, _, rest in map(_parted, lines)}
    return {"rss": fields["Rss"], "pss": fields["Pss"], "pss_file": fields["Pss_File"]}


def _parted(line: str) -> tuple[str, str, str]:
    return line.partition(":")


def watch(live: LiveIndex, changes: int) -> None:
    """Print the moment of each change of the answer, while other threads search."""
    target = np.arange(32, dtype=np.uint8)[None]
    searching = Searching(live)
    there = False
    for _ in range(changes):
        while (len(live.view().range_search(target, 0).rows) > 0) is there:
            sleep(0.001)
        say({"seen": monotonic()})
        there = not there
    say(searching.stop())


def change(live: LiveIndex, first: int, count: int) -> dict[str, Any]:
    """Change the list so much that this process compacts it, while others search."""
    changes = new_for_old(first, count)
    searching = Searching(live)
    started = perf_counter()
    live.apply(changes)
    applied = perf_counter()
    while_applied = searching.stop()
    searching = Searching(live)
    while len(live.view().codes):
        if live.trouble:
            raise RuntimeError(live.trouble)
        sleep(0.01)
    return {
        "apply": {**while_applied, "seconds": applied - started},
        "compact": {**searching.stop(), "seconds": perf_counter() - applied},
    }


def new_for_old(first: int, count: int) -> Changes:
    """`count` new entries, and as many of the list withdrawn, from number `first` on."""
    rng = np.random.default_rng(first)
    numbers = range(first, first + count)
    new = [Entry(id=f"new-{number}", hash=Hash(Algorithm.PDQ, rng.bytes(32))) for number in numbers]
    return Changes(add=new, withdraw=[f"{number:0{ID_DIGITS}d}" for number in numbers])


def say(values: dict[str, Any]) -> None:
    """One line."""
    print(json.dumps(values), flush=True)


def main(arguments: list[str]) -> int:
    """Serve until the input ends; gives the exit status."""
    live = LiveIndex.open(arguments[0])
    say({"ready": True})
    searching: Searching | None = None
    for line in sys.stdin:
        match line.split():
            case ["touch"]:
                rng = np.random.default_rng(1)
                for query in rng.integers(0, 256, (TOUCHES, 1, 32), dtype=np.uint8):
                    live.view().range_search(query, 31)
                say({})
            case ["memory"]:
                say(dict(memory()))
            case ["watch", number]:
                watch(live, int(number))
            case ["search", seconds]:
                searching = Searching(live)
                sleep(float(seconds))
                say(searching.stop())
            case ["search-until-stop"]:
                searching = Searching(live)
            case ["stop"] if searching is not None:
                say(searching.stop())
            case ["change", first, count]:
                say(change(live, int(first), int(count)))
            case _:
                raise ValueError("unknown command")
    live.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
