"""From a case to every follower, and back."""

import stat

import pytest

from hashguard.bank import Acceptance, Bank, Decision, Feedback, Finding, Withdrawal
from hashguard.errors import (
    BankFileError,
    CaseConflictError,
    CaseStateError,
    InvalidCodeError,
    RateError,
    UnknownEntryError,
)
from hashguard.hashes import Algorithm, Hash, Hashed
from hashguard.lists import Entry, HashList, Status
from tests.bank.samples import (
    DAY,
    DESK,
    NOW,
    a_bank,
    a_case,
    a_hash,
    all_changes,
    settings,
)


def listed(bank: Bank) -> set[Hash]:
    """What followers of the list match."""
    found = bank.active_list(version=1, expires=None, origin="tests")
    return {entry.hash for entry in found.entries()}


def test_a_case_reaches_followers_and_its_withdrawal_does(bank):
    """The way of a hash: intake, list and records, withdrawal, tombstone."""
    case, code = a_case(1, [a_hash(1), a_hash(2)])
    taken = bank.intake(case, source=DESK, now=NOW)
    assert taken.decision is Decision.ACTIVE
    assert listed(bank) == {a_hash(1), a_hash(2)}
    records = all_changes(bank)
    assert {one.status for one in records.values()} == {Status.ACTIVE}
    assert {one.cases for one in records.values()} == {((taken.case, Status.ACTIVE),)}

    assert bank.withdraw(case.case, code, source=DESK, now=NOW + 60) is Withdrawal.WITHDRAWN
    assert listed(bank) == set()
    records = all_changes(bank, since=NOW + 1)
    assert set(records) == {a_hash(1), a_hash(2)}
    assert {one.status for one in records.values()} == {Status.WITHDRAWN}
    assert {one.cases for one in records.values()} == {((taken.case, Status.WITHDRAWN),)}


def test_a_hash_is_active_as_long_as_one_of_its_cases_is(bank):
    """One picture of two people is one entry; it goes with the last of them."""
    first, first_code = a_case(1)
    second, second_code = a_case(2, [a_hash(1), a_hash(2)])
    bank.intake(first, source=DESK, now=NOW)
    taken = bank.intake(second, source=DESK, now=NOW)
    assert [one.merged for one in taken.pictures] == [True, False]
    assert len(bank.active_list(version=1, expires=None, origin="")) == 2

    bank.withdraw(first.case, first_code, source=DESK, now=NOW + 1)
    assert listed(bank) == {a_hash(1), a_hash(2)}
    record = all_changes(bank)[a_hash(1)]
    assert [status for _, status in record.cases] == [Status.WITHDRAWN, Status.ACTIVE]
    bank.withdraw(second.case, second_code, source=DESK, now=NOW + 2)
    assert listed(bank) == set()


def test_nothing_that_followers_see_shows_the_number_of_a_case(bank):
    """Ids are opaque: no number, no hash, no order."""
    case, _ = a_case(1)
    bank.intake(case, source=DESK, now=NOW)
    record = all_changes(bank)[a_hash(1)]
    entry = bank.active_list(version=1, expires=None, origin="").entry(0)
    seen = repr(record) + repr(entry)
    assert entry.id == record.id
    assert case.case not in seen
    assert a_hash(1).hex[:16] not in seen


def test_what_must_not_be_listed_is_left_out_and_the_rest_is_taken(bank):
    """All zeros, all ones, far too many ones; the words do not show the hash."""
    zeros, ones = (Hash(Algorithm.PDQ, byte * 32) for byte in (b"\x00", b"\xff"))
    heavy = Hash(Algorithm.PDQ, b"\xff" * 21 + bytes(11))  # 168 ones
    case, _ = a_case(1, [zeros, a_hash(1), ones, heavy])
    taken = bank.intake(case, source=DESK, now=NOW)
    found = [one.findings for one in taken.pictures]
    assert found == [(Finding.JUNK,), (), (Finding.JUNK,), (Finding.ODD_WEIGHT,)]
    assert listed(bank) == {a_hash(1)}
    assert heavy.hex not in repr(taken)


