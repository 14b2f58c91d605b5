"""Everything: prepare, run each benchmark, score. What `make bench` does; some two hours.

    python benchmarks/run.py [--quick] [--corpus FOLDER] [NAME ...]

Names: import_time verdict decode_hash throughput memory fuzz large planner plot_search
live crash.
--corpus names photographs for the lists of large and planner, in place of the few of
fixtures/photos. --quick tries the programs out with small settings; its figures mean
nothing and README.md is left alone.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[1]
FULL: dict[str, list[str]] = {
    "import_time": [],
    "verdict": [],
    "decode_hash": [],
    "throughput": ["--kinds"],
    "memory": [],
    "fuzz": [],
    "large": [],
    "planner": [],
    "plot_search": [],
    "live": [],
    "crash": [],
}
QUICK: dict[str, list[str]] = {
    "import_time": ["--rounds", "3"],
    "verdict": ["--list-size", "10000", "--rounds", "2"],
    "decode_hash": ["--rounds", "3"],
    "throughput": ["--list-size", "10000", "--rounds", "2", "--seconds", "0.5"],
    "memory": ["--uploads", "1000"],
    "fuzz": ["1000"],
    "large": ["--sizes", "1000", "3000", "--real", "2000", "--rounds", "1"],
    "planner": ["--largest", "1000", "--rounds", "2"],
    "plot_search": [],
    "live": ["--codes", "100000", "--toggles", "4"],
    "crash": ["--rounds", "5"],
}
OF_PHOTOGRAPHS = ("large", "planner")


def step(name: str, arguments: list[str]) -> bool:
    """Run one program in a process of its own; whether it succeeded."""
    print(f"== {name} {' '.join(arguments)}", flush=True)
    started = perf_counter()
    command = [sys.executable, "-m", f"benchmarks.{name}", *arguments]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    print(f"== {name}: status {status} after {perf_counter() - started:.0f} s", flush=True)
    return status == 0


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    plan = QUICK if options.quick else FULL
    if options.quick:
        os.environ["BENCH_OUT"] = str(ROOT / "benchmarks" / "out" / "quick")
    unknown = set(options.names) - set(plan)
    if unknown:
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    if options.corpus:
        # Programs run in the root of the project, whatever the folder this one was called in.
        for name in OF_PHOTOGRAPHS:
            plan[name] = [*plan[name], "--corpus", str(options.corpus.resolve())]
    prepared = step("prepare", ["--list-size", "10000"] if options.quick else [])
    if not prepared:
        return 1
    chosen = [name for name in plan if not options.names or name in options.names]
    failed = [name for name in chosen if not step(name, plan[name])]
    if not options.quick and not step("score", []):
        failed.append("score")
    print("all well" if not failed else f"failed: {', '.join(failed)}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
