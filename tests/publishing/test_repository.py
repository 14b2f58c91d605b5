"""What is published: changes to what was, nothing withdrawn, nothing that cannot be signed."""

from __future__ import annotations

import json
import shutil

import pytest

from hashguard.errors import (
    AlgorithmMismatchError,
    BusyError,
    ListError,
    RepositoryError,
    RollbackError,
)
from hashguard.hashes import Algorithm
from hashguard.lists import HashList, Status
from hashguard.lists.delta import Delta
from hashguard.lists.feed import Feed
from hashguard.live.locks import try_lock
from hashguard.publishing import Keys, Repository, new_key, plan
from tests.live.samples import entry, hash_of, listed
from tests.publishing.samples import BANK, DAY, Publisher, held, made_keys


@pytest.fixture
def publisher(tmp_path):
    return Publisher(tmp_path / "public")


def names(publisher: Publisher) -> list[str]:
    files = (publisher.folder / "targets" / BANK).glob("*")
    return sorted(path.name.partition(".")[2] for path in files)


def feed_of(publisher: Publisher) -> Feed:
    feed = publisher.repository.feed()
    assert feed is not None
    return feed


def test_the_first_version_is_a_full_list_the_next_a_delta(publisher):
    """A full list stays as long as nothing of it went."""
    first = publisher.publish(range(50), 7)
    assert (first.full, first.added, first.entries) == (True, 50, 50)
    second = publisher.publish(range(55), 8)
    assert (second.full, second.added, second.removed) == (False, 5, 0)
    assert names(publisher) == ["delta-7-8.hgd", "feed.json", "full-7.hgl"]


def test_only_active_entries_are_published(publisher):
    entries = [entry("a", 1), entry("b", 2, Status.WITHDRAWN), entry("c", 3, Status.RECEIVED)]
    mixed = HashList.from_entries(entries, algorithm=Algorithm.PDQ, origin="x")
    assert publisher.repository.publish(mixed, now=publisher.now).entries == 1
    assert hash_of(1).hex.encode() in publisher.target_bytes()
    assert hash_of(2).hex.encode() not in publisher.target_bytes()


def test_a_withdrawn_hash_is_in_no_published_file(publisher):
    """Whether it was in the full list, or came with a delta, or went into another entry."""
    publisher.publish(range(5), 7)
    publisher.publish(range(6), 8)
    publisher.publish(range(7), 9)
    assert hash_of(5).hex.encode() in publisher.target_bytes()
    publisher.publish([0, 1, 2, 3, 4, 6], 10)
    assert hash_of(5).hex.encode() not in publisher.target_bytes()
    assert names(publisher) == ["delta-8-9.hgd", "delta-9-10.hgd", "feed.json", "full-10.hgl"]
    replaced = listed([1, 2, 3, 4, 6], version=11).adding([entry("id-0", 30)])
    publisher.repository.publish(replaced, now=publisher.now)
    assert hash_of(0).hex.encode() not in publisher.target_bytes()
    assert hash_of(30).hex.encode() in publisher.target_bytes()


def test_a_withdrawal_within_a_bank_leaves_other_banks_alone(publisher):
    publisher.publish(range(3), 7)
    publisher.repository.add_bank("other", new_key("other"), now=publisher.now)
    with pytest.raises(RepositoryError, match="which bank"):
        Repository.open(publisher.folder, keys=held(publisher.keys))
    publisher.publish(range(2), 8)
    assert feed_of(publisher).list_version == 8


def test_old_deltas_and_metadata_go(publisher, monkeypatch):
    """At most so many deltas; a full list at least every so many."""
    monkeypatch.setattr(plan, "KEEP_DELTAS", 5)
    monkeypatch.setattr(plan, "FULL_EVERY", 3)
    fulls = [publisher.publish(range(number), number).full for number in range(1, 13)]
    feed = feed_of(publisher)
    assert feed.deltas == (7, 8, 9, 10, 11)
    assert fulls == [True, False, False, False] * 3
    assert len(names(publisher)) == 5 + 2
    metadata = list((publisher.folder / "metadata").iterdir())
    assert len(metadata) == 1 + 1 + 2 * 2 + 2  # timestamp, root, two of two, targets 1 and 2