@pytest.mark.parametrize(("ones", "is_taken"), [(95, False), (96, True), (160, True), (161, False)])
def test_the_weight_is_judged_as_lists_judge_it(bank, ones, is_taken):
    """From 96 to 160 ones of 256: USUAL_WEIGHT."""
    weighed = Hash(Algorithm.PDQ, ((1 << ones) - 1).to_bytes(32))
    case, _ = a_case(1, [weighed])
    assert bank.intake(case, source=DESK, now=NOW).pictures[0].is_taken is is_taken


@pytest.mark.parametrize(("quality", "decision"), [(49, "nothing-left"), (50, "active")])
def test_quality_is_judged_by_the_organisation(bank, quality, decision):
    """Its least quality is enough; one below is not. Of a case without pictures nothing stays."""
    case, _ = a_case(1, quality=quality)
    assert bank.intake(case, source=DESK, now=NOW).decision.value == decision
    assert len(bank.queue()) == 0
    assert len(all_changes(bank)) == (quality == 50)


def test_a_case_that_comes_again_changes_nothing(bank):
    """Whoever sent a file may send it again; also after its person took it back."""
    case, code = a_case(1)
    first = bank.intake(case, source=DESK, now=NOW)
    head = bank.verify_audit()
    again = bank.intake(case, source=DESK, now=NOW)
    assert (again.decision, again.case) == (Decision.KNOWN, first.case)
    bank.withdraw(case.case, code, source=DESK, now=NOW)
    assert bank.intake(case, source=DESK, now=NOW).decision is Decision.KNOWN
    assert listed(bank) == set()
    assert bank.verify_audit(heads=[head]).number == head.number + 1


def test_a_case_of_which_something_was_left_out_is_known_again(tmp_path):
    """By a check or by a reviewer: the file is still the same."""
    with Bank.open(a_bank(tmp_path, cases=Acceptance.BY_HAND)) as bank:
        junk = Hash(Algorithm.PDQ, bytes(32))
        case, _ = a_case(1, [a_hash(1), junk, a_hash(2)])
        for _ in range(2):
            bank.intake(case, source=DESK, now=NOW)
        bank.accept(case.case, without=[3], source=DESK, now=NOW)
        assert bank.intake(case, source=DESK, now=NOW).decision is Decision.KNOWN


def test_another_case_of_the_same_number_is_refused(bank):
    """Nobody can replace a case, nor put pictures into it."""
    case, _ = a_case(1)
    bank.intake(case, source=DESK, now=NOW)
    stranger, _ = a_case(2)
    for other in (
        type(case)(case.case, stranger.withdrawal, case.pictures),
        type(case)(case.case, case.withdrawal, stranger.pictures),
        type(case)(case.case, case.withdrawal, case.pictures + stranger.pictures),
    ):
        with pytest.raises(CaseConflictError):
            bank.intake(other, source=DESK, now=NOW)
    assert listed(bank) == {a_hash(1)}


def test_nobody_hears_of_what_waits_for_review(tmp_path):
    """No list, no record, no feedback; accepted, it is there."""
    with Bank.open(a_bank(tmp_path, cases=Acceptance.BY_HAND)) as bank:
        case, _ = a_case(1, [a_hash(1), a_hash(2), a_hash(3)])
        assert bank.intake(case, source=DESK, now=NOW).decision is Decision.WAITING
        assert listed(bank) == set()
        assert all_changes(bank) == {}
        with pytest.raises(UnknownEntryError):
            bank.give_feedback(a_hash(1), source="p", feedback=Feedback.BLOCKED, now=NOW)
        (waiting,) = bank.queue()
        assert (waiting.number, waiting.pictures, waiting.held) == (case.case, 3, ())
        assert bank.accept(case.case, without=[2], source=DESK, now=NOW) == 2
        assert listed(bank) == {a_hash(1), a_hash(3)}
        assert bank.queue() == ()
        with pytest.raises(CaseStateError):
            bank.accept(case.case, source=DESK, now=NOW)


