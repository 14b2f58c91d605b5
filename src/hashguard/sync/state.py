"""What a follower remembers beside its live folder, and what that says of its health.

`FOLDER.sync/state.json` is one line of canonical JSON, replaced whole. It outlives the live
folder, so a list that was verified once is not forgotten when the folder is built anew.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from hashguard.errors import IndexFileError
from hashguard.files import fault_of, open_plain, replace_file, unreadable
from hashguard.lists.sums import sum_text, sum_value
from hashguard.lists.wire import MAX_VERSION
from hashguard.strict_json import is_whole, no_constant

NAME = "state.json"
SCHEMA = "hashguard-sync"
VERSION = 1
MAX_STATE_BYTES = 16_384
CLOCK_SLACK = 300  # seconds that a clock may be set back without an alarm
_REMEDY = "remove it; the next sync makes it anew"


@dataclass(frozen=True, slots=True)
class Verified:
    """The list that was verified last.

    sum, count, version, origin, expires: of it. feed: SHA-256 of its feed. at: when it was
    last verified to be the newest. until: when that statement of the publisher ends. Unix seconds.
    """

    bank: str
    origin: str
    version: int
    sum: int
    count: int
    expires: int | None
    feed: str
    at: int
    until: int


@dataclass(frozen=True, slots=True)
class State:
    """verified: None before the first success. tried: when last, unix seconds.

    trouble: why the last attempt failed, None if it did not.
    """

    verified: Verified | None
    tried: int
    trouble: str | None

    def dumps(self) -> bytes:
        """Canonical JSON: sorted keys, no white space, ASCII, one line feed at the end."""
        verified = None
        if self.verified is not None:
            verified = {**asdict(self.verified), "sum": sum_text(self.verified.sum)}
        fields = {
            "schema": SCHEMA,
            "tried": self.tried,
            "trouble": self.trouble,
            "verified": verified,
            "version": VERSION,
        }
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return text.encode("ascii") + b"\n"

    @classmethod
    def loads(cls, data: bytes) -> Self:
        """Raises IndexFileError."""
        try:
            fields = json.loads(data.decode("ascii"), parse_constant=no_constant)
            if not isinstance(fields, dict) or fields.get("schema") != SCHEMA:
                raise ValueError("another schema")
            if is_whole(fields.get("version"), VERSION + 1, MAX_VERSION):
                raise IndexFileError(f"newer: {NAME} was written by a newer hashguard")
            found = fields["verified"]
            state = cls(
                None if found is None else _verified(found), fields["tried"], fields["trouble"]
            )
            if state.dumps() != data:
                raise ValueError("not canonical")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            # Whatever a hand or a disk made of it; nothing in it is worth guessing.
            raise IndexFileError(f"altered: {NAME} is not what was written; {_REMEDY}") from error
        return state


def _verified(found: dict[str, Any]) -> Verified:
    verified = Verified(**{**found, "sum": sum_value(found["sum"])})
    numbers = (verified.version, verified.count, verified.at, verified.until)
    texts = (verified.bank, verified.origin, verified.feed)
    if not all(is_whole(one, 0, MAX_VERSION) for one in numbers):
        raise ValueError("a number is none")
    if verified.expires is not None and not is_whole(verified.expires, 0, MAX_VERSION):
        raise ValueError("a time is none")
    if not all(isinstance(one, str) for one in texts):
        raise ValueError("a text is none")
    return verified


def state_folder(folder: str | os.PathLike[str]) -> Path:
    """Where a follower keeps what it remembers: beside its live folder."""
    path = Path(folder).absolute()
    return path.with_name(f"{path.name}.sync")


def read_state(folder: Path) -> State:
    """What is remembered in a state folder. Raises IndexFileError."""
    try:
        with open_plain(folder / NAME) as file:
            return State.loads(file.read(MAX_STATE_BYTES))
    except (FileNotFoundError, NotADirectoryError):
        return State(None, 0, None)
    except OSError as error:
        raise unreadable(error, NAME) from error


def write_state(folder: Path, state: State) -> None:
    """Remember, durably. Raises IndexFileError."""
    try:
        replace_file(folder / NAME, state.dumps())
    except OSError as error:
        raise fault_of(error, NAME) from error


@dataclass(frozen=True, slots=True)
class Health:
    """How a followed list stands.

    age: seconds since it was verified to be the newest, None if none ever was.
    version, entries: of the list that is matched. alarms: what is wrong, in words; empty
    when all is well.
    """

    age: int | None
    version: int
    entries: int
    alarms: tuple[str, ...]


def list_age(folder: str | os.PathLike[str], *, now: float) -> int | None:
    """Seconds since the list of a live folder was verified to be the newest; None for never.

    now: unix seconds. Raises IndexFileError.
    """
    return health(folder, now=now).age


def health(folder: str | os.PathLike[str], *, now: float, max_age: float | None = None) -> Health:
    """What a health check wants to know. max_age: seconds; default as long as the publisher says.

    Raises IndexFileError.
    """
    state = read_state(state_folder(folder))
    verified, alarms = state.verified, []
    if verified is None:
        return Health(None, 0, 0, (state.trouble or "no list was ever verified",))
    age = int(now - verified.at)
    if age < -CLOCK_SLACK:
        alarms.append("the clock was set back since the list was verified")
    if now >= verified.until:
        alarms.append("what the publisher last said has expired")
    if max_age is not None and age > max_age:
        alarms.append(f"the list was last verified {age} s ago")
    if verified.expires is not None and now >= verified.expires:
        alarms.append("the list itself has expired")
    if state.trouble is not None and alarms:
        alarms.append(state.trouble)
    return Health(max(0, age), verified.version, verified.count, tuple(alarms))
