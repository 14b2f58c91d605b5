"""A bank: cases and their hashes in a private folder, for any number of processes at once.

Who uses it says the time and names the source of everything; ids come from chance. A method
that changes something has made it durable when it returns. docs/bank.md says how to run one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from hashguard.bank import (
    answers,
    audit,
    cases,
    checks,
    copies,
    entries,
    figures,
    following,
    harmless,
    listing,
    states,
    upkeep,
    withdrawals,
)
from hashguard.bank.answers import Said
from hashguard.bank.audit import Event, Head
from hashguard.bank.cases import Handed
from hashguard.bank.harmless import Harmless
from hashguard.bank.settings import Settings
from hashguard.bank.stats import Statistics
from hashguard.bank.store import (
    FILE,
    Store,
    make_store,
    new_bank_folder,
    open_store,
)
from hashguard.bank.upkeep import settings_of
from hashguard.bank.values import (
    CaseState,
    Erasure,
    Feedback,
    Intake,
    Overview,
    Page,
    Record,
    Restored,
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
        self._harmless = Harmless()

    @classmethod
    def create(cls, folder: str | os.PathLike[str], *, settings: Settings, now: int) -> None:
        """Make an empty bank: private, durable, or none.

        Raises BankFileError, also if there is something of that name.
        """
        upkeep.check_time(now)
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
            return settings_of(tx)

    def set_settings(self, settings: Settings, *, source: str, now: int) -> None:
        """Decide otherwise from now on."""
        check_source(source)
        with self._store.writing() as tx:
            moment = upkeep.begin(tx, now)
            tx.run("UPDATE bank SET settings = ?", settings.dumps())
            audit.note(tx, Event.SETTINGS, time=moment, source=source)

    def set_harmless(self, hash_list: HashList, *, source: str, now: int) -> None:
        """Compare what comes in from now on with these pictures; an empty list ends that.

        Raises ValueError for another algorithm than PDQ, or a list that is too long.
        """
        check_source(source)
        with self._store.writing() as tx:
            harmless.replace(tx, hash_list, source=source, moment=upkeep.begin(tx, now))

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
            moment = upkeep.begin(tx, now)
            answer, erased = withdrawals.withdraw(
                tx, case, code, settings=settings_of(tx), source=source, moment=moment
            )
            erased += upkeep.tidy(tx, moment)
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
            return answers.give(tx, hash, said, moment=upkeep.begin(tx, now))

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
            return listing.active_list(tx, version=version, expires=expires, origin=origin)

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
            moment = upkeep.begin(tx, now)
            pictures, erased = cases.accept(tx, case, without=without, source=source, moment=moment)
            erased += upkeep.tidy(tx, moment)
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
            moment = upkeep.begin(tx, now)
            erased = cases.refuse(tx, case, reason=reason, source=source, moment=moment)
            upkeep.tidy(tx, moment)
        return Erasure(erased, erased, self._store.cut_log())

    def delete(self, case: str, *, at_once: bool, source: str, now: int) -> Erasure:
        """Delete a case by decision of the organisation: a court, or its person without the code.

        at_once: erase its hashes now. Followers of `changes` then never hear that they should
        drop them; followers of the list do. Else they are tombstones first. A hash that another
        case has stays. Raises UnknownEntryError.
        """
        check_source(source)
        with self._store.writing() as tx:
            moment = upkeep.begin(tx, now)
            hashes, erased = cases.delete(tx, case, at_once=at_once, source=source, moment=moment)
            upkeep.tidy(tx, moment)
        return Erasure(hashes, erased, self._store.cut_log())

    def tidy(self, *, now: int) -> int:
        """Erase the tombstones whose time is over, and forget cases that ended long ago.

        Every withdrawal, review and deletion does so, too. Returns how many were erased.
        """
        with self._store.writing() as tx:
            erased = upkeep.tidy(tx, upkeep.begin(tx, now))
        self._store.cut_log()
        return erased

    # Looking after it.

    def case(self, case: str) -> CaseState:
        """All that the bank knows of a case but its hashes. Raises UnknownEntryError."""
        with self._store.reading() as tx:
            return states.state(tx, case)

    def overview(self) -> Overview:
        """How much the bank holds, exactly; not to publish. See `statistics`."""
        with self._store.reading() as tx:
            return states.overview(tx)

    def statistics(self, *, now: int) -> Statistics:
        """Counts of the months that are over, which point at nobody; see stats.py."""
        upkeep.check_time(now)
        with self._store.reading() as tx:
            return figures.statistics(tx, least=settings_of(tx).least_count, now=now)

    def verify_audit(self, *, heads: Iterable[Head] = ()) -> Head:
        """The head of the log, to note elsewhere. heads: noted earlier; see audit.py.

        Also reads the whole file and compares where cases stand with what the log says of them.
        Raises AuditError.
        """
        self._store.check()
        with self._store.reading() as tx:
            head = audit.verify(tx, heads=heads)
            audit.compare_cases(tx)
        return head

    def backup(self, path: str | os.PathLike[str]) -> None:
        """Write the bank as it is now into a new private file, while others use it.

        Raises BankFileError, also if there is something of that name.
        """
        self._store.copy_to(Path(path).absolute())

    @classmethod
    def restore(
        cls,
        folder: str | os.PathLike[str],
        backup: str | os.PathLike[str],
        *,
        source: str,
        now: int,
    ) -> Restored:
        """Put a backup back, in a new folder or over the bank that is there; see copies.py.

        Other processes may have the bank open. Raises BankFileError, AuditError; then nothing
        was changed.
        """
        check_source(source)
        upkeep.check_time(now)
        return copies.restore(Path(folder).absolute(), Path(backup), source=source, now=now)

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
        with self._store.reading() as tx:
            settings = settings_of(tx)
            negative = self._harmless.of(tx, settings.harmless_distance)
        looked = checks.look(
            [(hash_, quality) for hash_, quality, _ in pictures],
            settings=settings,
            harmless=negative,
        )
        handed = Handed(source, number, withdrawal, pictures, looked)
        with self._store.writing() as tx:
            moment = upkeep.begin(tx, now)
            result = cases.take_in(tx, handed, settings=settings_of(tx), moment=moment)
            if said is not None and (row := entries.row_of(tx, pictures[0][0])) is not None:
                answers.keep(tx, row, said, moment=moment)
            return result
