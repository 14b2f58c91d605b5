"""Banks of earlier versions open for ever, and become banks of today."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from fixtures.bank.make_version_1 import NOW, SETTINGS, a_case, a_hash
from hashguard.bank import Bank, Decision, Withdrawal, schema
from hashguard.errors import BankFileError
from hashguard.hashes import Algorithm
from hashguard.lists import Entry, HashList, Status
from tests.bank.samples import a_bank, all_changes

GOLDEN = Path(__file__).parents[2] / "fixtures" / "bank"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    folder.mkdir(mode=0o700)
    shutil.copy(GOLDEN / "version-1.sqlite", folder / "bank.sqlite")
    (folder / "bank.sqlite").chmod(0o600)
    return folder


def tables(path: Path) -> set[tuple[str, ...]]:
    connection = sqlite3.connect(path)
    found = set(connection.execute("SELECT type, name, sql FROM sqlite_master"))
    found.add(tuple(map(str, connection.execute("PRAGMA user_version").fetchone())))
    connection.close()
    return found


def test_there_is_a_golden_bank_of_every_earlier_version():
    names = {path.name for path in GOLDEN.glob("*.sqlite")}
    assert names >= {f"version-{one}.sqlite" for one in range(1, schema.VERSION)}


def test_version_1_opens_with_all_that_it_held(old):
    """Two active, one withdrawn, one that waits, a dispute, a wrong code."""
    with Bank.open(old) as bank:
        assert bank.settings == SETTINGS
        known = all_changes(bank)
        assert {hash_: record.status for hash_, record in known.items()} == {
            a_hash(1): Status.ACTIVE,
            a_hash(2): Status.ACTIVE,
            a_hash(3): Status.WITHDRAWN,
            a_hash(6): Status.ACTIVE,
        }
        assert [one.hash for one in bank.disputes()] == [a_hash(6)]
        assert [one.pictures for one in bank.queue()] == [2]
        assert bank.verify_audit().number == 9


def test_version_1_does_what_banks_of_today_do(old):
    """Also what it had no table for."""
    case, code = a_case(1, 1, 2)
    with Bank.open(old) as bank:
        assert bank.intake(case, source="x", now=NOW).decision is Decision.KNOWN
        harmless = HashList.from_entries([Entry("1", a_hash(9))], algorithm=Algorithm.PDQ)
        bank.set_harmless(harmless, source="x", now=NOW)
        assert bank.intake(a_case(9, 9)[0], source="x", now=NOW).decision is Decision.WAITING
        assert bank.withdraw(case.case, code, source="x", now=NOW) is Withdrawal.WITHDRAWN
        bank.verify_audit()


def test_a_bank_that_was_brought_up_to_date_is_like_a_new_one(old, tmp_path):
    """The same tables, by the same words."""
    Bank.open(old).close()
    new = a_bank(tmp_path)
    assert tables(old / "bank.sqlite") == tables(new / "bank.sqlite")


def test_a_bank_of_a_later_version_is_left_alone(tmp_path):
    folder = a_bank(tmp_path)
    connection = sqlite3.connect(folder / "bank.sqlite")
    connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    with pytest.raises(BankFileError, match="newer"):
        Bank.open(folder)


def test_another_database_is_no_bank(tmp_path):
    """Nothing is written into what is not ours."""
    (tmp_path / "bank").mkdir()
    path = tmp_path / "bank" / "bank.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.commit()
    connection.close()
    path.chmod(0o600)
    before = path.read_bytes()
    with pytest.raises(BankFileError, match="not the file of a bank"):
        Bank.open(tmp_path / "bank")
    assert path.read_bytes() == before


@pytest.mark.parametrize("what", ["nothing", "folder", "link", "pipe", "text"])
def test_what_is_no_file_of_ours_is_refused(tmp_path, what):
    import os

    path = tmp_path / "bank.sqlite"
    if what == "folder":
        path.mkdir()
    elif what == "link":
        path.symlink_to(GOLDEN / "version-1.sqlite")
    elif what == "pipe":
        os.mkfifo(path, 0o600)
    elif what == "text":
        path.write_text("no database\n" * 500)
        path.chmod(0o600)
    with pytest.raises(BankFileError):
        Bank.open(tmp_path)
