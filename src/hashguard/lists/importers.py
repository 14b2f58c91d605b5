"""Read hashes from other people's files: text, JSON lines, CSV, cases (docs/hash-list.md).

Pure: bytes in, entries and counts out. Lenient about how a file was written (case, white
space, byte order mark, line endings, blank lines, comments), strict about what it says: a
line that cannot be understood raises MalformedListError with its number and the reason,
never its content.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from hashguard.errors import AlgorithmMismatchError, MalformedListError
from hashguard.hashes import Algorithm
from hashguard.lists import records
from hashguard.lists.cases import is_case, read_case
from hashguard.lists.columns import MAX_ENTRIES, STATUS_NUMBERS, Entries, EntriesBuilder
from hashguard.lists.entry import Entry, Status
from hashguard.lists.foreign import BOM, not_text
from hashguard.lists.plain import PlainHashes, read_plain
from hashguard.lists.records import Defaults, Record, Skipped
from hashguard.lists.report import is_junk
from hashguard.lists.wire import MAGIC, MAX_LIST_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hashguard.lists.hash_list import HashList

Kind: TypeAlias = Literal["auto", "text", "jsonl", "csv", "case"]

MAX_IMPORT_BYTES = MAX_LIST_BYTES
MAX_IMPORT_LINE_BYTES = 65_536  # a tx dataset may hold whole messages between the hashes
_MAX_COUNTED_ID = 15  # digits; ids that are larger numbers do not push ours up

_Item: TypeAlias = tuple[int, Record | Skipped]  # with the number of its line


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file held: read is the sum of the other counts and of len(entries).

    entries: with ids, ready for HashList.from_entries or adding.
    kind: as which the file was read.
    read: records, without blank lines and comments.
    duplicates: said again what an earlier line had said in full.
    present: in the list `known` already.
    withdrawn: of a case, and WITHDRAWN or DELETED in the list `known`.
    quarantined: all-zero and all-one hashes, left out; see `is_junk`.
    skipped: other signals than this algorithm's, marked as harmless, or not hashed.
    """

    entries: Entries
    kind: Kind
    read: int
    duplicates: int
    present: int
    withdrawn: int
    quarantined: int
    skipped: int


def read_entries(
    data: bytes | str,
    *,
    kind: Kind = "auto",
    algorithm: Algorithm = Algorithm.PDQ,
    source: str = "",
    known: HashList | None = None,
) -> Imported:
    """The entries that a file describes.

    source: for entries whose record names none.
    known: the list they will be added to. Its ids are not given out again, and what it
    holds already is counted instead of returned: an equal entry of the same id, or, for a
    record without id, a hash that is ACTIVE or RECEIVED there, or, for a picture of a case,
    its id, whatever became of it: what a person withdrew does not come back by itself.
    Ids that the file does not give are the next whole numbers. They are not made from the
    hashes: ids are logged, and such an id would confirm a picture to whoever reads the log.
    Raises MalformedListError; AlgorithmMismatchError if `known` has another algorithm.
    """
    if known is not None and known.algorithm is not algorithm:
        raise AlgorithmMismatchError(
            f"the list is of {known.algorithm.value} hashes, not {algorithm.value}"
        )
    raw = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
    if len(raw) > MAX_IMPORT_BYTES:
        raise MalformedListError(f"the file has more than {MAX_IMPORT_BYTES} bytes")
    if meaning := not_text(raw):
        raise MalformedListError(f"line 1: no hashes to read; {meaning}")
    whole, raw = raw, raw.removeprefix(BOM)
    if raw.startswith(MAGIC):
        raise MalformedListError("line 1: this is a hash list already, not hashes to import")
    chosen = _kind_of(raw) if kind == "auto" else kind
    if chosen == "text" and not known:
        plain = read_plain(raw, algorithm=algorithm, source=source, most=MAX_ENTRIES)
        if plain is not None:
            return _imported(plain)
    # Of a case file every byte counts, also those before it.
    raw = whole if chosen == "case" else raw
    return _read_records(raw, chosen, Defaults(algorithm, source), known)


def _imported(plain: PlainHashes) -> Imported:
    return Imported(
        entries=plain.entries,
        kind="text",
        read=plain.read,
        duplicates=plain.duplicates,
        present=0,
        withdrawn=0,
        quarantined=plain.quarantined,
        skipped=0,
    )