def test_acceptance_leaves_out_only_what_is_there_and_not_everything(tmp_path):
    with Bank.open(a_bank(tmp_path, cases=Acceptance.BY_HAND)) as bank:
        case, _ = a_case(1)
        bank.intake(case, source=DESK, now=NOW)
        for without in ([1], [2], [0]):
            with pytest.raises(ValueError, match=r"picture|left"):
                bank.accept(case.case, without=without, source=DESK, now=NOW)
        assert len(bank.queue()) == 1


def test_what_is_refused_leaves_without_a_trace_for_followers(tmp_path):
    """A refusal erases at once: nobody was told, so nobody must be told."""
    with Bank.open(a_bank(tmp_path, cases=Acceptance.BY_HAND)) as bank:
        case, _ = a_case(1)
        bank.intake(case, source=DESK, now=NOW)
        erasure = bank.refuse(case.case, reason="not the person shown", source=DESK, now=NOW)
        assert (erasure.hashes, erasure.erased, erasure.is_clean) == (1, 1, True)
        assert all_changes(bank) == {}
        with pytest.raises(CaseStateError):
            bank.refuse(case.case, reason="again", source=DESK, now=NOW)


def test_a_source_that_sends_too_much_waits_and_then_is_refused(tmp_path):
    """At the limit all is well; above it a person looks; ten times above, nothing is taken."""
    with Bank.open(a_bank(tmp_path, most_per_day=3)) as bank:

        def send(number: int, pictures: int, source: str, now: int = NOW) -> Decision:
            case, _ = a_case(number, [a_hash(100 * number + one) for one in range(pictures)])
            return bank.intake(case, source=source, now=now).decision

        assert send(1, 3, "a") is Decision.ACTIVE
        assert send(2, 1, "a") is Decision.WAITING
        assert bank.queue()[0].held == ("its source sent more than usual within a day",)
        assert send(3, 3, "b") is Decision.ACTIVE
        assert send(4, 26, "a") is Decision.WAITING  # 30 in all
        with pytest.raises(RateError):
            send(5, 1, "a")
        assert send(6, 3, "a", NOW + DAY) is Decision.ACTIVE


def test_a_platform_submits_and_its_hash_has_no_case(bank):
    """What platforms know of comes without a person's case, with what they say of it."""
    hashed = Hashed(a_hash(1), 80)
    sent = bank.submit(
        hashed, source="a platform", feedback=Feedback.BLOCKED, tags=("ncii",), now=NOW
    )
    assert sent.decision is Decision.ACTIVE
    record = all_changes(bank)[a_hash(1)]
    assert (record.cases, record.quality) == ((), 80)
    assert [(one.source, one.feedback.word, one.tags) for one in record.feedback] == [
        ("a platform", "Blocked", ("ncii",))
    ]
    assert bank.submit(hashed, source="a platform", now=NOW).decision is Decision.KNOWN
    assert bank.submit(hashed, source="another", now=NOW).pictures[0].merged


def test_what_a_platform_submits_waits_where_the_organisation_says_so(tmp_path):
    """Cases and submissions are decided apart; what was said of it is there once it is."""
    with Bank.open(a_bank(tmp_path, submissions=Acceptance.BY_HAND)) as bank:
        sent = bank.submit(
            Hashed(a_hash(1)), source="a platform", feedback=Feedback.BLOCKED, now=NOW
        )
        assert sent.decision is Decision.WAITING
        assert sent.case is not None
        assert all_changes(bank) == {}
        assert bank.queue()[0].number is None
        bank.accept(sent.case, source=DESK, now=NOW)
        assert all_changes(bank)[a_hash(1)].feedback[0].feedback == Feedback.BLOCKED


def test_a_persons_withdrawal_leaves_what_a_platform_submitted(bank):
    """The hash is active as long as anybody stands for it."""
    case, code = a_case(1)
    bank.intake(case, source=DESK, now=NOW)
    bank.submit(Hashed(a_hash(1)), source="a platform", now=NOW)
    bank.withdraw(case.case, code, source=DESK, now=NOW)
    assert listed(bank) == {a_hash(1)}


