"""A folder that is damaged, foreign, newer or gone is refused, and says which."""

from __future__ import annotations

import logging
import shutil

import pytest

from hashguard.errors import IndexFileError
from hashguard.hashes import Algorithm
from hashguard.lists import HashList
from hashguard.live import LiveIndex
from tests.live.samples import content, entry, listed, made, reopened, until


@pytest.fixture(autouse=True)
def look_often(monkeypatch):
    """Whether a folder is well again is looked at once a second otherwise."""
    monkeypatch.setattr("hashguard.live.follow.LOOK_EVERY_IN_TROUBLE", 0.05)


CURRENT = b'{"base":"base-000001","format":"hashguard-live","log":"log-000001","version":1}\n'


def test_current_is_what_the_document_says(tmp_path):
    assert (made(tmp_path) / "CURRENT").read_bytes() == CURRENT


@pytest.mark.parametrize("flip", [1, 2, 0x80])
def test_each_byte_of_current_that_is_altered_is_refused(tmp_path, flip):
    """Also where it then names a base or log that is not there; never another exception."""
    folder = made(tmp_path, 1)
    for at, byte in enumerate(CURRENT):
        (folder / "CURRENT").write_bytes(CURRENT[:at] + bytes([byte ^ flip]) + CURRENT[at + 1 :])
        with pytest.raises(
            IndexFileError, match=r"^(altered|foreign|newer|truncated|missing|torn): "
        ):
            LiveIndex.open(folder)


def test_a_current_that_is_cut_off_anywhere_is_told(tmp_path):
    folder = made(tmp_path, 1)
    for length in range(len(CURRENT)):
        (folder / "CURRENT").write_bytes(CURRENT[:length])
        with pytest.raises(IndexFileError, match=r"^truncated: CURRENT"):
            LiveIndex.open(folder)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (CURRENT.replace(b'"version":1', b'"version":2'), "newer"),
        (CURRENT.replace(b'"version":1', b'"version":true'), "altered"),
        (CURRENT.replace(b"hashguard-live", b"hashguard-base"), "foreign"),
        (CURRENT.replace(b"base-000001", b"../../../etc"), "altered"),
        (CURRENT.replace(b"log-000001", b"/etc/passwd"), "altered"),
        (CURRENT.replace(b'"base-000001"', b"[]"), "altered"),
        (CURRENT.replace(b",", b", "), "altered"),
        (CURRENT + b"\n", "altered"),
        (CURRENT + b" " * 600, "altered"),
        (b"[" * 512, "altered"),
        (b"[1]\n", "altered"),
        (b'{"a":1}\n', "foreign"),
        (b"\xff\n", "altered"),
        (b"log-000001\n", "altered"),
    ],
)
def test_a_current_of_another_meaning_is_refused(tmp_path, data, word):
    folder = made(tmp_path, 1)
    (folder / "CURRENT").write_bytes(data)
    with pytest.raises(IndexFileError, match=f"^{word}: "):
        LiveIndex.open(folder)


def test_what_is_no_live_folder_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    for name, message in (
        ("none", "missing: there is no such folder"),
        ("empty", "foreign: no live folder"),
        ("file", "foreign: this is a file"),
    ):
        with pytest.raises(IndexFileError, match=f"^{message}") as caught:
            LiveIndex.open(tmp_path / name)
        assert str(tmp_path) not in str(caught.value)
    folder = made(tmp_path)
    (folder / "CURRENT").unlink()
    (folder / "CURRENT").symlink_to("/dev/zero")
    with pytest.raises(IndexFileError, match=r"^altered: CURRENT is not a regular file"):
        LiveIndex.open(folder)


def test_a_base_that_is_damaged_is_refused(tmp_path):
    """At once where its manifest shows it, on request where only its digests do."""
    folder = made(tmp_path, 3)
    base = folder / "base-000001"
    codes = (base / "codes.npy").read_bytes()
    (base / "codes.npy").write_bytes(codes[:-1] + bytes([codes[-1] ^ 1]))
    LiveIndex.open(folder).close()
    with pytest.raises(IndexFileError, match=r"^altered: codes\.npy"):
        LiveIndex.open(folder, verify=True)
    (base / "codes.npy").write_bytes(codes[:-1])
    with pytest.raises(IndexFileError, match=r"^truncated: codes\.npy"):
        LiveIndex.open(folder)
    (base / "entries_statuses.npy").unlink()
    (base / "codes.npy").write_bytes(codes)
    with pytest.raises(IndexFileError, match=r"^torn: entries_statuses\.npy"):
        LiveIndex.open(folder)