def _read_records(raw: bytes, chosen: Kind, defaults: Defaults, known: HashList | None) -> Imported:
    """Record by record, whatever the file holds."""
    reader = _READERS[chosen]
    collector = _Collector(defaults.algorithm, known)
    for line, item in reader(raw, defaults):
        collector.take(line, item)
    return collector.result(chosen)


def _kind_of(raw: bytes) -> Kind:
    if is_case(raw):
        return "case"
    for _, line in _content(raw):
        if line.startswith(("{", "[")):
            return "jsonl"
        return "csv" if "," in line else "text"
    return "text"


def _lines(raw: bytes) -> Iterator[tuple[int, str]]:
    """Number and text of every line, without its line ending."""
    start, number = 0, 0
    while start < len(raw):
        number += 1
        end = raw.find(b"\n", start, start + MAX_IMPORT_LINE_BYTES + 1)
        if end < 0:
            end = len(raw)
        if end - start > MAX_IMPORT_LINE_BYTES:
            raise MalformedListError(f"line {number}: longer than {MAX_IMPORT_LINE_BYTES} bytes")
        try:
            text = raw[start:end].decode("utf-8")
        except UnicodeDecodeError:
            raise MalformedListError(f"line {number}: not UTF-8 text") from None
        if "\0" in text:
            raise MalformedListError(f"line {number}: holds a NUL, so this is not text")
        yield number, text.removesuffix("\r")
        start = end + 1


def _content(raw: bytes) -> Iterator[tuple[int, str]]:
    """Lines that say something: no blank ones, no comments, no white space around."""
    for number, line in _lines(raw):
        text = line.strip()
        if text and not text.startswith("#"):
            yield number, text


def _read_by_line(
    raw: bytes, defaults: Defaults, read: Callable[[str, Defaults], Record | Skipped]
) -> Iterator[_Item]:
    for number, line in _content(raw):
        try:
            item = read(line, defaults)
        except ValueError as error:
            raise MalformedListError(f"line {number}: {error}") from None
        yield number, item


def _read_text(raw: bytes, defaults: Defaults) -> Iterator[_Item]:
    def read(line: str, defaults: Defaults) -> Record | Skipped:
        return records.from_text(line.partition("#")[0].rstrip(), defaults)

    return _read_by_line(raw, defaults, read)


def _read_jsonl(raw: bytes, defaults: Defaults) -> Iterator[_Item]:
    return _read_by_line(raw, defaults, records.from_json)


def _read_csv(raw: bytes, defaults: Defaults) -> Iterator[_Item]:
    first = next(_content(raw), (0, ""))[1].partition(",")[0]
    try:
        records.hash_of(first.strip(), defaults.algorithm)
    except ValueError:
        return _read_csv_with_header(raw, defaults)
    return _read_by_line(raw, defaults, records.from_bare_csv)


def _read_csv_with_header(raw: bytes, defaults: Defaults) -> Iterator[_Item]:
    rows = csv.reader((line + "\n" for _, line in _lines(raw)), strict=True)
    names: list[str] | None = None
    try:
        for row in rows:
            if not any(field.strip() for field in row) or row[0].lstrip().startswith("#"):
                continue
            if names is None:
                names = [name.strip().lower() for name in row]
                read = _csv_reader_for(names)
                continue
            if len(row) != len(names):
                raise ValueError(f"{len(row)} fields, but the header line has {len(names)}")
            yield rows.line_num, read(dict(zip(names, row, strict=True)), defaults)
    except csv.Error:
        reason = "not CSV: a quote is missing or a field is too long"
        raise MalformedListError(f"line {rows.line_num}: {reason}") from None
    except ValueError as error:
        raise MalformedListError(f"line {rows.line_num}: {error}") from None


def _csv_reader_for(names: list[str]) -> Callable[[dict[str, str], Defaults], Record | Skipped]:
    if len(set(names)) < len(names):
        raise ValueError("the header line has a column twice")
    columns = dict.fromkeys(names)
    if {"signal_type", "signal_str"} <= columns.keys():
        records.refuse_unknown(columns, records.TX_COLUMNS, "column")
        return records.from_tx
    records.refuse_unknown(columns, records.KEPT_KEYS | records.DROPPED_KEYS, "column")
    if "hash" not in columns:
        raise ValueError("the header line has no column `hash`")
    return records.from_csv


_READERS: dict[Kind, Callable[[bytes, Defaults], Iterator[_Item]]] = {
    "text": _read_text,
    "jsonl": _read_jsonl,
    "csv": _read_csv,
    "case": read_case,
}


