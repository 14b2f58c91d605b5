"""What platforms send to our server: JSON to hashes and what they say of them. Pure.

Strict: a request that is wrong in one place is refused whole, with the place and the reason, and
nothing of it quoted. A sender is there to mend it; data that is fetched has nobody to ask.
"""

from __future__ import annotations

from dataclasses import dataclass

from hashguard.errors import ExchangeError, InvalidHashError
from hashguard.exchange.records import is_tag
from hashguard.exchange.stopncii_pages import IMAGE_PDQ, read_object
from hashguard.hashes import Algorithm, Hash
from hashguard.lists.entry import tags_fault
from hashguard.strict_json import is_whole

MAX_BODY_BYTES = 2**20  # 1,000 hashes with their tags take a quarter
MAX_SENT = 1_000  # hashes in one request
_SIGNALS = (IMAGE_PDQ, f"StopNCIISignalType.{IMAGE_PDQ}")
"""The second is what threatexchange up to 1.2.17 sends, by mistake."""
_NOTHING = "None"  # tags without an opinion


@dataclass(frozen=True, slots=True)
class Said:
    """A hash, and what its sender says of it. feedback: None if nothing."""

    hash: Hash
    feedback: str | None
    tags: tuple[str, ...]


def read_submission(body: bytes) -> list[Said]:
    """The hashes of /SubmitHashes. Raises ExchangeError naming the record, from 1."""
    return [_submitted(number, one) for number, one in _elements(body, "hashRecords")]


def read_feedback(body: bytes) -> list[Said]:
    """The feedback of /SubmitFeedback. Raises ExchangeError naming the record, from 1."""
    found = [_said(number, one, one) for number, one in _elements(body, "hashFeedbacks")]
    for number, one in enumerate(found, 1):
        if one.feedback is None:
            raise ExchangeError(f"record {number}: feedbackValue says nothing")
    return found


def _elements(body: bytes, name: str) -> list[tuple[int, dict[str, object]]]:
    fields = read_object(body)
    found, count = fields.get(name), fields.get("count")
    if not isinstance(found, list) or not 1 <= len(found) <= MAX_SENT:
        raise ExchangeError(f"{name} must be a list of 1 to {MAX_SENT}")
    if count is not None and not is_whole(count, len(found), len(found)):
        raise ExchangeError(f"count does not say how many {name} there are")
    elements: list[tuple[int, dict[str, object]]] = []
    for number, one in enumerate(found, 1):
        if not isinstance(one, dict):
            raise ExchangeError(f"record {number}: it must be an object, without a key twice")
        elements.append((number, one))
    return elements


def _submitted(number: int, given: dict[str, object]) -> Said:
    if given.get("signalType") not in _SIGNALS:
        raise ExchangeError(f"record {number}: signalType must be {IMAGE_PDQ}")
    opinions = given.get("CSPFeedbacks")
    if opinions is None or opinions == []:
        return Said(_hash(number, given), None, ())
    if not isinstance(opinions, list) or len(opinions) != 1 or not isinstance(opinions[0], dict):
        raise ExchangeError(f"record {number}: CSPFeedbacks holds your own opinion alone")
    return _said(number, given, opinions[0])


def _said(number: int, given: dict[str, object], opinion: dict[str, object]) -> Said:
    word, tags = opinion.get("feedbackValue"), opinion.get("tags")
    if not isinstance(word, str) or not is_tag(word):
        raise ExchangeError(f"record {number}: feedbackValue must be a word")
    if tags is None:
        tags = []
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise ExchangeError(f"record {number}: tags must be a list of texts")
    if fault := tags_fault(tuple(tags)):
        raise ExchangeError(f"record {number}: the tags {fault}")
    hash_ = _hash(number, given)
    return Said(hash_, None if word == _NOTHING else word, tuple(tags))


def _hash(number: int, given: dict[str, object]) -> Hash:
    value = given.get("hashValue")
    try:
        return Hash.from_hex(Algorithm.PDQ, value if isinstance(value, str) else "")
    except InvalidHashError as error:
        raise ExchangeError(f"record {number}: {error}") from None
