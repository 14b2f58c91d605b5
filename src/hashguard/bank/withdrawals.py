"""A person takes their case back, with the code that only they have.

A code has 80 bits, so nobody guesses one; the limit is for the patience of whoever looks after
the bank. It counts by the number that was given, whether or not there is such a case, and every
answer to a wrong code is the same: nobody learns from it which cases there are.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from hashguard.bank import audit, cases
from hashguard.bank.audit import Event
from hashguard.bank.values import Withdrawal
from hashguard.case_file import withdrawal_digest
from hashguard.lists import Status

if TYPE_CHECKING:
    from hashguard.bank.settings import Settings
    from hashguard.bank.store import Tx

_NO_DIGEST = "0" * 64  # compared where there is no case; the digest of nothing that is known
_MAX_NUMBER_LETTERS = 64  # of a number as it was typed; longer ones count as one


def withdraw(
    tx: Tx, number: str, code: str, *, settings: Settings, source: str, moment: int
) -> tuple[Withdrawal, int]:
    """The answer, and how many hashes were erased at once.

    Raises InvalidCodeError for what cannot be a code, which is a slip and no wrong guess.
    """
    digest = withdrawal_digest(code)
    # 1. How often a wrong code was given for this number.
    asked = number.strip().upper()[:_MAX_NUMBER_LETTERS]
    forget_attempts(tx, settings, moment=moment)
    wrong = tx.number("SELECT count(*) FROM attempts WHERE number = ?", asked)
    if wrong >= settings.attempts:
        return Withdrawal.TRY_LATER, 0
    # 2. The code, compared in constant time, and with something in any case.
    case = cases.find_by_number(tx, asked)
    expected = _NO_DIGEST if case is None or case.withdrawal is None else case.withdrawal
    if not hmac.compare_digest(digest.encode("ascii"), expected.encode("ascii")) or case is None:
        tx.run("INSERT INTO attempts VALUES (?, ?)", asked, moment)
        audit.note(tx, Event.WRONG_CODE, time=moment, source=source)
        return Withdrawal.REFUSED, 0
    # 3. The case, unless it ended already.
    if case.status in (Status.WITHDRAWN, Status.DELETED):
        return Withdrawal.ALREADY, 0
    erased = cases.end(tx, case, Status.WITHDRAWN, moment=moment)
    tx.run("DELETE FROM attempts WHERE number = ?", asked)
    audit.note(tx, Event.WITHDRAWN, time=moment, subject=case.id, source=source)
    return Withdrawal.WITHDRAWN, erased


def forget_attempts(tx: Tx, settings: Settings, *, moment: int) -> None:
    """Forget the wrong codes that count no longer, with the numbers they were given for."""
    tx.run("DELETE FROM attempts WHERE time <= ?", moment - settings.attempt_minutes * 60)
