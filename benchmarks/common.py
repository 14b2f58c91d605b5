"""What the benchmarks share: the files in which they meet, one core, spread, the machine.

Standard library only: the peer's environment imports it, too.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
# Git-ignored; --quick of run.py keeps its meaningless figures apart.
OUT = Path(os.environ.get("BENCH_OUT") or Path(__file__).parent / "out")
PHOTOS = ROOT / "fixtures" / "photos"
SEED = 20_240_601
LIST_SIZE = 1_000_000  # hashes; what a platform that takes part in several programmes matches
EQUAL = 1024  # equal hashes in a list that is written and read back; a power of two, see large.py

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Environment of a process that is measured on one thread."""


def pin_to_one_core() -> bool:
    """Keep this process on the last core it may use; False where the system cannot."""
    if not hasattr(os, "sched_setaffinity"):
        return False
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return True


def one_thread() -> bool:
    """Whether this process was started to be measured on one thread."""
    return os.environ.get("OMP_NUM_THREADS") == "1"


def resident() -> tuple[int, int]:
    """Resident memory of this process in bytes: now, and at most so far. Linux only."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    now, most = (int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
    return now, most


def kept() -> int:
    """Resident memory in bytes, after all that is free was given back. Linux with glibc only."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return resident()[0]


def forget_peak() -> None:
    """Let the second figure of `resident` begin anew. Linux only."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


@dataclass(frozen=True, slots=True)
class Spread:
    """n values: median, quartiles, extremes."""

    n: int
    median: float
    lower: float
    upper: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of at least one value."""
        if len(values) == 1:
            return cls(1, *[values[0]] * 5)
        lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
        return cls(len(values), median, lower, upper, min(values), max(values))

    def times(self) -> str:
        """A ratio as `9.1 (8.9 to 9.3)`: median and quartiles."""
        return f"{self.median:.2f} ({self.lower:.2f} to {self.upper:.2f})"


def write_result(name: str, values: dict[str, Any]) -> None:
    """Keep what was measured, and where, for score.py."""
    OUT.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"machine": machine(), **values}, indent=1)
    (OUT / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def read_result(name: str) -> dict[str, Any] | None:
    """What `write_result` kept; None if that benchmark has not been run."""
    path = OUT / f"{name}.json"
    if not path.exists():
        return None
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def machine() -> dict[str, str]:
    """The class of this machine; nothing that names it."""
    return {
        "processor": f"{_processor_name()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **versions("numpy", "pillow", "faiss-cpu"),
    }


def versions(*packages: str) -> dict[str, str]:
    """The installed version of each package, without those that are not there."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return platform.processor() or "unknown processor"
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def list_name(size: int) -> str:
    """The name, without ending, of the list of that many hashes in OUT."""
    return f"list-{size}"
