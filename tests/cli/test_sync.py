"""hashguard sync: real processes over loopback https, their words and exit statuses."""

from __future__ import annotations

import os
import random
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from hashguard import Matcher, Outcome, policies
from tests.cli.background import running, until
from tests.cli.conftest import process
from tests.live.samples import hash_of
from tests.publishing.samples import DAY, Publisher
from tests.sync.samples import numbers_in, version_in
from tests.sync.server import Certificate, send, served

TOKEN = "-".join(["a", "token", "of", "tests"])


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    made = Publisher(tmp_path / "public")
    made.publish(range(5), 7)
    (tmp_path / "root.json").write_bytes(made.root)
    return made


def test_once_from_a_folder(publisher, tmp_path, run):
    call = ("sync", "--from", publisher.folder, "--root", tmp_path / "root.json")
    into = tmp_path / "live"
    first = run(*call, "--into", into)
    assert (first.status, first.err) == (0, "")
    assert f"{into}: version 7, 5 entries: 5 added, 0 withdrawn; good until" in first.out
    again = run(*call, "--into", into, "--once")
    assert f"{into}: version 7, 5 entries; good until" in again.out
    status = run("sync", "--status", into)
    assert (status.status, status.err) == (0, "")
    assert 0 <= int(status.out) < 60


def passes(matcher, hashed) -> bool:
    """Whether a platform lets it through."""
    return matcher.check_hash(hashed).outcome is Outcome.NO_MATCH


def test_a_withdrawal_stops_matching_within_the_interval(publisher, tmp_path):
    """Over https with a token, --every 1: from its publication to no match, under 2 s."""
    certificate, into = Certificate.made(tmp_path / "server.pem"), tmp_path / "live"
    with served(publisher.folder, tls=certificate.server_side()) as site:
        site.token = TOKEN
        words = ["sync", "--from", site.url, "--root", tmp_path / "root.json", "--into", into]
        words += ["--every", "1", "--ca", certificate.path]
        with running(*words, HASHGUARD_TOKEN=TOKEN) as sync:
            until((into / "CURRENT").exists)
            matcher = Matcher.follow(into, policy=policies.PDQ_STRICT)
            took = []
            for version in (8, 9, 10):
                gone = hash_of(12 - version)
                assert matcher.check_hash(gone).outcome is Outcome.MATCH
                publisher.publish(range(12 - version), version)
                took.append(until(partial(passes, matcher, gone)))
            assert matcher.check_hash(hash_of(0)).list_version == 10
            sync.terminate()
            out, err = sync.communicate(timeout=30)
    assert (sync.returncode, err) == (0, "")
    assert [line.split()[2] for line in out.splitlines()] == ["7,", "8,", "9,", "10,"]
    assert max(took) < 2, took
    assert TOKEN not in out


def test_a_silent_publisher_is_told_once_and_matched_on(publisher, tmp_path):
    """One line when it begins, one when it is over; the exit status tells; the list stays."""
    into = tmp_path / "live"
    with served(publisher.folder) as site:
        words = ["sync", "--from", site.url, "--root", tmp_path / "root.json", "--into", into]
        with running(*words, "--every", "0.2") as sync:
            until((into / "CURRENT").exists)
            site.tricks["timestamp.json"] = lambda handler: send(handler, 418, b"")
            count = len(site.seen)
            until(lambda: len(site.seen) > count + 8)
            assert numbers_in(into) == set(range(5))
            sync.terminate()
            out, err = sync.communicate(timeout=30)
    assert sync.returncode == 4
    assert len(out.splitlines()) == len(err.splitlines()) == 1
    assert "version 7 goes on being matched, verified" in err
    assert site.url not in err


def test_an_expired_statement_raises_the_alarm(tmp_path, run):
    """Exit status 4 of the look and of the health check; the old list is still there."""
    publisher, into = Publisher(tmp_path / "public", late=DAY - 5), tmp_path / "live"
    publisher.publish(range(5), 7)
    (tmp_path / "root.json").write_bytes(publisher.root)
    call = ("sync", "--from", publisher.folder, "--root", tmp_path / "root.json", "--into", into)
    assert run(*call).status == 0
    time.sleep(6)
    done = run(*call)
    assert done.status == 4
    assert "timestamp.json is expired: the publisher is silent" in done.err
    status = run("sync", "--status", into)
    assert status.status == 4
    assert "what the publisher last said has expired" in status.err
    assert numbers_in(into) == set(range(5))
    publisher.late = 0
    publisher.repository.refresh(now=publisher.now)
    assert run(*call).status == 0
    assert run("sync", "--status", into).status == 0


