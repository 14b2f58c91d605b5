"""Where data from others comes in when lists are shared, and what must come of hostile data.

A door is given a number by chance and makes its own hostile data of good data. It gives the
outcome: `read`, or the name of our error. Anything else that happens is a fault: another error,
a warning, a good record that was lost, a bad one that was not counted.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from benchmarks.hostile import BROKEN, VALUES, spoiled, written
from benchmarks.mutations import Base, mutant
from hashguard.case_file import CaseFile
from hashguard.errors import HashguardError
from hashguard.exchange import ncmec_pages
from hashguard.exchange.files import gather_ncmec, gather_stopncii
from hashguard.exchange.platforms import Endpoint, Platforms
from hashguard.exchange.requests import read_feedback, read_submission
from hashguard.exchange.stopncii_pages import Page, read_page
from hashguard.lists import HashList
from hashguard.lists.delta import Delta
from hashguard.lists.feed import Feed
from hashguard.lists.importers import read_entries
from tests.bank.samples import a_case, a_hash
from tests.exchange.answers import FEEDBACK, answer, deleted, image
from tests.exchange.pages import page, record
from tests.lists.samples import between
from tests.live.samples import listed
from tests.publishing.samples import BANK

RECORDS = 6  # of a page of which one is spoiled
OVERSIZED = 2**21  # bytes; more than any of the bounds but that of lists
_NO_DIGEST = "0" * 64

Door = Callable[[random.Random], str]


class FaultError(Exception):
    """What came out is not what was promised."""


def asked(read: Callable[[bytes], object], data: bytes) -> str:
    """`read`, or the name of our error; every other error goes on."""
    try:
        read(data)
    except HashguardError as error:
        text = str(error)
        if len(text) > 500 or not text.isprintable():
            raise FaultError("the message is not one short line") from error
        return type(error).__name__
    return "read"


def by_bytes(bases: Sequence[bytes], read: Callable[[bytes], object], rng: random.Random) -> str:
    """Bits, bytes, cuts, splices and repeats; one time in twenty far more than is allowed."""
    found = [Base(str(number), data) for number, data in enumerate(bases)]
    data = mutant(found, 0, rng.getrandbits(60)).data
    if rng.random() < 0.05:
        at = rng.randrange(len(data) + 1)
        filler = rng.choice((b" ", b"0", b"[", b"\n", b"\xff", b"<a>", b'{"a":'))
        data = data[:at] + filler * (OVERSIZED // len(filler)) + data[at:]
    return asked(read, data)


def by_places(
    documents: Sequence[object], read: Callable[[bytes], object], rng: random.Random
) -> str:
    """One place of a JSON document spoiled, wherever it is."""
    changed = spoiled(rng.choice(documents), rng, VALUES + BROKEN)
    return asked(read, written(changed.document).encode() + b"\n" * rng.randrange(2))


def by_forger(bases: Sequence[bytes], read: Callable[[bytes], object], rng: random.Random) -> str:
    """The lines after the header changed, and its count and digest made to fit again."""
    magic, header, body = rng.choice(bases).split(b"\n", 2)
    body = mutant([Base("body", body)], 0, rng.getrandbits(60)).data
    fields: dict[str, Any] = json.loads(header)
    lines = body.count(b"\n")
    if "removed" in fields:
        fields["added"] = max(0, lines - fields["removed"])
    else:
        fields["count"] = lines
    head = _line({**fields, "digest": _NO_DIGEST})
    digest = hashlib.sha256(magic + b"\n" + head + body).hexdigest()
    return asked(read, magic + b"\n" + _line({**fields, "digest": digest}) + body)


def one_record(read: Callable[[bytes], Page], rng: random.Random) -> str:
    """A page of StopNCII with one record spoiled: the others are kept, that one is counted."""
    records = [record(number) for number in range(RECORDS)]
    at = rng.randrange(RECORDS)
    bad = spoiled(records[at], rng, VALUES)
    others = records[:at] + records[at + 1 :]
    good = read(page(*others))
    fields = json.loads(page()) | {"hashRecords": [*records[:at], bad.document, *records[at + 1 :]]}
    found = read(written(fields).encode())
    kept = [one for one in found.records if one in good.records]
    was_kept = len(found.records) > len(kept)
    if kept != list(good.records):
        raise FaultError("a good record of the page was lost")
    if was_kept + found.quarantined + found.other != 1:
        raise FaultError("the bad record was not counted")
    if was_kept and (bad.path[:1] in ((), ("signalType",), ("hashValue",))):
        raise FaultError("a record without a hash was kept")
    return "kept" if was_kept else "quarantined" if found.quarantined else "another signal"


def one_entry(rng: random.Random) -> str:
    """An answer of NCMEC with one entry spoiled: the others are kept, that one is counted."""
    images = [image(number, more=FEEDBACK) for number in range(RECORDS)]
    at = rng.randrange(RECORDS)
    bad, is_counted = _spoiled_image(images[at], rng)
    others = images[:at] + images[at + 1 :]
    good = ncmec_pages.read_entries(answer(*others), environment="").updates
    body = answer(*images[:at], bad, *images[at + 1 :])
    found = ncmec_pages.read_entries(body, environment="")
    if [one for one in found.updates if one in good] != list(good):
        raise FaultError("a good entry of the answer was lost")
    if is_counted and found.quarantined != 1:
        raise FaultError("the bad entry was not counted")
    return "quarantined" if found.quarantined else "kept"


def _spoiled_image(whole: str, rng: random.Random) -> tuple[str, bool]:
    """An entry with one element spoiled, and whether it has to be counted as bad."""
    name = rng.choice(("id", "pdq", "timestamp", "classification", "member", "fingerprints"))
    start = whole.index(f"<{name}")
    inside = whole.index(">", start) + 1
    end = whole.index(f"</{name}>", inside)
    text = rng.choice(
        (" ", "x" * 4_000, "\u0663" * 64, "\uff46" * 64, "a\u202eb", "f" * 65, "&lt;pdq&gt;")
    )
    how = rng.choice(("text", "nested", "left out", "attribute"))
    if how == "text":
        return whole[:inside] + text + whole[end:], name in ("id", "pdq") and bool(text.strip())
    if how == "nested":
        return whole[:inside] + "<a>" * 9 + "</a>" * 9 + whole[end:], False
    if how == "left out":
        return whole[:start] + whole[end + len(name) + 3 :], name in ("id", "member")
    return whole[: inside - 1] + f' a="{text}"' + whole[inside - 1 :], False


def _line(fields: Mapping[str, object]) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode("ascii") + b"\n"


def doors() -> dict[str, Door]:
    """Every door by its name."""
    cases = [a_case(n, [a_hash(n * 10 + one) for one in range(n)])[0].dumps() for n in (1, 3)]
    pages = [page(*map(record, range(4))), page(hasMoreRecords=True, nextPageToken="next")]
    answers = [answer(image(1, more=FEEDBACK), deleted(2)), answer(image(3), following="/v2/x")]
    lists = [listed(range(5)).dumps(), listed([]).dumps()]
    deltas = [between(listed(range(5)), listed([1, 2, 9], version=8)).dumps()]
    feed = Feed(
        bank=BANK,
        origin="Žlutý",
        algorithm=listed([]).algorithm,
        list_version=9,
        sum=1,
        count=3,
        expires=None,
        published=1_750_000_000,
        full=7,
        deltas=(7, 8),
    ).dumps()
    platforms = Platforms().issuing("example", endpoints=frozenset(Endpoint))[0].dumps()
    opinion = {"tags": ["nude"], "feedbackValue": "Blocked"}
    sent = {"count": 2, "hashRecords": [record(n, CSPFeedbacks=[opinion]) for n in (1, 2)]}
    said = {"count": 1, "hashFeedbacks": [{"hashValue": a_hash(1).hex, **opinion}]}
    tx = [
        f"pdq {a_hash(1).hex}\n# a comment\nPDQ:{a_hash(2).hex}\n".encode(),
        json.dumps({"hash": str(a_hash(1)), "quality": 90}).encode() + b"\n",
        f"signal_type,signal_str\npdq,{a_hash(1).hex}\n".encode(),
        f"{a_hash(1).hex},90,name\n".encode(),
    ]

    def read_list(data: bytes) -> object:
        return [entry.id for entry in HashList.loads(data).entries()]

    def read_pages(data: bytes) -> object:
        return gather_stopncii([data, pages[0]])

    def read_answers(data: bytes) -> object:
        return read_answer(data), gather_ncmec([data, answers[0]])

    def read_answer(data: bytes) -> object:
        return ncmec_pages.read_entries(data, environment="https://example.org")

    def both(name: str, bases: list[bytes], read: Callable[[bytes], object]) -> dict[str, Door]:
        documents = [json.loads(base) for base in bases]
        return {
            f"{name}, bytes": partial(by_bytes, bases, read),
            f"{name}, places": partial(by_places, documents, read),
        }

    return {
        **both("case file", cases, CaseFile.loads),
        **both("case file to import", cases, read_entries),
        "list to import, bytes": partial(by_bytes, tx, read_entries),
        **both("StopNCII page", pages, read_page),
        "StopNCII page, one record": partial(one_record, read_page),
        **both("saved StopNCII pages", pages, read_pages),
        "NCMEC answer, bytes": partial(by_bytes, answers, read_answers),
        "NCMEC answer, one entry": one_entry,
        "delta, bytes": partial(by_bytes, deltas, Delta.loads),
        "delta, digest made to fit": partial(by_forger, deltas, Delta.loads),
        **both("feed", [feed], Feed.loads),
        "list file, bytes": partial(by_bytes, lists, read_list),
        "list file, digest made to fit": partial(by_forger, lists, read_list),
        **both("hashes sent to the server", [json.dumps(sent).encode()], read_submission),
        **both("feedback sent to the server", [json.dumps(said).encode()], read_feedback),
        **both("platforms' keys", [platforms], Platforms.loads),
    }
