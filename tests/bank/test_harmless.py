"""Harmless pictures: what comes near one waits for a person to look."""

import pytest

from hashguard.bank import Bank, Decision, Finding
from hashguard.hashes import Algorithm, Hash
from hashguard.lists import Entry, HashList, Status
from tests.bank.samples import DESK, NOW, a_bank, a_case, a_hash, flipped


def harmless(*hashes: Hash) -> HashList:
    """A list of these, and one that is withdrawn."""
    entries = [Entry(f"meme-{number}", one) for number, one in enumerate(hashes)]
    withdrawn = Entry("withdrawn", a_hash(77), status=Status.WITHDRAWN)
    return HashList.from_entries([*entries, withdrawn], algorithm=Algorithm.PDQ)


@pytest.mark.parametrize(("bits", "decision"), [(0, "waiting"), (31, "waiting"), (32, "active")])
def test_the_distance_is_the_organisations_and_includes_its_end(bank, bits, decision):
    bank.set_harmless(harmless(a_hash(1)), source=DESK, now=NOW)
    case, _ = a_case(1, [flipped(a_hash(1), bits), a_hash(2)])
    taken = bank.intake(case, source=DESK, now=NOW)
    assert taken.decision.value == decision
    if bits < 32:
        assert taken.pictures[0].findings == (Finding.HARMLESS,)
        words = "1 bit" if bits == 1 else f"{bits} bits"
        assert bank.queue()[0].held == (f"picture 1: {words} from harmless entry meme-0",)


def test_a_person_may_accept_what_the_list_doubts(bank):
    """A bank asks; it does not deny a victim because of a list."""
    bank.set_harmless(harmless(a_hash(1)), source=DESK, now=NOW)
    case, _ = a_case(1)
    bank.intake(case, source=DESK, now=NOW)
    assert bank.accept(case.case, source=DESK, now=NOW) == 1


def test_another_process_goes_by_the_newest_list(bank, folder):
    """Also if two lists came in the same second; an empty one ends the comparing."""
    with Bank.open(folder) as other:
        for number, list_ in enumerate([harmless(a_hash(1)), harmless(a_hash(2)), harmless()]):
            bank.set_harmless(list_, source=DESK, now=NOW)
            decisions = [
                other.intake(a_case(10 * number + one)[0], source=DESK, now=NOW).decision
                for one in (3, 4)
            ]
            near = a_case(10 * number + 5, [flipped(a_hash(number + 1), 3)])[0]
            assert decisions == [Decision.ACTIVE] * 2
            wanted = Decision.ACTIVE if number == 2 else Decision.WAITING
            assert other.intake(near, source=DESK, now=NOW).decision is wanted


def test_withdrawn_harmless_pictures_do_not_count(bank):
    bank.set_harmless(harmless(), source=DESK, now=NOW)
    case, _ = a_case(1, [a_hash(77)])
    assert bank.intake(case, source=DESK, now=NOW).decision is Decision.ACTIVE


def test_the_list_is_in_the_backup(bank, tmp_path):
    bank.set_harmless(harmless(a_hash(1)), source=DESK, now=NOW)
    bank.backup(tmp_path / "copy")
    Bank.restore(tmp_path / "new", tmp_path / "copy", source=DESK, now=NOW)
    with Bank.open(tmp_path / "new") as again:
        assert again.intake(a_case(1)[0], source=DESK, now=NOW).decision is Decision.WAITING


def test_a_list_of_another_algorithm_is_refused(tmp_path):
    entry = Entry("1", Hash(Algorithm.PHASH, bytes(range(8))))
    other = HashList.from_entries([entry], algorithm=Algorithm.PHASH)
    with Bank.open(a_bank(tmp_path)) as bank, pytest.raises(ValueError, match="PDQ"):
        bank.set_harmless(other, source=DESK, now=NOW)
