"""Deletion really deletes: no byte of a hash is left in the folder, in binary or in hex."""

import os
import random

import pytest

from hashguard.bank import Acceptance, Bank, Feedback
from hashguard.lists import Status
from tests.bank.samples import (
    DAY,
    DESK,
    NOW,
    a_bank,
    a_case,
    a_hash,
    all_changes,
    left_in,
)


def test_the_search_finds_what_is_there(bank, folder):
    """Or the tests below would prove nothing."""
    bank.intake(a_case(1)[0], source=DESK, now=NOW)
    assert left_in(folder, [a_hash(1), a_hash(2)]) == 1


def test_at_once_means_at_once(bank, folder):
    """For a court order: nothing is left, also of what was merged, moved and answered."""
    case, _ = a_case(1, [a_hash(one) for one in range(40)])
    bank.intake(case, source=DESK, now=NOW)
    bank.give_feedback(a_hash(3), source="p", feedback=Feedback.BLOCKED, tags=("t",), now=NOW)
    erasure = bank.delete(case.case, at_once=True, source=DESK, now=NOW)
    assert (erasure.hashes, erasure.erased, erasure.is_clean) == (40, 40, True)
    assert left_in(folder, [a_hash(one) for one in range(40)]) == 0
    assert all_changes(bank) == {}
    assert [one.status for one in bank.case(case.case).pictures] == [Status.DELETED] * 40


def test_what_another_case_has_stays(bank, folder):
    """One person's deletion is not another's."""
    first, _ = a_case(1, [a_hash(1), a_hash(2)])
    second, _ = a_case(2, [a_hash(2)])
    for case in (first, second):
        bank.intake(case, source=DESK, now=NOW)
    erasure = bank.delete(first.case, at_once=True, source=DESK, now=NOW)
    assert (erasure.hashes, erasure.erased) == (2, 1)
    assert left_in(folder, [a_hash(1)]) == 0
    assert all_changes(bank)[a_hash(2)].status is Status.ACTIVE


def test_what_is_erased_counts_once(bank):
    """A case that is deleted again has nothing left to erase."""
    case, _ = a_case(1, [a_hash(1), a_hash(2)])
    bank.intake(case, source=DESK, now=NOW)
    for wanted in (2, 0):
        erasure = bank.delete(case.case, at_once=True, source=DESK, now=NOW)
        assert (erasure.hashes, erasure.erased) == (wanted, wanted)


@pytest.mark.parametrize("way", ["withdraw", "delete"])
def test_a_tombstone_lasts_as_long_as_the_organisation_says(tmp_path, way):
    """To the second: followers hear of the end until then, and nothing is left after."""
    folder = a_bank(tmp_path, tombstone_days=7)
    with Bank.open(folder) as bank:
        case, code = a_case(1)
        bank.intake(case, source=DESK, now=NOW)
        if way == "withdraw":
            bank.withdraw(case.case, code, source="web", now=NOW)
        else:
            assert bank.delete(case.case, at_once=False, source=DESK, now=NOW).erased == 0
        assert bank.tidy(now=NOW + 7 * DAY - 1) == 0
        assert all_changes(bank)[a_hash(1)].status in (Status.WITHDRAWN, Status.DELETED)
        assert left_in(folder, [a_hash(1)]) == 1
        assert bank.tidy(now=NOW + 7 * DAY) == 1
        assert all_changes(bank) == {}
        assert left_in(folder, [a_hash(1)]) == 0


def test_what_nobody_heard_of_needs_no_tombstone(tmp_path):
    """Withdrawn or refused in the queue: gone at once."""
    folder = a_bank(tmp_path, cases=Acceptance.BY_HAND)
    with Bank.open(folder) as bank:
        taken_back, code = a_case(1)
        refused, _ = a_case(2)
        part, _ = a_case(3, [a_hash(3), a_hash(4)])
        for case in (taken_back, refused, part):
            bank.intake(case, source=DESK, now=NOW)
        bank.withdraw(taken_back.case, code, source="web", now=NOW)
        bank.refuse(refused.case, reason="a meme", source=DESK, now=NOW)
        bank.accept(part.case, without=[2], source=DESK, now=NOW)
        assert left_in(folder, [a_hash(1), a_hash(2), a_hash(4)]) == 0
        assert left_in(folder, [a_hash(3)]) == 1


