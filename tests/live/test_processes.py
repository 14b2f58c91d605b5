"""Several processes on one folder: they see each other's changes, and none outlives a kill."""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

from hashguard.live import Changes, LiveIndex
from tests.live.samples import content, entry, made, reopened

ROOT = Path(__file__).parents[2]


def started(*arguments: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.Popen(  # noqa: S603 - our own programs
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def test_other_processes_see_a_change_within_a_second(tmp_path):
    """Adding, withdrawing and a compaction in between; the median of what each of them took."""
    folder = made(tmp_path, 3)
    watchers = [started("tests.live.following", "watch", folder) for _ in range(3)]
    outputs = [one.stdout for one in watchers if one.stdout]
    for output in outputs:
        assert output.readline().split()[:2] == ["7", "3"]
    delays = []
    with LiveIndex.open(folder) as live:
        for step in range(6):
            if step == 3:
                live.compact()
            gone = () if step == 0 else (f"x-{step - 1}",)
            version = live.apply(Changes([entry(f"x-{step}", step)], gone)).version
            applied = time.monotonic()
            for output in outputs:
                seen, count, moment = output.readline().split()
                assert (int(seen), int(count)) == (version, 4)
                delays.append(float(moment) - applied)
    for one in watchers:
        one.communicate()
        assert one.returncode == 0
    assert statistics.median(delays) < 1


def test_a_forked_process_follows_and_changes(tmp_path):
    """Its thread is started again, and it holds none of the locks of its parent."""
    folder = made(tmp_path, 1)
    process = started("tests.live.following", "fork", folder)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert reopened(folder) == {"id-0": 0, "before": 10, "parent": 11, "child": 12, "after": 13}


def test_writers_take_turns(tmp_path):
    """Two openings with two threads each: no change is lost, every version is used once."""
    folder = made(tmp_path, 1)
    versions: list[int] = []

    def write(live: LiveIndex, first: int) -> None:
        for number in range(first, first + 15):
            versions.append(live.add([entry(f"x-{number}", number)]).version)
            if number % 5 == 0:
                live.compact()

    with LiveIndex.open(folder) as one, LiveIndex.open(folder, follow=False) as two:
        threads = [
            threading.Thread(target=write, args=(live, first))
            for live, first in ((one, 10), (one, 30), (two, 50), (two, 70))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert content(one.refresh()) == content(two.refresh())
    assert sorted(versions) == list(range(8, 68))
    numbers = [n for first in (10, 30, 50, 70) for n in range(first, first + 15)]
    assert reopened(folder) == {"id-0": 0} | {f"x-{n}": n for n in numbers}


def test_kill_minus_nine_loses_nothing_that_was_acknowledged():
    """See benchmarks/crash.py, which does a thousand rounds of this."""
    process = started("benchmarks.crash", "--rounds", "30", "--seed", "5", "--dry")
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
