"""How robust our hashes are: measured on photographs, kept as tables, quoted by the README.

    python -m benchmarks.robustness CORPUS [--workers N]

CORPUS holds `photos/` and `distractors/`. Runs `hashguard robustness run` and `report` on them,
with results in out/robustness, goes on with a run that was stopped, and then writes
results.csv, false-matches.csv and README.md here, and the table of the project's README.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from benchmarks.common import OUT, ROOT
from benchmarks.robustness.quote import HERE, page, quoted, replaced

RESULTS = OUT / "robustness"


def command(*words: str) -> None:
    """Run one command of ours; ends the program if it fails."""
    program = "import sys; from hashguard.cli import main; sys.exit(main(sys.argv[1:]))"
    subprocess.run([sys.executable, "-c", program, "robustness", *words], check=True)


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--workers", type=int)
    options = parser.parse_args()
    workers = [] if options.workers is None else ["--workers", str(options.workers)]
    photos, others = (str(options.corpus / name) for name in ("photos", "distractors"))
    RESULTS.parent.mkdir(exist_ok=True)
    command("run", photos, "--distractors", others, "--out", str(RESULTS), *workers)
    command("report", str(RESULTS))
    for name in ("results.csv", "false-matches.csv"):
        (HERE / name).write_bytes((RESULTS / name).read_bytes())
    (HERE / "README.md").write_text(page(RESULTS), encoding="utf-8")
    readme = ROOT / "README.md"
    readme.write_text(replaced(readme.read_text(encoding="utf-8"), quoted()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
