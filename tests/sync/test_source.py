"""Where files come from: bounded, authenticated, and nothing sent where it does not belong."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from functools import partial

import pytest

from hashguard.errors import FetchError, VerificationError
from hashguard.sync import Credentials, FolderSource, HttpSource, Retrying
from hashguard.sync import source as module
from hashguard.sync.source import NotThereError, PassingError
from tests.sync.server import Certificate, send, served

TOKEN = "-".join(["a", "token", "of", "tests"])


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "site" / "metadata").mkdir(parents=True)
    (tmp_path / "site" / "metadata" / "a.json").write_bytes(b"content")
    return tmp_path / "site"


def read(url: str, *, limit: int = 100, credentials: Credentials | None = None) -> bytes:
    source = HttpSource(url, credentials=credentials or Credentials())
    try:
        return source.read("metadata/a.json", limit)
    finally:
        source.close()


def test_a_file_is_read_up_to_its_bound(folder):
    """From a server and from a folder: all of it, or an error one byte beyond."""
    with served(folder) as site:
        assert read(site.url, limit=7) == b"content"
        assert read(site.url + "/", limit=7) == b"content"
        for source in (HttpSource(site.url, credentials=Credentials()), FolderSource(folder)):
            with pytest.raises(VerificationError, match=r"a\.json is longer"):
                source.read("metadata/a.json", 6)
            with pytest.raises(NotThereError, match=r"b\.json is not there"):
                source.read("metadata/b.json", 6)
            assert source.read("metadata/a.json", 7) == b"content"
            source.close()


def test_one_connection_serves_many_files(folder):
    """And one that the server closed meanwhile is replaced without a word."""
    with served(folder) as site:
        source = HttpSource(site.url, credentials=Credentials())
        source.read("metadata/a.json", 7)
        first = source._connection
        source.read("metadata/a.json", 7)
        assert source._connection is first is not None
        assert first.sock is not None
        first.sock.shutdown(socket.SHUT_RDWR)
        assert source.read("metadata/a.json", 7) == b"content"
        source.close()


@pytest.mark.parametrize("name", ["../a", "a/../b", "/a", "a//b", "a b", "a?b", "", "a/."])
def test_no_name_leads_elsewhere(folder, name):
    with pytest.raises(VerificationError, match="name that none can have"):
        FolderSource(folder).read(name, 9)


def test_links_are_not_followed(folder):
    (folder / "secret").write_bytes(b"secret")
    (folder / "metadata" / "link").symlink_to("../secret")
    with pytest.raises(FetchError, match="could not be read"):
        FolderSource(folder).read("metadata/link", 9)


def test_tls_with_a_certificate_that_is_trusted(folder, tmp_path):
    """Only with one: a server that anybody could be is refused."""
    certificate = Certificate.made(tmp_path / "server.pem")
    with served(folder, tls=certificate.server_side()) as site:
        trusted = Credentials(authority=certificate.path)
        assert read(site.url, credentials=trusted) == b"content"
        with pytest.raises(FetchError, match="not one to trust"):
            read(site.url)
        other = Certificate.made(tmp_path / "other.pem")
        with pytest.raises(FetchError, match="not one to trust"):
            read(site.url, credentials=Credentials(authority=other.path))
        elsewhere = site.url.replace("127.0.0.1", "localhost")
        with pytest.raises(FetchError, match="not one to trust"):
            read(elsewhere, credentials=trusted)


def test_a_client_certificate_opens_a_closed_list(folder, tmp_path):
    server = Certificate.made(tmp_path / "server.pem")
    client = Certificate.made(tmp_path / "client.pem")
    with served(folder, tls=server.server_side(client=client)) as site:
        both = Credentials(authority=server.path, certificate=client.path)
        assert read(site.url, credentials=both) == b"content"
        with pytest.raises(FetchError):
            read(site.url, credentials=Credentials(authority=server.path))
    for bad in (tmp_path / "none.pem", tmp_path / "junk.pem"):
        (tmp_path / "junk.pem").write_bytes(b"junk")
        with pytest.raises(ValueError, match="cannot be used"):
            HttpSource("https://a", credentials=Credentials(certificate=bad))


def test_a_token_goes_to_its_host_and_nowhere_else(folder):
    """Not along with a redirect, which is not followed at all; and in no message."""
    with served(folder) as other, served(folder) as site:
        site.token = TOKEN
        assert read(site.url, credentials=Credentials(token=TOKEN)) == b"content"
        with pytest.raises(FetchError, match="wants other credentials") as refused:
            read(site.url, credentials=Credentials(token=TOKEN + "x"))
        assert TOKEN not in str(refused.value)
        for status in (301, 302, 303, 307, 308):
            site.tricks["a.json"] = partial(
                send, status=status, data=b"", Location=other.url + "/metadata/a.json"
            )
            with pytest.raises(FetchError, match=f"redirected.* {status}"):
                read(site.url, credentials=Credentials(token=TOKEN))
        assert other.seen == []
    assert TOKEN not in repr(Credentials(token=TOKEN))


@pytest.mark.parametrize("token", ["", "a b", "a\nb", "ä", "x" * 5000])
def test_what_is_no_token(token):
    with pytest.raises(ValueError, match="visible ASCII"):
        Credentials(token=token)


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://a/b", "a/b", "https://", "https://u:p@a/", "https://a/?token=b"),
        *("https://a/#b", "https://a:x/", "https://a/b c", "https://a/ä"),
    ],
)
def test_what_is_no_address(url):
    """Least of all one with a secret in it, and the message does not say it again."""
    with pytest.raises(ValueError, match=r".") as refused:
        HttpSource(url, credentials=Credentials())
    assert "u:p" not in str(refused.value)


def test_plain_http_is_for_this_machine():
    """For others only where it is called dangerous; never with a token."""
    for local in ("http://127.0.0.1:1/", "http://127.9.9.9/", "http://[::1]/", "http://localhost/"):
        HttpSource(local, credentials=Credentials(token=TOKEN))
    for far in ("http://lists.example.org/", "http://10.0.0.1/", "http://127.0.0.1.example.org/"):
        with pytest.raises(ValueError, match="with https"):
            HttpSource(far, credentials=Credentials())
        HttpSource(far, credentials=Credentials(), dangerously_plain=True)
        with pytest.raises(ValueError, match="token is not sent"):
            HttpSource(far, credentials=Credentials(token=TOKEN), dangerously_plain=True)


def test_answers_that_are_none(folder):
    """Cut short, compressed, not HTTP, refused: our error, with the name and not the address."""

    def cut(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "50")
        handler.end_headers()
        handler.wfile.write(b"x")
        handler.close_connection = True

    tricks = {
        "was cut off": cut,
        "compressed": lambda handler: send(handler, 200, b"x", Content_Encoding="gzip"),
        "did not arrive": lambda handler: handler.wfile.write(b"\r\n\0\0" * 20),
        "refused a.json": lambda handler: send(handler, 418, b"x"),
        "not there": lambda handler: send(handler, 403, b"x"),
        "could not send a.json now": lambda handler: send(handler, 503, b"x"),
    }
    with served(folder) as site:
        for message, trick in tricks.items():
            site.tricks["a.json"] = trick
            with pytest.raises(FetchError, match=message) as refused:
                read(site.url)
            assert "127.0.0.1" not in str(refused.value)
    with pytest.raises(PassingError, match="ConnectionRefused"):
        read(site.url)


def test_silence_is_given_up(monkeypatch):
    """A server that accepts and says nothing."""
    monkeypatch.setattr(module, "CONNECT_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for scheme in ("http", "https"):
            with pytest.raises(PassingError, match="no answer in time"):
                read(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}")


def test_a_handshake_that_drips_is_given_up(monkeypatch):
    """A record of TLS that never comes to its end, a byte at a time."""
    monkeypatch.setattr(module, "BASE_PATIENCE", 0.3)

    def drip(listening: socket.socket) -> None:
        with contextlib.suppress(OSError), listening.accept()[0] as accepted:
            for byte in b"\x16\x03\x03\x40" + bytes(200):
                accepted.sendall(bytes([byte]))
                time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        started = time.monotonic()
        with pytest.raises(PassingError, match="too slowly"):
            read(f"https://127.0.0.1:{listening.getsockname()[1]}")
        assert time.monotonic() - started < 5
        thread.join()


def test_what_passes_is_tried_again_after_a_pause(folder):
    """Twice more, after longer and longer pauses that differ between followers."""
    pauses: list[float] = []
    answers = [503, 500]

    def flaky(handler):
        if answers:
            send(handler, answers.pop(), b"")
        else:
            send(handler, 200, b"content")

    with served(folder) as site:
        site.tricks["a.json"] = flaky
        source = Retrying(
            HttpSource(site.url, credentials=Credentials()),
            rng=random.Random(1),
            sleep=pauses.append,
        )
        assert source.read("metadata/a.json", 7) == b"content"
        assert len(pauses) == 2
        assert 0.25 <= pauses[0] <= 0.75
        assert 0.5 <= pauses[1] <= 1.5
        answers += [500, 500, 500]
        with pytest.raises(PassingError, match="status 500"):
            source.read("metadata/a.json", 7)
        answers.clear()
        with pytest.raises(NotThereError):
            source.read("metadata/none", 7)
        assert len(pauses) == 4
        source.close()