def test_a_delta_that_is_not_worth_it_is_left_out(publisher, monkeypatch):
    """Of a change beyond the bound, followers fetch the list itself."""
    monkeypatch.setattr(plan, "MAX_CHANGES", 3)
    publisher.publish(range(3), 7)
    publisher.publish(range(10), 8)
    assert names(publisher) == ["feed.json", "full-8.hgl"]
    publisher.publish(range(12), 9)
    assert feed_of(publisher).deltas == (8,)


def test_a_change_needs_a_new_version(publisher):
    """The same again only renews the timestamp; other content, or an older version, is refused."""
    publisher.publish(range(3), 7)
    again = publisher.publish(range(3), 7)
    assert (again.unchanged, again.version) == (True, 7)
    with pytest.raises(ListError, match="published already and was different"):
        publisher.publish(range(4), 7)
    with pytest.raises(RollbackError, match="older than 7"):
        publisher.publish(range(3), 6)
    other = HashList.from_entries([], algorithm=Algorithm.PHASH, origin="Žlutý", version=8)
    with pytest.raises(AlgorithmMismatchError):
        publisher.repository.publish(other, now=publisher.now)
    assert feed_of(publisher).list_version == 7


def test_a_list_can_be_made_for_the_next_version(publisher):
    """What a bank does: it is asked for the version after the published one."""
    asked: list[int] = []

    def make(version: int) -> HashList:
        asked.append(version)
        return listed(range(version), version=version)

    assert publisher.repository.publish(make, now=publisher.now).version == 1
    assert publisher.repository.publish(make, now=publisher.now).version == 2
    assert asked == [1, 2]
    same = publisher.repository.publish(
        lambda version: listed(range(2), version=version), now=publisher.now
    )
    assert (same.unchanged, same.version) == (True, 2)


def test_a_refresh_needs_the_online_keys_alone(publisher):
    """And signs the snapshot and the bank anew when half of their time is over."""
    publisher.publish(range(3), 7)
    online = {role: publisher.keys[role] for role in ("timestamp", "snapshot", BANK)}
    repository = Repository.open(publisher.folder, keys=held(online))

    def version(role: str) -> int:
        found = [path.name for path in (publisher.folder / "metadata").glob(f"*.{role}.json")]
        return max(int(name.partition(".")[0]) for name in found)

    before = {role: version(role) for role in ("snapshot", BANK)}
    assert repository.refresh(now=publisher.now + 60) == publisher.now + 60 + DAY
    assert {role: version(role) for role in before} == before
    repository.refresh(now=publisher.now + 4 * DAY)
    assert version("snapshot") == before["snapshot"] + 1
    repository.refresh(now=publisher.now + 20 * DAY)
    assert version(BANK) == before[BANK] + 1


def test_without_a_key_nothing_is_written(publisher):
    """Each role in turn: the message says which, and the folder is as it was."""
    publisher.publish(range(3), 7)
    before = sorted(path.name for path in publisher.folder.rglob("*"))
    for role in (BANK, "snapshot", "timestamp"):
        fewer = {name: keys for name, keys in publisher.keys.items() if name != role}
        repository = Repository.open(publisher.folder, keys=held(fewer))
        with pytest.raises(RepositoryError, match=f"to sign for {role} takes the one of its keys"):
            repository.publish(listed(range(2), version=8), now=publisher.now)
    assert sorted(path.name for path in publisher.folder.rglob("*")) == before


def test_the_root_takes_its_threshold(publisher):
    """Two of three: one is refused, any two will do, for a change and for a renewal."""
    one = {**publisher.keys, "root": publisher.keys["root"][:1]}
    with pytest.raises(RepositoryError, match="to sign for root takes 2 of 3 of its keys"):
        Repository.open(publisher.folder, keys=held(one)).renew(now=publisher.now)
    two = {**publisher.keys, "root": publisher.keys["root"][1:]}
    Repository.open(publisher.folder, keys=held(two)).renew(now=publisher.now)
    assert (publisher.folder / "metadata" / "2.root.json").exists()