def test_feedback_is_kept_by_source_and_disputes_show(bank: Bank) -> None:
    """The last word of each counts; a word that we do not know is kept as it came."""
    case, _ = a_case(1)
    bank.intake(case, source=DESK, now=NOW)

    def say(source: str, feedback: Feedback, now: int) -> bool:
        return bank.give_feedback(a_hash(1), source=source, feedback=feedback, now=now)

    assert say("a", Feedback.PENDING_REVIEW, NOW)
    assert say("a", Feedback.BLOCKED, NOW + 1)
    assert not say("a", Feedback.BLOCKED, NOW + 2)
    assert say("b", Feedback("Undefined"), NOW + 3)
    assert bank.disputes() == ()
    assert say("c", Feedback.NOT_BLOCKED, NOW + 4)
    (record,) = bank.disputes()
    assert record.is_disputed
    assert [(one.source, one.feedback.word, one.given) for one in record.feedback] == [
        ("a", "Blocked", NOW + 1),
        ("b", "Undefined", NOW + 3),
        ("c", "NotBlocked", NOW + 4),
    ]
    assert record.modified == NOW + 4


def test_followers_miss_nothing_whatever_the_clock_does(bank):
    """A change is never earlier than the one before, so a follower's next question finds it."""
    first, _ = a_case(1)
    second, _ = a_case(2)
    bank.intake(first, source=DESK, now=NOW)
    page = bank.changes(since=0, after=None, limit=10)
    bank.intake(second, source=DESK, now=NOW - 500)
    assert a_hash(2) in all_changes(bank, since=page.newest)


def test_pages_give_every_record_once_in_order(bank):
    """Also where many were modified in the same second."""
    case, _ = a_case(1, [a_hash(one) for one in range(7)])
    bank.intake(case, source=DESK, now=NOW)
    later, _ = a_case(2, [a_hash(one) for one in range(10, 14)])
    bank.intake(later, source=DESK, now=NOW + 5)
    records, after = [], None
    for _ in range(6):
        page = bank.changes(since=0, after=after, limit=2)
        records += page.records
        assert page.newest == page.records[-1].modified
        after = page.after
        if after is None:
            break
    assert len(records) == len({one.hash for one in records}) == 11
    assert [(one.modified, one.id) for one in records] == sorted(
        (one.modified, one.id) for one in records
    )


def test_a_record_that_changes_while_pages_are_read_comes_again(bank):
    """It moves behind the place of the reader, never before it."""
    cases = [a_case(number) for number in range(4)]
    for number, (case, _) in enumerate(cases):
        bank.intake(case, source=DESK, now=NOW + number)
    page = bank.changes(since=0, after=None, limit=2)
    bank.withdraw(cases[0][0].case, cases[0][1], source=DESK, now=NOW + 10)
    rest = bank.changes(since=0, after=page.after, limit=10)
    assert rest.records[-1].status is Status.WITHDRAWN
    assert len(rest.records) == 3


def test_what_cannot_be_a_page_is_refused(bank):
    for since, after, limit in ((-1, None, 1), (0, "x", 1), (0, None, 0), (0, None, 10_001)):
        with pytest.raises(ValueError, match=r"since|after|page"):
            bank.changes(since=since, after=after, limit=limit)


def test_wrong_codes_are_answered_alike_and_not_for_ever(bank):
    """The same for a case and for no case: refused five times, then later, then heard again."""
    case, code = a_case(1)
    _, other_code = a_case(2)
    bank.intake(case, source=DESK, now=NOW)
    for number in (case.case, "ZZZZ-ZZZZ", "no number at all"):
        answers = [
            bank.withdraw(number, other_code, source="web", now=NOW + one) for one in range(7)
        ]
        assert answers == [Withdrawal.REFUSED] * 5 + [Withdrawal.TRY_LATER] * 2
    assert bank.withdraw(case.case, code, source="web", now=NOW + 10) is Withdrawal.TRY_LATER
    later = NOW + 3600 + 5
    assert bank.withdraw(case.case, code, source="web", now=later) is Withdrawal.WITHDRAWN
    assert bank.withdraw(case.case, code, source="web", now=later) is Withdrawal.ALREADY
    assert bank.withdraw(case.case, other_code, source="web", now=later) is Withdrawal.REFUSED


