"""hashguard publish: what it makes, what it says, and that no secret is in what it says."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from hashguard.cli.publish_folders import PASSPHRASE
from tests.cli.conftest import Run
from tests.live.samples import listed

SECRET = "-".join(["correct", "horse", "battery"])


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(PASSPHRASE, SECRET)
    return SECRET


@pytest.fixture
def published(tmp_path: Path, run: Run, secret: str) -> Path:
    """A folder with a version of a list, and its keys beside it."""
    del secret
    public, keys = tmp_path / "public", tmp_path / "keys"
    assert run("publish", "init", public, "--keys", keys, "--bank", "ncii").status == 0
    listed(range(3), version=4).save(tmp_path / "a.hgl")
    done = run("publish", "list", public, tmp_path / "a.hgl", "--keys", keys / "online")
    assert done.status == 0, done.err
    return public


def test_init_says_what_to_keep_where(tmp_path, run, secret):
    """Offline keys are locked, all are private, and the root is named with its digest."""
    done = run("publish", "init", tmp_path / "p", "--keys", tmp_path / "k", "--bank", "ncii")
    assert (done.status, done.err) == (0, "")
    root = (tmp_path / "p" / "metadata" / "1.root.json").read_bytes()
    assert hashlib.sha256(root).hexdigest() in done.out
    assert "move it off this machine" in done.out
    assert secret not in done.out
    for path in (tmp_path / "k").rglob("*.pem"):
        assert path.stat().st_mode & 0o777 == 0o600
        assert (b"ENCRYPTED" in path.read_bytes()) == (path.parent.name == "offline")


def test_init_makes_nothing_by_halves(tmp_path, run, monkeypatch):
    """Each wrong usage: nothing is there afterwards."""
    public, keys = tmp_path / "p", tmp_path / "k"
    call = ("publish", "init", public, "--keys", keys, "--bank")
    monkeypatch.delenv(PASSPHRASE, raising=False)
    assert "--passphrase-file" in run(*call, "ncii").err
    monkeypatch.setenv(PASSPHRASE, "short")
    assert "at least 12 characters" in run(*call, "ncii").err
    assert run(*call, "ncii", "--threshold", "4").status == 2
    assert run(*call, "ncii", "--root-keys", "0").status == 2
    assert not list(tmp_path.iterdir())
    public.mkdir()
    assert "is there already" in run(*call, "ncii").err


def test_list_publishes_each_version_once(published, run, tmp_path):
    keys = ("--keys", tmp_path / "keys" / "online")
    listed(range(4), version=5).save(tmp_path / "a.hgl")
    done = run("publish", "list", published, tmp_path / "a.hgl", *keys)
    assert "version 5, 4 entries: 1 added, 0 gone; as a change to the one before" in done.out
    done = run("publish", "list", published, tmp_path / "a.hgl", *keys)
    assert "version 5 is published already" in done.out
    listed(range(3), version=6).save(tmp_path / "a.hgl")
    done = run("publish", "list", published, tmp_path / "a.hgl", *keys)
    assert "1 gone; with the full list" in done.out
    listed(range(3), version=4).save(tmp_path / "a.hgl")
    done = run("publish", "list", published, tmp_path / "a.hgl", *keys)
    assert (done.status, done.out) == (4, "")
    assert "version 4 is older than 6" in done.err


def test_keys_that_are_away_are_told(published, run, tmp_path, monkeypatch):
    online, everywhere = tmp_path / "keys" / "online", tmp_path / "keys"
    lines = run("publish", "keys", published, "--keys", online).lines
    roles = [line.split()[0] for line in lines[1:]]
    assert roles == ["root"] * 3 + ["targets", "snapshot", "timestamp", "ncii"]
    assert [line.split()[2] for line in lines[1:5]] == ["-"] * 4
    monkeypatch.delenv(PASSPHRASE)
    locked = run("publish", "keys", published, "--keys", everywhere)
    assert "locked by a passphrase: root-1, root-2, root-3, targets" in locked.err
    done = run("publish", "renew", published, "--keys", everywhere)
    assert done.status == 4
    assert "locked by a passphrase" in done.err


def test_rotate_replaces_each_kind_of_key(published, run, tmp_path):
    """And afterwards publishing goes on with what is in the folders."""
    keys = tmp_path / "keys"
    for role in ("timestamp", "snapshot", "targets", "ncii"):
        done = run("publish", "rotate", published, role, "--keys", keys)
        assert done.status == 0, done.err
        assert f"{role}-2.pem: signs for {role} from now on" in done.out
        assert f"{role}.pem: worth nothing any more" in done.out
    assert "names 3 of them" in run("publish", "rotate", published, "root", "--keys", keys).err
    done = run("publish", "rotate", published, "root", "--keys", keys, "--old", "root-2")
    assert "root-4.pem" not in done.err
    assert done.status == 0, done.err
    for path in keys.rglob("*.pem"):
        if path.stem in ("timestamp", "snapshot", "targets", "ncii", "root-2"):
            path.unlink()
    for command in ("refresh", "renew"):
        assert run("publish", command, published, "--keys", keys).status == 0
    listed(range(9), version=9).save(tmp_path / "a.hgl")
    done = run("publish", "list", published, tmp_path / "a.hgl", "--keys", keys / "online")
    assert done.status == 0, done.err


def test_a_rotation_that_fails_leaves_no_key_behind(published, run, tmp_path):
    """Without the root keys, a new timestamp key would sign for nothing."""
    online = tmp_path / "keys" / "online"
    before = sorted(path.name for path in online.iterdir())
    done = run("publish", "rotate", published, "timestamp", "--keys", online)
    assert (done.status, done.out) == (4, "")
    assert "to sign for root takes 2 of 3" in done.err
    assert sorted(path.name for path in online.iterdir()) == before
    assert (
        "there are: root, targets"
        in run("publish", "rotate", published, "none", "--keys", online).err
    )


def test_a_lost_key_is_named_by_its_digits(published, run, tmp_path):
    """Its file is gone: --old takes the digits that `keys` prints, --into says where."""
    keys, other = tmp_path / "keys", tmp_path / "other"
    other.mkdir()
    (keys / "offline" / "root-3.pem").unlink()
    lost = run("publish", "keys", published, "--keys", keys).lines[3].split()[1]
    call = ("publish", "rotate", published, "root", "--keys", keys, "--old", lost)
    assert "--into" in run(*call).err
    assert run(*call, "--into", other).status == 0
    assert (other / "root-2.pem").exists()


def test_the_passphrase_may_come_from_a_file(published, run, tmp_path, monkeypatch):
    monkeypatch.delenv(PASSPHRASE)
    path = tmp_path / "passphrase"
    call = ("publish", "renew", published, "--keys", tmp_path / "keys", "--passphrase-file", path)
    assert "No such file" in run(*call).err
    path.write_text(SECRET + "\n")
    assert run(*call).status == 0
    path.write_text("another passphrase\n")
    assert "passphrase does not open it" in run(*call).err
    path.write_text("two\nlines\n")
    assert "one line" in run(*call).err


def test_what_is_no_published_folder_is_told(run, tmp_path, published):
    for public in (tmp_path / "none", tmp_path / "keys"):
        done = run("publish", "refresh", public, "--keys", tmp_path / "keys")
        assert done.status == 4
        assert "holds no root" in done.err
    done = run("publish", "refresh", published, "--keys", tmp_path / "none")
    assert "no such folder of keys" in done.err
    shutil.rmtree(published / "metadata")
    assert run("publish", "refresh", published, "--keys", tmp_path / "keys").status == 4


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_keys_that_others_may_read_are_refused(published, run, tmp_path):
    (tmp_path / "keys" / "online" / "ncii.pem").chmod(0o644)
    done = run("publish", "refresh", published, "--keys", tmp_path / "keys")
    assert "can be read by others" in done.err
