"""Publications killed at every step: `python -m tests.publishing.killed FOLDER`.

A process of its own, because a test runner that forks is a test runner with surprises.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from hashguard.live import LiveIndex
from hashguard.publishing import Key, Keys, Repository, new_key
from hashguard.sync import FolderSource, Subscription
from hashguard.sync.subscription import Reach
from tests.killing import killed_at
from tests.live.samples import content, listed
from tests.publishing.samples import Publisher, held


def killed_publications(folder: Path) -> int:
    """How often a publication was killed: after each, all is whole, old or new.

    The versions add, withdraw and replace in turn, so that every kind of file is written.
    """
    publisher = Publisher(folder / "public")
    publisher.publish(range(5), 7)
    before, rounds = set(range(5)), 0
    with follower(folder, publisher) as subscription:
        for version, wanted in ((8, set(range(9))), (9, {1, 2, 3, 20}), (10, {2, 3, 20, 21})):
            step = 0
            while killed_at(step, folder, partial(again, publisher, version, wanted)):
                found = numbers_of(subscription, publisher, folder)
                assert found in (before, wanted), (version, step)
                step += 1
            assert numbers_of(subscription, publisher, folder) == wanted
            rounds, before = rounds + step, wanted
    leftovers = [path.name for path in (folder / "public").rglob(".*") if path.name != ".lock"]
    assert not leftovers
    return rounds


def killed_rotations(folder: Path) -> int:
    """The same for every kind of rotation: whoever followed before can follow after."""
    publisher = Publisher(folder / "public")
    publisher.publish(range(5), 7)
    rounds = 0
    with follower(folder, publisher) as subscription:
        for role in ("timestamp", "snapshot", "targets", "ncii", "root"):
            key, keys = new_key(role), held(publisher.keys)
            step = 0
            while killed_at(step, folder, partial(rotate, publisher, role, key, keys)):
                assert numbers_of(subscription, publisher, folder) == set(range(5))
                if key.public in {one.public for one in publisher.repository.holdings()}:
                    break
                step += 1
            publisher.keys[role][0] = key
            again(publisher, 8 + rounds, set(range(5)))
            assert numbers_of(subscription, publisher, folder) == set(range(5))
            rounds += step
    return rounds


def follower(folder: Path, publisher: Publisher) -> Subscription:
    """Follows the published folder itself."""
    return Subscription.open(
        folder / "live",
        source=FolderSource(publisher.folder),
        root=publisher.root,
        reach=Reach(31),
    )


def again(publisher: Publisher, version: int, numbers: set[int]) -> None:
    """Publish with fresh eyes, as a new process would."""
    repository = publisher.of(publisher.folder)
    repository.publish(listed(sorted(numbers), version=version), now=publisher.now)


def rotate(publisher: Publisher, role: str, key: Key, keys: Keys) -> None:
    """Likewise a rotation of the first key of a role."""
    repository = Repository.open(publisher.folder, keys=keys)
    repository.rotate(role, key, old=publisher.keys[role][0].public, now=publisher.now)


def numbers_of(subscription: Subscription, publisher: Publisher, folder: Path) -> set[int]:
    """What a follower has now."""
    subscription.update(now=publisher.now)
    with LiveIndex.open(folder / "live", follow=False) as live:
        return set(content(live.view()).values())


if __name__ == "__main__":
    parts: dict[str, Callable[[Path], int]] = {
        "publish": killed_publications,
        "rotate": killed_rotations,
    }
    sys.stdout.write(f"{parts[sys.argv[1]](Path(sys.argv[2]))} kills\n")
