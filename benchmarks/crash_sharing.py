"""Is sharing safe from kill -9? Intake, publishing and syncing killed at random moments.

    python -m benchmarks.crash_sharing [--rounds 500] [--seed S] [--part PART]

In each round a process takes in, withdraws and deletes cases, publishes versions, or follows
what is published; it tells what was acknowledged, and is killed at a random moment. Afterwards

    intake   the bank opens, its audit holds, and every acknowledged case is where it was put
    publish  a follower gets the acknowledged version or a later one, whole
    sync     the folder holds the acknowledged version, or the one before or after it, whole

and the next process goes on from there: nobody mends anything. Prints a Markdown table; exits 1
if anything was lost or needed a hand. A kill takes the process and leaves the system: what a
power cut does to the disk is not tried. The kills at every single write are in the tests.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.common import SEED
from hashguard.errors import HashguardError
from tests.bank.killing import kill as kill_intake
from tests.bank.samples import a_bank
from tests.killing import Say, killed_after
from tests.publishing.samples import Publisher
from tests.sync.samples import numbers_in, synced, version_in

POOL = 60  # hashes to draw a version from
ANEW = 20  # rounds after which a follower begins with an empty folder
FIRST = 0.2  # seconds that the first process lives at most
PACE = 1.1  # how much longer the next one may live if one got nothing done, or shorter if it did


def numbers_of(version: int) -> set[int]:
    """Which hashes a version lists: some come and some go from each to the next."""
    rng = random.Random(version // 5)
    return set(rng.sample(range(POOL), 30)) ^ set(range(version % 5))


def intake(folder: Path, rounds: int, seed: int) -> int:
    """Rounds on one bank; how many answers were acknowledged."""
    return kill_intake(a_bank(folder), rounds, seed)


def publish(folder: Path, rounds: int, seed: int) -> int:
    """Rounds on one published folder, looked at by a follower after each."""
    rng = random.Random(seed)
    publisher, into = Publisher(folder / "public"), folder / "live"
    publisher.publish(numbers_of(1), 1)
    newest, said, longest = 1, 0, FIRST
    for _ in range(rounds):
        lines = killed_after(rng.uniform(0, longest), partial(_publish_on, publisher))
        acknowledged = [int(line) for line in lines if line != "begun"]
        said += len(acknowledged)
        longest *= 1 / PACE if acknowledged else PACE
        update = synced(publisher, into)
        assert max([newest, *acknowledged]) <= update.version, "an acknowledged version is lost"
        check(into, update.version)
        newest = update.version
    _publish_next(publisher)
    left = [path for path in publisher.folder.rglob(".*") if path.name != ".lock"]
    assert not left, "files of killed publications are left"
    return said


def sync(folder: Path, rounds: int, seed: int) -> int:
    """Rounds on one live folder, with a version published before each."""
    rng = random.Random(seed)
    publisher, into = Publisher(folder / "public"), folder / "live"
    publisher.publish(numbers_of(1), 1)
    synced(publisher, into)
    held, said, longest = 1, 0, FIRST
    for number in range(rounds):
        if number % ANEW == ANEW - 1:
            shutil.rmtree(into)
            held = 0
        version = number + 2
        publisher.publish(numbers_of(version), version)
        lines = killed_after(rng.uniform(0, longest), partial(_follow, publisher, into))
        acknowledged = [int(line) for line in lines if line != "begun"]
        said += len(acknowledged)
        longest *= 1 / PACE if acknowledged else PACE
        found = version_in(into) if into.exists() else 0
        assert found in ({version} if acknowledged else {held, version}), "a version is lost"
        if found:
            check(into, found)
        held = found
    assert synced(publisher, into).version == rounds + 1
    check(into, rounds + 1)
    return said


PARTS: dict[str, Callable[[Path, int, int], int]] = {
    "intake": intake,
    "publish": publish,
    "sync": sync,
}


def check(into: Path, version: int) -> None:
    """Raise AssertionError unless a folder holds this version, all of it and nothing else."""
    assert version_in(into) == version
    assert numbers_in(into) == numbers_of(version), "a version is there in part"


def _publish_next(publisher: Publisher) -> int:
    """Publish what comes after what lies there, with fresh eyes as a new process would."""
    publisher.repository = publisher.of(publisher.folder)
    feed = publisher.repository.feed()
    assert feed is not None
    version = feed.list_version + 1
    publisher.publish(numbers_of(version), version)
    return version


def _publish_on(publisher: Publisher, say: Say) -> None:
    say("begun")
    while True:
        say(str(_publish_next(publisher)))


def _follow(publisher: Publisher, into: Path, say: Say) -> None:
    say("begun")
    say(str(synced(publisher, into).version))


def main() -> int:
    """Entry point; gives the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--part", choices=PARTS, action="append", help="default: all of them")
    options = parser.parse_args()
    print("| killed | rounds | acknowledged | lost, or in need of a hand |")
    print("|---|---:|---:|---:|")
    faults = 0
    for name in options.part or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            try:
                said = PARTS[name](Path(folder), options.rounds, options.seed)
            except (AssertionError, HashguardError) as error:
                print(f"FAULT {name}: {type(error).__name__}: {error}", file=sys.stderr)
                faults += 1
                continue
        print(f"| {name} | {options.rounds} | {said:,} | 0 |", flush=True)
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
