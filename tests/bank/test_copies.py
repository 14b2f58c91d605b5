"""Backups: made while the bank is used, checked before they are put back, and told of ends."""

import stat
from pathlib import Path

import pytest

from hashguard.bank import Bank, Feedback, Restored, schema
from hashguard.errors import AuditError, BankFileError
from hashguard.lists import Status
from tests.bank.samples import DESK, NOW, a_bank, a_case, a_hash, all_changes, left_in


@pytest.fixture
def filled(bank: Bank) -> Bank:
    for number in range(3):
        bank.intake(a_case(number)[0], source=DESK, now=NOW)
    return bank


def test_a_backup_is_one_private_file_and_becomes_the_same_bank(filled, tmp_path):
    """Records, settings and log; the log tells of the restoring."""
    filled.give_feedback(a_hash(1), source="p", feedback=Feedback.BLOCKED, now=NOW)
    head = filled.verify_audit()
    filled.backup(tmp_path / "copy")
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600
    assert Bank.restore(tmp_path / "new", tmp_path / "copy", source=DESK, now=NOW + 1) == Restored(
        0, 0
    )
    with Bank.open(tmp_path / "new") as again:
        assert all_changes(again) == all_changes(filled)
        assert again.settings == filled.settings
        assert again.verify_audit(heads=[head]).number == head.number + 1
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["bank.sqlite"]


