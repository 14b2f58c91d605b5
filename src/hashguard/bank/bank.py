"""A bank: cases and their hashes in a private folder, for any number of processes at once.

Who uses it says the time and names the source of everything; ids come from chance. A method
that changes something has made it durable when it returns. docs/bank.md says how to run one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from hashguard.bank import answers, audit, cases, checks, entries, following, withdrawals
from hashguard.bank.answers import Said
from hashguard.bank.audit import Event, Head
from hashguard.bank.cases import Handed
from hashguard.bank.settings import Settings
from hashguard.bank.store import (
    FILE,
    Store,
    Tx,
    make_store,
    new_bank_folder,
    open_store,
)
from hashguard.bank.values import (
    Erasure,
    Feedback,
    Intake,
    Page,
    Record,
    Waiting,
    Withdrawal,
    check_reason,
    check_source,
    check_tags,
)
from hashguard.lists.entry import MAX_TIME
from hashguard.strict_json import is_whole

if TYPE_CHECKING:
    from hashguard.case_file import CaseFile
    from hashguard.guards import NegativeList
    from hashguard.hashes import Hash, Hashed
    from hashguard.lists import HashList


class Bank:
    """An open bank. Made by `open`; safe from many threads, not across a fork.

    source: everywhere the name of the organisation or platform that does something; it is
    logged. now: everywhere unix seconds; a clock that is behind the last change counts as at it.
    Every method raises BankFileError if the disk or another process stands in the way.
    """

    def __init__(self, store: Store) -> None:
        """For `open`."""
        self._store = store
        self._harmless: tuple[int, int, NegativeList] | None = None
        self._harmless_turn = threading.Lock()

    @classmethod
    def create(cls, folder: str | os.PathLike[str], *, settings: Settings, now: int) -> None:
        """Make an empty bank: private, durable, or none.

        Raises BankFileError, also if there is something of that name.
        """
        _check_time(now)
        with new_bank_folder(Path(folder).absolute()) as inside:
            make_store(inside / FILE)
            store = open_store(inside / FILE)
            try:
                with store.writing() as tx:
                    bank_id = entries.new_id()
                    tx.run(
                        "INSERT INTO bank VALUES (1, ?, ?, ?, 0)", bank_id, settings.dumps(), now
                    )
                    audit.note(tx, Event.CREATED, time=now, subject=bank_id)
                store.cut_log()
            finally:
                store.close()

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> Self:
        """The bank in a folder, brought up to the present version. Raises BankFileError."""
        return cls(open_store(Path(folder).absolute() / FILE))

    def close(self) -> None:
        """Let go of the folder."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # What the organisation decides.

    @property
    def settings(self) -> Settings:
        """As they are now; another process may change them."""
        with self._store.reading() as tx:
            return _settings(tx)

    def set_settings(self, settings: Settings, *, source: str, now: int) -> None:
        """Decide otherwise from now on."""
        check_source(source)
        with self._store.writing() as tx:
            moment = _moment(tx, now)
            tx.run("UPDATE bank SET settings = ?", settings.dumps())
            audit.note(tx, Event.SETTINGS, time=moment, source=source)

    # From people and platforms.

    def intake(self, case: CaseFile, *, source: str, now: int) -> Intake:
        """Take in the case of a person.

        Pictures that must not be listed are left out; what is doubted waits for review.
        A case that is here already changes nothing. Raises CaseConflictError if its number
        stands for another one, RateError if its source sent far too much.
        """
        pictures = [
            (one.hash, one.quality, None if one.kind is None else one.kind.value)
            for one in case.pictures
        ]
        return self._take_in(pictures, source, case.case, case.withdrawal, now)

    def submit(
        self,
        hashed: Hashed,
        *,
        source: str,
        feedback: Feedback | None = None,
        tags: tuple[str, ...] = (),
        now: int,
    ) -> Intake:
        """Take in a hash that a platform sends without a case, and what it says of it.

        What it sent before and still stands is KNOWN. Raises RateError.
        """
        check_tags(tags)
        said = None if feedback is None else Said(source, feedback, tags)
        picture = (hashed.hash, hashed.quality, None)
        return self._take_in([picture], source, None, None, now, said=said)

    def withdraw(self, case: str, code: str, *, source: str, now: int) -> Withdrawal:
        """Take a case back, with the withdrawal code as its person types it.

        case: its number. Answers to a wrong code and to an unknown number are the same.
        Raises InvalidCodeError for what cannot be a code.
        """
        check_source(source)
        with self._store.writing() as tx:
            moment = _moment(tx, now)
            answer, erased = withdrawals.withdraw(
                tx, case, code, settings=_settings(tx), source=source, moment=moment
            )
            erased += _tidy(tx, moment)
        if erased:
            self._store.cut_log()
        return answer

    def give_feedback(
        self,
        hash: Hash,  # noqa: A002 - it is one
        *,
        source: str,
        feedback: Feedback,
        tags: tuple[str, ...] = (),
        now: int,
    ) -> bool:
        """Keep what a platform says of a hash, in place of what it said before.

        Returns whether that is news. Raises UnknownEntryError if followers of this bank never
        heard of the hash, or hear of it no longer.
        """
        check_source(source)
        check_tags(tags)
        with self._store.writing() as tx:
            said = Said(source, feedback, tags)
            return answers.give(tx, hash, said, moment=_moment(tx, now))

    # To followers.

    def changes(self, *, since: int, after: str | None, limit: int) -> Page:
        """What followers have to know, oldest change first; see `Page`.

        since: unix seconds; 0 for everything, later `Page.newest` of the last page.
        after: None for the first page, then `Page.after`. limit: records, 1 to 10,000.
        A hash comes as a tombstone, WITHDRAWN or DELETED, for `tombstone_days` after it stopped
        being active; whoever asks more rarely has to ask for everything. Raises ValueError.
        """
        if not is_whole(since, 0, MAX_TIME):
            raise ValueError("since is unix seconds")
        if not is_whole(limit, 1, following.MAX_LIMIT):
            raise ValueError(f"a page has 1 to {following.MAX_LIMIT} records")
        with self._store.reading() as tx:
            return following.changes(tx, since=since, after=after, limit=limit)

    def active_list(self, *, version: int, expires: int | None, origin: str) -> HashList:
        """The active PDQ hashes as a list to publish. Its entry ids are those of the records."""
        with self._store.reading() as tx:
            return following.active_list(tx, version=version, expires=expires, origin=origin)

    def disputes(self) -> tuple[Record, ...]:
        """The hashes that one platform blocked and another did not."""
        with self._store.reading() as tx:
            found = [following.record(tx, one) for one in answers.disputed(tx)]
        return tuple(one for one in found if one is not None)

    # Review.

    def queue(self) -> tuple[Waiting, ...]:
        """The cases that wait for review, in the order they came."""
        with self._store.reading() as tx:
            return tuple(cases.queue(tx))

    def accept(self, case: str, *, without: Iterable[int] = (), source: str, now: int) -> int:
        """Make a waiting case active. Returns how many pictures are active.

        case: here and below, its number or opaque id. without: places of pictures to leave out.
        Raises UnknownEntryError, CaseStateError, ValueError.
        """
        check_source(source)
        with self._store.writing() as tx:
            moment = _moment(tx, now)
            pictures, erased = cases.accept(tx, case, without=without, source=source, moment=moment)
            erased += _tidy(tx, moment)
        if erased:
            self._store.cut_log()
        return pictures

    def refuse(self, case: str, *, reason: str, source: str, now: int) -> Erasure:
        """Refuse a waiting case. reason: kept with the case, not logged.

        Raises UnknownEntryError, CaseStateError, ValueError.
        """
        check_source(source)
        check_reason(reason)
        with self._store.writing() as tx:
            moment = _moment(tx, now)
            erased = cases.refuse(tx, case, reason=reason, source=source, moment=moment)
            _tidy(tx, moment)
        return Erasure(erased, erased, self._store.cut_log())

    def delete(self, case: str, *, at_once: bool, source: str, now: int) -> Erasure:
        """Delete a case by decision of the organisation: a court, or its person without the code.

        at_once: erase its hashes now. Followers of `changes` then never hear that they should
        drop them; followers of the list do. Else they are tombstones first. A hash that another
        case has stays. Raises UnknownEntryError.
        """
        check_source(source)
        with self._store.writing() as tx:
            moment = _moment(tx, now)
            hashes, erased = cases.delete(tx, case, at_once=at_once, source=source, moment=moment)
            _tidy(tx, moment)
        return Erasure(hashes, erased, self._store.cut_log())

    def tidy(self, *, now: int) -> int:
        """Erase the tombstones whose time is over, and forget cases that ended long ago.

        Every withdrawal, review and deletion does so, too. Returns how many were erased.
        """
        with self._store.writing() as tx:
            erased = _tidy(tx, _moment(tx, now))
        self._store.cut_log()
        return erased

    # Looking after it.

    def verify_audit(self, *, heads: Iterable[Head] = ()) -> Head:
        """The head of the log, to note elsewhere. heads: noted earlier; see audit.py.

        Raises AuditError.
        """
        with self._store.reading() as tx:
            return audit.verify(tx, heads=heads)

    def _take_in(
        self,
        pictures: Sequence[tuple[Hash, int | None, str | None]],
        source: str,
        number: str | None,
        withdrawal: str | None,
        now: int,
        *,
        said: Said | None = None,
    ) -> Intake:
        check_source(source)
        looked = checks.look(
            [(hash_, quality) for hash_, quality, _ in pictures],
            settings=self.settings,
            harmless=self._negative_list(),
        )
        handed = Handed(source, number, withdrawal, pictures, looked)
        with self._store.writing() as tx:
            moment = _moment(tx, now)
            result = cases.take_in(tx, handed, settings=_settings(tx), moment=moment)
            if said is not None and (row := entries.row_of(tx, pictures[0][0])) is not None:
                answers.keep(tx, row, said, moment=moment)
            return result

    def _negative_list(self) -> NegativeList | None:
        return None


def _settings(tx: Tx) -> Settings:
    found = tx.one("SELECT settings FROM bank")
    return Settings.loads("" if found is None else str(found[0]))


def _moment(tx: Tx, now: int) -> int:
    """The time of this change: never before the last one, so that no follower misses it."""
    _check_time(now)
    moment = max(now, tx.number("SELECT clock FROM bank"))
    tx.run("UPDATE bank SET clock = ?", moment)
    return moment


def _check_time(now: int) -> None:
    if not is_whole(now, 0, MAX_TIME):
        raise ValueError("now is whole unix seconds")


def _tidy(tx: Tx, moment: int) -> int:
    """Erase and forget what is due, with an entry in the log. Returns how many were erased."""
    settings = _settings(tx)
    erased = entries.erase_due(tx, settings, moment=moment)
    forgotten = cases.forget_due(tx, settings, moment=moment)
    if erased:
        audit.note(tx, Event.ERASED, time=moment, detail={"hashes": erased})
    if forgotten:
        audit.note(tx, Event.FORGOTTEN, time=moment, detail={"cases": forgotten})
    return erased
