"""The StopNCII client: nothing good is lost, nothing withdrawn stays, nothing hostile passes."""

import json
import logging
import random
from typing import Any

import pytest

from hashguard.errors import CredentialsError, ExchangeError, FetchError, HashguardError
from hashguard.exchange.credentials import Secret, StopNciiKeys
from hashguard.exchange.http import Bounds
from hashguard.exchange.records import Opinion, Record
from hashguard.exchange.stopncii import MAX_SENT, Statement, StopNcii
from hashguard.exchange.stopncii_pages import read_page, write_page
from hashguard.hashes import Algorithm, Hash
from hashguard.lists import Status
from tests.bank.samples import a_hash
from tests.exchange.pages import hex_of, page, record
from tests.exchange.servers import Answer, Slept, one_by_one, site

KEYS = StopNciiKeys(
    subscription=Secret("sub-1"), fetch=Secret("fetch-2"), submit=Secret("submit-3")
)


def test_a_record_is_read_whole():
    (one,) = read_page(page(record(1))).records
    assert one == Record(
        hash=a_hash(1),
        status=Status.ACTIVE,
        modified=1_625_167_805,
        cases=(("cc2a0d2e-5b1c-4a2b-9e7a-000000000001", Status.ACTIVE),),
        feedback=(Opinion("Example", "Blocked", ("nude", "adult")),),
    )
    entry = one.entry("7", source="StopNCII")
    assert (entry.id, entry.source, entry.tags) == ("7", "StopNCII", ("Blocked",))


@pytest.mark.parametrize("word", ["Withdrawn", "Deleted"])
def test_what_is_withdrawn_is_gone_whatever_else_the_record_says(word):
    """The status decides, not the hash; and no broken part of a record keeps a hash alive."""
    for changed in ({}, {"caseNumbers": 5}, {"CSPFeedbacks": "x"}, {"lastModtimestamp": "x"}):
        (one,) = read_page(page(record(1, hashStatus=word, **changed))).records
        assert one.is_gone


def test_a_hash_whose_every_case_was_withdrawn_is_gone():
    cases = {"a": "Withdrawn", "b": "Deleted"}
    (one,) = read_page(page(record(1, caseNumbers=cases))).records
    assert one.status is Status.WITHDRAWN
    (one,) = read_page(page(record(1, caseNumbers=cases | {"c": "Active"}))).records
    assert one.status is Status.ACTIVE


def test_an_unknown_word_loses_neither_the_record_nor_the_word():
    """`Undefined` does occur; a client that drops the record lets the picture come back."""
    said = [{"source": "Example", "feedbackValue": "Undefined", "tags": []}]
    (one,) = read_page(page(record(1, CSPFeedbacks=said))).records
    assert one.feedback == (Opinion("Example", "Undefined"),)
    assert one.status is Status.ACTIVE


def test_an_unknown_status_is_kept_and_not_matched():
    """Unless a case says that it stands."""
    for word in ("Unknown", "Suspended"):
        found = read_page(page(record(1, hashStatus=word, caseNumbers=[])))
        assert found.records[0].status is Status.RECEIVED
        assert found.odd == 1
        assert read_page(page(record(1, hashStatus=word))).records[0].status is Status.ACTIVE


def test_no_cases_arrive_as_an_empty_list():
    found = read_page(page(record(1, caseNumbers=[])))
    assert (found.records[0].cases, found.odd) == ((), 0)


@pytest.mark.parametrize(
    "value", ["0" * 32, "0" * 64, "f" * 64, "", "g" * 64, None, 5, ["a"], "0" * 65, hex_of(1)[:-1]]
)
def test_junk_is_quarantined_and_the_rest_of_the_page_kept(value):
    """`"0" * 32` was served, and broke the index of those who took it."""
    found = read_page(page(record(1), record(2, hashValue=value), record(3)))
    assert [one.hash for one in found.records] == [a_hash(1), a_hash(3)]
    assert found.quarantined == 1


def test_other_signals_are_counted_and_left():
    others = [record(n, signalType=t) for n, t in enumerate(("VideoMD5", "URL", "PhotoDNA"))]
    found = read_page(page(*others, record(9)))
    assert ([one.hash for one in found.records], found.other) == ([a_hash(9)], 3)


