"""Attacks on a real repository, each refused, with the list from before still matching.

Whoever serves the files is the attacker, but where a test says that a key is in their hands.
"""

from __future__ import annotations

import contextlib
import shutil
import time
import tracemalloc
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata, Root

from hashguard.errors import (
    DeltaError,
    ExpiredError,
    FetchError,
    ForkError,
    ListError,
    RollbackError,
    VerificationError,
)
from hashguard.lists.delta import Delta
from hashguard.publishing import Repository, new_key
from hashguard.publishing.roles import Roles, _signer
from hashguard.publishing.store import Store
from hashguard.sync import Credentials, FolderSource, HttpSource
from hashguard.sync import source as source_module
from tests.live.samples import listed
from tests.publishing.samples import BANK, DAY, Publisher, held
from tests.sync.altered import FILES, altered_files
from tests.sync.samples import following, numbers_in, synced, version_in
from tests.sync.server import served

OPEN = Credentials()
CASES = 25  # places in a metadata file; all of them take minutes


@pytest.fixture
def publisher(tmp_path):
    made = Publisher(tmp_path / "public")
    made.publish(range(5), 7)
    return made


@pytest.fixture
def into(tmp_path):
    return tmp_path / "live"


def copied(publisher: Publisher, name: str) -> Path:
    return Path(shutil.copytree(publisher.folder, publisher.folder.with_name(name)))


def republished(
    publisher: Publisher, bank: str, replaced: Mapping[str, bytes], folder: Path | None = None
) -> None:
    """The bank's own key signs these targets in place of those that are there."""
    store = Store(folder or publisher.folder)
    roles = Roles.read(store.metadata)
    keep = [path for path in roles.files(bank) if path not in replaced]
    keys = held(publisher.keys)
    writes = roles.publish(bank, keep, replaced, keys=keys, now=publisher.now)
    store.write_targets(replaced.items())
    store.write_metadata(writes)


def test_rollback(publisher, into):
    """Everything as it was a version ago, all of it rightly signed then."""
    old = copied(publisher, "old")
    publisher.publish(range(4), 8)
    synced(publisher, into)
    with pytest.raises(RollbackError):
        synced(publisher, into, source=FolderSource(old))
    assert numbers_in(into) == set(range(4))


def test_rollback_of_the_list_by_the_bank_itself(publisher, into):
    """The bank's key is in the attacker's hands: an older list under newer metadata."""
    old = copied(publisher, "old")
    publisher.publish(range(4), 8)
    publisher.publish(range(4), 9)
    synced(publisher, into)
    paths = Roles.read(Store(old).metadata).files(BANK)
    republished(publisher, BANK, {path: Store(old).target(path, paths[path]) for path in paths})
    with pytest.raises(RollbackError, match="version 7 is older than 9"):
        synced(publisher, into)
    assert numbers_in(into) == set(range(4))


def test_freeze(tmp_path, into):
    """The same again for ever: from the moment it expires the alarm is raised."""
    publisher = Publisher(tmp_path / "public", late=DAY - 4)
    publisher.publish(range(5), 7)
    synced(publisher, into)
    time.sleep(max(0.0, publisher.now + 5 - (time.time() - publisher.late)))
    with pytest.raises(ExpiredError, match="timestamp"):
        synced(publisher, into)
    assert numbers_in(into) == set(range(5))


def test_fork(publisher, into):
    """Two lists under one version: whoever has seen one refuses the other."""
    other = copied(publisher, "other")
    publisher.publish(range(4), 8)
    synced(publisher, into)
    fork = publisher.of(other)
    fork.publish(listed(range(6), version=8), now=publisher.now)
    fork.refresh(now=publisher.now + 20 * DAY)  # newer metadata, or it would not be looked at
    with pytest.raises(ForkError, match="same version 8"):
        synced(publisher, into, source=FolderSource(other))
    assert numbers_in(into) == set(range(4))


@pytest.mark.parametrize("role", [BANK, "snapshot", "targets"])
def test_mix_and_match(publisher, into, role):
    """One metadata file of an older publication under the name of the newest."""
    synced(publisher, into)
    publisher.repository.add_bank("other", new_key("other"), now=publisher.now)
    Repository.open(publisher.folder, keys=held(publisher.keys), bank=BANK).publish(
        listed(range(4), version=8), now=publisher.now
    )
    folder = publisher.folder / "metadata"
    files = sorted(folder.glob(f"*.{role}.json"), key=lambda path: int(path.name.split(".")[0]))
    files[-1].write_bytes(files[-2].read_bytes())
    with following(publisher, into, bank=BANK) as subscription, pytest.raises(ListError):
        subscription.update(now=publisher.now)
    assert numbers_in(into) == set(range(5))


@pytest.mark.parametrize("end", ["timestamp.json", ".full-8.hgl", ".feed.json"])
def test_endless_data(publisher, into, end):
    """A server that never stops sending: ended at the bound, in little memory."""
    synced(publisher, into)
    publisher.publish(range(1100), 8)  # so many changes that the full list is fetched

    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        with contextlib.suppress(OSError):
            while True:
                handler.wfile.write(b"x" * 65_536)

    with served(publisher.folder) as site:
        site.tricks[end] = endless
        tracemalloc.start()
        with pytest.raises(VerificationError, match="longer than what was signed"):
            synced(publisher, into, source=HttpSource(site.url, credentials=OPEN))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
        tracemalloc.stop()
    assert numbers_in(into) == set(range(5))