def test_a_second_process_says_so_and_ends(publisher, tmp_path, run):
    into = tmp_path / "live"
    call = ("sync", "--from", publisher.folder, "--root", tmp_path / "root.json", "--into", into)
    with running(*call, "--every", "0.2"):
        until((into / "CURRENT").exists)
        done = run(*call)
    assert (done.status, done.out) == (4, "")
    assert done.err == "hashguard: another process follows a list into this folder already\n"


def test_killed_at_random_moments(publisher, tmp_path, run):
    """Processes, not forks: after each, a list that was published, and the next goes on."""
    rng, into = random.Random(11), tmp_path / "live"
    call = ("sync", "--from", publisher.folder, "--root", tmp_path / "root.json", "--into", into)
    lists = {7: set(range(5))}
    for version in range(8, 14):
        lists[version] = set(rng.sample(range(40), 20))
        with running(*call, "--every", "0.2") as sync:
            time.sleep(rng.uniform(0.3, 1.5))
            publisher.publish(sorted(lists[version]), version)
            time.sleep(rng.uniform(0, 0.5))
            sync.send_signal(signal.SIGKILL)
        if into.exists():
            assert numbers_in(into) == lists[version_in(into)]
    assert run(*call).status == 0
    assert (version_in(into), numbers_in(into)) == (13, lists[13])


def test_status_of_what_was_never_synced(tmp_path, run):
    done = run("sync", "--status", tmp_path / "live")
    assert (done.status, done.out) == (4, "never\n")
    assert "no list was ever verified" in done.err
    assert not list(tmp_path.iterdir())


def test_status_with_a_bound(publisher, tmp_path, run):
    into = tmp_path / "live"
    run("sync", "--from", publisher.folder, "--root", tmp_path / "root.json", "--into", into)
    assert run("sync", "--status", into, "--max-age", "1000").status == 0
    time.sleep(1.1)
    done = run("sync", "--status", into, "--max-age", "0")
    assert (done.status, int(done.out) >= 1) == (4, True)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--from", "https://a/"],
        ["--from", "http://lists.example.org/", "--root", "r", "--into", "i"],
        ["--from", "https://u:secret@a/", "--root", "r", "--into", "i"],
        ["--from", ".", "--root", "r", "--into", "i", "--once", "--every", "3"],
        ["--from", ".", "--root", "r", "--into", "i", "--every", "0"],
    ],
)
def test_wrong_usage_is_told(words, tmp_path, run, monkeypatch):
    """In one line, without the secret that was in it; nothing is made."""
    monkeypatch.chdir(tmp_path)
    done = run("sync", *words)
    assert done.status == 2
    assert len(done.err.splitlines()) == 1
    assert "secret" not in done.err
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there(tmp_path, run):
    done = run("sync", "--from", tmp_path / "none", "--root", "r", "--into", tmp_path / "live")
    assert (done.status, "no such folder" in done.err) == (4, True)
    assert not list(tmp_path.iterdir())


def test_a_root_that_cannot_be_read(publisher, tmp_path, run):
    call = ("sync", "--from", publisher.folder, "--into", tmp_path / "live", "--root")
    assert "No such file" in run(*call, tmp_path / "none").err
    (tmp_path / "long").write_bytes(b" " * 600_000)
    assert "too long" in run(*call, tmp_path / "long").err
    (tmp_path / "bad").write_bytes(b"{}")
    done = run(*call, tmp_path / "bad")
    assert (done.status, "not what was signed" in done.err) == (4, True)
    assert not (tmp_path / "live").exists()


def test_no_secret_and_no_hash_is_said(publisher, tmp_path):
    """Over all that a process prints, well or in trouble, with logging turned on."""
    into = tmp_path / "live"
    with served(publisher.folder) as site:
        site.token = "another"  # noqa: S105 - of tests
        words = ["sync", "--from", site.url, "--root", str(tmp_path / "root.json"), "--into"]
        done = process(*words, str(into), HASHGUARD_TOKEN=TOKEN)
        assert done.status == 4
        site.token = TOKEN
        done_well = process(*words, str(into), HASHGUARD_TOKEN=TOKEN)
        assert done_well.status == 0, done_well.err
    said = done.out + done.err + done_well.out + done_well.err
    assert TOKEN not in said
    for number in range(5):
        assert hash_of(number).hex not in said
    assert all(sent is None or sent == f"Bearer {TOKEN}" for _, sent in site.seen)
    assert all(TOKEN not in path for path, _ in site.seen)
    assert os.environ.get("HASHGUARD_TOKEN") is None
