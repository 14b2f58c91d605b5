"""Can an upload break us? Mutated files through `Matcher.check`: only verdicts may come back.

    python -m benchmarks.fuzz [N] [--seed S] [--policy NAME] [--workers W]
    python -m benchmarks.fuzz --only INDEX [--seed S]      # one of them again

Warnings are errors. Each mutant may take 2 s of processor time (20 s on the clock: other
programs may run). The mutants are checked in processes of their own: one that ends or hangs
its process is named by its index, and the run goes on behind it. Writes out/fuzz.json, and what
the workers said (stack traces of crashes) to out/fuzz-stderr.log; exits 1 if anything went wrong.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from time import perf_counter
from typing import Any

from benchmarks.common import OUT, ROOT, SEED, write_result

MAX_CPU = 2.0  # seconds for one upload; DecodeLimits promises it
MAX_WALL = 20.0  # seconds, then the worker is taken to hang
MAX_START = 300.0  # seconds to make the bases on a busy machine
RANGE = 250  # mutants handed out at once
KEPT = 5  # slowest ones in the report


@dataclass
class Tally:
    """What came back; shared by the threads that read the workers."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    outcomes: Counter[str] = field(default_factory=Counter)
    by_kind: dict[str, Counter[str]] = field(default_factory=dict)
    slowest: list[dict[str, Any]] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def add(self, one: dict[str, Any]) -> None:
        """Count one mutant."""
        if not one["fault"] and one["cpu"] > MAX_CPU:
            one["fault"] = f"took {one['cpu']:.2f} s of processor time"
        with self.lock:
            self.outcomes[one["outcome"]] += 1
            self.by_kind.setdefault(one["kind"], Counter())[one["outcome"]] += 1
            self.times.append(one["cpu"])
            self.slowest = sorted([*self.slowest, one], key=lambda o: -o["cpu"])[:KEPT]
            if one["fault"]:
                self.faults.append(one)
                print(f"FAULT {one['index']}: {one['fault']} [{one['recipe']}]", file=sys.stderr)
            if len(self.times) % 5000 == 0:
                print(f"{len(self.times)} checked", file=sys.stderr)


class Process:
    """A worker that can be started again behind the mutant that ended it."""

    def __init__(self, seed: int, policy: str) -> None:
        self._command = [sys.executable, "-W", "error", "-X", "faulthandler"]
        self._command += ["-m", "benchmarks.fuzz_worker", str(seed), policy]
        self._start()

    def _start(self) -> None:
        # libtiff writes what it thinks of a file to the process's own error stream.
        with (OUT / "fuzz-stderr.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        if not self._line(MAX_START):
            raise RuntimeError("a worker does not start")

    def _line(self, seconds: float) -> str:
        """The next line; "" if the process ended, or was ended after `seconds`."""
        timer = threading.Timer(seconds, self._process.kill)
        timer.start()
        try:
            return self._process.stdout.readline() if self._process.stdout else ""
        finally:
            timer.cancel()

    def check(self, start: int, stop: int, tally: Tally) -> None:
        """All mutants of a range, whatever becomes of the process."""
        while start < stop:
            self._send(f"{start} {stop}\n")
            while start < stop and (line := self._line(MAX_WALL)):
                tally.add(json.loads(line))
                start += 1
            if start < stop:
                status = self._process.wait()
                self._close()
                tally.add(_ended(start, status))
                start += 1
                self._start()

    def _send(self, text: str) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(text)
            self._process.stdin.flush()

    def _close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def stop(self) -> None:
        """End the worker."""
        self._process.kill()
        self._process.wait()
        self._close()


def _ended(index: int, status: int) -> dict[str, Any]:
    return {
        "index": index,
        "recipe": "see --only",
        "kind": "unknown",
        "outcome": "ended the process",
        "fault": f"the process ended with status {status} (-9: killed after {MAX_WALL:.0f} s)",
        "wall": MAX_WALL,
        "cpu": 0.0,
    }


def run(count: int, seed: int, policy: str, workers: int) -> Tally:
    """Check mutants 0 to count."""
    tally = Tally()
    ranges: SimpleQueue[tuple[int, int]] = SimpleQueue()
    for start in range(0, count, RANGE):
        ranges.put((start, min(start + RANGE, count)))

    def work() -> None:
        process = Process(seed, policy)
        try:
            while True:
                process.check(*ranges.get_nowait(), tally)
        except Empty:
            pass
        finally:
            process.stop()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def again(index: int, seed: int, policy: str) -> int:
    """Check one mutant in this process and keep its bytes in out/; gives the exit status."""
    from benchmarks.fuzz_worker import make_matcher, report
    from benchmarks.mutations import bases, mutant

    found = bases()
    mutated = mutant(found, seed, index)
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"mutant-{seed}-{index}.bin").write_bytes(mutated.data)
    print(f"{mutated.recipe}; {len(mutated.data)} bytes, kept in benchmarks/out", flush=True)
    one = report(make_matcher(found, policy), mutated, index)
    print(json.dumps(one, indent=1))
    return int(bool(one["fault"]) or one["cpu"] > MAX_CPU)


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("count", nargs="?", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--policy", default="PDQ_STRICT")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", type=int)
    options = parser.parse_args()
    if options.only is not None:
        return again(options.only, options.seed, options.policy)
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "fuzz-stderr.log").unlink(missing_ok=True)
    started = perf_counter()
    tally = run(options.count, options.seed, options.policy, options.workers)
    complete = len(tally.times) == options.count
    write_result(
        "fuzz",
        {
            "count": len(tally.times),
            "seed": options.seed,
            "policy": options.policy,
            "seconds": perf_counter() - started,
            "outcomes": dict(tally.outcomes),
            "by_kind": {kind: dict(counts) for kind, counts in sorted(tally.by_kind.items())},
            "slowest": tally.slowest,
            "faults": tally.faults,
            "times": sorted(tally.times),
        },
    )
    for one in tally.slowest:
        print(f"{one['cpu']:.3f} s: {one['index']} [{one['recipe']}]")
    print(f"{len(tally.times)} mutants, {dict(tally.outcomes)}, {len(tally.faults)} faults")
    return int(bool(tally.faults) or not complete)


if __name__ == "__main__":
    sys.exit(main())
