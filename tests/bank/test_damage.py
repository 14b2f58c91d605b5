"""A damaged bank: whatever was asked of it, our own error or an answer, nothing else."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hashguard.bank import Acceptance, Bank, Feedback
from hashguard.bank.receipt import receipt
from hashguard.errors import BankFileError, HashguardError
from hashguard.hashes import Hashed
from tests.bank.samples import DESK, NOW, a_bank, a_case, a_hash, all_changes, settings

LATER = NOW + 10_000_000
CASE, CODE = a_case(0, [a_hash(0), a_hash(1)])
WAITING, _ = a_case(9)
OTHER, _ = a_case(77, [a_hash(1), a_hash(99)])

CALLS: tuple[Callable[[Bank], object], ...] = (
    all_changes,
    lambda bank: bank.queue(),
    lambda bank: bank.active_list(version=1, expires=None, origin=""),
    lambda bank: bank.disputes(),
    lambda bank: bank.overview(),
    lambda bank: bank.statistics(now=LATER),
    lambda bank: receipt(bank.case(CASE.case), language="en", now=NOW),
    lambda bank: bank.verify_audit(),
    lambda bank: bank.intake(OTHER, source="s", now=NOW),
    lambda bank: bank.submit(Hashed(a_hash(3)), source="p", feedback=Feedback.BLOCKED, now=NOW),
    lambda bank: bank.accept(WAITING.case, source="s", now=NOW),
    lambda bank: bank.withdraw(CASE.case, CODE, source="s", now=NOW),
    lambda bank: bank.tidy(now=LATER),
)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a bank with something in every table."""
    folder = a_bank(tmp_path_factory.mktemp("good"))
    with Bank.open(folder) as bank:
        bank.intake(CASE, source=DESK, now=NOW)
        bank.intake(a_case(1, [a_hash(2), a_hash(3)])[0], source=DESK, now=NOW)
        for source, said in (("p", Feedback.BLOCKED), ("q", Feedback.NOT_BLOCKED)):
            bank.give_feedback(a_hash(1), source=source, feedback=said, tags=("x", "y"), now=NOW)
        bank.set_settings(settings(cases=Acceptance.BY_HAND), source=DESK, now=NOW)
        bank.intake(WAITING, source=DESK, now=NOW)
        bank.withdraw("7777-7777", CODE, source="web", now=NOW)
    return (folder / "bank.sqlite").read_bytes()


@pytest.mark.parametrize("seed", range(4))
def test_a_changed_byte_is_an_answer_or_our_own_error(good, tmp_path, seed):
    """In the head, the tables' own words, and the rows; thirty of each run."""
    rng = random.Random(seed)
    filled = [at for at, byte in enumerate(good) if byte]
    refused = 0
    for _ in range(30):
        at = rng.choice(filled)
        data = bytearray(good)
        data[at] = rng.randrange(256)
        folder = placed(tmp_path / "bank", bytes(data))
        try:
            with Bank.open(folder) as bank:
                refused += sum(raises_ours(call, bank) for call in CALLS)
        except HashguardError:
            refused += 1
    assert refused


def test_a_file_that_was_cut_off_is_refused(good, tmp_path):
    """At every page, and within the first."""
    for length in (0, 1, 99, 100, 101, *range(4096, len(good), 4096)):
        with (
            pytest.raises(BankFileError),
            Bank.open(placed(tmp_path / "bank", good[:length])) as bank,
        ):
            bank.verify_audit()


def placed(folder: Path, data: bytes) -> Path:
    """A bank folder with this file."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    (folder / "bank.sqlite").write_bytes(data)
    (folder / "bank.sqlite").chmod(0o600)
    return folder


def raises_ours(call: Callable[[Bank], object], bank: Bank) -> bool:
    try:
        call(bank)
    except HashguardError:
        return True
    return False
