"""Several processes, and several threads, on one bank; and processes that are killed."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hashguard.bank import Bank, Decision
from hashguard.errors import BankFileError
from tests.bank.samples import DESK, NOW, a_case, a_hash, all_changes

ROOT = Path(__file__).parents[2]


def ran(*arguments: str | Path | int) -> str:
    command = [sys.executable, "-m", "tests.bank.killing", *map(str, arguments)]
    done = subprocess.run(  # noqa: S603 - our own program
        command, cwd=ROOT, text=True, capture_output=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_kill_minus_nine_loses_nothing_that_was_acknowledged(folder):
    """`python -m benchmarks.crash_sharing` does five hundred rounds of this."""
    assert "12 rounds" in ran("kill", folder, 12, 7)


def test_processes_take_turns(folder):
    """Three at once: each intake, withdrawal and deletion is whole and kept."""
    ran("turns", folder, 3, 8)


def test_threads_take_turns(bank):
    """One open bank serves a server with many of them."""
    faults: list[BaseException] = []

    def hand_in(first: int) -> None:
        try:
            for number in range(first, first + 5):
                assert bank.intake(a_case(number)[0], source=DESK, now=NOW).case
                bank.changes(since=0, after=None, limit=10)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=hand_in, args=(100 * one,)) for one in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(all_changes(bank)) == 20


def test_the_same_case_at_the_same_moment_is_one_case(bank, folder):
    """Two openings, as two processes have them; one takes it, the other finds it there."""
    with Bank.open(folder) as other:
        case, _ = a_case(1)
        decisions = [one.intake(case, source=DESK, now=NOW).decision for one in (bank, other)]
    assert decisions == [Decision.ACTIVE, Decision.KNOWN]


def test_a_writer_that_holds_on_is_told_of(bank, folder):
    """After a while, in words, with nothing changed; a reader is not held up at all."""
    with Bank.open(folder) as other:
        other._store._connection.execute("PRAGMA busy_timeout = 50")
        with bank._store.writing():
            with pytest.raises(BankFileError, match="busy"):
                other.intake(a_case(1)[0], source=DESK, now=NOW)
            assert all_changes(other) == {}
        other.intake(a_case(1)[0], source=DESK, now=NOW)
    assert set(all_changes(bank)) == {a_hash(1)}
