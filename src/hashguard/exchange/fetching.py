"""From an exchange to a list that follows it: fetch, apply, note where to go on.

The network is in the clients, files are in the caller: `save` is called whenever list and state
fit each other, so a fetch that breaks off loses little and never a withdrawal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hashguard.exchange.files import STOPNCII
from hashguard.exchange.following import Following, State
from hashguard.exchange.ncmec import MARGIN, Ncmec
from hashguard.exchange.records import Record
from hashguard.exchange.stopncii import FROM_START, StopNcii
from hashguard.lists import HashList

_AT_ONCE = 50_000  # records that are applied together; a list of a million is copied each time

Save = Callable[[HashList, State], None]


@dataclass(slots=True)
class Fetched:
    """What came. read: records or entries; see `stopncii_pages.Page` for the others."""

    hash_list: HashList
    everything: bool
    read: int = 0
    quarantined: int = 0
    other: int = 0
    odd: int = 0


def fetch_stopncii(
    client: StopNcii, before: HashList, state: State | None, *, now: int, save: Save
) -> Fetched:
    """Bring a list up to date with StopNCII. now: unix seconds.

    Saved at the end only: its pages are in no order of time, so no earlier checkpoint is safe.
    """
    following = Following.begin(before, state, members=(), now=now)
    since = FROM_START if following.everything or state is None else state.since
    newest, fetched = since, Fetched(before, following.everything)
    waiting: dict[bytes, Record] = {}
    for page in client.pages(since=since):
        # May be lower on a later page; and one in the future would hide what comes till then.
        newest = max(newest, min(page.newest, now))
        fetched.read += len(page.records) + page.quarantined + page.other
        fetched.quarantined += page.quarantined
        fetched.other += page.other
        fetched.odd += page.odd
        waiting |= {record.hash.packed: record for record in page.records}
        if len(waiting) >= _AT_ONCE:
            following.take_records(waiting, source=STOPNCII)
            waiting = {}
    following.take_records(waiting, source=STOPNCII)
    fetched.hash_list = following.result()
    save(fetched.hash_list, State(before.origin, newest, now, following.number))
    return fetched


def fetch_ncmec(
    client: Ncmec,
    before: HashList,
    state: State | None,
    *,
    members: tuple[int, ...],
    now: int,
    save: Save,
) -> Fetched:
    """Bring a list up to date with NCMEC. members: whose entries are taken; () for all.

    Saved after each range, unless a list that holds something is fetched anew: then at the end.
    """
    following = Following.begin(before, state, members=members, now=now)
    since = 0 if following.everything or state is None else state.since
    fetched = Fetched(before, following.everything)
    for part in client.ranges(since=since, until=max(since, now - MARGIN)):
        updates = {
            one.id: one.entry() for one in part.updates if not members or one.member.id in members
        }
        following.take_entries(updates)
        fetched.read += len(part.updates)
        fetched.other += len(part.updates) - len(updates)
        fetched.quarantined += part.quarantined
        since = part.end
        if not following.everything or not len(before):
            save(following.result(), State(before.origin, since, now, 0, members))
    fetched.hash_list = following.result()
    save(fetched.hash_list, State(before.origin, since, now, 0, members))
    return fetched
