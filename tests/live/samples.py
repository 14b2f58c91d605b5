"""Small live folders, and what is in them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from hashguard.hashes import Algorithm, Hash, pack_codes
from hashguard.lists import Entry, HashList, Status
from hashguard.live import LiveIndex, View


def hash_of(number: int, algorithm: Algorithm = Algorithm.PDQ) -> Hash:
    """Hash number n: far from every other."""
    digest = hashlib.sha256(str(number).encode()).digest()
    return Hash(algorithm, digest[: algorithm.code_bytes])


def entry(name: str, number: int, status: Status = Status.ACTIVE) -> Entry:
    """An entry with hash number n."""
    return Entry(name, hash_of(number), 90, status, "Šource", ("a", "b"), 86_400 * number)


def listed(numbers: Iterable[int], *, version: int = 7) -> HashList:
    """Entries id-n of hash number n."""
    return HashList.from_entries(
        [entry(f"id-{n}", n) for n in numbers],
        algorithm=Algorithm.PDQ,
        origin="Žlutý",
        version=version,
    )


def made(folder: Path, count: int = 5, *, max_distance: int = 31) -> Path:
    """A live folder of id-0, id-1, ... in a fresh place."""
    LiveIndex.create(folder / "live", listed(range(count)), max_distance=max_distance)
    return folder / "live"


def content(view: View, numbers: Iterable[int] = range(200)) -> dict[str, int]:
    """The number of the hash of each id; all entries of the view must have one of `numbers`."""
    asked = list(numbers)
    hashes = [hash_of(n, view.algorithm) for n in asked]
    result = view.range_search(pack_codes(hashes, view.algorithm), 0)
    found = {
        view.entry(row).id: asked[query]
        for query, row in zip(result.queries.tolist(), result.rows.tolist(), strict=True)
    }
    assert len(found) == len(result.rows) == len(view)
    return found


def reopened(folder: Path) -> dict[str, int]:
    """The content of a folder as a new process would see it."""
    with LiveIndex.open(folder, follow=False, verify=True) as live:
        return content(live.view())


def until(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether it becomes true in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