def test_a_backup_replaces_nothing(filled, tmp_path):
    (tmp_path / "copy").write_text("something else")
    with pytest.raises(BankFileError, match="something of that name"):
        filled.backup(tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == "something else"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bank", "copy"]


def test_what_was_withdrawn_since_stays_withdrawn(filled, folder, tmp_path):
    """A backup that is put back over a bank brings nobody's pictures back."""
    filled.backup(tmp_path / "copy")
    case, code = a_case(0)
    filled.withdraw(case.case, code, source="web", now=NOW + 5)
    filled.delete(a_case(1)[0].case, at_once=False, source=DESK, now=NOW + 6)
    restored = Bank.restore(folder, tmp_path / "copy", source=DESK, now=NOW + 9)
    assert restored.ended == 2
    # The same open bank sees it: it is one file for every process.
    status = {hash_: record.status for hash_, record in all_changes(filled, since=NOW + 9).items()}
    assert status == {
        a_hash(0): Status.WITHDRAWN,
        a_hash(1): Status.DELETED,
        a_hash(2): Status.ACTIVE,
    }
    filled.verify_audit()


def test_what_was_erased_since_is_not_brought_back(filled, folder, tmp_path):
    """A court's deletion outlasts a restoring; no byte of the hash is in the bank again."""
    filled.backup(tmp_path / "copy")
    filled.delete(a_case(1)[0].case, at_once=True, source=DESK, now=NOW + 6)
    Bank.restore(folder, tmp_path / "copy", source=DESK, now=NOW + 9)
    assert left_in(folder, [a_hash(1)]) == 0
    assert left_in(folder, [a_hash(0), a_hash(2)]) == 2
    assert a_hash(1) not in all_changes(filled)
    filled.verify_audit()


def test_what_came_since_becomes_a_tombstone_for_followers(filled, folder, tmp_path):
    """They matched it; the bank knows no case of it any more, so they must drop it."""
    filled.backup(tmp_path / "copy")
    filled.intake(a_case(7)[0], source=DESK, now=NOW + 5)
    restored = Bank.restore(folder, tmp_path / "copy", source=DESK, now=NOW + 9)
    assert restored.dropped == 1
    record = all_changes(filled, since=NOW + 9)[a_hash(7)]
    assert (record.status, record.cases) == (Status.DELETED, ())
    assert len(filled.active_list(version=1, expires=None, origin="")) == 3
    filled.intake(a_case(8, [a_hash(7)])[0], source=DESK, now=NOW + 10)  # may come again
    assert len(filled.queue()) == 1


def test_a_backup_that_is_put_back_over_itself_changes_nothing_but_the_log(
    filled, folder, tmp_path
):
    """Twice, and the log is only appended to afterwards, too."""
    for _ in range(2):
        filled.backup(tmp_path / "copy")
        Bank.restore(folder, tmp_path / "copy", source=DESK, now=NOW)
        (tmp_path / "copy").unlink()
    assert {record.status for record in all_changes(filled).values()} == {Status.ACTIVE}
    with pytest.raises(BankFileError), filled._store.writing() as tx:
        tx.run("DELETE FROM audit")
    filled.verify_audit()


def test_a_backup_of_another_bank_is_refused(filled, folder, tmp_path):
    (tmp_path / "other").mkdir()
    with Bank.open(a_bank(tmp_path / "other")) as other:
        other.backup(tmp_path / "copy")
    before = all_changes(filled)
    with pytest.raises(BankFileError, match="another bank"):
        Bank.restore(folder, tmp_path / "copy", source=DESK, now=NOW)
    assert all_changes(filled) == before


def test_a_backup_whose_log_was_changed_is_refused(filled, folder, tmp_path):
    """And so is one that is missing, empty, a folder, or something else; nothing is left behind."""
    import sqlite3

    filled.backup(tmp_path / "copy")
    connection = sqlite3.connect(tmp_path / "copy")
    connection.execute("DROP TRIGGER audit_is_not_changed")
    connection.execute("UPDATE audit SET time = time - 1 WHERE number = 2")
    connection.execute(schema.AUDIT_TRIGGERS[0])
    connection.commit()
    connection.close()
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_bytes(b"no bank\n" * 100)
    (tmp_path / "link").symlink_to(tmp_path / "copy")
    with pytest.raises(AuditError):
        Bank.restore(folder, tmp_path / "copy", source=DESK, now=NOW)
    for name in ("missing", "empty", "text", "link", "bank"):
        for target in (folder, tmp_path / "new"):
            with pytest.raises(BankFileError):
                Bank.restore(target, tmp_path / name, source=DESK, now=NOW)
    assert sorted(one.name for one in folder.iterdir()) == [
        "bank.sqlite",
        "bank.sqlite-shm",
        "bank.sqlite-wal",
    ]
    assert not (tmp_path / "new").exists()
    assert not [one for one in tmp_path.iterdir() if one.name.startswith(".")]
    assert len(all_changes(filled)) == 3


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON cases BEGIN UPDATE cases SET status = 'active'; END",
        "CREATE VIEW v AS SELECT * FROM hashes",
        "CREATE TABLE more (x)",
        "DROP TRIGGER audit_is_not_changed",
    ],
)
def test_a_backup_with_other_tables_than_ours_is_refused(filled, folder, tmp_path, statement):
    """A trigger in a file from elsewhere would act in our name."""
    import sqlite3

    filled.backup(tmp_path / "copy")
    connection = sqlite3.connect(tmp_path / "copy", isolation_level=None)
    connection.execute(statement)
    connection.close()
    with pytest.raises(BankFileError, match="other tables"):
        Bank.restore(folder, tmp_path / "copy", source=DESK, now=NOW)


def test_no_part_of_a_backup_can_be_changed_unseen_or_crash_us(filled, tmp_path):
    """A byte here and there in every page: our own error, or a bank that answers."""
    from hashguard.errors import HashguardError

    filled.backup(tmp_path / "copy")
    good = (tmp_path / "copy").read_bytes()
    refused = 0
    for at in [*range(0, 100, 7), *range(100, len(good), 4001)]:
        (tmp_path / "bad").write_bytes(good[:at] + bytes([good[at] ^ 0x55]) + good[at + 1 :])
        target = Path(tmp_path / "new" / str(at))
        target.parent.mkdir(exist_ok=True)
        try:
            Bank.restore(target, tmp_path / "bad", source=DESK, now=NOW)
            with Bank.open(target) as bank:
                all_changes(bank)
                bank.queue()
                bank.active_list(version=1, expires=None, origin="")
        except HashguardError:
            refused += 1
    assert refused >= 5
    for length in (0, 50, 100, 4096, 10_000, len(good) // 2):
        (tmp_path / "bad").write_bytes(good[:length])
        with pytest.raises(HashguardError):
            Bank.restore(tmp_path / "cut", tmp_path / "bad", source=DESK, now=NOW)
