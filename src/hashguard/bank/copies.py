"""Backups of a bank, and what has to be known when one is put back.

A backup does not know what was withdrawn after it was made. Put back over a bank that can still
be read, it is told: what had ended ends again, and what followers have heard of since becomes
tombstones. Put back where nothing is left, it cannot be told; docs/bank.md says what to do.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from hashguard.bank import audit, cases, entries, schema
from hashguard.bank.audit import Event
from hashguard.bank.store import FILE, Store, Tx, new_bank_folder, open_store
from hashguard.bank.upkeep import settings_of
from hashguard.bank.values import Restored
from hashguard.errors import BankFileError, IndexFileError
from hashguard.files import open_plain
from hashguard.lists import Status

_PIECE_BYTES = 2**20


def check(store: Store) -> audit.Head:
    """The head of the log, after a look at the whole file. Raises BankFileError, AuditError."""
    store.check()
    with store.reading() as tx:
        settings_of(tx)
        head = audit.verify(tx)
        audit.compare_cases(tx)
    return head


def restore(folder: Path, backup: Path, *, source: str, now: int) -> Restored:
    """Put a backup back: as a new bank, or over the one that is there, for every process at once.

    The backup is checked first. Raises BankFileError, AuditError; then nothing was changed.
    """
    if os.path.lexists(folder):
        with _checked_copy(backup, folder) as copy, _opened(folder / FILE) as store:
            with store.replacing(copy) as tx:
                restored = _replace(tx, source=source, now=now)
            store.cut_log()
        return restored
    with new_bank_folder(folder) as inside:
        with _checked_copy(backup, inside) as copy:
            copy.rename(inside / FILE)
        with _opened(inside / FILE) as store:
            with store.writing() as tx:
                _note(tx, Restored(0, 0), source=source, now=now)
            store.cut_log()
    return Restored(0, 0)


def _replace(tx: Tx, *, source: str, now: int) -> Restored:
    """Make this bank what the other is, but for what must not be forgotten."""
    # 1. It is a backup of this bank.
    if tx.one("SELECT id FROM main.bank") != tx.one("SELECT id FROM other.bank"):
        raise BankFileError("altered: the backup is one of another bank; nothing was changed")
    # 2. What this bank knows and the backup cannot.
    clock = tx.number("SELECT clock FROM main.bank")
    ended = tx.rows(
        "SELECT here.id, here.status FROM main.cases AS here JOIN other.cases AS there"
        " ON there.id = here.id WHERE here.status IN ('withdrawn', 'deleted')"
        " AND there.status NOT IN ('withdrawn', 'deleted')"
    )
    heard_of = tx.rows(
        "SELECT id, algorithm, hash, quality FROM main.hashes AS here WHERE hash IS NOT NULL"
        " AND published IS NOT NULL AND NOT EXISTS (SELECT 1 FROM other.hashes AS there"
        " WHERE there.algorithm = here.algorithm AND there.hash = here.hash"
        " AND there.published IS NOT NULL)"
    )
    erased = tx.rows(
        "SELECT here.id FROM main.hashes AS here JOIN other.hashes AS there ON there.id = here.id"
        " WHERE here.hash IS NULL AND there.hash IS NOT NULL"
    )
    # 3. The tables of the backup.
    for trigger in ("audit_is_not_changed", "audit_is_not_cut"):
        tx.run(f"DROP TRIGGER {trigger}")
    for table in reversed(schema.TABLES):
        tx.run(f"DELETE FROM main.{table}")  # noqa: S608 - our own names
    for table in schema.TABLES:
        tx.run(f"INSERT INTO main.{table} SELECT * FROM other.{table}")  # noqa: S608
    for statement in schema.AUDIT_TRIGGERS:
        tx.run(statement)
    # 4. What must not be forgotten. Every record counts as modified, so followers get them all.
    moment = max(now, clock, tx.number("SELECT clock FROM main.bank"))
    tx.run("UPDATE main.hashes SET modified = ? WHERE published IS NOT NULL", moment)
    for case_id, status in ended:
        case = cases.found(tx, case_id)
        cases.end(tx, case, entries.status_of(status), moment=moment)
        audit.note(tx, Event.ENDED_AGAIN, time=moment, subject=case_id, source=source)
    for (hash_id,) in erased:
        row = tx.number("SELECT row FROM hashes WHERE id = ?", hash_id)
        entries.erase(tx, [row], ended=Status.DELETED)
    for one in heard_of:
        _keep_tombstone(tx, *one, moment=moment)
    restored = Restored(len(ended), len(heard_of))
    _note(tx, restored, source=source, now=moment)
    return restored


def _keep_tombstone(
    tx: Tx, hash_id: str, algorithm: str, packed: bytes, quality: int | None, *, moment: int
) -> None:
    """Let followers know that a hash is gone."""
    status = Status.DELETED.value
    known = tx.one("SELECT row FROM hashes WHERE algorithm = ? AND hash = ?", algorithm, packed)
    if known is not None:
        # It waits for review in the backup, and may become active again.
        tx.run(
            "UPDATE hashes SET published = ?, gone = ?, modified = ?, status = ? WHERE row = ?",
            *(moment, moment, moment, status, known[0]),
        )
        return
    tx.run(
        "INSERT INTO hashes (id, algorithm, hash, quality, status, modified, published, gone)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(hash_id, algorithm, packed, quality, status, moment, moment, moment),
    )


def _note(tx: Tx, restored: Restored, *, source: str, now: int) -> None:
    moment = max(now, tx.number("SELECT clock FROM bank"))
    tx.run("UPDATE bank SET clock = ?", moment)
    detail = {"ended": restored.ended, "dropped": restored.dropped}
    audit.note(tx, Event.RESTORED, time=moment, source=source, detail=detail)


@contextlib.contextmanager
def _checked_copy(backup: Path, beside: Path) -> Iterator[Path]:
    """A private copy of a backup, brought to the present version and found whole."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{FILE}.", suffix=".tmp", dir=beside)
    except OSError as error:
        raise BankFileError("cannot write: the folder of the bank takes no file") from error
    copy = Path(name)
    try:
        with os.fdopen(handle, "wb") as target:
            _copy_bytes(backup, target)
        with _opened(copy) as store:
            check(store)
            store.cut_log()
            store.leave_one_file()
        yield copy
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            copy.with_name(copy.name + suffix).unlink(missing_ok=True)


def _copy_bytes(backup: Path, target: BinaryIO) -> None:
    try:
        with open_plain(backup) as file:
            shutil.copyfileobj(file, target, _PIECE_BYTES)
    except IndexFileError as error:
        raise BankFileError("unreadable: the backup is no regular file that can be read") from error
    except OSError as error:
        raise BankFileError("unreadable: the backup is not there or cannot be copied") from error


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Store]:
    store = open_store(path)
    try:
        yield store
    finally:
        store.close()
