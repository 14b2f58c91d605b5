"""Our server: every client of StopNCII is at home, and nobody else gets in."""

import base64
import json
import logging
import socket
import urllib.error
import urllib.parse
import urllib.request
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from threatexchange.exchanges.clients.stopncii.api import (
    StopNCIIAPI,
    StopNCIICaseStatus,
    StopNCIICSPFeedbackValue,
    StopNCIIEndpoint,
    StopNCIISignalType,
)
from threatexchange.exchanges.collab_config import CollaborationConfigBase
from threatexchange.exchanges.impl.stop_ncii_api import (
    StopNCIICredentials,
    StopNCIISignalExchangeAPI,
)

from hashguard.bank import Decision, Feedback
from hashguard.errors import CredentialsError, ExchangeError, FetchError
from hashguard.exchange.page_tokens import LIFETIME, make_token, read_token
from hashguard.exchange.platforms import Endpoint, KeyFile, Platforms
from hashguard.exchange.rates import Rates
from hashguard.exchange.requests import read_feedback, read_submission
from hashguard.exchange.stopncii import Statement, StopNcii
from hashguard.hashes import Algorithm, Hash, Hashed
from hashguard.lists import Status
from tests.bank.samples import NOW, a_hash
from tests.exchange.banks import EVERYTHING, Served, served
from tests.exchange.pages import hex_of
from tests.exchange.tx_command import tx

OWN = {"tags": [], "feedbackValue": "Blocked"}
GOOD = {"signalType": "ImagePDQ", "hashValue": hex_of(1), "CSPFeedbacks": [OWN]}


