"""Files of others come in and go out; the packages that wrote or read them are the judges."""

import csv
import enum
import io
import json
import random
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import dacite
import pytest
from threatexchange.cli.dataset_cmd import DatasetCommand
from threatexchange.exchanges.clients.ncmec import hash_api
from threatexchange.exchanges.clients.stopncii.api import StopNCIIHashRecord
from threatexchange.exchanges.impl.file_api import (
    FileCollaborationConfig,
    LocalFileSignalExchangeAPI,
)
from threatexchange.exchanges.impl.stop_ncii_api import StopNCIISignalMetadata
from threatexchange.signal_type.pdq.signal import PdqSignal as TheirPdq

from hashguard.errors import MalformedListError
from hashguard.exchange.files import (
    NCMEC,
    STOPNCII,
    exchange_of,
    gather_ncmec,
    gather_stopncii,
    ncmec_lines,
    stopncii_lines,
    tx_csv_lines,
)
from hashguard.exchange.safe_xml import read_xml
from hashguard.hashes import Algorithm
from hashguard.lists import Entry, HashList, Status
from hashguard.lists.exporters import text_lines
from hashguard.lists.importers import read_entries
from tests.bank.samples import a_hash
from tests.exchange.answers import answer, deleted, image
from tests.exchange.pages import hex_of, page, record


def a_list(count: int) -> HashList:
    entries = [
        Entry(id=str(n), hash=a_hash(n), source="Example & Sons", tags=("Blocked",), modified=n)
        for n in range(1, count + 1)
    ]
    return HashList.from_entries(entries, algorithm=Algorithm.PDQ, origin="ours")


def test_pages_of_stopncii_become_entries():
    """What the last page says of a hash counts; withdrawn ones are not on the list."""
    first = page(record(1), record(2), record(3), nextPageToken="x", hasMoreRecords=True)
    second = page(record(2, hashStatus="Withdrawn"), record(4, hashStatus="Received"))
    found = gather_stopncii([first, second])
    assert [(one.id, one.hash, one.status) for one in found.entries] == [
        ("1", a_hash(1), Status.ACTIVE),
        ("2", a_hash(3), Status.ACTIVE),
        ("3", a_hash(4), Status.RECEIVED),
    ]
    assert (found.counts.read, found.counts.gone) == (5, 1)
    together = b"\n".join([first, second])
    assert gather_stopncii([together]).entries == found.entries
    pretty = json.dumps(json.loads(first), indent=2).encode()
    assert len(gather_stopncii([pretty]).entries) == 3


def test_answers_of_ncmec_become_entries():
    """Under the ids of their members; tombstones take entries away."""
    found = gather_ncmec([answer(image(1), image(2), image(3, member=7)), answer(deleted(2))])
    assert [(one.id, one.hash) for one in found.entries] == [
        ("42-image1", a_hash(1)),
        ("7-image3", a_hash(3)),
    ]
    (first, _) = found.entries
    assert (first.source, first.tags, first.modified) == ("Example", ("A1",), 1_508_513_721)


def test_formats_are_told_by_their_content():
    assert exchange_of(page(record(1))) == STOPNCII
    assert exchange_of(b"\xef\xbb\xbf \n" + answer(image(1))) == NCMEC
    for other in (b"", b"pdq " + b"0" * 64, b'{"hash": "x"}', b"signal_type,signal_str\n"):
        assert exchange_of(other) is None


def test_stopncii_pages_that_we_write_are_read_by_threatexchange():
    """By its own records; and by us, to the same entries."""
    ours = a_list(1_700).withdrawing(["5"])
    lines = list(stopncii_lines(ours))
    pages = [json.loads(line) for line in lines]
    assert [one["count"] for one in pages] == [800, 800, 100]
    assert [one["hasMoreRecords"] for one in pages] == [True, True, False]
    config = dacite.Config(cast=[enum.Enum, set])
    records = [
        dacite.from_dict(StopNCIIHashRecord, one, config)
        for each in pages
        for one in each["hashRecords"]
    ]
    assert [one.hashValue for one in records] == [one.hash.hex for one in ours.entries()]
    assert records[4].hashStatus.value == "Withdrawn"
    back = gather_stopncii(["\n".join(lines).encode()])
    assert len(back.entries) == 1_699
    assert back.entries[0].tags == ("Blocked",)