def test_a_key_given_twice_is_no_record():
    """One reader would take the first value, another the last."""
    twice = json.dumps(record(1)).replace('{"last', '{"hashStatus": "Withdrawn", "last', 1)
    body = page("here", record(2)).replace(b'"here"', twice.encode())
    assert read_page(body).quarantined == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"nextSetTimestamp": None},
        {"nextSetTimestamp": "5"},
        {"nextSetTimestamp": True},
        {"nextSetTimestamp": -1},
        {"nextSetTimestamp": 10**40},
        {"hasMoreRecords": None},
        {"hasMoreRecords": 0},
        {"hasMoreRecords": True},
        {"hasMoreRecords": True, "nextPageToken": ""},
        {"hasMoreRecords": True, "nextPageToken": "x\ny"},
        {"hasMoreRecords": True, "nextPageToken": "x" * 9000},
        {"hasMoreRecords": True, "nextPageToken": ["x"]},
        {"hashRecords": None},
        {"hashRecords": {}},
        {"hashRecords": [0] * 10_001},
    ],
)
def test_a_page_that_does_not_say_where_to_go_on_is_refused(changed):
    with pytest.raises(ExchangeError):
        read_page(page(**changed))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 10**5, b'{"a":1,"a":2}', b'{"a":NaN}']
)
def test_what_is_no_json_object_is_refused(body):
    with pytest.raises(ExchangeError):
        read_page(body)


def test_pages_are_written_as_they_are_read():
    records = read_page(page(record(1), record(2, hashStatus="Deleted", caseNumbers=[]))).records
    again = read_page(write_page(records, newest=9, token="more"))  # noqa: S106 (no password)
    assert (again.records, again.newest, again.token) == (records, 9, "more")


def test_mutated_pages_give_our_error_or_good_records():
    """2,000 pages with a byte changed, cut out or repeated, or a value of another type."""
    rng = random.Random(7)
    whole = page(*[record(n) for n in range(4)], nextPageToken="dG9rZW4=")
    odd: list[object] = [None, True, 1.5, -1, 10**30, "", "\ud800", [], {}, [[]], "x" * 5000]
    for _ in range(1_000):
        data = bytearray(whole)
        at = rng.randrange(len(data))
        data[at : at + rng.choice([1, 1, 30])] = rng.choice([b"", b"\x00", b'"', b"{", b"9" * 99])
        read_or_refuse(bytes(data))
        fields = json.loads(whole)
        inside = rng.choice([fields, *fields["hashRecords"], *feedbacks(fields)])
        inside[rng.choice(list(inside))] = rng.choice(odd)
        read_or_refuse(json.dumps(fields).encode())


def feedbacks(fields: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for each in fields["hashRecords"] for one in each["CSPFeedbacks"]]


def read_or_refuse(body: bytes) -> None:
    try:
        found = read_page(body)
    except ExchangeError as error:
        quoted = any(hex_of(n)[:12] in str(error) for n in range(4))
    else:
        quoted = False
        for one in found.records:
            one.entry("1", source="s")
    assert not quoted


def test_pages_are_fetched_to_the_last_one():
    """By the parameters and headers of the interface; a token on the last page means nothing."""
    pages = [
        page(record(1), nextPageToken="T0tFTg==", hasMoreRecords=True),
        page(record(2), nextSetTimestamp=1_625_167_824, nextPageToken="last"),
    ]
    with site(one_by_one(map(Answer, pages))) as there, StopNcii(KEYS, base_url=there.url) as ncii:
        found = list(ncii.pages())
    assert [one.hash for each in found for one in each.records] == [a_hash(1), a_hash(2)]
    first, second = there.asked
    assert first.query == {"startTimestamp": "10", "pageSize": "800"}
    assert second.query == {**first.query, "nextPageToken": "T0tFTg=="}
    assert (first.path, first.headers["x-functions-key"]) == ("/FetchHashes", "fetch-2")
    assert first.headers["ocp-apim-subscription-key"] == "sub-1"