def test_a_rotated_key_signs_nothing_any_more(publisher):
    publisher.publish(range(3), 7)
    for role in ("timestamp", "snapshot", BANK):
        key = new_key(role)
        publisher.repository.rotate(
            role, key, old=publisher.keys[role][0].public, now=publisher.now
        )
        with pytest.raises(RepositoryError, match="takes the one of its keys; at hand: 0"):
            publisher.of(publisher.folder).publish(listed(range(2), version=8), now=publisher.now)
        publisher.keys[role] = [key]
    publisher.of(publisher.folder).publish(listed(range(2), version=8), now=publisher.now)
    with pytest.raises(RepositoryError, match="no key of timestamp"):
        publisher.repository.rotate(
            "timestamp", new_key("x"), old=publisher.keys[BANK][0].public, now=publisher.now
        )


def test_two_publishers_take_turns(publisher):
    publisher.publish(range(3), 7)
    with try_lock(publisher.folder / ".lock") as alone:
        assert alone
        with pytest.raises(BusyError, match="another process is publishing"):
            publisher.publish(range(4), 8)
    assert publisher.publish(range(4), 8).version == 8


def test_what_is_published_is_as_readable_as_its_folder(publisher):
    """0600 in a private folder; for the group where the folder is; never for writing."""
    publisher.publish(range(3), 7)

    def rights() -> set[int]:
        files = [path for path in publisher.folder.rglob("*") if path.is_file()]
        return {path.stat().st_mode & 0o777 for path in files if path.name != ".lock"}

    assert rights() == {0o600}
    shutil.rmtree(publisher.folder / "targets")
    publisher.folder.chmod(0o750)
    fresh = Publisher(publisher.folder.with_name("other"))
    fresh.folder.chmod(0o750)
    fresh.publish(range(3), 7)
    targets = [path for path in (fresh.folder / "targets").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in targets} == {0o640}


def test_damage_is_told(publisher):
    """Every file that the timestamp leads to, cut short or emptied: our error."""
    publisher.publish(range(3), 7)
    publisher.publish(range(4), 8)
    newest = {}
    for path in sorted((publisher.folder / "metadata").iterdir()):
        newest[path.name.partition(".")[2]] = path  # versions have one digit here
    for path in [*newest.values(), *(publisher.folder / "targets" / BANK).iterdir()]:
        good = path.read_bytes()
        for bad in (good[:-1], b"", b"{}"):
            path.write_bytes(bad)
            with pytest.raises((RepositoryError, ListError)):
                publisher.publish(range(2), 9)
        path.write_bytes(good)
    publisher.publish(range(2), 9)


def test_a_delta_states_base_and_result(publisher):
    publisher.publish(range(3), 7)
    publisher.publish([0, 1, 5], 9)
    (path,) = (publisher.folder / "targets" / BANK).glob("*.hgd")
    delta = Delta.loads(path.read_bytes())
    feed = feed_of(publisher)
    assert (delta.base, delta.version, delta.count) == (7, 9, 3)
    assert (delta.sum, list(delta.added.ids), delta.removed) == (feed.sum, ["id-5"], ("id-2",))


@pytest.mark.parametrize("name", ["", "root", "A", "a/b", "-x"])
def test_names_that_no_bank_has(tmp_path, name):
    keys = {**made_keys(), name: [new_key("x")]}
    with pytest.raises(RepositoryError, match="the name of a bank"):
        Repository.create(tmp_path / "p", bank=name, keys=keys, threshold=1, now=0)
    assert not list(tmp_path.iterdir())


def test_nothing_is_made_over_something(tmp_path):
    (tmp_path / "public").mkdir()
    with pytest.raises(RepositoryError, match="something of that name"):
        Publisher(tmp_path / "public")
    with pytest.raises(RepositoryError, match="threshold"):
        Repository.create(tmp_path / "p", bank=BANK, keys=made_keys(), threshold=4, now=0)
    with pytest.raises(RepositoryError, match="holds no root"):
        Repository.open(tmp_path / "public", keys=Keys.of(()))
    with pytest.raises(RepositoryError, match="holds no root"):
        Repository.open(tmp_path / "nowhere", keys=Keys.of(()))


def test_no_private_half_is_shown(publisher):
    assert "private" not in repr(publisher.keys["root"][0])
    text = json.dumps([repr(one) for one in publisher.repository.holdings()])
    assert "PRIVATE" not in text