@pytest.mark.parametrize("headed", [True, False])
def test_slow_drip(publisher, into, monkeypatch, headed):
    """One byte now and then, of the body or of the headers: given up when the time is over."""
    synced(publisher, into)
    monkeypatch.setattr(source_module, "BASE_PATIENCE", 0.5)

    def drip(handler):
        with contextlib.suppress(OSError):
            if headed:
                handler.send_response(200)
                handler.end_headers()
            for _ in range(400):
                handler.wfile.write(b"H")
                handler.wfile.flush()
                time.sleep(0.05)

    with served(publisher.folder) as site:
        site.tricks["timestamp.json"] = drip
        started = time.monotonic()
        with pytest.raises(FetchError, match="too slowly"):
            synced(publisher, into, source=HttpSource(site.url, credentials=OPEN))
        assert time.monotonic() - started < 10
    assert numbers_in(into) == set(range(5))


def test_wrong_keys(publisher, into, tmp_path):
    """Another publisher's whole repository, to newcomers and to those who followed before."""
    stranger = Publisher(tmp_path / "stranger")
    for version in range(7, 12):
        stranger.publish(range(version), version)
    with pytest.raises(VerificationError, match="timestamp was signed by 0/1 keys"):
        synced(publisher, into, source=FolderSource(stranger.folder))
    assert not into.exists()
    synced(publisher, into)
    with pytest.raises(VerificationError):
        synced(publisher, into, source=FolderSource(stranger.folder))
    assert numbers_in(into) == set(range(5))


def test_one_key_under_the_threshold(publisher, into):
    """One of three root keys stolen, where two are needed: it makes no root."""
    synced(publisher, into)
    forged = Metadata[Root].from_bytes(publisher.root)
    forged.signed.version = 2
    thief = _signer(new_key("thief"))
    forged.signed.add_key(thief.public_key, "timestamp")
    forged.signatures.clear()
    forged.sign(_signer(publisher.keys["root"][0]))
    forged.sign(thief, append=True)
    (publisher.folder / "metadata" / "2.root.json").write_bytes(forged.to_bytes())
    with pytest.raises(VerificationError, match="root was signed by 1/2 keys"):
        synced(publisher, into)
    assert numbers_in(into) == set(range(5))
    (publisher.folder / "metadata" / "2.root.json").unlink()
    assert synced(publisher, into).version == 7


def test_a_bank_that_signs_for_another(publisher, into):
    """Its key reaches what is under its own name, and nothing else."""
    key = new_key("other")
    publisher.repository.add_bank("other", key, now=publisher.now)
    publisher.keys["other"] = [key]
    feed = Repository.open(publisher.folder, keys=held(publisher.keys), bank=BANK).feed()
    assert feed is not None
    forged = replace(feed, list_version=99, full=99)
    republished(publisher, "other", {"ncii/feed.json": forged.dumps(), "other/x": b"x"})
    with following(publisher, into, bank=BANK) as subscription:
        subscription.update(now=publisher.now)
    assert numbers_in(into) == set(range(5))
    with (
        following(publisher, into.with_name("other"), bank="other") as subscription,
        pytest.raises(ListError, match="not published a list"),
    ):
        subscription.update(now=publisher.now)


def wrong(publisher: Publisher, **fields: object) -> None:
    """The bank signs a delta 7-8 that says something else than the right one."""
    path = f"{BANK}/delta-7-8.hgd"
    digest = Roles.read(Store(publisher.folder).metadata).files(BANK)[path]
    right = Delta.loads(Store(publisher.folder).target(path, digest))
    republished(publisher, BANK, {path: replace(right, **fields).dumps()})  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["base_sum", "sum", "count", "removed", "origin"])
def test_a_delta_that_does_not_fit(publisher, into, field):
    """For a wrong base, or with a wrong result: the full list is taken, and comes out right."""
    synced(publisher, into)
    publisher.publish(range(4), 8)
    values = {"base_sum": 1, "sum": 1, "count": 9, "removed": ("id-0",), "origin": "another"}
    wrong(publisher, **{field: values[field]})
    update = synced(publisher, into)
    assert (update.version, update.full) == (8, True)
    assert numbers_in(into) == set(range(4))


def test_a_feed_that_promises_another_list(publisher, into):
    """Where not even the full list makes it, the old one stays."""
    synced(publisher, into)
    publisher.publish(range(4), 8)
    feed = publisher.of(publisher.folder).feed()
    assert feed is not None
    republished(publisher, BANK, {f"{BANK}/feed.json": replace(feed, sum=1).dumps()})
    with pytest.raises(DeltaError, match="do not make the list"):
        synced(publisher, into)
    assert numbers_in(into) == set(range(5))
    assert version_in(into) == 7


def test_a_target_that_is_not_what_was_signed(publisher, into):
    """Each published target, one byte changed, cut, or replaced by another target."""
    synced(publisher, into)
    publisher.publish([*range(5), 9], 8)
    targets = sorted((publisher.folder / "targets" / BANK).iterdir())
    touched = [path for path in targets if "full-7" not in path.name]
    assert len(touched) == 2
    for path in touched:
        good = path.read_bytes()
        for bad in (good[:-1], good[:40] + b"x" + good[41:], targets[-1].read_bytes() + b" "):
            path.write_bytes(bad)
            with pytest.raises(VerificationError):
                synced(publisher, into)
            assert numbers_in(into) == set(range(5))
        path.write_bytes(good)
    assert synced(publisher, into).version == 8


@pytest.mark.parametrize("name", FILES)
def test_metadata_altered_or_cut_anywhere(tmp_path, name):
    """See altered.py: refused, and the old list stays. Its command takes every single byte."""
    assert altered_files(tmp_path, name, most=CASES) > CASES
