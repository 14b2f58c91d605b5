"""The counts that statistics are made of, read from a bank."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from hashguard.bank.stats import Statistics, Table, joined, month_of, month_start, months
from hashguard.bank.values import Feedback

if TYPE_CHECKING:
    from hashguard.bank.store import Tx

# In these orders neighbours are joined, so those that mean similar things stand together.
_OUTCOMES = ("active", "waiting", "withdrawn", "deleted", "refused")
_KINDS = ("photo", "screenshot", "computer-made", "several kinds", "not said")
_ANSWERS = ("blocked", "not blocked", "pending", "other answers", "no answer")
_WORDS = {
    Feedback.BLOCKED.word: "blocked",
    Feedback.NOT_BLOCKED.word: "not blocked",
    Feedback.PENDING_REVIEW.word: "pending",
}

_CASES = "FROM cases WHERE origin = 'person' AND received < ?"


def statistics(tx: Tx, *, least: int, now: int) -> Statistics:
    """The counts of all months that are over. least: no count is smaller."""
    after = month_of(now)
    end = month_start(after)
    first = month_of(tx.number("SELECT time FROM audit WHERE number = 1"))
    every = months(first, after)
    last = every[-1] if every else first
    total = tx.number(f"SELECT count(*) {_CASES}", end)
    if total < least:
        return Statistics(first, last, least, None, (), ())

    def table(name: str, labels: Iterable[str], counts: Counter[str]) -> Table:
        return Table(name, joined([(one, counts[one]) for one in labels], least=least))

    tables = (
        table("month", every, _by_month(tx, end)),
        table("outcome", _OUTCOMES, _by_outcome(tx, end)),
        table("kind of picture", _KINDS, _by_kind(tx, end)),
    )
    platforms = tuple(
        table(platform, _ANSWERS, counts + Counter({"no answer": total - counts.total()}))
        for platform, counts in _by_platform(tx, end).items()
        if counts.total() >= least
    )
    return Statistics(first, last, least, total, tables, platforms)


def _by_month(tx: Tx, end: int) -> Counter[str]:
    return Counter(month_of(time) for (time,) in tx.each(f"SELECT received {_CASES}", end))


def _by_outcome(tx: Tx, end: int) -> Counter[str]:
    names = {"received": "waiting"}
    return Counter(
        "refused" if status == "deleted" and reason else names.get(status, status)
        for status, reason in tx.each(f"SELECT status, reason {_CASES}", end)
    )


def _by_kind(tx: Tx, end: int) -> Counter[str]:
    return Counter(
        "several kinds" if kinds > 1 else kind
        for kinds, kind in tx.each(
            "SELECT count(DISTINCT coalesce(kind, '')), coalesce(min(kind), 'not said')"  # noqa: S608
            f" FROM pictures WHERE in_case IN (SELECT row {_CASES}) GROUP BY in_case",
            end,
        )
    )


def _by_platform(tx: Tx, end: int) -> dict[str, Counter[str]]:
    """For each platform, in how many cases its strongest answer to any picture was which."""
    strongest: dict[tuple[str, int], str] = {}
    for source, case, word in tx.each(
        "SELECT DISTINCT source, in_case, word FROM feedback"  # noqa: S608
        " JOIN pictures ON pictures.hash = feedback.hash"
        f" WHERE in_case IN (SELECT row {_CASES})",
        end,
    ):
        answer = _WORDS.get(word, "other answers")
        known = strongest.get((source, case), answer)
        strongest[source, case] = min(answer, known, key=_ANSWERS.index)
    platforms: dict[str, Counter[str]] = {}
    for (source, _), answer in sorted(strongest.items()):
        platforms.setdefault(source, Counter())[answer] += 1
    return platforms