def test_a_slip_is_no_wrong_code(bank):
    """What cannot be a code costs no attempt, whether or not there is such a case."""
    case, code = a_case(1)
    bank.intake(case, source=DESK, now=NOW)
    for number in (case.case, "ZZZZ-ZZZZ"):
        for _ in range(10):
            with pytest.raises(InvalidCodeError):
                bank.withdraw(number, code[:-1], source="web", now=NOW)
    typed = f" {case.case.lower()} "
    assert bank.withdraw(typed, code.lower(), source="web", now=NOW) is Withdrawal.WITHDRAWN


def test_a_case_is_taken_back_from_the_queue(tmp_path):
    """Withdrawal needs no review."""
    with Bank.open(a_bank(tmp_path, cases=Acceptance.BY_HAND)) as bank:
        case, code = a_case(1)
        bank.intake(case, source=DESK, now=NOW)
        assert bank.withdraw(case.case, code, source=DESK, now=NOW) is Withdrawal.WITHDRAWN
        assert bank.queue() == ()
        assert all_changes(bank) == {}


def test_the_folder_is_private_with_everything_in_it(bank, folder):
    """0700 and 0600, also for what SQLite lays beside its file."""
    case, _ = a_case(1)
    bank.intake(case, source=DESK, now=NOW)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert set(modes) == {"bank.sqlite", "bank.sqlite-wal", "bank.sqlite-shm"}
    assert set(modes.values()) == {0o600}


def test_a_bank_that_others_can_read_is_not_opened(folder):
    (folder / "bank.sqlite").chmod(0o640)
    with pytest.raises(BankFileError, match="open to others"):
        Bank.open(folder)


def test_settings_are_kept_and_bounded(bank):
    changed = settings(least_quality=70)
    bank.set_settings(changed, source=DESK, now=NOW)
    assert bank.settings == changed
    for name, value in (("least_quality", 101), ("least_count", 2), ("attempts", True)):
        with pytest.raises(ValueError, match=name):
            settings(**{name: value})


@pytest.mark.parametrize(
    "source", ["", "line\nfeed", "4UDZ-XVK2", "f" * 16, "x" * 201, " a", "case 4udz-xvk2 of her"]
)
def test_a_source_that_cannot_be_logged_is_refused(bank, source):
    """A hash or a case number as source would stand in the log for ever."""
    case, _ = a_case(1)
    with pytest.raises(ValueError, match="source"):
        bank.intake(case, source=source, now=NOW)


def test_the_list_is_the_one_that_its_entries_make(bank):
    """Built by columns, in pieces; equal to one that was built entry by entry, and loads."""
    for number in range(3):
        bank.intake(a_case(number)[0], source=DESK, now=NOW + number)
    bank.submit(Hashed(a_hash(9)), source="p", now=NOW + 9)  # no quality
    found = bank.active_list(version=7, expires=NOW, origin="tests")
    records = sorted(all_changes(bank).values(), key=lambda one: one.modified)
    entries = [Entry(one.id, one.hash, one.quality, modified=one.modified) for one in records]
    assert found == HashList.from_entries(
        entries, algorithm=Algorithm.PDQ, origin="tests", version=7, expires=NOW
    )
    assert HashList.loads(found.dumps()) == found


def test_an_empty_bank_makes_an_empty_list(bank):
    found = bank.active_list(version=1, expires=None, origin="")
    assert found == HashList.from_entries([], algorithm=Algorithm.PDQ)
    with pytest.raises(ValueError, match="version"):
        bank.active_list(version=0, expires=None, origin="")