def test_ncmec_answers_that_we_write_are_read_by_threatexchange():
    """By its own parser; ids that are no MEMBER-ENTRY get the member we name."""
    ours = a_list(3).withdrawing(["2"])
    (text,) = ncmec_lines(ours, member=9)
    root = ElementTree.fromstring(text)  # noqa: S314 (our own text)
    for node in root.iter():
        node.tag = node.tag.partition("}")[2]
    updates = [
        hash_api.NCMECEntryUpdate.from_xml(one) for one in hash_api._XMLWrapper(root)["images"]
    ]
    assert [(one.member_id, one.id, one.deleted) for one in updates] == [
        (9, "1", False),
        (9, "2", True),
        (9, "3", False),
    ]
    assert updates[0].fingerprints == {"pdq": a_hash(1).hex}
    back = gather_ncmec([text.encode()])
    assert [(one.id, one.source, one.tags) for one in back.entries] == [
        ("9-1", "Example & Sons", ("Blocked",)),
        ("9-3", "Example & Sons", ("Blocked",)),
    ]
    with pytest.raises(ValueError, match="MEMBER-ENTRY"):
        list(ncmec_lines(ours, member=None))


def test_text_that_we_write_is_what_threatexchange_fetches(tmp_path: Path):
    ours = a_list(3).withdrawing(["2"])
    (tmp_path / "l.txt").write_text("".join(line + "\n" for line in text_lines(ours)))
    collab = FileCollaborationConfig(name="x", filename=str(tmp_path / "l.txt"))
    (delta,) = LocalFileSignalExchangeAPI.for_collab(collab).fetch_iter([], None)
    assert list(delta.updates) == [("pdq", a_hash(1).hex), ("pdq", a_hash(3).hex)]


def test_csv_that_threatexchange_prints_comes_in_and_ours_is_like_it(capsys):
    """Its own writer; ours has the same columns and categories; both are read to the same list."""
    command = DatasetCommand(print_signals=True, csv=True)
    theirs = io.StringIO()
    pdq: Any = TheirPdq
    writer = csv.DictWriter(theirs, ["signal_type", "signal_str", "collab", "category", "tags"])
    writer.writeheader()
    for n in (1, 2):
        command._print_csv(writer, "Example & Sons", pdq, hex_of(n), StopNCIISignalMetadata([]))
    ours = HashList.from_entries(
        [Entry(id=str(n), hash=a_hash(n), source="Example & Sons") for n in (1, 2)],
        algorithm=Algorithm.PDQ,
    )
    assert theirs.getvalue().splitlines() == list(tx_csv_lines(ours))
    back = read_entries(theirs.getvalue())
    assert [one.hash for one in back.entries] == [a_hash(1), a_hash(2)]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("tags", "category", "left"),
    [
        ((), "INVESTIGATION_SEED", ""),
        (("Blocked", "a tag"), "POSITIVE_CLASS", "Blocked a_tag"),
        (("NotBlocked",), "NEGATIVE_CLASS", "NotBlocked"),
        (("Blocked", "NotBlocked"), "DISPUTED", "Blocked NotBlocked"),
        (("x", "disputed"), "DISPUTED", "x"),
    ],
)
def test_feedback_becomes_the_category_that_threatexchange_gives_it(tags, category, left):
    one = Entry(id="1", hash=a_hash(1), tags=tags)
    lines = list(tx_csv_lines(HashList.from_entries([one], algorithm=Algorithm.PDQ)))
    assert lines[1].split(",")[3:] == [category, left]


def test_what_is_wrong_is_told_by_file_and_page():
    with pytest.raises(MalformedListError, match="file 2, page 1: "):
        gather_stopncii([page(record(1)), b"{}"])
    with pytest.raises(MalformedListError, match="file 1: "):
        gather_ncmec([b"<a/>"])


def test_mutated_answers_give_our_error_or_good_entries():
    """1,000 answers of NCMEC with bytes changed, cut out or put in."""
    rng = random.Random(5)
    whole = answer(image(1), deleted(2), image(3, more="<feedback/>"))
    for _ in range(1_000):
        data = bytearray(whole)
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(data))
            data[at : at + rng.choice([0, 1, 9])] = rng.choice(
                [b"", b"<", b"&", b"\xff", b'"', b"x"]
            )
        try:
            for one in gather_ncmec([bytes(data)]).entries:
                assert one.hash.hex not in one.id
        except MalformedListError:
            continue


BOMB = '<!DOCTYPE lolz [<!ENTITY lol "lol">{}]><queryResult>&l9;</queryResult>'
LOLS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "body",
    [
        BOMB.format(LOLS.replace("&l0;", "&lol;")).encode(),
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><x/>',
        b"<!DOCTYPE x><x/>",
        b"<x>&undefined;</x>",
        b"<a>" * 40 + b"</a>" * 40,
        b"<a>" + b"<b/>" * 200_001 + b"</a>",
        b"<a>" + b"x" * 70_000 + b"</a>",
        b'<a b="' + b"x" * 70_000 + b'"/>',
        b"",
        b"<a>",
        b"\xff\xfe",
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        b"<p:a/>",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_xml_that_would_expand_fetch_or_fill_the_memory_is_refused(body):
    from hashguard.errors import ExchangeError

    with pytest.raises(ExchangeError) as caught:
        read_xml(body)
    assert "passwd" not in str(caught.value)
