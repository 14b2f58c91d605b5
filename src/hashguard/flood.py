"""Entries that suddenly match far more often than they used to: set aside for a person to look at.

A hash that was listed by mistake or in bad faith, such as that of a meme, shows itself by how often
it matches. So does a picture that is being spread: therefore nothing is dropped here. A
quarantined entry still matches, but its matches are graded REVIEW at best, until somebody
releases it.

No clock: `now` is an argument, seconds of any clock that outlives the process, such as Unix time.
No files: the state is bytes. Nothing is logged. Ids, no hashes, are kept.
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from hashguard.strict_json import is_whole, no_constant

SCHEMA = "hashguard-flood/1"
SLICES = 8  # of a window: counted in slices, so that memory does not grow with matches
HISTORY_WINDOWS = 28  # of an hour: more than a day; of a day: four weeks
MAX_TRACKED = 1_000_000
MAX_STATE_BYTES = 2**28  # a million entries with the longest ids have 200 MB
MAX_COUNT = 2**53 - 1  # the largest whole number every JSON reader keeps exact
_HELD = SLICES + 1  # slices: the one that has begun, and a whole window before it
_MEMORY = SLICES * HISTORY_WINDOWS  # slices
_ID = re.compile(r"[!-~]{1,128}", re.ASCII)  # as lists/entry.py has it
_LATEST = 2**48  # seconds; of any clock there is


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodRule:
    """When an entry is set aside.

    window: seconds, 8 up to a year. at_least: matches within it, 2 or more; fewer are no flood,
    however rare the entry was. times: how many times its usual matches per window, 2 or more.
    Both must be reached, and reaching them exactly is enough. Raises ValueError.
    """

    window: int
    at_least: int
    times: float

    def __post_init__(self) -> None:
        if not SLICES <= self.window <= 366 * 86_400:
            raise ValueError(f"a window is {SLICES} seconds to a year, not {self.window}")
        if not 2 <= self.at_least <= MAX_COUNT:
            raise ValueError(f"a flood has at least 2 matches, not {self.at_least}")
        if not 2 <= self.times < math.inf:
            raise ValueError(f"a flood is at least 2 times what is usual, not {self.times}")

    @property
    def slice_seconds(self) -> float:
        """Seconds that are counted together."""
        return self.window / SLICES

    def is_reached(self, matches: int, usual: float) -> bool:
        """Whether so many matches are a flood for an entry that usually has so many per window."""
        return matches >= self.at_least and matches >= self.times * usual


class _Entry:
    """How often one entry matched: recent slices, and the mean of those before."""

    __slots__ = ("counts", "latest", "mean", "slices")

    def __init__(self, latest: int) -> None:
        self.latest = latest  # number of the slice that counts[0] is
        self.counts = [0] * _HELD  # newest first
        self.mean = 0.0  # matches per slice, of the slices before those
        # How many that mean is of, up to _MEMORY; those before the first match are not its history.
        self.slices = -SLICES

    def move_to(self, number: int) -> None:
        """Begin the slice of that number, if it is a later one; what is old goes into the mean."""
        steps = number - self.latest
        if steps < -_HELD:  # the clock was wrong; what was counted then belongs nowhere
            self.counts, self.latest = [0] * _HELD, number
        if steps <= 0:  # a thread that was late counts in the newest slice
            return
        for _ in range(min(steps, _HELD)):
            self.slices = min(self.slices + 1, _MEMORY)
            oldest = self.counts.pop()
            if self.slices > 0:
                self.mean += (oldest - self.mean) / self.slices
            self.counts.insert(0, 0)
        self._fade(steps - _HELD)
        self.latest = number

    def _fade(self, empty: int) -> None:
        """As many slices without a match, at once."""
        if empty <= 0:
            return
        young = min(empty, _MEMORY - self.slices)
        self.mean *= self.slices / (self.slices + young)
        self.slices += young
        self.mean *= (1 - 1 / _MEMORY) ** (empty - young)

    @property
    def matches(self) -> int:
        """Of the last window, and of up to a slice more."""
        return sum(self.counts)

    @property
    def usual(self) -> float:
        """Matches per window before that."""
        return self.mean * SLICES


class FloodGuard:
    """Watches how often each entry matches. Safe from many threads at once.

    At most `tracked` entries are remembered, about 0.5 KB each; the one that matched longest
    ago is forgotten first, with its history. Quarantined ones are kept apart, as many again.
    """

    def __init__(self, rule: FloodRule, *, tracked: int = 50_000) -> None:
        """Raises ValueError if `tracked` is not 1 to MAX_TRACKED."""
        if not 1 <= tracked <= MAX_TRACKED:
            raise ValueError(f"entries to track are 1 to {MAX_TRACKED}, not {tracked}")
        self._rule = rule
        self._tracked = tracked
        self._entries: OrderedDict[str, _Entry] = OrderedDict()  # last matched last
        self._quarantined: OrderedDict[str, int] = OrderedDict()  # id to second, oldest first
        self._lock = threading.Lock()

    @property
    def rule(self) -> FloodRule:
        """When an entry is set aside."""
        return self._rule

    def record(self, entry_id: str, now: float) -> bool:
        """Count a match of an entry; whether it is quarantined, by this match or before.

        Once for each upload and entry, whatever the number of probes. Raises ValueError for what
        is no id or no time.
        """
        number = self._slice(now)
        with self._lock:
            entry = self._entry(entry_id, number)
            entry.move_to(number)
            entry.counts[0] = min(entry.counts[0] + 1, MAX_COUNT // _HELD)
            if entry_id not in self._quarantined and self._rule.is_reached(
                entry.matches, entry.usual
            ):
                self._quarantined[entry_id] = int(now)
                if len(self._quarantined) > self._tracked:
                    self._quarantined.popitem(last=False)
            return entry_id in self._quarantined

    def is_quarantined(self, entry_id: str) -> bool:
        """Whether its matches are graded REVIEW at best. Time alone does not end it."""
        with self._lock:
            return entry_id in self._quarantined

    def quarantined(self) -> dict[str, int]:
        """Ids, and the second at which each was set aside; the oldest first."""
        with self._lock:
            return dict(self._quarantined)

    def release(self, entry_id: str) -> bool:
        """End the quarantine of an entry that somebody looked at; whether there was one.

        How often it matched meanwhile is from now on usual for it, or it would be back at once.
        """
        with self._lock:
            there = self._quarantined.pop(entry_id, None) is not None
            entry = self._entries.get(entry_id)
            if there and entry is not None:
                entry.mean = max(entry.mean, entry.matches / SLICES)
                entry.slices = _MEMORY
            return there

    def dumps(self) -> bytes:
        """The state, for `loads` after a restart: ids and counts, as private as the list is."""
        with self._lock:
            entries = [
                [entry_id, one.latest, list(one.counts), one.mean, one.slices]
                for entry_id, one in self._entries.items()
            ]
            quarantined = list(self._quarantined.items())
        fields = {
            "entries": entries,
            "quarantined": quarantined,
            "schema": SCHEMA,
            "window": self._rule.window,
        }
        return json.dumps(fields, allow_nan=False, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def loads(cls, data: bytes, *, rule: FloodRule, tracked: int = 50_000) -> FloodGuard:
        """The guard that wrote this, under a rule that may be another.

        With another window the counts begin anew; what is usual and who is quarantined stays.
        More entries than are tracked now: those that matched last stay. Raises ValueError, which
        says what is wrong and quotes nothing.
        """
        if len(data) > MAX_STATE_BYTES:
            raise ValueError(f"the state of a flood guard has at most {MAX_STATE_BYTES} bytes")
        guard = cls(rule, tracked=tracked)
        try:
            guard._take(json.loads(data, parse_constant=no_constant))
        except (ValueError, OverflowError, RecursionError) as error:
            # Not the error itself where it is the parser's: that one may quote.
            told = str(error) if type(error) is ValueError else "it is no JSON"
            raise ValueError(f"this is no state of a flood guard: {told}") from None
        return guard

    def _slice(self, now: float) -> int:
        if not 0 <= now < _LATEST:
            raise ValueError("a time is a number of seconds from 0")
        return int(now // self._rule.slice_seconds)

    def _entry(self, entry_id: str, number: int) -> _Entry:
        entry = self._entries.get(entry_id)
        if entry is not None:
            self._entries.move_to_end(entry_id)
            return entry
        if not _ID.fullmatch(entry_id):
            raise ValueError("an id is 1 to 128 visible ASCII characters")
        entry = self._entries[entry_id] = _Entry(number)
        if len(self._entries) > self._tracked:
            self._entries.popitem(last=False)
        return entry

    def _take(self, fields: Any) -> None:
        if not isinstance(fields, dict) or fields.get("schema") != SCHEMA:
            raise ValueError(f"its schema is not {SCHEMA}")
        if set(fields) != {"entries", "quarantined", "schema", "window"}:
            raise ValueError("it has other fields")
        window, entries, quarantined = (
            fields[name] for name in ("window", "entries", "quarantined")
        )
        if not is_whole(window, SLICES, 366 * 86_400):
            raise ValueError("its window is no number of seconds")
        for rows in (entries, quarantined):
            if not isinstance(rows, list) or len(rows) > MAX_TRACKED:
                raise ValueError(f"it has no list of at most {MAX_TRACKED} entries")
        for row in entries:
            entry_id, entry = _read_entry(row)
            if entry_id in self._entries:
                raise ValueError("it has an entry twice")
            self._entries[entry_id] = _under(entry, window, self._rule.window)
        for row in quarantined:
            if not (isinstance(row, list) and len(row) == 2 and _is_id(row[0])):
                raise ValueError("something quarantined has no id")
            if not is_whole(row[1], 0, _LATEST) or row[0] in self._quarantined:
                raise ValueError("something quarantined has no time, or is there twice")
            self._quarantined[row[0]] = row[1]
        for kept in (self._entries, self._quarantined):
            while len(kept) > self._tracked:
                kept.popitem(last=False)


def _under(entry: _Entry, old: int, new: int) -> _Entry:
    """The entry under a window of other length."""
    if old == new:
        return entry
    moved = _Entry(0)
    moved.latest = entry.latest * old // new  # the same second, in slices of the other length
    usual = entry.mean if entry.slices > 0 else entry.matches / _HELD
    moved.mean, moved.slices = usual * new / old, max(entry.slices, 1)
    return moved


def _read_entry(row: Any) -> tuple[str, _Entry]:
    if not (isinstance(row, list) and len(row) == 5 and _is_id(row[0])):
        raise ValueError("an entry has no id")
    entry_id, latest, counts, mean, slices = row
    if not (is_whole(latest, 0, _LATEST) and is_whole(slices, -SLICES, _MEMORY)):
        raise ValueError("an entry has no time")
    if not (
        isinstance(counts, list)
        and len(counts) == _HELD
        and all(is_whole(one, 0, MAX_COUNT // _HELD) for one in counts)
    ):
        raise ValueError(f"an entry does not have {_HELD} counts")
    # A bool is an int to isinstance.
    if type(mean) not in (int, float) or not 0 <= mean <= MAX_COUNT:
        raise ValueError("an entry has no mean")
    entry = _Entry(latest)
    entry.counts, entry.mean, entry.slices = counts, float(mean), slices
    return entry_id, entry


def _is_id(value: object) -> bool:
    return isinstance(value, str) and bool(_ID.fullmatch(value))
