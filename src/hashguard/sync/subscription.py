"""A list that is followed: look at the publisher, verify, bring the live folder up to date.

The live folder is what `Matcher.follow` reads. It appears with the first verified list, its
version is that of the verified list, and it never becomes older. Beside it, `FOLDER.sync`
holds what was verified, and the lock.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from hashguard.errors import (
    BusyError,
    DeltaError,
    ForkError,
    HashguardError,
    IndexFileError,
    ListError,
    MalformedListError,
    RollbackError,
    VerificationError,
)
from hashguard.files import fault_of
from hashguard.lists.delta import MAX_DELTA_BYTES, Delta, apply_to_list, merged
from hashguard.lists.feed import MAX_FEED_BYTES, Feed, delta_path, feed_path, full_path
from hashguard.lists.hash_list import HashList
from hashguard.lists.sums import sum_of_file
from hashguard.lists.wire import MAX_LIST_BYTES
from hashguard.live import LiveIndex
from hashguard.live.current import NAME as CURRENT
from hashguard.live.locks import try_lock
from hashguard.sync.apply import Moved, apply_delta, apply_list, sum_of_view
from hashguard.sync.source import Source
from hashguard.sync.state import State, Verified, read_state, state_folder, write_state
from hashguard.sync.verify import Verifier

LOCK = "lock"
TIDY_EVERY = 3600.0  # seconds; withdrawn hashes leave the disk of a follower within that time

_log = logging.getLogger("hashguard.sync")


@dataclass(frozen=True, slots=True)
class Reach:
    """How a new live folder is built; see `LiveIndex.create`."""

    max_distance: int
    probes: int = 1
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """What a look at the publisher brought.

    version, entries: of the list now. added, withdrawn: entries that came, or took the place
    of others, and entries that went. full: whether the full list had to be fetched.
    until: unix seconds the publisher's statement holds for.
    """

    version: int
    entries: int
    added: int
    withdrawn: int
    full: bool
    until: int


class Subscription:
    """A followed list, opened by `open`. Used by one thread; one process at a time."""

    def __init__(
        self, folder: Path, *, source: Source, root: bytes, bank: str | None, reach: Reach
    ) -> None:
        """For `open`."""
        self._folder = folder
        self._beside = state_folder(folder)
        self._source = source
        self._root = root
        self._bank = bank
        self._reach = reach
        self._live: LiveIndex | None = None
        self._total: tuple[int, int] | None = None  # the sum of the live folder at a version
        self._tidier: threading.Thread | None = None
        self._lock = try_lock(self._beside / LOCK)

    @classmethod
    def open(
        cls,
        folder: str | os.PathLike[str],
        *,
        source: Source,
        root: bytes,
        reach: Reach,
        bank: str | None = None,
    ) -> Self:
        """Follow into a live folder, which need not be there yet.

        root: the metadata file that is trusted from the start. bank: default the only one.
        reach: of the live folder, when it is made. Raises BusyError if another process
        follows into this folder, IndexFileError.
        """
        path = Path(folder).absolute()
        try:
            state_folder(path).mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise fault_of(error, "what is remembered of a list") from error
        subscription = cls(path, source=source, root=root, bank=bank, reach=reach)
        if not subscription._lock.__enter__():
            subscription._lock.__exit__(None, None, None)
            raise BusyError("another process follows a list into this folder already")
        return subscription

    def update(self, *, now: int) -> Update:
        """Look at the publisher, and bring the folder up to date.

        now: unix seconds, for what is remembered. Whatever is raised, the list that was
        verified before goes on being matched: ListError for what the publisher, or someone in
        its place, did wrong; FetchError; IndexFileError.
        """
        state = read_state(self._beside)
        try:
            update, verified = self._update(state.verified, now)
        except HashguardError as error:
            write_state(self._beside, replace(state, tried=now, trouble=str(error)))
            raise
        write_state(self._beside, State(verified, now, None))
        self._tidy(now)
        return update

    def close(self) -> None:
        """Let go of the folder and of the source. What is being tidied is finished first."""
        if self._tidier is not None:
            self._tidier.join()
        if self._live is not None:
            self._live.close()
        self._source.close()
        self._lock.__exit__(None, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _update(self, before: Verified | None, now: int) -> tuple[Update, Verified]:
        # 1. What the publisher has signed, and that it is not older than what we had.
        verifier = Verifier(self._beside / "metadata", source=self._source, root=self._root)
        fresh = verifier.refresh()
        feed, digest = self._feed(verifier, self._chosen(fresh.banks))
        _refuse_older(feed, before)
        # 2. What we have ourselves.
        live = self._opened()
        if live is not None:
            _refuse_other(feed, live)
        moved, full = Moved(0, 0), False
        known = before is not None and before.feed == digest
        if live is None or not known or live.view().version != feed.list_version:
            # 3. The deltas, if they fit; else the full list.
            moved, full = self._bring_up(feed, verifier)
        view = self._opened_now().view()
        verified = Verified(
            bank=feed.bank,
            origin=feed.origin,
            version=feed.list_version,
            sum=feed.sum,
            count=feed.count,
            expires=feed.expires,
            feed=digest,
            at=now,
            until=fresh.until,
        )
        update = Update(view.version, len(view), moved.added, moved.withdrawn, full, fresh.until)
        return update, verified

    def _chosen(self, banks: tuple[str, ...]) -> str:
        if self._bank is not None and self._bank in banks:
            return self._bank
        if self._bank is None and len(banks) == 1:
            return banks[0]
        raise ListError(f"which bank? the publisher has: {', '.join(banks) or 'none'}")

    def _feed(self, verifier: Verifier, bank: str) -> tuple[Feed, str]:
        data = verifier.target(feed_path(bank), MAX_FEED_BYTES)
        if data is None:
            raise ListError("the publisher has not published a list yet")
        feed = Feed.loads(data)
        if feed.bank != bank:
            raise VerificationError("the feed is that of another bank")
        return feed, hashlib.sha256(data).hexdigest()

    def _bring_up(self, feed: Feed, verifier: Verifier) -> tuple[Moved, bool]:
        """What was moved, and whether it took the full list."""
        live = self._opened()
        if live is not None:
            try:
                moved = self._by_deltas(feed, verifier, live)
            except (DeltaError, MalformedListError) as error:
                _log.warning("the full list is fetched, for the deltas do not fit: %s", error)
            else:
                if moved is not None:
                    return moved, False
        target = _full_list(feed, verifier)
        self._total = None
        moved = self._create(target) if live is None else apply_list(live, target)
        self._total = (feed.list_version, feed.sum)
        return moved, True

    def _create(self, target: HashList) -> Moved:
        """Make the live folder, whole or not at all, and open it."""
        LiveIndex.create(
            self._folder,
            target,
            max_distance=self._reach.max_distance,
            probes=self._reach.probes,
            memory=self._reach.memory,
        )
        self._opened()
        return Moved(len(target), 0)

    def _by_deltas(self, feed: Feed, verifier: Verifier, live: LiveIndex) -> Moved | None:
        """None if no deltas lead from what we have to what is newest."""
        view = live.refresh()
        total = self._sum_of(live)
        steps = feed.steps_from(view.version)
        if steps is None:
            return None
        moved = Moved(0, 0)
        if steps:
            delta = merged([_delta(feed, verifier, step) for step in steps])
            _refuse_delta_of_another(delta, feed)
            if (delta.sum, delta.count) != (feed.sum, feed.count):
                raise DeltaError("the deltas make another list than the feed promises")
            self._total = None
            moved = apply_delta(live, delta, total)
            total = delta.sum
        if (total, len(live.view())) != (feed.sum, feed.count):
            return None
        self._total = (feed.list_version, total)
        return moved

    def _sum_of(self, live: LiveIndex) -> int:
        """The sum of the live folder; looked at afresh unless we know who changed it last."""
        view = live.view()
        if self._total is None or self._total[0] != view.version:
            self._total = (view.version, sum_of_view(view))
        return self._total[1]

    def _opened(self) -> LiveIndex | None:
        if self._live is not None and not (self._folder / CURRENT).exists():
            self._live.close()
            self._live = None
        if self._live is None and os.path.lexists(self._folder):
            self._live = LiveIndex.open(self._folder, follow=False)
            self._total = None
        return self._live

    def _opened_now(self) -> LiveIndex:
        live = self._opened()
        if live is None:
            raise IndexFileError("missing: the folder is gone")
        return live

    def _tidy(self, now: int) -> None:
        """Compact, in the background, what holds hashes that were withdrawn a while ago."""
        live = self._live
        if live is None or not len(live.view().dead):
            return
        if self._tidier is not None and self._tidier.is_alive():
            return
        try:
            last = (self._folder / CURRENT).stat().st_mtime
        except OSError:
            return
        if now - last >= TIDY_EVERY:
            self._tidier = threading.Thread(target=_compact, args=(live,), daemon=True)
            self._tidier.start()


def _compact(live: LiveIndex) -> None:
    try:
        live.compact()
    except HashguardError as error:
        _log.warning("withdrawn hashes are still on the disk: %s", error)


def _refuse_older(feed: Feed, before: Verified | None) -> None:
    if before is None:
        return
    if (feed.bank, feed.origin) != (before.bank, before.origin):
        raise ListError("the publisher now has a list of another bank or origin")
    if feed.list_version < before.version:
        raise RollbackError(
            f"version {feed.list_version} is older than {before.version}, verified before"
        )
    if feed.list_version == before.version and feed.sum != before.sum:
        raise ForkError(f"another list than before under the same version {feed.list_version}")


def _refuse_other(feed: Feed, live: LiveIndex) -> None:
    view = live.refresh()
    if view.algorithm is not feed.algorithm or view.origin != feed.origin:
        raise ListError("the folder holds a list of another origin or algorithm")
    if view.version > feed.list_version:
        raise RollbackError(
            f"version {feed.list_version} is older than {view.version}, which the folder has"
        )


def _delta(feed: Feed, verifier: Verifier, step: tuple[int, int]) -> Delta:
    data = verifier.target(delta_path(feed.bank, *step), MAX_DELTA_BYTES)
    if data is None:
        raise DeltaError("the feed names a delta that is not published")
    delta = Delta.loads(data)
    if (delta.base, delta.version) != step:
        raise DeltaError("a delta is of other versions than its name")
    return delta


def _refuse_delta_of_another(delta: Delta, feed: Feed) -> None:
    if delta.origin != feed.origin or delta.algorithm is not feed.algorithm:
        raise DeltaError("the delta is of another list")


def _full_list(feed: Feed, verifier: Verifier) -> HashList:
    """The newest list, from the full one and the deltas after it. Raises ListError."""
    # 1. The full list, as the feed names it.
    data = verifier.target(full_path(feed.bank, feed.full), MAX_LIST_BYTES)
    if data is None:
        raise VerificationError("the feed names a full list that is not published")
    full = HashList.loads(data)
    stated = (full.origin, full.algorithm, full.version)
    if stated != (feed.origin, feed.algorithm, feed.full):
        raise VerificationError("the full list is another than the feed names")
    if len(full.active_rows) != len(full):
        raise VerificationError("the full list holds entries that are not active")
    total = sum_of_file(data)
    # 2. The deltas after it.
    steps = feed.steps_from(feed.full) or []
    if steps:
        delta = merged([_delta(feed, verifier, step) for step in steps])
        _refuse_delta_of_another(delta, feed)
        full, total = apply_to_list(delta, full, total), delta.sum
    # 3. The result, as the feed promises it.
    if (total, len(full)) != (feed.sum, feed.count):
        raise DeltaError("the published files do not make the list that the feed promises")
    return full
