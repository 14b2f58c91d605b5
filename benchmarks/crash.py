"""Is a live folder safe from kill -9? Writers are killed at random moments, again and again.

    python -m benchmarks.crash [--rounds 1000] [--seed S] [--dry]

In each round one or two processes open the same folder and add, replace, withdraw and compact
in a random mix, each under ids of its own. Each tells through a pipe what it is about to do and
what was acknowledged, and is killed after at most 0.15 s. Then the folder is opened, with all
digests checked, and must hold what was acknowledged: every entry, no withdrawn one, and the
one change that was under way either as a whole or not at all. Where two write, one is killed
first, and the other must go on. Writes out/crash.json (not with --dry); exits 1 if anything
was lost or came back.

A kill takes the process and leaves the system: what a power cut does to the disk is not tried.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.common import SEED, write_result
from hashguard.hashes import Algorithm, Hash
from hashguard.lists import Entry, HashList
from hashguard.live import Changes, LiveIndex
from hashguard.live.view import View

NAMES = 150  # ids of one writer
LONGEST = 0.15  # seconds until the kill
BASE = 300  # entries that no writer touches
PATIENCE = 30.0  # seconds for a writer that goes on alone to acknowledge something

State = dict[str, bytes]
"""Packed hash by id: what a folder holds."""


@dataclass
class Writer:
    """One process and what is known of it. entries: as acknowledged."""

    name: str
    seed: str
    entries: State
    pid: int = 0
    pipe: int = -1
    heard: bytes = b""
    begun: int | None = None  # the step that was announced and not acknowledged
    acknowledged: int = 0


@dataclass
class Tally:
    """What happened in all rounds."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def step(writer: Writer, number: int) -> tuple[State, list[str]]:
    """What a writer adds and withdraws in a step: a function of its seed and its entries."""
    rng = random.Random(f"{writer.seed} {number}")
    here = sorted(writer.entries)
    most = rng.choice((1, 3, 40))
    coming = {
        f"{writer.name}-{rng.randrange(NAMES)}": rng.randbytes(32)
        for _ in range(rng.randrange(most + 1))
    }
    count = min(len(here), rng.randrange(most + 1) + (len(here) > NAMES // 2) * 10)
    going = [name for name in rng.sample(here, count) if name not in coming]
    return coming, going


def after(entries: State, change: tuple[State, list[str]]) -> State:
    """The entries once a step is done."""
    coming, going = change
    return {name: code for name, code in entries.items() if name not in going} | coming


def write(writer: Writer, folder: Path, say: int) -> None:
    """The child: change and compact until killed."""
    rng = random.Random(f"{writer.seed} mix")
    with LiveIndex.open(folder, follow=rng.random() < 0.5) as live:
        if rng.random() < 0.7:
            threading.Thread(target=_compact, args=(live, rng.random() / 20, say)).start()
        number = 0
        while True:
            number += 1
            coming, going = change = step(writer, number)
            os.write(say, b"t%d\n" % number)
            live.apply(Changes(_entries(coming), tuple(going)))
            os.write(say, b"d%d\n" % number)
            writer.entries = after(writer.entries, change)


def _compact(live: LiveIndex, pause: float, say: int) -> None:
    while True:
        time.sleep(pause)
        if live.compact():
            os.write(say, b"c0\n")


def _entries(state: Mapping[str, bytes]) -> list[Entry]:
    return [Entry(name, Hash(Algorithm.PDQ, code)) for name, code in state.items()]


def start(writer: Writer, folder: Path) -> None:
    """Fork the process of a writer."""
    hear, say = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(hear)
            write(writer, folder, say)
        except BaseException:
            # Told by the parent; nothing of the parent's may run in here.
            os.write(say, b"e" + traceback.format_exc().replace("\n", " | ").encode() + b"\n")
        finally:
            os._exit(1)
    os.close(say)
    writer.pid, writer.pipe = pid, hear


def listen(writer: Writer, tally: Tally) -> bool:
    """Take what there is in the pipe; False at its end."""
    data = os.read(writer.pipe, 2**16)
    *lines, writer.heard = (writer.heard + data).split(b"\n")
    for line in lines:
        kind, number = line[:1], line[1:]
        if kind == b"t":
            writer.begun = int(number)
        elif kind == b"d":
            writer.entries = after(writer.entries, step(writer, int(number)))
            writer.begun = None
            writer.acknowledged += 1
            tally.counts["acknowledged"] += 1
        elif kind == b"c":
            tally.counts["compacted"] += 1
        else:
            tally.faults.append(f"writer {writer.seed}: {number.decode()}")
    return bool(data)


def kill(writer: Writer, tally: Tally) -> None:
    """End a writer, and hear what it said last."""
    os.kill(writer.pid, signal.SIGKILL)
    while listen(writer, tally):
        pass
    os.close(writer.pipe)
    os.waitpid(writer.pid, 0)
    tally.counts["killed"] += 1


def hear_for(seconds: float, writers: list[Writer], tally: Tally) -> None:
    """Listen to all of them for a time, so that none waits for a full pipe."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        ready, _, _ = select.select([one.pipe for one in writers], [], [], left)
        for one in writers:
            if one.pipe in ready and not listen(one, tally):
                return


def found(view: View, entries: Mapping[str, bytes]) -> State:
    """The entries of a view that have one of these hashes."""
    codes = sorted(set(entries.values()))
    queries = np.frombuffer(b"".join(codes), np.uint8).reshape(-1, 32)
    rows = view.range_search(queries, 0).rows
    every = [view.entry(row) for row in rows.tolist()]
    return {one.id: one.hash.packed for one in every}


def outcomes(writers: list[Writer], base: State) -> Iterator[tuple[str, State]]:
    """Every state that may be there: what was acknowledged, with and without each begun step."""
    states = [("", base)]
    for one in writers:
        kept = [("absent ", one.entries)]
        if one.begun is not None:
            kept.append(("present ", after(one.entries, step(one, one.begun))))
        states = [(word + more, {**s, **new}) for word, s in states for more, new in kept]
    yield from states


def check(folder: Path, writers: list[Writer], base: State, tally: Tally) -> str:
    """Which of the states that may be there is there; "" if none is."""
    with LiveIndex.open(folder, follow=False, compact=False, verify=True) as live:
        view = live.view()
        for word, state in outcomes(writers, base):
            if len(view) == len(state) and found(view, state) == state:
                if any(one.begun is not None for one in writers):
                    tally.counts.update(f"begun and {each}" for each in word.split())
                return word or "as acknowledged"
    return ""


def one_round(number: int, seed: int, folder: Path, states: dict[str, State], tally: Tally) -> None:
    """Start, kill, look. states: of each writer, carried from round to round."""
    rng = random.Random(f"{seed} {number}")
    names = ["a", "b"][: rng.choice((1, 2))]
    writers = [Writer(name, f"{seed} {number} {name}", states[name]) for name in names]
    for one in writers:
        start(one, folder)
    running = list(writers)
    while running:
        hear_for(rng.random() * LONGEST, running, tally)
        kill(running.pop(0), tally)
        if running:
            before = running[0].acknowledged
            end = time.monotonic() + PATIENCE
            while running[0].acknowledged == before and time.monotonic() < end:
                hear_for(0.01, running, tally)
            if running[0].acknowledged == before:
                tally.faults.append(f"round {number}: a writer did not go on after a kill")
    resting = {k: v for name in states if name not in names for k, v in states[name].items()}
    word = check(folder, writers, resting, tally)
    if not word:
        tally.faults.append(f"round {number}: the folder holds something else")
    for one, fate in zip(writers, word.split(), strict=False):
        if fate == "present" and one.begun is not None:
            one.entries = after(one.entries, step(one, one.begun))
        states[one.name] = one.entries


def run(rounds: int, seed: int) -> Tally:
    """All rounds on one folder."""
    tally = Tally()
    rng = random.Random(seed)
    base = {f"base-{n}": rng.randbytes(32) for n in range(BASE)}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "live"
        made = HashList.from_entries(_entries(base), algorithm=Algorithm.PDQ)
        LiveIndex.create(folder, made, max_distance=31)
        states: dict[str, State] = {"": base, "a": {}, "b": {}}
        for number in range(rounds):
            one_round(number, seed, folder, states, tally)
            if tally.faults:
                break
            tally.counts["rounds"] += 1
            if number % 100 == 99:
                print(f"{number + 1} rounds", file=sys.stderr)
        if not tally.faults:
            _check_swept(folder, tally)
    return tally


def _check_swept(folder: Path, tally: Tally) -> None:
    """One more compaction leaves nothing of all those that were killed."""
    with LiveIndex.open(folder, follow=False) as live:
        live.add(_entries({"last": bytes(31) + b"x"}))
        live.compact()
    names = [one.name.partition("-")[0] for one in folder.iterdir()]
    if sorted(names) != ["CURRENT", "base", "compact.lock", "lock", "log"]:
        tally.faults.append("files of killed compactions are left")


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--dry", action="store_true", help="keep no result")
    options = parser.parse_args()
    tally = run(options.rounds, options.seed)
    for fault in tally.faults:
        print(f"FAULT {fault}")
    counts = dict(sorted(tally.counts.items()))
    print(f"{counts}, {len(tally.faults)} faults")
    if not options.dry:
        write_result("crash", {"seed": options.seed, "counts": counts, "faults": tally.faults})
    return int(bool(tally.faults))


if __name__ == "__main__":
    sys.exit(main())
