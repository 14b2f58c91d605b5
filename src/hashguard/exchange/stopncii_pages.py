"""The pages of StopNCII's interface: JSON to records, and records to JSON.

Pure. Lenient where real data is odd, record by record; strict about the page itself, which says
where the next one is. Nothing of what is refused is quoted.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeGuard

from hashguard.errors import ExchangeError, InvalidHashError
from hashguard.exchange.records import Opinion, Record, is_tag
from hashguard.hashes import Algorithm, Hash
from hashguard.lists.entry import MAX_SOURCE_BYTES, MAX_TAGS, MAX_TIME, Status, text_fault
from hashguard.lists.report import is_junk
from hashguard.strict_json import is_whole, no_constant, short_int

IMAGE_PDQ = "ImagePDQ"
MAX_RECORDS = 10_000  # in a page; 800 are asked for
MAX_TOKEN = 8_192  # characters; a token is sent back in an address
MAX_CASES = 10_000  # of one hash
MAX_OPINIONS = 1_000  # of one hash; fewer platforms take part

_STATUSES = {
    "Received": Status.RECEIVED,
    "Active": Status.ACTIVE,
    "Withdrawn": Status.WITHDRAWN,
    "Deleted": Status.DELETED,
}
STATUS_WORDS = {status: word for word, status in _STATUSES.items()}
_GONE = (Status.WITHDRAWN, Status.DELETED)
_CASE = re.compile(r"[!-~]{1,128}", re.ASCII)
_TOKEN = re.compile(r"[!-~]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of /FetchHashes.

    newest: what to ask for next time, unix seconds. May be lower than that of the page before.
    token: of the next page; None on the last.
    quarantined: records without a hash that can be used. other: of another kind of signal.
    odd: records kept without some part that could not be read.
    """

    records: tuple[Record, ...]
    newest: int
    token: str | None = field(default=None, repr=False)
    quarantined: int = 0
    other: int = 0
    odd: int = 0


def read_page(body: bytes) -> Page:
    """The records of a page. Raises ExchangeError if the page itself cannot be understood."""
    fields = read_object(body)
    newest, more = fields.get("nextSetTimestamp"), fields.get("hasMoreRecords")
    if not is_whole(newest, 0, MAX_TIME):
        raise ExchangeError("nextSetTimestamp must be whole unix seconds")
    if not isinstance(more, bool):
        raise ExchangeError("hasMoreRecords must be true or false")
    found = fields.get("hashRecords")
    if not isinstance(found, list) or len(found) > MAX_RECORDS:
        raise ExchangeError(f"hashRecords must be a list of at most {MAX_RECORDS}")
    # It may be set on the last page, too, and means nothing there.
    token = fields.get("nextPageToken") if more else None
    if (token is not None and not _is_token(token)) or (more and token is None):
        raise ExchangeError("there are more records, but nextPageToken does not say where")
    records: list[Record] = []
    quarantined = other = odd = 0
    for one in found:
        reader = _Reader()
        record = reader.record(one)
        if isinstance(record, Record):
            records.append(record)
            odd += reader.odd
        elif record is _Unusable.OTHER:
            other += 1
        else:
            quarantined += 1
    return Page(tuple(records), newest, token, quarantined, other, odd)


def read_object(body: bytes) -> dict[str, object]:
    """A JSON object, no key twice at its top. Raises ExchangeError."""
    try:
        fields = json.loads(
            body, object_pairs_hook=_object, parse_constant=no_constant, parse_int=short_int
        )
    except (ValueError, RecursionError):
        raise ExchangeError("this is no JSON") from None
    if not isinstance(fields, dict):
        raise ExchangeError("this is no JSON object, or has a key twice")
    return fields


class _Twice:
    """Stands for an object with a key twice: nobody knows which value was meant."""


class _Unusable(enum.Enum):
    OTHER = "another kind of signal"
    JUNK = "no hash in it that can be used"


def _object(pairs: list[tuple[str, object]]) -> object:
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else _Twice()


