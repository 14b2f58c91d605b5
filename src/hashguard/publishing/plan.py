"""What to publish for a new version of a list, given what is published.

Pure. After every publication, no file that is named holds a hash that is no longer active:
where an entry went, the full list is written anew, and the deltas that brought it are dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Self

from hashguard.errors import AlgorithmMismatchError, ListError, RollbackError
from hashguard.lists import HashList
from hashguard.lists.delta import MAX_CHANGES, Changed, Delta, apply_to_list, merged
from hashguard.lists.feed import Feed, delta_path, feed_path, full_path
from hashguard.lists.sums import sum_of_file

KEEP_DELTAS = 100  # a follower that was away for longer fetches the full list
FULL_EVERY = 50  # deltas that a new follower has to fetch besides the full list, at most
_PART = 4  # a delta larger than this part of the list is not worth it

Read = Callable[[str], bytes]
"""The content of a target by its path."""


@dataclass(frozen=True, slots=True, eq=False)
class Last:
    """What was published last. current: its active entries. read: for what lies there."""

    feed: Feed
    current: HashList
    read: Read

    @classmethod
    def of(cls, feed: Feed, read: Read) -> Self:
        """Put together from the full list and the deltas after it. Raises ListError."""
        current = HashList.loads(read(full_path(feed.bank, feed.full)))
        steps = feed.steps_from(feed.full) or []
        if steps:
            delta = merged([Delta.loads(read(delta_path(feed.bank, *step))) for step in steps])
            current = apply_to_list(delta, current, delta.base_sum)
        return cls(feed, current, read)

    def delta_from(self, base: int, version: int) -> Delta:
        """One that lies there."""
        return Delta.loads(self.read(delta_path(self.feed.bank, base, version)))


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One publication. new: targets to write. keep: paths of targets that stay.

    added, removed: entries that came and went; a replaced one counts as added.
    """

    feed: Feed
    new: dict[str, bytes]
    keep: tuple[str, ...]
    added: int
    removed: int


def first_step(bank: str, hash_list: HashList, *, now: int) -> Step:
    """For a bank that has published nothing."""
    current = active_only(hash_list)
    data = current.dumps()
    told = {"added": len(current), "removed": 0}
    return _full_step(bank, current, data, sum_of_file(data), now=now, **told)


def next_step(last: Last, hash_list: HashList, *, now: int) -> Step | None:
    """For the next version; None if it is what is published already.

    Raises RollbackError for an older version, ListError for a change under the same version,
    AlgorithmMismatchError for another algorithm.
    """
    # 1. Is it a later version of the same list?
    feed, current = last.feed, active_only(hash_list)
    if current.algorithm is not feed.algorithm:
        raise AlgorithmMismatchError(
            f"the bank publishes {feed.algorithm.value}, the list holds {current.algorithm.value}"
        )
    if current.version < feed.list_version:
        raise RollbackError(
            f"version {current.version} is older than {feed.list_version}, already published"
        )
    changed = Changed.between(last.current, current)
    same_terms = (current.origin, current.expires) == (feed.origin, feed.expires)
    if current.version == feed.list_version:
        if len(changed) or not same_terms:
            raise ListError(
                f"version {current.version} is published already and was different; "
                "a change of the list needs the next version"
            )
        return None
    # 2. The delta, and the chain it makes with those that hold nothing that went.
    total = changed.sum_after(feed.sum)
    told = {"added": len(changed.added), "removed": len(changed.gone)}
    too_long = len(changed) > min(MAX_CHANGES, max(1000, len(current) // _PART))
    if too_long or current.origin != feed.origin:
        return _full_step(feed.bank, current, current.dumps(), total, now=now, **told)
    steps = _clean_steps(last, set(changed.gone.ids))[-(KEEP_DELTAS - 1) :]
    chain = (*(base for base, _ in steps), feed.list_version)
    # 3. The full list: the old one, if nothing of it went and it is not far behind.
    behind = chain[chain.index(feed.full) :] if feed.full in chain else ()
    stays = bool(behind) and len(behind) <= FULL_EVERY and not len(changed.gone)
    full = feed.full if stays else current.version
    new_feed = _feed(feed.bank, current, total, now=now, full=full, deltas=chain)
    delta = Delta(
        origin=current.origin,
        base=feed.list_version,
        base_sum=feed.sum,
        version=current.version,
        sum=total,
        count=len(current),
        added=changed.added,
        removed=changed.removed,
    )
    new = {delta_path(feed.bank, feed.list_version, current.version): delta.dumps()}
    if not stays:
        new[full_path(feed.bank, full)] = current.dumps()
    new[feed_path(feed.bank)] = new_feed.dumps()
    keep = tuple(path for path in new_feed.targets() if path not in new)
    return Step(new_feed, new, keep, **told)


def active_only(hash_list: HashList) -> HashList:
    """The list without what does not match."""
    if len(hash_list.active_rows) == len(hash_list):
        return hash_list
    return replace(hash_list, table=hash_list.table.taking(hash_list.active_rows))


def _clean_steps(last: Last, gone: set[str]) -> list[tuple[int, int]]:
    """The published deltas after the last one that brought one of these ids, oldest first."""
    steps = last.feed.steps_from((*last.feed.deltas, last.feed.list_version)[0]) or []
    if not gone:
        return steps
    for place in range(len(steps) - 1, -1, -1):
        if not gone.isdisjoint(last.delta_from(*steps[place]).added.ids):
            return steps[place + 1 :]
    return steps


def _full_step(
    bank: str, current: HashList, data: bytes, total: int, *, now: int, added: int, removed: int
) -> Step:
    feed = _feed(bank, current, total, now=now, full=current.version, deltas=())
    new = {full_path(bank, current.version): data, feed_path(bank): feed.dumps()}
    return Step(feed, new, (), added, removed)


def _feed(
    bank: str, current: HashList, total: int, *, now: int, full: int, deltas: Iterable[int]
) -> Feed:
    return Feed(
        bank=bank,
        origin=current.origin,
        algorithm=current.algorithm,
        list_version=current.version,
        sum=total,
        count=len(current),
        expires=current.expires,
        published=now,
        full=full,
        deltas=tuple(deltas),
    )
