"""Following: the newest verified list, by the shortest way, in a folder that can be matched."""

from __future__ import annotations

import logging
import os
import shutil
import time

import pytest

from hashguard import Matcher, Outcome, policies
from hashguard.errors import (
    BusyError,
    FetchError,
    IndexFileError,
    ListError,
    RollbackError,
)
from hashguard.lists import HashList
from hashguard.live import Changes, LiveIndex
from hashguard.publishing import new_key, plan
from hashguard.sync import FolderSource, Subscription, health, list_age
from hashguard.sync import subscription as module
from hashguard.sync.subscription import Reach
from tests.live.samples import entry, hash_of, listed
from tests.publishing.samples import BANK, Publisher
from tests.sync.samples import following, numbers_in, synced, version_in


@pytest.fixture
def publisher(tmp_path):
    made = Publisher(tmp_path / "public")
    made.publish(range(5), 7)
    return made


@pytest.fixture
def into(tmp_path):
    return tmp_path / "live"


def test_the_version_that_is_matched_is_the_one_that_was_verified(publisher, into):
    """First the full list, then deltas, each look one version on or several."""
    with following(publisher, into) as subscription:
        first = subscription.update(now=publisher.now)
        assert (first.version, first.entries, first.full) == (7, 5, True)
        publisher.publish([0, 1, 2, 9], 8)
        second = subscription.update(now=publisher.now)
        assert (second.added, second.withdrawn, second.full) == (1, 2, False)
        assert numbers_in(into) == {0, 1, 2, 9}
        for version, numbers in ((9, [0, 1]), (12, [0, 1, 5]), (13, [5, 6])):
            publisher.publish(numbers, version)
        third = subscription.update(now=publisher.now)
        assert (third.version, third.full) == (13, False)
        assert numbers_in(into) == {5, 6}
        assert version_in(into) == 13
        unchanged = subscription.update(now=publisher.now)
        assert (unchanged.added, unchanged.withdrawn, unchanged.version) == (0, 0, 13)


def test_a_matcher_follows_what_is_synced(publisher, into):
    """Folder and verdicts: the withdrawn picture stops matching, the new one matches."""
    synced(publisher, into)
    matcher = Matcher.follow(into, policy=policies.PDQ_STRICT)
    assert matcher.check_hash(hash_of(4)).outcome is Outcome.MATCH
    publisher.publish([0, 1, 2, 3, 30], 8)
    synced(publisher, into)
    end = time.monotonic() + 5
    while matcher.check_hash(hash_of(4)).outcome is Outcome.MATCH:
        assert time.monotonic() < end
        time.sleep(0.01)
    verdict = matcher.check_hash(hash_of(30))
    assert (verdict.outcome, verdict.list_version) == (Outcome.MATCH, 8)


def test_who_was_away_too_long_fetches_the_full_list(publisher, into, monkeypatch):
    monkeypatch.setattr(plan, "KEEP_DELTAS", 2)
    synced(publisher, into)
    for version in range(8, 13):
        publisher.publish(range(version), version)
    update = synced(publisher, into)
    assert (update.full, update.version) == (True, 12)
    assert numbers_in(into) == set(range(12))


def test_a_folder_that_is_gone_or_new_is_made_again(publisher, into):
    """But what was verified is remembered beside it: nothing older comes in."""
    old = shutil.copytree(publisher.folder, publisher.folder.with_name("old"))
    publisher.publish(range(6), 8)
    synced(publisher, into)
    shutil.rmtree(into)
    with pytest.raises(RollbackError):
        synced(publisher, into, source=FolderSource(old))
    assert not into.exists()
    assert synced(publisher, into).full
    assert numbers_in(into) == set(range(6))


def test_a_folder_that_was_changed_by_hand_is_mended(publisher, into, caplog):
    """Its sum does not fit any more, so the full list is taken; the log says so."""
    synced(publisher, into)
    with LiveIndex.open(into, follow=False) as live:
        live.apply(Changes([entry("mine", 99)], ["id-3"], version=7))
    publisher.publish(range(6), 8)
    with caplog.at_level(logging.WARNING, "hashguard.sync"):
        assert synced(publisher, into).full
    assert numbers_in(into) == set(range(6))
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "another list that calls itself version 7" in caplog.text


def test_a_folder_that_is_ahead_is_refused(publisher, into):
    synced(publisher, into)
    with LiveIndex.open(into, follow=False) as live:
        live.apply(Changes([entry("mine", 99)], version=20))
    with pytest.raises(RollbackError, match="older than 20, which the folder has"):
        synced(publisher, into)


def test_a_folder_of_another_list_is_refused(publisher, into):
    LiveIndex.create(into, listed([1], version=1).adding([]), max_distance=31)
    other = publisher.of(publisher.folder)
    changed = HashList.from_entries(
        [entry("x", 1)], algorithm=listed([]).algorithm, origin="another", version=8
    )
    other.publish(changed, now=publisher.now)
    with pytest.raises(ListError, match="another origin or algorithm"):
        synced(publisher, into)


def test_one_process_at_a_time(publisher, into):
    with following(publisher, into) as subscription:
        with pytest.raises(BusyError, match="another process follows"):
            synced(publisher, into)
        subscription.update(now=publisher.now)
    assert synced(publisher, into).version == 7