def test_pages_in_a_circle_end():
    again = page(record(1), nextPageToken="again", hasMoreRecords=True)
    with (
        site(lambda _: Answer(again)) as there,
        StopNcii(KEYS, base_url=there.url) as ncii,
        pytest.raises(ExchangeError, match="circle"),
    ):
        list(ncii.pages())
    assert len(there.asked) == 2


def test_hashes_are_submitted_as_the_interface_wants_them():
    with site(lambda _: Answer(b"{}")) as there, StopNcii(KEYS, base_url=there.url) as ncii:
        ncii.submit([Statement(a_hash(1), "Blocked", ("nude",))], now=1_700_000_000)
    (asked,) = there.asked
    assert (asked.method, asked.path) == ("POST", "/SubmitHashes")
    assert asked.headers["x-functions-key"] == "submit-3"
    assert json.loads(asked.body) == {
        "count": 1,
        "hashRecords": [
            {
                "lastModtimestamp": 1_700_000_000,
                "signalType": "ImagePDQ",
                "hashValue": hex_of(1),
                "CSPFeedbacks": [{"tags": ["nude"], "feedbackValue": "Blocked"}],
            }
        ],
    }


def test_feedback_is_given_with_its_own_key_and_in_body_only():
    keys = StopNciiKeys(Secret("sub-1"), feedback=Secret("feedback-4"))
    with site(lambda _: Answer(status=204)) as there, StopNcii(keys, base_url=there.url) as ncii:
        ncii.give_feedback([Statement(a_hash(1), "NotBlocked")])
    (asked,) = there.asked
    assert (asked.path, asked.query) == ("/SubmitFeedback", {})
    assert asked.headers["x-functions-key"] == "feedback-4"
    given = {"tags": [], "feedbackValue": "NotBlocked", "hashValue": hex_of(1)}
    assert json.loads(asked.body) == {"count": 1, "hashFeedbacks": [given]}


def test_a_key_that_is_not_there_is_told_by_its_name():
    with StopNcii(KEYS) as ncii, pytest.raises(CredentialsError, match="FEEDBACK_KEY"):
        ncii.give_feedback([Statement(a_hash(1), "Blocked")])


def test_what_cannot_be_said_is_refused_before_it_is_sent():
    with pytest.raises(ValueError, match="feedback is one of"):
        Statement(a_hash(1), "Undefined")
    with pytest.raises(ValueError, match="PDQ"):
        Statement(Hash(Algorithm.PHASH, bytes(8)), "Blocked")
    with StopNcii(KEYS) as ncii:
        for many in ([], [Statement(a_hash(1), "Blocked")] * (MAX_SENT + 1)):
            with pytest.raises(ValueError, match="one request"):
                ncii.submit(many, now=0)


def test_no_key_token_or_hash_is_told_by_logs_errors_and_reprs(caplog):
    """With every logger at its most talkative."""
    caplog.set_level(logging.DEBUG)
    secrets = ["sub-1", "fetch-2", "submit-3", "T0tFTg", hex_of(1)[:16]]
    said = [repr(KEYS), str(KEYS), repr(StopNcii(KEYS)), repr(KEYS.fetch), str(KEYS.fetch)]
    answers = [
        Answer(page(record(1), nextPageToken="T0tFTg==", hasMoreRecords=True)),
        Answer(hex_of(1).encode(), 500),
    ]
    bounds, waiting = Bounds(seconds=5), Slept().waiting()
    for answer in (answers, [Answer(hex_of(1).encode(), 401)], [Answer(hex_of(1).encode())]):
        with (
            site(one_by_one([*answer, *answer[-1:] * 4])) as there,
            StopNcii(KEYS, base_url=there.url, bounds=bounds, waiting=waiting) as ncii,
            pytest.raises(HashguardError) as caught,
        ):
            said += [repr(one) for one in ncii.pages()]
        said.append(str(caught.value))
    with (
        site(lambda _: Answer(status=403)) as there,
        StopNcii(KEYS, base_url=there.url) as ncii,
        pytest.raises(FetchError) as refused,
    ):
        ncii.submit([Statement(a_hash(1), "Blocked")], now=1)
    text = "\n".join([*said, str(refused.value), caplog.text])
    assert not [one for one in secrets if one in text]