class _Collector:
    """Counts records, leaves out what need not be listed, and gives ids at the end."""

    def __init__(self, algorithm: Algorithm, known: HashList | None) -> None:
        self._builder = EntriesBuilder(algorithm)
        self._known = known
        self._known_hashes = _live_hashes(known, algorithm)
        self._ids: list[str | None] = []
        self._seen_ids: set[str] = set()
        self._seen: set[bytes] = set()
        self._read = self._duplicates = self._present = 0
        self._quarantined = self._skipped = 0

    def take(self, line: int, item: Record | Skipped) -> None:
        """One record. Raises MalformedListError."""
        self._read += 1
        if isinstance(item, Skipped):
            self._skipped += 1
            return
        entry, name = item.entry, item.entry.id if item.has_id else None
        if is_junk(entry.hash.packed):
            self._quarantined += 1
            return
        digest = _digest(entry, name)
        if digest in self._seen:
            self._duplicates += 1
            return
        if name is None and entry.hash.packed in self._known_hashes:
            self._present += 1
            return
        if name is not None and name in self._seen_ids:
            raise MalformedListError(f"line {line}: the id {name} stands for another entry too")
        if len(self._builder) == MAX_ENTRIES:
            raise MalformedListError(f"line {line}: a list holds at most {MAX_ENTRIES} entries")
        self._seen.add(digest)
        if name is not None:
            self._seen_ids.add(name)
        self._builder.append(entry)
        self._ids.append(name)

    def result(self, kind: Kind) -> Imported:
        """The entries under their final ids, and the counts."""
        entries = self._builder.build().renamed(self._final_ids())
        kept, withdrawn = self._not_known(entries, is_case=kind == "case")
        return Imported(
            entries=kept,
            kind=kind,
            read=self._read,
            duplicates=self._duplicates,
            present=self._present + len(entries) - len(kept) - withdrawn,
            withdrawn=withdrawn,
            quarantined=self._quarantined,
            skipped=self._skipped,
        )

    def _final_ids(self) -> list[str]:
        """After the highest number in use, so that a number that was removed stays unused."""
        taken = self._seen_ids if self._known is None else self._seen_ids.union(self._known.ids())
        numbers = (int(one) for one in taken if len(one) <= _MAX_COUNTED_ID and one.isdecimal())
        following = max(numbers, default=0)
        ids: list[str] = []
        for name in self._ids:
            if name is None:
                following += 1
                # A taken id may be the next number once past _MAX_COUNTED_ID digits.
                while str(following) in taken:
                    following += 1
            ids.append(str(following) if name is None else name)
        return ids

    def _not_known(self, entries: Entries, *, is_case: bool) -> tuple[Entries, int]:
        """Those to add, and how many are there but not to be matched; see `read_entries`."""
        if self._known is None:
            return entries, 0
        known = self._known.table
        there = known.ids.find(self._seen_ids)
        keep = np.ones(len(entries), dtype=bool)
        withdrawn = 0
        for row, name in enumerate(self._ids):
            if name not in there:
                continue
            listed = known[there[name]]
            if is_case and listed.hash == entries[row].hash:
                keep[row] = False
                withdrawn += listed.status in (Status.WITHDRAWN, Status.DELETED)
            elif listed == entries[row]:
                keep[row] = False
        return entries if keep.all() else entries.taking(np.flatnonzero(keep)), withdrawn


def _live_hashes(known: HashList | None, algorithm: Algorithm) -> frozenset[bytes]:
    """Packed hashes that are, or may soon be, matched.

    Not the withdrawn and deleted: whoever adds such a hash again wants it matched again.
    """
    if known is None:
        return frozenset()
    live = [STATUS_NUMBERS[Status.ACTIVE], STATUS_NUMBERS[Status.RECEIVED]]
    codes = known.codes[np.isin(known.table.statuses, live)]
    packed, width = codes.tobytes(), algorithm.code_bytes
    return frozenset(packed[at : at + width] for at in range(0, len(packed), width))


def _digest(entry: Entry, name: str | None) -> bytes:
    """16 bytes that are equal for equal records; a set of entries would be ten times larger."""
    said = (name, entry.quality, entry.status.value, entry.source, entry.tags, entry.modified)
    text = repr(said).encode()
    return hashlib.blake2b(entry.hash.packed + text, digest_size=16).digest()
