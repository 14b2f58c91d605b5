"""Files of exchanges: saved answers of StopNCII and NCMEC, and lists for threatexchange. Pure.

Several files are pages of one whole, in their order: a later record takes the place of an
earlier one. docs/exchange.md says what each format carries and what is lost.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from hashguard.errors import ExchangeError, MalformedListError
from hashguard.exchange import ncmec_pages, stopncii_pages
from hashguard.exchange.records import BLOCKED, FEEDBACK_WORDS, NOT_BLOCKED, Opinion, Record
from hashguard.lists import Entry, HashList

STOPNCII, NCMEC = "StopNCII", "NCMEC"
_PAGE = 800  # records; what StopNCII's clients ask for
_MAX_HEAD = 4_096  # bytes that are looked at to tell what a file is
_CATEGORIES = ("POSITIVE_CLASS", "NEGATIVE_CLASS", "DISPUTED", "INVESTIGATION_SEED")
_COLUMNS = ("signal_type", "signal_str", "collab", "category", "tags")


@dataclass(slots=True)
class Counts:
    """What was read: gone are the withdrawn and deleted; see `stopncii_pages.Page`."""

    read: int = 0
    gone: int = 0
    quarantined: int = 0
    other: int = 0
    odd: int = 0


@dataclass(slots=True)
class Gathered:
    """The entries that several pages leave, and what else was in them."""

    entries: list[Entry]
    counts: Counts = field(default_factory=Counts)


def exchange_of(data: bytes) -> str | None:
    """STOPNCII or NCMEC if a file looks like a saved answer of theirs; None for any other."""
    head = data[:_MAX_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"<"):
        return NCMEC
    is_page = head.startswith(b"{") and any(
        key in data[:_MAX_HEAD] for key in (b'"hashRecords"', b'"nextSetTimestamp"')
    )
    return STOPNCII if is_page else None


def gather_stopncii(files: Iterable[bytes]) -> Gathered:
    """Entries 1, 2, ... of saved pages: a file is one page, or one page a line.

    Raises MalformedListError naming file and page, from 1.
    """
    counts = Counts()
    known: dict[bytes, Record] = {}
    for number, data in enumerate(files, 1):
        for place, body in enumerate(_pages(data), 1):
            try:
                page = stopncii_pages.read_page(body)
            except ExchangeError as error:
                raise MalformedListError(f"file {number}, page {place}: {error}") from error
            counts.read += len(page.records) + page.other + page.quarantined
            counts.quarantined += page.quarantined
            counts.other += page.other
            counts.odd += page.odd
            known |= {record.hash.packed: record for record in page.records}
    standing = [record for record in known.values() if not record.is_gone]
    counts.gone = len(known) - len(standing)
    entries = [one.entry(str(n), source=STOPNCII) for n, one in enumerate(standing, 1)]
    return Gathered(entries, counts)


def gather_ncmec(files: Iterable[bytes]) -> Gathered:
    """Entries of saved answers, one a file. Raises MalformedListError naming the file, from 1."""
    counts = Counts()
    known: dict[str, ncmec_pages.Update] = {}
    for number, data in enumerate(files, 1):
        try:
            page = ncmec_pages.read_entries(data, environment="")
        except ExchangeError as error:
            raise MalformedListError(f"file {number}: {error}") from error
        counts.read += len(page.updates)
        counts.quarantined += page.quarantined
        known |= {update.id: update for update in page.updates}
    entries = [entry for one in known.values() if (entry := one.entry()) is not None]
    counts.gone = len(known) - len(entries)
    return Gathered(entries, counts)


def stopncii_lines(hash_list: HashList) -> Iterator[str]:
    """A page a line, of all entries with where they stand; without ids and qualities."""
    entries = list(hash_list.entries())
    pages = [entries[at : at + _PAGE] for at in range(0, len(entries), _PAGE)] or [[]]
    newest = max((entry.modified or 0 for entry in entries), default=0)
    for number, page in enumerate(pages, 1):
        token = f"page-{number + 1}" if number < len(pages) else None
        body = stopncii_pages.write_page(map(_record, page), newest=newest, token=token)
        yield body.decode("ascii")


def ncmec_lines(hash_list: HashList, *, member: int | None) -> Iterator[str]:
    """One answer with all entries with where they stand; without qualities.

    member: for ids that are not MEMBER-ENTRY, who contributed them. Raises ValueError.
    """
    body = ncmec_pages.write_entries(_owned(entry, member) for entry in hash_list.entries())
    yield body.decode("utf-8").rstrip("\n")


def tx_csv_lines(hash_list: HashList) -> Iterator[str]:
    """As `tx dataset --print-signals --csv` prints: each ACTIVE entry, with its category."""
    yield ",".join(_COLUMNS)
    for row in hash_list.active_rows.tolist():
        entry = hash_list.entry(row)
        # tx separates tags by spaces.
        tags = [tag.replace(" ", "_") for tag in entry.tags if tag.upper() not in _CATEGORIES]
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(
            [
                entry.hash.algorithm.value,
                entry.hash.hex,
                entry.source or hash_list.origin,
                _category(entry),
                " ".join(tags),
            ]
        )
        yield line.getvalue()


def _pages(data: bytes) -> list[bytes]:
    """One page a line, if the first line is one; else the file as it is."""
    text = data.removeprefix(b"\xef\xbb\xbf").strip()
    first = text.partition(b"\n")[0].strip()
    if first.startswith(b"{") and first.endswith(b"}"):
        return [line for line in text.split(b"\n") if line.strip()]
    return [text]


def _record(entry: Entry) -> Record:
    words = [tag for tag in entry.tags if tag in FEEDBACK_WORDS]
    opinions = tuple(Opinion(entry.source, word) for word in words)
    return Record(entry.hash, entry.status, entry.modified, (), opinions)


def _owned(entry: Entry, member: int | None) -> Entry:
    try:
        ncmec_pages.split_id(entry.id)
    except ValueError:
        if member is None:
            raise
        return Entry(
            id=f"{member}-{entry.id}",
            hash=entry.hash,
            status=entry.status,
            source=entry.source,
            tags=entry.tags,
            modified=entry.modified,
        )
    return entry


def _category(entry: Entry) -> str:
    said = [tag.upper() for tag in entry.tags if tag.upper() in _CATEGORIES]
    if said:
        return said[0]
    blocked, cleared = BLOCKED in entry.tags, NOT_BLOCKED in entry.tags
    if blocked and cleared:
        return "DISPUTED"
    if blocked or cleared:
        return "POSITIVE_CLASS" if blocked else "NEGATIVE_CLASS"
    return "INVESTIGATION_SEED"
