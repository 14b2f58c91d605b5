"""A published folder: made once, given each new version of a list, kept fresh.

Composes keys, metadata, plan and disk. Every operation holds the lock of the folder, begins
with what is published, and ends with timestamp.json; killed before that, it did nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from hashguard.errors import IndexFileError, RepositoryError
from hashguard.files import new_folder
from hashguard.lists import HashList
from hashguard.lists.feed import Feed, bank_fault, feed_path
from hashguard.publishing.keys import Holding, Key, Keys
from hashguard.publishing.plan import Last, first_step, next_step
from hashguard.publishing.roles import Roles, Writes
from hashguard.publishing.store import Store


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did.

    version, entries: of the list that is published now. added, removed: entries that came and
    went. full: whether the full list was written anew. unchanged: the list was published
    already, and only the timestamp is new. fresh_until: unix seconds; publish or refresh
    before, or followers raise the alarm.
    """

    version: int
    entries: int
    added: int
    removed: int
    full: bool
    unchanged: bool
    fresh_until: int


class Repository:
    """A folder that followers read; see docs/publishing.md. Raises RepositoryError."""

    def __init__(self, folder: Path, keys: Keys, bank: str) -> None:
        """For `create` and `open`."""
        self._store = Store(folder)
        self._keys = keys
        self._bank = bank

    @classmethod
    def create(
        cls,
        folder: str | os.PathLike[str],
        *,
        bank: str,
        keys: Mapping[str, Sequence[Key]],
        threshold: int,
        now: int,
    ) -> Self:
        """Make a folder that publishes nothing yet, whole or not at all.

        keys: of root, targets, snapshot, timestamp and `bank`. threshold: how many keys of
        the root must sign it. now: unix seconds, here as everywhere.
        """
        if fault := bank_fault(bank):
            raise RepositoryError(f"the name of a bank {fault}")
        if not 1 <= threshold <= len(keys["root"]):
            raise RepositoryError("the threshold is 1 to the number of the keys of the root")
        held = Keys.of(key for some in keys.values() for key in some)
        roles, writes = Roles.new(keys, threshold=threshold, now=now)
        more = roles.add_bank(bank, keys[bank][0], keys=held, now=now)
        path = Path(folder).absolute()
        try:
            with new_folder(path) as made:
                Store(made).write_metadata([*writes, *more])
                Store(made).prune(roles.names(), {})
        except IndexFileError as error:
            raise RepositoryError(str(error)) from error
        return cls(path, held, bank)

    @classmethod
    def open(cls, folder: str | os.PathLike[str], *, keys: Keys, bank: str | None = None) -> Self:
        """A folder that is published. bank: default the one there is."""
        path = Path(folder).absolute()
        banks = Roles.read(Store(path).metadata).banks
        if bank is None:
            if len(banks) != 1:
                raise RepositoryError(f"which bank? there are: {', '.join(banks) or 'none'}")
            bank = banks[0]
        elif bank not in banks:
            raise RepositoryError(f"there is no such bank; there are: {', '.join(banks) or 'none'}")
        return cls(path, keys, bank)

    @property
    def bank(self) -> str:
        """The name of the bank that `publish` is for."""
        return self._bank

    def feed(self) -> Feed | None:
        """What is published now; None if no list is. Raises ListError if it is damaged."""
        return self._feed(self._roles())

    def publish(self, hash_list: HashList | Callable[[int], HashList], *, now: int) -> Published:
        """Publish a version of the list, as a delta to the one before where that is worth it.

        hash_list: or what makes it, given the next version, which is used up only if the list
        is another than before. Only active entries are published.
        Raises ListError for a version that is older, or the same and different.
        """
        with self._store.locked():
            # 1. What is published, and what is to be.
            roles = self._roles()
            feed = self._feed(roles)
            version = 1 if feed is None else feed.list_version + 1
            wanted = hash_list if isinstance(hash_list, HashList) else hash_list(version)
            if feed is None:
                step = first_step(self._bank, wanted, now=now)
            else:
                digests = roles.files(self._bank)
                last = Last.of(feed, lambda path: self._store.target(path, digests[path]))
                found = next_step(last, wanted, now=now)
                if found is None or (wanted is not hash_list and _says_the_same(found.feed, feed)):
                    self._commit(roles, roles.refresh(keys=self._keys, now=now))
                    return _unchanged(feed, roles)
                step = found
            # 2. Sign before anything is written: a missing key leaves nothing behind.
            writes = roles.publish(self._bank, step.keep, step.new, keys=self._keys, now=now)
            # 3. Targets, metadata, timestamp; then what is no longer named goes.
            self._store.write_targets(step.new.items())
            self._commit(roles, writes)
        return Published(
            version=step.feed.list_version,
            entries=step.feed.count,
            added=step.added,
            removed=step.removed,
            full=step.feed.full == step.feed.list_version,
            unchanged=False,
            fresh_until=roles.fresh_until,
        )

    def refresh(self, *, now: int) -> int:
        """Say that what is published is the newest; unix seconds until when that holds."""
        with self._store.locked():
            roles = self._roles()
            self._commit(roles, roles.refresh(keys=self._keys, now=now))
        return roles.fresh_until

    def rotate(self, role: str, key: Key, *, old: str, now: int) -> None:
        """Put a key in the place of one of a role. old: the public half of that one.

        role: root, targets, snapshot, timestamp or a bank. Afterwards the old key is worth
        nothing to anyone who has followed the new root.
        """
        with self._store.locked():
            roles = self._roles()
            writes = roles.rotate(role, key, keys=self._keys, now=now, old=old)
            self._commit(roles, writes)
        self._keys = self._keys.including(key)

    def renew(self, *, now: int) -> None:
        """Sign the root and the delegations for another year."""
        with self._store.locked():
            roles = self._roles()
            self._commit(roles, roles.renew(keys=self._keys, now=now))

    def add_bank(self, bank: str, key: Key, *, now: int) -> None:
        """Another bank, with its own key."""
        if fault := bank_fault(bank):
            raise RepositoryError(f"the name of a bank {fault}")
        with self._store.locked():
            roles = self._roles()
            self._commit(roles, roles.add_bank(bank, key, keys=self._keys, now=now))

    def holdings(self) -> list[Holding]:
        """Which keys there are, and which of them are at hand."""
        return self._roles().holdings(self._keys)

    def _roles(self) -> Roles:
        return Roles.read(self._store.metadata)

    def _feed(self, roles: Roles) -> Feed | None:
        path = feed_path(self._bank)
        digest = roles.files(self._bank).get(path)
        return None if digest is None else Feed.loads(self._store.target(path, digest))

    def _commit(self, roles: Roles, writes: Writes) -> None:
        self._store.write_metadata(writes)
        targets = {
            path: digest for bank in roles.banks for path, digest in roles.files(bank).items()
        }
        self._store.prune(roles.names(), targets)


def _says_the_same(new: Feed, old: Feed) -> bool:
    said = [(one.origin, one.expires, one.sum, one.count) for one in (new, old)]
    return said[0] == said[1]


def _unchanged(feed: Feed, roles: Roles) -> Published:
    return Published(
        version=feed.list_version,
        entries=feed.count,
        added=0,
        removed=0,
        full=False,
        unchanged=True,
        fresh_until=roles.fresh_until,
    )