def ask(
    there: Served, path: str, *, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, JSON and headers; with keys of the endpoint unless others are given."""
    endpoint = {"/SubmitHashes": Endpoint.SUBMIT, "/SubmitFeedback": Endpoint.FEEDBACK}
    key = there.issued.endpoints[endpoint.get(path.partition("?")[0], Endpoint.FETCH)]
    keys = {"x-functions-key": key, "Ocp-Apim-Subscription-Key": there.issued.subscription}
    request = urllib.request.Request(  # noqa: S310 (our own server)
        there.url + path, data=body, headers=keys if headers is None else headers
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, json.load(answer), _lower(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error), _lower(error.headers)


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def their_client(there: Served, url: str | None = None) -> StopNCIIAPI:
    more = {
        StopNCIIEndpoint.SubmitHashes: there.issued.endpoints[Endpoint.SUBMIT],
        StopNCIIEndpoint.SubmitFeedback: there.issued.endpoints[Endpoint.FEEDBACK],
    }
    return StopNCIIAPI(
        there.issued.subscription,
        there.issued.endpoints[Endpoint.FETCH],
        more,
        base_url_override=url or there.url,
    )


def test_threatexchange_fetches_every_record_across_pages(tmp_path: Path):
    """Its real client, three pages, each checkpoint no lower than the one before."""
    with served(tmp_path, count=1_700, per_case=500) as there:
        there.bank.give_feedback(a_hash(3), source="hotline", feedback=Feedback.BLOCKED, now=NOW)
        pages = list(their_client(there, there.url + "/v1").fetch_hashes_iter())
    assert [page.count for page in pages] == [800, 800, 100]
    records = [record for page in pages for record in page.hashRecords]
    assert {record.hashValue for record in records} == {hex_of(n) for n in range(1_700)}
    assert len(records) == 1_700
    stamps = [page.nextSetTimestamp for page in pages]
    assert stamps == sorted(stamps)
    blocked = next(record for record in records if record.hashValue == hex_of(3))
    assert blocked.hashStatus is StopNCIICaseStatus.Active
    assert blocked.signalType is StopNCIISignalType.ImagePDQ
    (said,) = blocked.CSPFeedbacks
    assert (said.source, said.feedbackValue) == ("hotline", StopNCIICSPFeedbackValue.Blocked)


def test_threatexchanges_exchange_takes_our_address_from_its_credentials(tmp_path: Path):
    """As TX_STOPNCII_KEYS has it: three words with commas between; no key of ours holds one."""
    with served(tmp_path, count=5) as there:
        words = (there.issued.endpoints[Endpoint.FETCH], there.issued.subscription, there.url)
        credentials = StopNCIICredentials._from_str(",".join(words))
        exchange = StopNCIISignalExchangeAPI.for_collab(
            CollaborationConfigBase("ours", "stop_ncii", True), credentials
        )
        deltas = list(exchange.fetch_iter([], None))
    assert {key for delta in deltas for key in delta.updates} == {
        ("pdq", hex_of(n)) for n in range(5)
    }


def test_the_command_of_threatexchange_fetches_every_record(tmp_path: Path):
    """As its user does: the keys and our address in one variable, and `tx fetch`."""
    with served(tmp_path, count=900, per_case=450) as there:
        words = [there.issued.endpoints[Endpoint.FETCH], there.issued.subscription, there.url]
        (tmp_path / "home").mkdir()
        tx(tmp_path / "home", "config", "collab", "edit", "stop_ncii", "--create", "ours")
        tx(tmp_path / "home", "fetch", TX_STOPNCII_KEYS=",".join(words))
    assert tx(tmp_path / "home", "dataset") == "pdq: 900\n"


def test_a_follower_that_was_broken_off_misses_nothing(tmp_path: Path):
    """Whatever page it stopped after: the checkpoint of a page reaches no further than the page."""
    with served(tmp_path, count=100) as there:
        api = their_client(there)
        first = api.fetch_hashes(page_size=37)
        have = {record.hashValue for record in first.hashRecords}
        since = first.nextSetTimestamp
        rest = list(api.fetch_hashes_iter(start_timestamp=since))
        have |= {record.hashValue for page in rest for record in page.hashRecords}
    assert have == {hex_of(n) for n in range(100)}


def test_our_client_hears_of_a_withdrawal(tmp_path: Path):
    """As a tombstone, in the next page from the last checkpoint on."""
    with (
        served(tmp_path, count=3, per_case=1) as there,
        StopNcii(there.keys, base_url=there.url) as ncii,
    ):
        (page,) = ncii.pages()
        assert [one.status for one in page.records] == [Status.ACTIVE] * 3
        case, code = there.codes[1]
        there.bank.withdraw(case, code, source="a hotline", now=NOW + 9)
        (later,) = ncii.pages(since=page.newest)
    assert [(one.hash, one.is_gone) for one in later.records][-1] == (a_hash(1), True)


def test_our_client_submits_and_gives_feedback(tmp_path: Path):
    """Under the name that its keys stand for, whatever it says."""
    with served(tmp_path, count=1) as there, StopNcii(there.keys, base_url=there.url) as ncii:
        ncii.submit([Statement(a_hash(7), "Blocked", ("nude",))], now=1)
        ncii.give_feedback([Statement(a_hash(0), "NotBlocked", ("art",))])
        records = {one.hash: one for page in ncii.pages() for one in page.records}
    (own,) = records[a_hash(7)].feedback
    assert (own.source, own.feedback, own.tags) == ("example", "Blocked", ("nude",))
    (other,) = records[a_hash(0)].feedback
    assert (other.source, other.feedback, other.tags) == ("example", "NotBlocked", ("art",))


def test_threatexchange_submits_and_gives_feedback_in_spite_of_its_wrong_signal_type(
    tmp_path: Path,
):
    with served(tmp_path, count=1) as there:
        api = their_client(there)
        api.submit_hash(StopNCIISignalType.ImagePDQ, hex_of(9), {"a tag"})
        api.submit_feedback(
            StopNCIISignalType.ImagePDQ, hex_of(0), StopNCIICSPFeedbackValue.NotBlocked
        )
        records = {
            one.hash: one for one in there.bank.changes(since=0, after=None, limit=9).records
        }
    assert records[a_hash(9)].feedback[0].feedback == Feedback.BLOCKED
    assert records[a_hash(0)].feedback[0].feedback == Feedback.NOT_BLOCKED


def test_only_pdq_is_served_under_the_name_of_pdq(tmp_path: Path):
    """A bank may hold other hashes; the interface has no word for them."""
    with served(tmp_path, count=1) as there:
        other = Hash(Algorithm.DHASH, b"\x0f" * 8)
        taken = there.bank.submit(Hashed(other), source="hotline", now=NOW)
        assert taken.decision is Decision.ACTIVE
        _, said, _ = ask(there, "/FetchHashes")
    assert [one["hashValue"] for one in said["hashRecords"]] == [hex_of(0)]


def test_only_the_key_of_the_endpoint_with_the_subscription_key_opens_it(tmp_path: Path):
    with served(tmp_path) as there:
        platforms, other = there.file.platforms().issuing("other", endpoints=EVERYTHING)
        there.file.save(platforms)
        mine, sub = there.issued.endpoints, there.issued.subscription
        wrong = [
            {},
            {"x-functions-key": mine[Endpoint.FETCH]},
            {"Ocp-Apim-Subscription-Key": sub},
            {"x-functions-key": "", "Ocp-Apim-Subscription-Key": ""},
            {"x-functions-key": mine[Endpoint.SUBMIT], "Ocp-Apim-Subscription-Key": sub},
            {"x-functions-key": mine[Endpoint.FETCH][:-1], "Ocp-Apim-Subscription-Key": sub},
            {"x-functions-key": mine[Endpoint.FETCH], "Ocp-Apim-Subscription-Key": sub + "x"},
            {
                "x-functions-key": other.endpoints[Endpoint.FETCH],
                "Ocp-Apim-Subscription-Key": sub,
            },
        ]
        for headers in wrong:
            status, said, _ = ask(there, "/FetchHashes", headers=headers)
            assert (status, said["error"]) == (401, "keys")
        assert ask(there, "/FetchHashes")[0] == 200


def test_a_revoked_key_ends_at_once_and_a_broken_file_serves_nobody(tmp_path: Path):
    """While the server runs; without a word to the outside about what is wrong."""
    with served(tmp_path, count=1) as there:
        assert ask(there, "/FetchHashes")[0] == 200
        there.file.save(there.file.platforms().revoking("example"))
        assert ask(there, "/FetchHashes")[0] == 401
        (tmp_path / "keys").write_bytes(b"{")
        status, said, _ = ask(there, "/FetchHashes")
        assert (status, said["error"]) == (503, "bank")
        assert "JSON" not in said["message"]
        (tmp_path / "keys").unlink()
        assert ask(there, "/FetchHashes")[0] == 503


def test_the_file_of_keys_holds_digests_only_and_is_private(tmp_path: Path):
    platforms, issued = Platforms().issuing("example", endpoints=frozenset({Endpoint.FETCH}))
    file = KeyFile(tmp_path / "keys")
    file.save(platforms)
    data = (tmp_path / "keys").read_bytes()
    keys = [issued.subscription, *issued.endpoints.values()]
    assert not [key for key in keys if key.encode() in data or key in repr((platforms, issued))]
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o600
    assert file.platforms() == platforms == Platforms.loads(data)
    assert platforms.who(issued.subscription, keys[1], Endpoint.FETCH) == "example"
    assert platforms.who(issued.subscription, keys[1], Endpoint.SUBMIT) is None
    (tmp_path / "keys").chmod(0o644)
    with pytest.raises(CredentialsError, match="chmod 600"):
        KeyFile(tmp_path / "keys").platforms()


def test_new_keys_take_the_place_of_old_ones():
    platforms, old = Platforms().issuing("a", endpoints=EVERYTHING)
    platforms, new = platforms.issuing("a", endpoints=EVERYTHING)
    fetch = Endpoint.FETCH
    assert platforms.who(old.subscription, old.endpoints[fetch], fetch) is None
    assert platforms.who(new.subscription, new.endpoints[fetch], fetch) == "a"


@pytest.mark.parametrize("name", ["", " a", "a\n", "x" * 65, "é", "4UDZ-XVK2", "a" * 16, "a,b"])
def test_a_name_that_may_not_be_logged_gets_no_keys(name):
    with pytest.raises(CredentialsError):
        Platforms().issuing(name, endpoints=EVERYTHING)


@pytest.mark.parametrize(
    "changed",
    [
        {"schema": "x"},
        {"version": 2},
        {"platforms": {}},
        {"platforms": [5]},
        {"platforms": [{"name": "a"}]},
        {"platforms": [{"name": "a", "subscription": "x"}]},
        {"platforms": [{"name": 5, "subscription": "0" * 64}]},
        {"platforms": [{"name": "a", "subscription": "0" * 64, "fetch": 5}]},
        {"platforms": [{"name": "a", "subscription": "0" * 64}] * 2},
    ],
)
def test_a_file_of_keys_that_is_none_is_our_error(changed):
    whole = {"schema": "hashguard-platform-keys", "version": 1, "platforms": []}
    with pytest.raises(CredentialsError):
        Platforms.loads(json.dumps(whole | changed).encode())


@pytest.mark.parametrize(
    "query",
    ["startTimestamp=-1", "startTimestamp=x", "startTimestamp=1e9", "pageSize=", "pageSize=²",
     "startTimestamp=99999999999999999999", "nextPageToken=AAAA", "nextPageToken=%00%ff"],
)  # fmt: skip
def test_a_question_that_is_none_is_told_in_json(tmp_path_factory, query):
    with served(tmp_path_factory.mktemp("s")) as there:
        status, said, headers = ask(there, "/FetchHashes?" + urllib.parse.quote(query, "=&%"))
        assert (status, said["error"]) == (400, "request")
        assert headers["content-type"] == "application/json"


def test_other_places_and_methods_are_told_in_json(tmp_path: Path):
    with served(tmp_path) as there:
        assert ask(there, "/")[0] == 404
        assert ask(there, "/SubmitHashes")[0] == 405
        assert ask(there, "/FetchHashes", body=b"{}")[0] == 405


def test_a_page_token_is_for_one_platform_one_start_and_one_hour():
    def read(token: str, **changed: Any) -> str:
        asked: dict[str, Any] = {
            "since": 10,
            "platform": "a",
            "now": 100,
            "secret": b"k" * 32,
        } | changed
        return read_token(token, **asked)

    token = make_token("7:x", since=10, platform="a", now=100, secret=b"k" * 32)
    assert read(token) == read(token, now=100 + LIFETIME) == "7:x"
    for changed in (
        {"since": 11},
        {"platform": "b"},
        {"now": 101 + LIFETIME},
        {"now": 99},
        {"secret": b"l" * 32},
    ):
        with pytest.raises(ExchangeError):
            read(token, **changed)
    for at in range(len(token)):
        for bad in (token[:at], token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]):
            with pytest.raises(ExchangeError):
                read(bad)
    for bad in ("é", "A" * 5000, base64.urlsafe_b64encode(b"x" * 40).decode()):
        with pytest.raises(ExchangeError):
            read(bad)


def test_no_page_token_holds_a_hash(tmp_path: Path):
    """It stands in an address."""
    with served(tmp_path, count=5) as there:
        _, said, _ = ask(there, "/FetchHashes?pageSize=2")
        inside = base64.urlsafe_b64decode(said["nextPageToken"])
        for n in range(5):
            assert bytes.fromhex(hex_of(n)) not in inside
            assert hex_of(n).encode() not in inside


def test_a_body_has_bounds_of_size_and_time(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("hashguard.exchange.app.BODY_SECONDS", 0.3)
    with served(tmp_path) as there:
        status, said, _ = ask(there, "/SubmitHashes", body=b"x" * (2**20 + 1))
        assert (status, said["error"]) == (413, "size")
        host, port = there.url.removeprefix("http://").split(":")
        head = (
            "POST /SubmitHashes HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            f"x-functions-key: {there.issued.endpoints[Endpoint.SUBMIT]}\r\n"
            f"Ocp-Apim-Subscription-Key: {there.issued.subscription}\r\n\r\n"
        )
        with socket.create_connection((host, int(port))) as slow:
            slow.sendall(head.encode() + b"1\r\n{\r\n")
            slow.settimeout(10)
            assert slow.recv(65536).startswith(b"HTTP/1.1 408 ")
        with socket.create_connection((host, int(port))) as large:
            chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
            large.sendall(head.encode() + chunk * 16 + b"1\r\nx\r\n")
            large.settimeout(10)
            assert large.recv(65536).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "record",
    [
        5,
        {},
        GOOD | {"signalType": "URL"},
        GOOD | {"signalType": None},
        GOOD | {"hashValue": hex_of(1)[:-1]},
        GOOD | {"hashValue": 5},
        GOOD | {"CSPFeedbacks": 5},
        GOOD | {"CSPFeedbacks": [OWN, OWN]},
        GOOD | {"CSPFeedbacks": [5]},
        GOOD | {"CSPFeedbacks": [OWN | {"feedbackValue": 5}]},
        GOOD | {"CSPFeedbacks": [OWN | {"feedbackValue": "\u202eBlocked"}]},
        GOOD | {"CSPFeedbacks": [OWN | {"tags": "x"}]},
        GOOD | {"CSPFeedbacks": [OWN | {"tags": ["a,b"]}]},
        GOOD | {"CSPFeedbacks": [OWN | {"tags": ["x" * 65]}]},
    ],
)
def test_a_submission_that_is_wrong_in_one_place_is_refused_whole(record):
    """With the place, and without a word of what was sent."""
    with pytest.raises(ExchangeError, match="record 2: ") as caught:
        read_submission(json.dumps({"count": 2, "hashRecords": [GOOD, record]}).encode())
    assert hex_of(1)[:10] not in str(caught.value)


def test_a_submission_without_an_opinion_is_one():
    for nothing in (None, [], [{"feedbackValue": "None", "tags": ["x"]}]):
        body = json.dumps({"hashRecords": [GOOD | {"CSPFeedbacks": nothing}]})
        assert read_submission(body.encode())[0].feedback is None
    said = {"hashValue": hex_of(1), "feedbackValue": "None"}
    body = json.dumps({"hashFeedbacks": [said]})
    with pytest.raises(ExchangeError, match="record 1: feedbackValue"):
        read_feedback(body.encode())


@pytest.mark.parametrize(
    "fields",
    [
        {"hashRecords": []},
        {"hashRecords": [GOOD] * 1001},
        {"hashRecords": [GOOD], "count": 2},
        {"hashRecords": [GOOD], "count": "1"},
        {"hashRecords": {}},
        {},
    ],
)
def test_a_count_that_does_not_fit_is_refused(fields):
    with pytest.raises(ExchangeError, match="hashRecords"):
        read_submission(json.dumps(fields).encode())


def test_each_result_is_told_in_order(tmp_path: Path):
    """Junk is left out by the bank; feedback about what it never had is unknown to it."""
    with served(tmp_path) as there:
        records = [GOOD, GOOD | {"hashValue": "0" * 64}, GOOD]
        body = json.dumps({"count": 3, "hashRecords": records}).encode()
        status, said, _ = ask(there, "/SubmitHashes", body=body)
        assert (status, said) == (200, {"count": 3, "results": ["active", "left-out", "known"]})
        feedback = [OWN | {"hashValue": hex_of(n)} for n in (1, 2)]
        body = json.dumps({"count": 2, "hashFeedbacks": feedback}).encode()
        assert ask(there, "/SubmitFeedback", body=body)[1]["results"] == ["taken", "unknown"]


def test_too_many_requests_are_told_to_wait(tmp_path: Path):
    with served(tmp_path, rates=Rates(per_second=0.01, burst=2)) as there:
        assert [ask(there, "/FetchHashes")[0] for _ in range(3)] == [200, 200, 429]
        assert int(ask(there, "/FetchHashes")[2]["retry-after"]) > 90
        with (
            StopNcii(there.keys, base_url=there.url) as ncii,
            pytest.raises(FetchError, match=r"too many requests|asks to wait"),
        ):
            ncii.give_feedback([Statement(a_hash(0), "Blocked")])


def test_a_bucket_fills_with_time_and_not_with_a_clock_set_back():
    rates = Rates(per_second=2, burst=1)
    assert rates.wait("a", 100.0) == 0
    assert rates.wait("a", 100.0) == 0.5
    assert rates.wait("a", 50.0) > 0
    assert rates.wait("b", 50.0) == 0
    assert rates.wait("a", 50.5) == 0


def test_nothing_secret_is_logged_by_the_server(tmp_path: Path, caplog):
    """Good requests, bad ones, and a bank whose file is gone: no hash, no key, no token."""
    caplog.set_level(logging.DEBUG)
    with served(tmp_path, count=3) as there:
        token = ask(there, "/FetchHashes?pageSize=1")[1]["nextPageToken"]
        ask(there, f"/FetchHashes?nextPageToken={token}&startTimestamp=5")
        ask(there, "/SubmitHashes", body=json.dumps({"hashRecords": [GOOD, {}]}).encode())
        ask(there, "/SubmitHashes", body=json.dumps({"hashRecords": [GOOD]}).encode())
        there.bank.close()
        assert ask(there, "/FetchHashes")[0] in (500, 503)
        keys = [there.issued.subscription, *there.issued.endpoints.values()]
    secrets = [token, *keys, *[hex_of(n)[:16] for n in range(3)]]
    assert not [one for one in secrets if one in caplog.text]