class _Reader:
    """Reads one record. odd: whether something in it was left out."""

    def __init__(self) -> None:
        self.odd = False

    def record(self, given: object) -> Record | _Unusable:
        """One element of hashRecords.

        1. What kind of signal. 2. Its hash. 3. Where it stands: without these three there is no
        record. All else may be missing or wrong; a withdrawal is never lost over it.
        """
        if not isinstance(given, dict):
            return _Unusable.JUNK
        signal = given.get("signalType")
        if not isinstance(signal, str):
            return _Unusable.JUNK
        if signal != IMAGE_PDQ:
            return _Unusable.OTHER
        hash_ = _hash(given.get("hashValue"))
        word = given.get("hashStatus")
        if hash_ is None or not isinstance(word, str):
            return _Unusable.JUNK
        cases = self._cases(given.get("caseNumbers"))
        modified = given.get("lastModtimestamp")
        if not is_whole(modified, 0, MAX_TIME):
            self.odd = True
        return Record(
            hash=hash_,
            status=self._status(word, [status for _, status in cases]),
            modified=modified if is_whole(modified, 0, MAX_TIME) else None,
            cases=cases,
            feedback=self._opinions(given.get("CSPFeedbacks")),
        )

    def _status(self, word: str, cases: Sequence[Status]) -> Status:
        stated = _STATUSES.get(word)
        # Where all who reported it took it back, the sum has not been drawn yet.
        if stated not in _GONE and cases and all(status in _GONE for status in cases):
            return Status.WITHDRAWN
        if stated is not None:
            return stated
        self.odd = True
        return Status.ACTIVE if Status.ACTIVE in cases else Status.RECEIVED

    def _cases(self, given: object) -> tuple[tuple[str, Status], ...]:
        if given is None or given == []:  # how an empty object arrives
            return ()
        if not isinstance(given, dict) or len(given) > MAX_CASES:
            self.odd = True
            return ()
        cases = []
        for number, word in given.items():
            if not _CASE.fullmatch(number) or not isinstance(word, str):
                self.odd = True
                continue
            status = _STATUSES.get(word)
            self.odd |= status is None
            cases.append((number, status or Status.RECEIVED))
        return tuple(cases)

    def _opinions(self, given: object) -> tuple[Opinion, ...]:
        if given is None:
            return ()
        if not isinstance(given, list) or len(given) > MAX_OPINIONS:
            self.odd = True
            return ()
        opinions = [self._opinion(one) for one in given]
        return tuple(one for one in opinions if one is not None)

    def _opinion(self, given: object) -> Opinion | None:
        if not isinstance(given, dict):
            self.odd = True
            return None
        source, word = given.get("source", ""), given.get("feedbackValue")
        if not isinstance(word, str) or not is_tag(word) or not _is_source(source):
            self.odd = True
            return None
        tags = given.get("tags")
        if tags is None:
            tags = []
        if not isinstance(tags, list):
            tags, self.odd = [], True
        kept = [tag for tag in dict.fromkeys(t for t in tags if isinstance(t, str)) if is_tag(tag)]
        self.odd |= len(kept) < len(tags)
        return Opinion(source, word, tuple(kept[:MAX_TAGS]))


def _is_token(text: object) -> TypeGuard[str]:
    return isinstance(text, str) and len(text) <= MAX_TOKEN and bool(_TOKEN.fullmatch(text))


def _is_source(text: object) -> TypeGuard[str]:
    return isinstance(text, str) and not text_fault(text, max_bytes=MAX_SOURCE_BYTES)


def _hash(value: object) -> Hash | None:
    if not isinstance(value, str):
        return None
    try:
        hash_ = Hash.from_hex(Algorithm.PDQ, value)
    except InvalidHashError:
        return None
    return None if is_junk(hash_.packed) else hash_


def write_page(records: Iterable[Record], *, newest: int, token: str | None) -> bytes:
    """An answer of /FetchHashes: the inverse of `read_page`."""
    written = [_written(one) for one in records]
    page = {
        "count": len(written),
        "nextSetTimestamp": newest,
        "nextPageToken": token,
        "hasMoreRecords": token is not None,
        "hashRecords": written,
    }
    return json.dumps(page, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def _written(record: Record) -> Mapping[str, object]:
    return {
        "lastModtimestamp": record.modified or 0,
        "signalType": IMAGE_PDQ,
        "hashValue": record.hash.hex,
        "hashStatus": STATUS_WORDS[record.status],
        "caseNumbers": {number: STATUS_WORDS[status] for number, status in record.cases},
        "CSPFeedbacks": [
            {"source": one.source, "feedbackValue": one.feedback, "tags": list(one.tags)}
            for one in record.feedback
        ],
    }