def test_bases_of_two_folders_cannot_be_mixed(tmp_path):
    """The log says which base it belongs to."""
    folder = made(tmp_path, 3)
    LiveIndex.create(tmp_path / "other", listed(range(4)), max_distance=31)
    shutil.rmtree(folder / "base-000001")
    (tmp_path / "other" / "base-000001").rename(folder / "base-000001")
    with pytest.raises(IndexFileError, match=r"^altered: log-000001 does not belong"):
        LiveIndex.open(folder)


def test_trouble_while_following_keeps_the_last_good_list(tmp_path, caplog):
    """Told, logged once and without names, and over when the folder is well again."""
    folder = made(tmp_path, 2)
    log = folder / "log-000001"
    with LiveIndex.open(folder) as live:
        live.add([entry("x", 5)])
        good = log.read_bytes()
        with caplog.at_level(logging.INFO, logger="hashguard.live"):
            log.write_bytes(good + b"no batch\n")
            assert until(lambda: live.trouble is not None)
            assert content(live.view()) == {"id-0": 0, "id-1": 1, "x": 5}
            with pytest.raises(IndexFileError, match=r"^altered: log-000001"):
                live.add([entry("y", 6)])
            with pytest.raises(IndexFileError, match=r"^altered: log-000001"):
                live.refresh()
            assert until(lambda: len(caplog.records) == 1)
            log.write_bytes(good)
            assert until(lambda: live.trouble is None)
        assert [one.levelname for one in caplog.records] == ["WARNING", "INFO"]
        assert str(tmp_path) not in caplog.text
        live.add([entry("y", 6)])
    assert reopened(folder) == {"id-0": 0, "id-1": 1, "x": 5, "y": 6}


def test_a_folder_that_goes_away_is_trouble_and_is_served(tmp_path):
    folder = made(tmp_path, 2)
    with LiveIndex.open(folder) as live:
        folder.rename(tmp_path / "elsewhere")
        assert until(lambda: live.trouble is not None)
        assert str(live.trouble).startswith("missing: ")
        assert content(live.view()) == {"id-0": 0, "id-1": 1}
        with pytest.raises(IndexFileError, match=r"^missing: the folder is gone"):
            live.add([entry("y", 6)])
        (tmp_path / "elsewhere").rename(folder)
        assert until(lambda: live.trouble is None)


def test_a_folder_made_anew_is_followed_if_it_answers_the_same_questions(tmp_path):
    """All names in it are those of the old one; only the file CURRENT is another."""
    folder = made(tmp_path, 2)
    with LiveIndex.open(folder) as live:
        folder.rename(tmp_path / "old")
        LiveIndex.create(folder, listed([7, 8], version=9), max_distance=47)
        assert until(lambda: live.view().version == 9)
        assert content(live.view()) == {"id-7": 7, "id-8": 8}
        shutil.rmtree(folder)
        LiveIndex.create(folder, listed([1]), max_distance=46)
        assert until(lambda: str(live.trouble).endswith("47; open it anew"))
        shutil.rmtree(folder)
        short = HashList.from_entries([], algorithm=Algorithm.PHASH)
        LiveIndex.create(folder, short, max_distance=64)
        assert until(lambda: "replaced by one of phash" in str(live.trouble))
        with pytest.raises(IndexFileError, match=r"^foreign: "):
            live.add([entry("y", 6)])
        assert content(live.view()) == {"id-7": 7, "id-8": 8}


def test_costs_in_a_folder_are_read_within_bounds(tmp_path):
    folder = made(tmp_path)
    for data in (b"{}", b"\xff", b"x" * 20_000, b'{"format":"hashguard-costs"}'):
        (folder / "costs.json").write_bytes(data)
        with pytest.raises(IndexFileError, match=r"^(altered|foreign|newer): "):
            LiveIndex.open(folder)
    (folder / "costs.json").unlink()
    LiveIndex.open(folder).close()
