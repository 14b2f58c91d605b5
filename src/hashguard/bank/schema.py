"""The tables of a bank, as the steps that lead from each version to the next. Pure.

A step that was released is never edited: a new bank takes all of them, an old one those it
lacks. `fixtures/bank` holds a bank of each version, which must open for ever.
"""

from __future__ import annotations

APPLICATION = 0x68674231  # "hgB1", in the header of the file: not just any SQLite database

_STATUS = "CHECK (status IN ('received', 'active', 'withdrawn', 'deleted'))"

_VERSION_1 = (
    # clock: the latest moment that was written; no record is modified before an earlier one.
    # audit_length: how many entries the log has; a log that was cut short shows.
    """CREATE TABLE bank (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        id TEXT NOT NULL,
        settings TEXT NOT NULL,
        clock INTEGER NOT NULL,
        audit_length INTEGER NOT NULL
    )""",
    # id: what followers see. number, withdrawal: what the person has; NULL for what a platform
    # sent, and once the case is forgotten.
    f"""CREATE TABLE cases (
        row INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        origin TEXT NOT NULL CHECK (origin IN ('person', 'platform')),
        number TEXT UNIQUE,
        withdrawal TEXT CHECK (withdrawal IS NULL OR length(withdrawal) = 64),
        source TEXT NOT NULL,
        status TEXT NOT NULL {_STATUS},
        held TEXT NOT NULL,
        left_out TEXT NOT NULL,
        reason TEXT NOT NULL,
        received INTEGER NOT NULL,
        decided INTEGER,
        ended INTEGER
    )""",
    "CREATE INDEX cases_by_status ON cases (status, row)",
    "CREATE INDEX cases_by_source ON cases (source, received)",
    # hash: NULL once erased. published: when it became active first, NULL while followers have
    # never heard of it. gone: when it stopped being active, NULL while it is.
    f"""CREATE TABLE hashes (
        row INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        algorithm TEXT NOT NULL,
        hash BLOB,
        quality INTEGER,
        status TEXT NOT NULL {_STATUS},
        modified INTEGER NOT NULL,
        published INTEGER,
        gone INTEGER,
        UNIQUE (algorithm, hash)
    )""",
    """CREATE INDEX hashes_by_change ON hashes (modified, id)
        WHERE published IS NOT NULL AND hash IS NOT NULL""",
    "CREATE INDEX hashes_by_end ON hashes (gone) WHERE gone IS NOT NULL AND hash IS NOT NULL",
    """CREATE TABLE pictures (
        in_case INTEGER NOT NULL REFERENCES cases (row),
        hash INTEGER NOT NULL REFERENCES hashes (row),
        place INTEGER NOT NULL,
        kind TEXT,
        notes TEXT NOT NULL,
        PRIMARY KEY (in_case, hash)
    ) WITHOUT ROWID""",
    "CREATE INDEX pictures_by_hash ON pictures (hash)",
    """CREATE TABLE feedback (
        hash INTEGER NOT NULL REFERENCES hashes (row),
        source TEXT NOT NULL,
        word TEXT NOT NULL,
        tags TEXT NOT NULL,
        given INTEGER NOT NULL,
        PRIMARY KEY (hash, source)
    ) WITHOUT ROWID""",
    "CREATE TABLE attempts (number TEXT NOT NULL, time INTEGER NOT NULL)",
    "CREATE INDEX attempts_by_number ON attempts (number, time)",
    "CREATE INDEX attempts_by_time ON attempts (time)",
    """CREATE TABLE audit (
        number INTEGER PRIMARY KEY,
        time INTEGER NOT NULL,
        event TEXT NOT NULL,
        subject TEXT NOT NULL,
        source TEXT NOT NULL,
        detail TEXT NOT NULL,
        digest BLOB NOT NULL
    )""",
    # Against slips of ours, not against whoever owns the file: see audit.py.
    """CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
        BEGIN SELECT RAISE (ABORT, 'the log is only appended to'); END""",
    """CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
        BEGIN SELECT RAISE (ABORT, 'the log is only appended to'); END""",
)

# changed: another number for every list that was put here.
_VERSION_2 = (
    """CREATE TABLE harmless (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        changed INTEGER NOT NULL,
        list BLOB NOT NULL
    )""",
)

STEPS: tuple[tuple[str, ...], ...] = (_VERSION_1, _VERSION_2)
"""STEPS[n] leads from version n to n + 1; version 0 is an empty file."""

VERSION = len(STEPS)

TABLES = ("bank", "cases", "hashes", "pictures", "feedback", "attempts", "audit", "harmless")
"""All of them, each after those it refers to."""

AUDIT_TRIGGERS = _VERSION_1[-2:]
"""What keeps the log from being changed; a restored bank brings its own log."""
