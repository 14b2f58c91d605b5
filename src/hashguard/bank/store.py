"""The file of a bank: opened, changed and copied. The one door to SQLite.

One connection, which many threads may use in turn; other processes have their own. What
SQLite refuses is told in the words of BankFileError; nothing of its texts is passed on.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sqlite3
import stat
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from hashguard.bank import schema
from hashguard.errors import BankFileError, IndexFileError
from hashguard.files import new_folder, open_plain, sync_folder

FILE = "bank.sqlite"
MAX_WAIT = 10.0  # seconds for another process; a change takes milliseconds

Value: TypeAlias = str | int | bytes | None

_WHY = {
    sqlite3.SQLITE_BUSY: f"busy: another process has held the bank for {MAX_WAIT:.0f} s",
    sqlite3.SQLITE_LOCKED: f"busy: another process has held the bank for {MAX_WAIT:.0f} s",
    sqlite3.SQLITE_FULL: "disk full: free some space",
    sqlite3.SQLITE_READONLY: "read-only: allow this process to write there",
    sqlite3.SQLITE_PERM: "read-only: allow this process to write there",
    sqlite3.SQLITE_CANTOPEN: "unreadable: the file of the bank cannot be opened",
    sqlite3.SQLITE_IOERR: "unreadable: the disk does not read or write the bank; see to it",
    sqlite3.SQLITE_NOMEM: "cannot write: not enough memory",
}
_ALTERED = "altered: the file of the bank is damaged; restore a backup"


class Tx:
    """A transaction: all of it becomes true at its end, or nothing."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """For `Store`."""
        self._connection = connection

    def run(self, sql: str, *values: Value) -> int:
        """Do one statement. Returns how many rows it changed."""
        return self._connection.execute(sql, values).rowcount

    def add(self, sql: str, *values: Value) -> int:
        """Insert one row. Returns its number."""
        row = self._connection.execute(sql, values).lastrowid
        if row is None:
            raise BankFileError(_ALTERED)
        return row

    def each(self, sql: str, *values: Value) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, as they are read."""
        return iter(self._connection.execute(sql, values))

    def rows(self, sql: str, *values: Value) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self._connection.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Value) -> tuple[Any, ...] | None:
        """The first row of a query, or None."""
        found: tuple[Any, ...] | None = self._connection.execute(sql, values).fetchone()
        return found

    def number(self, sql: str, *values: Value) -> int:
        """The whole number that a query gives. Raises BankFileError if it gives none."""
        found = self.one(sql, *values)
        if found is None or type(found[0]) is not int:
            raise BankFileError(_ALTERED)
        return found[0]


