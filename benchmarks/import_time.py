"""What `import hashguard` costs, in fresh processes.

    python -m benchmarks.import_time [--rounds N]

Alternates an empty program, `import hashguard`, and the import of all that a check needs.
Writes out/import_time.json.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from time import perf_counter

from benchmarks.common import ROOT, write_result

_CLOCK = "from time import perf_counter; s = perf_counter(); {}; print(perf_counter() - s)"
PROGRAMS = {
    "import hashguard": "import hashguard",
    "from hashguard import HashList, Matcher, policies": (
        "from hashguard import HashList, Matcher, policies"
    ),
}


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args()
    inside: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    whole: dict[str, list[float]] = {name: [] for name in ("an empty program", *PROGRAMS)}
    for number in range(-1, options.rounds):
        for name, seconds in whole.items():
            program = _CLOCK.format(PROGRAMS.get(name, "pass"))
            started = perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", program],
                cwd=ROOT,
                check=True,
                capture_output=True,
                text=True,
            )
            if number < 0:
                continue  # the first one fills the disk cache
            seconds.append(perf_counter() - started)
            if name in inside:
                inside[name].append(float(done.stdout))
    write_result("import_time", {"inside": inside, "whole": whole})
    return 0


if __name__ == "__main__":
    sys.exit(main())
