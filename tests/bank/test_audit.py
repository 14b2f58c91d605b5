"""The log: whoever changes it is found out, as far as a chain of digests can tell."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hashguard.bank import Bank, Feedback, Head
from hashguard.bank.audit import Event, note
from hashguard.errors import AuditError
from tests.bank.samples import DESK, NOW, a_case, a_hash


@pytest.fixture
def used(bank: Bank) -> Bank:
    """A bank with a log of some length."""
    for number in range(3):
        bank.intake(a_case(number)[0], source=DESK, now=NOW + number)
    case, code = a_case(1)
    bank.withdraw(case.case, code, source="web", now=NOW + 9)
    bank.give_feedback(a_hash(2), source="p", feedback=Feedback.BLOCKED, now=NOW + 10)
    return bank


@contextmanager
def by_hand(folder: Path) -> Iterator[sqlite3.Connection]:
    """The database in the hands of somebody who may write to the disk."""
    connection = sqlite3.connect(folder / "bank.sqlite", isolation_level=None)
    try:
        for name in ("audit_is_not_changed", "audit_is_not_cut"):
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
    finally:
        connection.close()


def test_a_log_that_nobody_touched_is_whole_and_its_head_says_how_long_it_is(used):
    """Created, three cases, a withdrawal, a feedback."""
    head = used.verify_audit()
    assert head.number == 6
    assert Head.parse(str(head)) == head
    used.verify_audit(heads=[head])


def test_the_log_cannot_be_changed_by_slips_of_ours(used):
    """The database itself refuses."""
    connection = sqlite3.connect(
        str(next(iter(used._store._connection.execute("PRAGMA database_list")))[2])
    )
    for statement in ("UPDATE audit SET time = 0", "DELETE FROM audit"):
        with pytest.raises(sqlite3.IntegrityError, match="only appended"):
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("column", ["time", "event", "subject", "source", "detail", "digest"])
@pytest.mark.parametrize("number", range(1, 7))
def test_every_column_of_every_entry_is_confirmed(used, folder, number, column):
    with by_hand(folder) as connection:
        value = "x'00'" if column == "digest" else f"{column} || '1'"
        if column == "time":
            value = "time + 1"
        connection.execute(f"UPDATE audit SET {column} = {value} WHERE number = {number}")  # noqa: S608
    with pytest.raises(AuditError, match=rf"entry {number} |entry {number + 1} "):
        used.verify_audit()


@pytest.mark.parametrize("number", range(1, 7))
def test_an_entry_that_is_missing_is_missed(used, folder, number):
    """Also the last one, for the bank keeps how long the log is."""
    with by_hand(folder) as connection:
        connection.execute(f"DELETE FROM audit WHERE number = {number}")  # noqa: S608
    with pytest.raises(AuditError, match=r"missing|were written"):
        used.verify_audit()


def test_entries_do_not_change_places(used, folder):
    with by_hand(folder) as connection:
        connection.execute("UPDATE audit SET number = -3 WHERE number = 3")
        connection.execute("UPDATE audit SET number = 3 WHERE number = 4")
        connection.execute("UPDATE audit SET number = 4 WHERE number = -3")
    with pytest.raises(AuditError, match="entry 3"):
        used.verify_audit()


def test_a_cut_log_is_found_by_a_head_that_was_noted(used, folder):
    """Whoever also mends the length is found by nothing else."""
    head = used.verify_audit()
    with by_hand(folder) as connection:
        connection.execute("DELETE FROM audit WHERE number = 6")
        connection.execute("UPDATE bank SET audit_length = 5")
    used.verify_audit()
    with pytest.raises(AuditError, match="it was cut"):
        used.verify_audit(heads=[head])


def test_a_log_that_was_written_anew_is_found_by_a_head_that_was_noted(used, folder):
    """All digests fit each other; the noted one does not fit them."""
    head = used.verify_audit()
    with by_hand(folder) as connection:
        connection.execute("DELETE FROM audit WHERE number = 6")
    with used._store.writing() as tx:
        note(tx, Event.FEEDBACK, time=NOW + 10, source="somebody else")
    used.verify_audit()
    with pytest.raises(AuditError, match="not the one whose digest was noted"):
        used.verify_audit(heads=[head])


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE cases SET status = 'active' WHERE status = 'withdrawn'", "a case is active, but"),
        ("UPDATE cases SET id = 'another' WHERE row = 1", "a case is active, but"),
        ("DELETE FROM pictures WHERE in_case = 1; DELETE FROM cases WHERE row = 1", "tells of 1"),
    ],
)
def test_a_case_that_was_moved_past_the_log_is_found(used, folder, statement, said):
    """A withdrawn case made active again, or a case put in or taken out, by hand."""
    with by_hand(folder) as connection:
        connection.executescript(statement)
    with pytest.raises(AuditError, match=said):
        used.verify_audit()


@pytest.mark.parametrize(
    "text", ["", "6", "6:", "6:" + "g" * 64, "x:" + "0" * 64, " 6:" + "0" * 64]
)
def test_what_is_no_head_is_refused(text):
    with pytest.raises(ValueError, match="NUMBER:DIGEST"):
        Head.parse(text)