class Store:
    """An open bank file. Made by `open_store`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """For `open_store`."""
        self._connection = connection
        self._turn = threading.RLock()

    @contextlib.contextmanager
    def writing(self) -> Iterator[Tx]:
        """A change: durable when the block has ended, undone if it raises.

        Waits for other writers up to MAX_WAIT. Raises BankFileError.
        """
        with self._transaction("BEGIN IMMEDIATE") as tx:
            yield tx

    @contextlib.contextmanager
    def reading(self) -> Iterator[Tx]:
        """The bank at one moment, whatever others write meanwhile. Raises BankFileError."""
        with self._transaction("BEGIN") as tx:
            yield tx

    def cut_log(self) -> bool:
        """Move what was written into the main file and cut the write-ahead log to nothing.

        Whether it could be: not while another process reads. Raises BankFileError.
        """
        with self._turn, translated():
            # Not MAX_WAIT: a long reader would hold up whoever erases; it is tried again.
            self._connection.execute("PRAGMA busy_timeout = 1000")
            try:
                found = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.OperationalError as error:
                if _primary(error) != sqlite3.SQLITE_BUSY:
                    raise
                return False
            finally:
                self._connection.execute(f"PRAGMA busy_timeout = {int(MAX_WAIT * 1000)}")
            return bool(found[0] == 0)

    def leave_one_file(self) -> None:
        """Close the write-ahead log for good, so that the file alone is the bank."""
        with self._turn, translated():
            self._connection.execute("PRAGMA journal_mode = DELETE")

    def check(self) -> None:
        """Read the whole file. Raises BankFileError if it is not what SQLite wrote."""
        with self._turn, translated():
            for pragma in ("integrity_check(1)", "foreign_key_check"):
                found = self._connection.execute(f"PRAGMA {pragma}").fetchall()
                if found not in ([], [("ok",)]):
                    raise BankFileError(_ALTERED)

    def copy_to(self, path: Path) -> None:
        """Write the bank as it is at this moment into a new private file, while others use it.

        Raises BankFileError, also if there is something of that name.
        """
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            if os.path.lexists(path):
                raise FileExistsError
            _make_file(temporary)
            with contextlib.closing(_connect(temporary)) as copy, self._turn, translated():
                # In one step: readers of a write-ahead log hold up no writer, and a copy in
                # steps begins anew with every change.
                self._connection.backup(copy)
                # One file: whoever carries it elsewhere would forget a second one.
                copy.execute("PRAGMA journal_mode = DELETE")
            _name(temporary, path)
        except OSError as error:
            raise _os_fault(error) from error
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()

    @contextlib.contextmanager
    def replacing(self, other: Path) -> Iterator[Tx]:
        """A change that may read another bank file as the schema `other`; else as `writing`."""
        with self._turn, translated():
            self._connection.execute("ATTACH ? AS other", (f"{other.absolute().as_uri()}?mode=ro",))
            try:
                with self.writing() as tx:
                    tx.run("PRAGMA defer_foreign_keys = ON")
                    yield tx
            finally:
                self._connection.execute("DETACH other")

    def close(self) -> None:
        """Let go of the file. What was written is in it already."""
        with self._turn:
            self._connection.close()

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[Tx]:
        with self._turn, translated():
            self._connection.execute(begin)
            try:
                yield Tx(self._connection)
                self._connection.execute("COMMIT")
            except BaseException as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                if isinstance(error, TypeError | LookupError):
                    # A bug of ours, or a row that no statement of ours wrote: the file tells.
                    self.check()
                raise


def make_store(path: Path) -> None:
    """A new bank file with all tables and no row, mode 0600. Raises OSError, BankFileError."""
    _make_file(path)
    with contextlib.closing(_connect(path)) as connection, translated():
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION}")
        connection.execute("PRAGMA journal_mode = WAL")
        _migrate(connection)


def open_store(path: Path) -> Store:
    """The bank in a file, brought up to the present version. Raises BankFileError."""
    _look_at(path)
    connection = _connect(path)
    try:
        with translated():
            _prepare(connection)
        return Store(connection)
    except BaseException:
        connection.close()
        raise


@contextlib.contextmanager
def new_bank_folder(folder: Path) -> Iterator[Path]:
    """A private folder to fill, named when the block ends well. Raises BankFileError."""
    try:
        with new_folder(folder) as inside:
            yield inside
    except IndexFileError as error:
        raise BankFileError(str(error)) from error


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """What SQLite raises, as BankFileError."""
    try:
        yield
    except sqlite3.Error as error:
        raise _fault(error) from error
    except UnicodeDecodeError:
        # Of a text in a damaged file, or of SQLite's message about one. Not `from error`, which
        # quotes it.
        raise BankFileError(_ALTERED) from None


def _prepare(connection: sqlite3.Connection) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if application != schema.APPLICATION:
        raise BankFileError("altered: this is not the file of a bank; is it the right folder?")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if not 1 <= version <= schema.VERSION:
        raise BankFileError(
            f"newer: the bank has version {version}, this hashguard reads up to {schema.VERSION}"
        )
    if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        raise BankFileError("read-only: the disk of the bank cannot hold its write-ahead log")
    if version < schema.VERSION:
        _migrate(connection)
    if _tables(connection) != _usual_tables():
        # Another trigger or view could do anything in our name; a backup may be a stranger's.
        raise BankFileError("altered: the bank has other tables than banks have; restore a backup")


def _tables(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    """Every table, index, trigger and view, as it was created."""
    return connection.execute(
        "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master ORDER BY 1, 2"
    ).fetchall()


@functools.cache
def _usual_tables() -> list[tuple[str, ...]]:
    """Those of a new bank."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        _migrate(connection)
        return _tables(connection)


def _migrate(connection: sqlite3.Connection) -> None:
    """Take the steps that the file lacks, all or none; of two processes one takes them."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        for step in schema.STEPS[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _connect(path: Path) -> sqlite3.Connection:
    with translated():
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=MAX_WAIT,
            isolation_level=None,  # transactions are ours to begin
            check_same_thread=False,  # a lock of ours sees to it
        )
        try:
            for pragma in (
                "secure_delete = ON",  # deleted bytes are overwritten
                "foreign_keys = ON",
                "synchronous = FULL",  # what was acknowledged outlives a power cut
                "temp_store = MEMORY",  # no hash in a temporary file
                "trusted_schema = OFF",  # a file from elsewhere runs nothing
                "cell_size_check = ON",
            ):
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
    return connection


def _look_at(path: Path) -> None:
    """Raise BankFileError unless the file is there, plain, and its owner's only."""
    try:
        with open_plain(path) as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BankFileError("missing: there is no bank in this folder") from error
    except IndexFileError as error:
        raise BankFileError(str(error)) from error
    if mode & 0o077 and os.name == "posix":
        # SQLite gives its other files the mode of this one.
        raise BankFileError(
            f"open to others: {path.name} must be readable by its owner only; chmod 600 it, and "
            "ask who could read it"
        )


def _make_file(path: Path) -> None:
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
    handle = os.open(path, flags, 0o600)
    try:
        if hasattr(os, "fchmod"):
            os.fchmod(handle, 0o600)  # whatever the umask
    finally:
        os.close(handle)


def _name(temporary: Path, path: Path) -> None:
    """Give a finished file its name, durably."""
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    temporary.rename(path)
    sync_folder(path.parent)


def _os_fault(error: OSError) -> BankFileError:
    if isinstance(error, FileExistsError):
        return BankFileError("cannot write: there is something of that name; choose another")
    reason = os.strerror(error.errno) if error.errno else type(error).__name__
    return BankFileError(f"cannot write: the copy could not be written ({reason})")


def _primary(error: sqlite3.Error) -> int:
    # The low byte; the others say more than our callers need.
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def _fault(error: sqlite3.Error) -> BankFileError:
    return BankFileError(f"{_WHY.get(_primary(error), _ALTERED)}; nothing was changed")


def placeholders(values: Iterable[object]) -> str:
    """`?,?,?` for as many values."""
    return ",".join("?" for _ in values)
