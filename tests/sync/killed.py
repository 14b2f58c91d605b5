"""A follower killed at every step: `python -m tests.sync.killed FOLDER`; see tests/killing.py."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from hashguard.publishing import plan
from tests.killing import killed_at
from tests.publishing.samples import Publisher
from tests.sync.samples import numbers_in, synced, version_in

VERSIONS: tuple[tuple[int, set[int]], ...] = (
    (7, set(range(5))),
    (8, set(range(9))),
    (9, {1, 2, 3, 20}),
    (30, {2, 3, 20, 21}),
)


def killed_looks(folder: Path) -> int:
    """How often a follower was killed: after each, the folder has the old list or the new one.

    The first look makes the folder, the next ones change it; the last finds no way but the
    full list. Nobody mends anything in between.
    """
    publisher, into, kills = Publisher(folder / "public"), folder / "live", 0
    before: tuple[int, set[int]] | None = None
    for version, numbers in VERSIONS:
        if version == VERSIONS[-1][0]:
            vars(plan)["MAX_CHANGES"] = 1  # so that there is no delta to it
        publisher.publish(numbers, version)
        step = 0
        while killed_at(step, folder, partial(synced, publisher, into)):
            found = (version_in(into), numbers_in(into)) if into.exists() else None
            assert found in (before, (version, numbers)), (version, step)
            step += 1
        assert (version_in(into), numbers_in(into)) == (version, numbers)
        before, kills = (version, numbers), kills + step
    return kills


if __name__ == "__main__":
    sys.stdout.write(f"{killed_looks(Path(sys.argv[1]))} kills\n")
