"""What it costs to publish a list and to follow it: time, memory, bytes over the wire.

    python -m benchmarks.sharing [--entries N] [--changes N]

A publisher and a follower, each a process of its own, with a web server of this machine
between them. The list is published and followed for the first time; then a version with
`changes` changes, half of them withdrawals, and one whose changes are additions alone.
Prints a Markdown table. Memory is the most that the process has held at once, which is why
the later rows of a process never show less than its earlier ones. On a busy machine, seconds
of a processor say more than those of the clock.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.codes import random_codes
from benchmarks.serving import Worker
from hashguard import Algorithm, Entry, Hash, HashList
from hashguard.publishing import Repository, new_key
from hashguard.robustness.verdicts.listing import list_of
from hashguard.sync import Credentials, HttpSource, Subscription
from hashguard.sync.subscription import Reach

BANK = "bank"


class Quiet(SimpleHTTPRequestHandler):
    """A web server that says nothing, and counts what it sends."""

    protocol_version = "HTTP/1.1"
    sent = 0

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""

    def send_header(self, keyword: str, value: str) -> None:
        """As usual, with the length noted."""
        if keyword == "Content-Length":
            Quiet.sent += int(value)
        super().send_header(keyword, value)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def entries(first: int, count: int) -> list[Entry]:
    """Entries with random hashes that no other has."""
    rng = random.Random(first)
    return [
        Entry(f"new-{number}", Hash(Algorithm.PDQ, rng.randbytes(32)), 90)
        for number in range(first, first + count)
    ]


def publishing(public: Path, count: int, changes: int) -> None:
    """Publish when asked to, and say what it cost."""
    roles = ("root", "targets", "snapshot", "timestamp", BANK)
    keys = {role: [new_key(role)] for role in roles}
    repository = Repository.create(public, bank=BANK, keys=keys, threshold=1, now=int(time.time()))
    current = list_of(random_codes(count), np.full(count, 90, np.int16))
    tell({})  # ready
    for number, _ in enumerate(sys.stdin):
        if number:
            going = [] if number == 2 else [f"{row:08}" for row in range(changes // 2)]
            current = HashList(
                current.origin,
                number + 1,
                None,
                current.removing(going).adding(entries(number * 10**6, changes - len(going))).table,
            )
        with timed() as took:
            repository.publish(current, now=int(time.time()))
        tell(took)


def following(public: Path, url: str, folder: Path) -> None:
    """Look at the publisher when asked to, and say what it cost."""
    root = (public / "metadata" / "1.root.json").read_bytes()
    source = HttpSource(url, credentials=Credentials())
    with Subscription.open(folder, source=source, root=root, reach=Reach(31)) as subscription:
        tell({})  # ready
        for _ in sys.stdin:
            with timed() as took:
                subscription.update(now=int(time.time()))
            tell(took)


@contextmanager
def timed() -> Iterator[dict[str, float]]:
    """Seconds that the block took, by the clock and by the processor."""
    took: dict[str, float] = {}
    started, worked = time.perf_counter(), time.process_time()
    yield took
    took["seconds"] = time.perf_counter() - started
    took["processor"] = time.process_time() - worked


def tell(record: dict[str, Any]) -> None:
    """A line for the process that asked."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kilobytes
    sys.stdout.write(json.dumps({**record, "megabytes": peak / 1000}) + "\n")
    sys.stdout.flush()


def measure(folder: Path, count: int, changes: int) -> None:
    """All steps in their order, as a table."""
    public = folder / "public"
    arguments = ["publish", public, count, changes]
    print(f"{count:,} entries, {changes:,} changes\n")
    print("| step | seconds | of a processor | most memory | bytes sent |")
    print("|---|---:|---:|---:|---:|")
    with Worker(sys.executable, "benchmarks.sharing", arguments) as publisher:

        def step(worker: Worker, name: str) -> None:
            before = Quiet.sent
            worker.tell("go")
            said = worker.read()
            sent = Quiet.sent - before
            times = f"{said['seconds']:.2f} | {said['processor']:.2f}"
            print(f"| {name} | {times} | {said['megabytes']:.0f} MB | {sent:,} |", flush=True)

        step(publisher, "publish for the first time")
        with served(public) as url:
            arguments = ["follow", public, url, folder / "live"]
            with Worker(sys.executable, "benchmarks.sharing", arguments) as follower:
                step(follower, "follow for the first time")
                step(publisher, "publish changes, half of them withdrawals")
                step(follower, "follow them")
                step(publisher, "publish additions")
                step(follower, "follow them")
                step(follower, "look, nothing new")


def main() -> None:
    """As the arguments say."""
    if len(sys.argv) > 1 and sys.argv[1] == "publish":
        publishing(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
        return
    if len(sys.argv) > 1 and sys.argv[1] == "follow":
        following(Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--changes", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), options.entries, options.changes)


if __name__ == "__main__":
    main()
