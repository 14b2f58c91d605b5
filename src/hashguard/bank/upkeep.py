"""What every change of a bank does besides: its time, and what has become due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hashguard.bank import audit, cases, entries, withdrawals
from hashguard.bank.audit import Event
from hashguard.bank.settings import Settings
from hashguard.lists.entry import MAX_TIME
from hashguard.strict_json import is_whole

if TYPE_CHECKING:
    from hashguard.bank.store import Tx


def settings_of(tx: Tx) -> Settings:
    """What the organisation decided. Raises BankFileError."""
    found = tx.one("SELECT settings FROM bank")
    return Settings.loads("" if found is None else str(found[0]))


def begin(tx: Tx, now: int) -> int:
    """The time of this change: never before the last one, so that no follower misses it."""
    check_time(now)
    moment = max(now, tx.number("SELECT clock FROM bank"))
    tx.run("UPDATE bank SET clock = ?", moment)
    return moment


def check_time(now: int) -> None:
    """Raise ValueError for what is no time."""
    if not is_whole(now, 0, MAX_TIME):
        raise ValueError("now is whole unix seconds")


def tidy(tx: Tx, moment: int) -> int:
    """Erase and forget what is due, with an entry in the log. Returns how many were erased."""
    settings = settings_of(tx)
    withdrawals.forget_attempts(tx, settings, moment=moment)
    erased = entries.erase_due(tx, settings, moment=moment)
    forgotten = cases.forget_due(tx, settings, moment=moment)
    if erased:
        audit.note(tx, Event.ERASED, time=moment, detail={"hashes": erased})
    if forgotten:
        audit.note(tx, Event.FORGOTTEN, time=moment, detail={"cases": forgotten})
    return erased
