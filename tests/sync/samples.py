"""Followers of a published folder, and what they have."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hashguard.live import LiveIndex
from hashguard.sync import FolderSource, Source, Subscription, Update
from hashguard.sync.subscription import Reach
from tests.live.samples import content
from tests.publishing.samples import Publisher


@contextmanager
def following(
    publisher: Publisher, into: Path, *, source: Source | None = None, bank: str | None = None
) -> Iterator[Subscription]:
    """A subscription that trusts the publisher's first root."""
    with Subscription.open(
        into,
        source=source or FolderSource(publisher.folder),
        root=publisher.root,
        reach=Reach(31),
        bank=bank,
    ) as subscription:
        yield subscription


def synced(publisher: Publisher, into: Path, *, source: Source | None = None) -> Update:
    """One look."""
    with following(publisher, into, source=source) as subscription:
        return subscription.update(now=int(time.time()))


def numbers_in(into: Path) -> set[int]:
    """The numbers of the hashes in a live folder, read from the disk, every byte of it."""
    with LiveIndex.open(into, follow=False, verify=True) as live:
        found = content(live.view())
    assert all(name == f"id-{number}" for name, number in found.items())
    return set(found.values())


def version_in(into: Path) -> int:
    with LiveIndex.open(into, follow=False) as live:
        return live.view().version
