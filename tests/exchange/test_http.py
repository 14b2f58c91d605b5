"""Answers are bounded in bytes and time, keys go nowhere else, and only GET is tried again."""

import socket
import time

import pytest

from hashguard.errors import FetchError
from hashguard.exchange.http import ATTEMPTS, MAX_WAIT, Bounds, Connection, Waiting, checked_url
from tests.exchange.servers import Answer, Slept, dripping, one_by_one, site

KEYS = {"x-functions-key": "sesame-5512"}


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.org/v1",
        "http://127.0.0.1.example.org",
        "ftp://127.0.0.1",
        "https://user:word@example.org",
        "https://example.org/v1?key=1",
        "https://example.org/#x",
        "https://",
        "example.org",
        "file:///etc/passwd",
        "https://exa mple.org",
        "https://example.org:99999",
        "",
    ],
)
def test_keys_are_not_sent_in_clear_or_to_odd_addresses(url):
    with pytest.raises(ValueError, match=r"address|https|password") as caught:
        checked_url(url)
    assert "example" not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1:81", "localhost", "[::1]:8000"])
def test_this_machine_may_be_asked_in_clear(host):
    assert checked_url(f"http://{host}/v1/") == f"http://{host}/v1"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status):
    """Not even to the same server: the keys would go along."""
    with (
        site(lambda _: Answer(status=status, headers={"Location": "/elsewhere"})) as there,
        Connection(there.url) as connection,
        pytest.raises(FetchError, match="redirect"),
    ):
        connection.get("/here", headers=KEYS)
    assert [one.path for one in there.asked] == ["/here"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_server_in_trouble_is_asked_again_ever_later(status):
    slept = Slept()
    with (
        site(lambda _: Answer(status=status)) as there,
        Connection(there.url, waiting=slept.waiting()) as connection,
        pytest.raises(FetchError),
    ):
        connection.get("/", headers=KEYS)
    assert len(there.asked) == ATTEMPTS
    assert slept.naps == [0.2, 0.4, 0.8, 1.6]


def test_a_server_that_recovers_is_heard():
    answers = [Answer(status=503), Answer(status=429), Answer(b"well")]
    with (
        site(one_by_one(answers)) as there,
        Connection(there.url, waiting=Slept().waiting()) as connection,
    ):
        assert connection.get("/", headers=KEYS) == b"well"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 501])
def test_a_refusal_is_final(status):
    with (
        site(lambda _: Answer(b"sesame-5512", status)) as there,
        Connection(there.url) as connection,
        pytest.raises(FetchError) as caught,
    ):
        connection.get("/", headers=KEYS)
    assert len(there.asked) == 1
    assert "sesame" not in str(caught.value)


def test_retry_after_is_honoured_within_bounds():
    """In seconds or as a date; a server that wants more than MAX_WAIT is left alone."""
    now = 1_000_000_000.0
    date = "Sun, 09 Sep 2001 01:47:10 GMT"  # 30 s later
    slept = Slept()
    waiting = Waiting(sleep=slept.naps.append, jitter=lambda: 0.0, wall=lambda: now)
    for value, naps in (("7", [7.0]), (date, [30.0]), ("soon", [0.0]), ("-3", [0.0])):
        slept.naps.clear()
        answers = [Answer(status=503, headers={"Retry-After": value}), Answer(b"now")]
        with site(one_by_one(answers)) as there, Connection(there.url, waiting=waiting) as c:
            assert c.get("/", headers=KEYS) == b"now"
        assert slept.naps == naps
    late = Answer(status=429, headers={"Retry-After": str(int(MAX_WAIT) + 1)})
    with (
        site(lambda _: late) as there,
        Connection(there.url, waiting=waiting) as c,
        pytest.raises(FetchError, match="asks to wait 121 s"),
    ):
        c.get("/", headers=KEYS)
    assert len(there.asked) == 1


def test_what_was_sent_is_not_sent_twice():
    """A feedback that is counted double would be a lie."""
    with site(lambda _: Answer(status=503)) as there, Connection(there.url) as connection:
        for method in ("POST", "PUT"):
            with pytest.raises(FetchError):
                connection.send(method, "/", b"{}", headers=KEYS)
    assert len(there.asked) == 2


def test_a_body_that_is_too_long_is_not_read():
    for answer in (Answer(b"x" * 1001), Answer(b"", headers={"Content-Length": "99999999999"})):
        with (
            site(one_by_one([answer])) as there,
            Connection(there.url, bounds=Bounds(body=1000)) as connection,
            pytest.raises(FetchError, match="more than 1000 bytes"),
        ):
            connection.get("/", headers=KEYS)


def test_an_endless_body_ends():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with (
        dripping(head, chunk, every=0.0) as url,
        Connection(url, bounds=Bounds(body=10**6)) as connection,
        pytest.raises(FetchError, match="more than 1000000 bytes"),
    ):
        connection.get("/", headers=KEYS)


@pytest.mark.parametrize(
    ("first", "drip"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["status line", "headers", "continue", "body", "chunks"],
)
def test_a_slow_drip_ends_at_the_deadline(first, drip):
    """Each byte in time and no end in sight: the bound is on the whole answer."""
    slept = Slept()
    waiting = Waiting(sleep=slept.naps.append)
    began = time.monotonic()
    with (
        dripping(first, drip, every=0.02) as url,
        Connection(url, bounds=Bounds(seconds=0.15), waiting=waiting) as connection,
        pytest.raises(FetchError),
    ):
        connection.get("/", headers=KEYS)
    assert time.monotonic() - began < 0.15 * ATTEMPTS + 3


@pytest.mark.parametrize(
    "junk",
    [b"\x00\xff" * 50, b"HTTP/1.1 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\nx"],
)
def test_what_is_no_http_is_our_error(junk):
    with (
        dripping(junk, b"", every=5) as url,
        Connection(url, bounds=Bounds(seconds=0.2), waiting=Slept().waiting()) as connection,
        pytest.raises(FetchError),
    ):
        connection.get("/", headers=KEYS)


def test_a_compressed_answer_is_refused():
    """A few bytes of it can stand for gigabytes."""
    answer = Answer(b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    with (
        site(lambda _: answer) as there,
        Connection(there.url) as connection,
        pytest.raises(FetchError, match="compressed"),
    ):
        connection.get("/", headers=KEYS)
    assert there.asked[0].headers["accept-encoding"] == "identity"


def test_nobody_there_is_our_error():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with (
        Connection(f"http://127.0.0.1:{port}", waiting=Slept().waiting()) as connection,
        pytest.raises(FetchError, match="cannot be reached"),
    ):
        connection.get("/", headers=KEYS)


def test_a_server_without_a_certificate_is_our_error():
    """Plain text where TLS was expected."""
    with (
        dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"", every=5) as url,
        Connection(
            url.replace("http:", "https:"), bounds=Bounds(seconds=1), waiting=Slept().waiting()
        ) as connection,
        pytest.raises(FetchError),
    ):
        connection.get("/", headers=KEYS)