def test_nothing_published_yet(tmp_path, into):
    """The folder does not appear: an empty list would say of every upload that it is fine."""
    publisher = Publisher(tmp_path / "public")
    with pytest.raises(ListError, match="has not published a list yet"):
        synced(publisher, into)
    assert not into.exists()
    found = health(into, now=time.time())
    assert (found.age, found.alarms) == (None, ("the publisher has not published a list yet",))


def test_a_bank_is_chosen_where_there_are_several(publisher, into):
    publisher.repository.add_bank("other", new_key("other"), now=publisher.now)
    with pytest.raises(ListError, match="which bank"):
        synced(publisher, into)
    with following(publisher, into, bank=BANK) as subscription:
        assert subscription.update(now=publisher.now).version == 7
    with (
        following(publisher, into, bank="none") as subscription,
        pytest.raises(ListError, match="which bank"),
    ):
        subscription.update(now=publisher.now)


@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp", BANK])
def test_a_rotated_key_is_followed(publisher, into, role):
    """By those who have followed before, and by new ones who know the first root only."""
    synced(publisher, into)
    key = new_key(role)
    publisher.repository.rotate(role, key, old=publisher.keys[role][0].public, now=publisher.now)
    publisher.keys[role][0] = key
    repository = publisher.of(publisher.folder)
    repository.publish(listed(range(6), version=8), now=publisher.now)
    assert synced(publisher, into).version == 8
    assert synced(publisher, into.with_name("fresh")).version == 8


def test_what_is_written_is_private(publisher, into):
    old = os.umask(0)
    try:
        synced(publisher, into)
    finally:
        os.umask(old)
    beside = into.with_name("live.sync")
    assert beside.stat().st_mode & 0o077 == 0
    assert into.stat().st_mode & 0o077 == 0
    assert (beside / "state.json").stat().st_mode & 0o777 == 0o600


def test_withdrawn_hashes_leave_the_disk(publisher, into, monkeypatch):
    """Within TIDY_EVERY, without anybody asking; what does not match is not kept."""
    monkeypatch.setattr(module, "TIDY_EVERY", -2.0)  # for `now` is in whole seconds
    synced(publisher, into)
    publisher.publish(range(4), 8)
    synced(publisher, into)
    held = b"".join(path.read_bytes() for path in into.rglob("*") if path.is_file())
    assert hash_of(4).packed not in held
    assert hash_of(4).hex.encode() not in held
    assert hash_of(3).packed in held


def test_age_and_alarms(publisher, into):
    """Seconds since it was verified; an alarm when that is too long, or not to be believed."""
    now = publisher.now
    with following(publisher, into) as subscription:
        subscription.update(now=now)
        assert list_age(into, now=now + 40) == 40
        assert health(into, now=now + 40).alarms == ()
        assert health(into, now=now + 40, max_age=30).alarms == (
            "the list was last verified 40 s ago",
        )
        expired = health(into, now=now + 90_000)
        assert "what the publisher last said has expired" in expired.alarms
        assert (expired.version, expired.entries) == (7, 5)
        assert "set back" in health(into, now=now - 1000).alarms[0]
        shutil.move(publisher.folder, publisher.folder.with_name("gone"))
        with pytest.raises(FetchError, match=r"timestamp\.json"):
            subscription.update(now=now + 50)
    found = health(into, now=now + 60, max_age=30)
    assert found.age == 60
    assert "timestamp.json" in found.alarms[1]
    assert numbers_in(into) == set(range(5))


def test_an_expired_list_is_told(tmp_path, into):
    publisher = Publisher(tmp_path / "public")
    hash_list = HashList.from_entries(
        [entry("id-1", 1)], algorithm=listed([]).algorithm, expires=publisher.now + 100
    )
    publisher.repository.publish(hash_list, now=publisher.now)
    synced(publisher, into)
    assert "the list itself has expired" in health(into, now=publisher.now + 101).alarms
    assert not health(into, now=publisher.now).alarms


def test_a_state_that_is_no_state_is_told(publisher, into):
    """Every truncation, and other programs' files: our error, which says what to do."""
    synced(publisher, into)
    path = into.with_name("live.sync") / "state.json"
    good = path.read_bytes()
    bad = [good[:length] for length in range(len(good))]
    bad += [b"[" * 9000, b"null", good.replace(b'"count":5', b'"count":true'), b'{"a":NaN}']
    bad += [good.replace(b'"at":', b'"at":-'), good.replace(b"hashguard-sync", b"other")]
    for one in bad:
        path.write_bytes(one)
        with pytest.raises(IndexFileError, match=r"altered: state\.json"):
            health(into, now=0)
    path.write_bytes(good.replace(b'"version":1}', b'"version":2}'))
    with pytest.raises(IndexFileError, match="newer"):
        health(into, now=0)
    path.write_bytes(good)
    assert synced(publisher, into).version == 7


def test_a_root_that_is_no_root(publisher, into):
    for bad in (
        b"",
        b"{}",
        publisher.root[:-1],
        (publisher.folder / "metadata" / "timestamp.json").read_bytes(),
    ):
        with (
            Subscription.open(
                into, source=FolderSource(publisher.folder), root=bad, reach=Reach(31)
            ) as subscription,
            pytest.raises(ListError),
        ):
            subscription.update(now=publisher.now)
    assert not into.exists()
