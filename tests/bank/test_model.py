"""Random days of a bank, against a model that is too simple to be wrong."""

import random
from collections import defaultdict

import pytest

from hashguard.bank import Acceptance, Bank, Decision, Feedback
from hashguard.errors import CaseStateError, UnknownEntryError
from hashguard.hashes import Hash, Hashed
from hashguard.lists import Status
from tests.bank.samples import DAY, DESK, NOW, a_bank, a_case, a_hash, left_in, settings

STEPS = 120
HASHES = [a_hash(number) for number in range(12)]  # few, so that cases share them


class Follower:
    """Keeps records by hash, asks now and then, page by page, and never for everything again."""

    def __init__(self) -> None:
        self.known: dict[Hash, Status] = {}
        self.since = 0

    def ask(self, bank: Bank, limit: int) -> None:
        after = None
        while True:
            page = bank.changes(since=self.since, after=after, limit=limit)
            self.known |= {record.hash: record.status for record in page.records}
            if page.after is None:
                self.since = page.newest
                return
            after = page.after

    def active(self) -> set[Hash]:
        return {hash_ for hash_, status in self.known.items() if status is Status.ACTIVE}


@pytest.mark.parametrize("seed", range(6))
def test_followers_match_what_somebody_stands_for_and_nothing_else(tmp_path, seed):
    """After every step: the list; after every poll: the records; at the end: the bytes on disk."""
    rng = random.Random(seed)
    folder = a_bank(tmp_path, tombstone_days=2)
    follower = Follower()
    cases: dict[str, tuple[set[Hash], str, str]] = {}  # key: hashes, status, code
    now = NOW
    with Bank.open(folder) as bank:
        for step in range(STEPS):
            now += rng.choice([0, 0, 1, 3600, -50, DAY // 3])
            _step(bank, rng, cases, 1000 * seed + step, now)
            wanted = {
                one for held, status, _ in cases.values() if status == "active" for one in held
            }
            listed = bank.active_list(version=1, expires=None, origin="")
            assert {entry.hash for entry in listed.entries()} == wanted
            if step % 3 == 0:  # at most a day apart: within the time of a tombstone
                follower.ask(bank, rng.choice([1, 2, 800]))
                assert follower.active() == wanted
        now += 3 * DAY
        bank.tidy(now=now)
        live = {one for held, status, _ in cases.values() if status != "ended" for one in held}
        assert left_in(folder, HASHES) == len(live)
        bank.verify_audit()


def _step(
    bank: Bank,
    rng: random.Random,
    cases: dict[str, tuple[set[Hash], str, str]],
    number: int,
    now: int,
) -> None:
    some = rng.sample(HASHES, rng.randint(1, 4))
    what = rng.choice(["in", "in", "submit", "withdraw", "delete", "review", "say", "mode"])
    by_status = defaultdict(list)
    for key, (_, status, _) in cases.items():
        by_status[status].append(key)
    if what == "mode":
        how = rng.choice(list(Acceptance))
        chosen = settings(tombstone_days=2, cases=how, submissions=how)
        bank.set_settings(chosen, source=DESK, now=now)
    elif what == "in":
        case, code = a_case(number, some)
        taken = bank.intake(case, source=DESK, now=now)
        status = "active" if taken.decision is Decision.ACTIVE else "waiting"
        cases[case.case] = (set(some), status, code)
    elif what == "submit":
        source = rng.choice("ab")
        said = rng.choice([None, Feedback.BLOCKED])
        sent = bank.submit(Hashed(some[0]), source=source, feedback=said, now=now)
        if sent.decision is not Decision.KNOWN:
            assert sent.case is not None
            cases[sent.case] = (set(some[:1]), sent.decision.value, "")
    elif what == "review" and by_status["waiting"]:
        _review(bank, rng, cases, rng.choice(by_status["waiting"]), now)
    elif what == "withdraw" and cases:
        key = rng.choice(list(cases))
        held, _, code = cases[key]
        if code:
            bank.withdraw(key, code, source="web", now=now)
            cases[key] = (held, "ended", code)
    elif what == "delete" and cases:
        key = rng.choice(list(cases))
        bank.delete(key, at_once=False, source=DESK, now=now)
        cases[key] = (cases[key][0], "ended", cases[key][2])
    elif what == "say":
        said = rng.choice([Feedback.BLOCKED, Feedback.NOT_BLOCKED, Feedback("Undefined")])
        try:
            bank.give_feedback(some[0], source=rng.choice("ab"), feedback=said, now=now)
        except UnknownEntryError:
            assert not any(
                some[0] in held for held, status, _ in cases.values() if status == "active"
            )


def _review(
    bank: Bank,
    rng: random.Random,
    cases: dict[str, tuple[set[Hash], str, str]],
    key: str,
    now: int,
) -> None:
    held, _, code = cases[key]
    if rng.random() < 0.3:
        bank.refuse(key, reason="a reason", source=DESK, now=now)
        cases[key] = (held, "ended", code)
    else:
        bank.accept(key, source=DESK, now=now)
        cases[key] = (held, "active", code)
    with pytest.raises(CaseStateError):
        bank.accept(key, source=DESK, now=now)