def test_a_tombstone_that_waits_again_is_kept_for_review_only(tmp_path):
    """Withdrawn, handed in by somebody else, not looked through yet when its time is over."""
    folder = a_bank(tmp_path, tombstone_days=1, submissions=Acceptance.BY_HAND)
    with Bank.open(folder) as bank:
        first, code = a_case(1)
        bank.intake(first, source=DESK, now=NOW)
        bank.withdraw(first.case, code, source="web", now=NOW)
        bank.set_settings(
            bank.settings.__class__.loads(
                bank.settings.dumps().replace('"cases":"automatic"', '"cases":"by-hand"')
            ),
            source=DESK,
            now=NOW,
        )
        second, _ = a_case(2, [a_hash(1)])
        bank.intake(second, source=DESK, now=NOW)
        assert bank.tidy(now=NOW + DAY) == 0
        assert all_changes(bank) == {}
        bank.accept(second.case, source=DESK, now=NOW + DAY)
        assert all_changes(bank)[a_hash(1)].status is Status.ACTIVE


def test_half_of_a_large_bank_leaves_without_a_trace(bank, folder):
    """Pages of the tree are split, merged and moved on the way; none keeps a copy."""
    numbers = list(range(1500))
    for start in range(0, len(numbers), 100):
        chosen = [a_hash(one) for one in numbers[start : start + 100]]
        bank.intake(a_case(start, chosen[::2])[0], source=DESK, now=NOW)
        bank.intake(a_case(start + 1, chosen[1::2])[0], source=DESK, now=NOW)
    cases = [a_case(start, [a_hash(0)])[0].case for start in range(0, len(numbers), 100)]
    random.Random(1).shuffle(cases)
    for case in cases:
        assert bank.delete(case, at_once=True, source=DESK, now=NOW).is_clean
    gone, kept = ([a_hash(one) for one in numbers[part::2]] for part in (0, 1))
    assert left_in(folder, gone) == 0
    assert left_in(folder, kept) == len(kept)


def test_a_reader_that_holds_on_is_told_of_and_the_next_change_cleans_up(bank, folder):
    """The log of the database cannot be cut while another process reads from it."""
    case, _ = a_case(1)
    other, _ = a_case(2)
    for one in (case, other):
        bank.intake(one, source=DESK, now=NOW)
    with Bank.open(folder) as reader, reader._store.reading() as tx:
        tx.one("SELECT 1 FROM hashes")
        assert not bank.delete(case.case, at_once=True, source=DESK, now=NOW).is_clean
    assert bank.delete(other.case, at_once=True, source=DESK, now=NOW).is_clean
    assert left_in(folder, [a_hash(1), a_hash(2)]) == 0


def test_numbers_are_forgotten_when_a_case_is_long_over(tmp_path):
    """What remains is a count: no number, no digest of a code, no reason."""
    folder = a_bank(tmp_path, case_days=10, cases=Acceptance.BY_HAND)
    with Bank.open(folder) as bank:
        case, _ = a_case(1)
        bank.intake(case, source=DESK, now=NOW)
        bank.refuse(case.case, reason="a reason that names somebody", source=DESK, now=NOW)
        bank.tidy(now=NOW + 10 * DAY)
        held = b"".join(path.read_bytes() for path in folder.iterdir())
        for secret in (case.case, case.withdrawal, "a reason that names"):
            assert secret.encode() not in held
        assert bank.overview().cases[-1] == (Status.DELETED, 1)
        bank.verify_audit()


def test_the_log_holds_no_secret(tmp_path):
    """After everything that can happen: no hash, number, code, reason, word or tag."""
    with Bank.open(a_bank(tmp_path, cases=Acceptance.BY_HAND)) as bank:
        first, code = a_case(1, [a_hash(1), a_hash(2)])
        second, _ = a_case(2)
        for case in (first, second):
            bank.intake(case, source=DESK, now=NOW)
        bank.accept(first.case, source=DESK, now=NOW)
        bank.refuse(second.case, reason="a reason", source=DESK, now=NOW)
        said = Feedback("some odd word")
        bank.give_feedback(a_hash(1), source="p", feedback=said, tags=("a tag",), now=NOW)
        bank.withdraw(second.case, code, source="web", now=NOW)
        bank.withdraw(first.case, code, source="web", now=NOW)
        with bank._store.reading() as tx:
            log = repr(tx.rows("SELECT * FROM audit"))
    secrets = [first.case, second.case, code, code.replace("-", ""), first.withdrawal]
    secrets += ["a reason", "odd word", "a tag", *(a_hash(one).hex[:16] for one in (1, 2))]
    assert not [one for one in secrets if one in log]
    assert os.path.basename(tmp_path) not in log  # noqa: PTH119 - a name, no path
