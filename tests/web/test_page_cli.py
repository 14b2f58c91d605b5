"""`hashguard page` gives the page, its digest and its headers, and shows it to one machine."""

from __future__ import annotations

import contextlib
import http.client
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hashguard import web
from hashguard.web.serve import PageServer
from tests.cli.conftest import Run, environment, process, run

__all__ = ["run"]  # a fixture


@pytest.fixture
def server() -> Iterator[PageServer]:
    with PageServer(0) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def ask(
    server: PageServer, method: str, path: str, *hosts: str
) -> tuple[int, dict[str, str], bytes]:
    """One request with these Host headers, word for word."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    with contextlib.closing(connection):
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for host in hosts:
            connection.putheader("Host", host)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()


def here(server: PageServer) -> str:
    return f"127.0.0.1:{server.server_port}"


def test_the_page_is_written_as_it_is_shipped(run: Run, tmp_path: Path) -> None:
    """And its digest is told, to be published beside it."""
    target = tmp_path / "page.html"
    ran = run("page", "-o", target)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == f"{target}: sha256 {web.digest()}\n"
    assert target.read_bytes() == web.page()


def test_a_file_is_overwritten_only_with_force(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    target.write_text("mine")
    ran = run("page", "-o", target)
    assert (ran.status, ran.out) == (4, "")
    assert ran.err == f"hashguard: {target} is there already; overwrite it with --force\n"
    assert target.read_text() == "mine"
    assert run("page", "-o", target, "--force").status == 0
    assert target.read_bytes() == web.page()


def test_a_file_that_cannot_be_written_is_an_error(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "gone" / "page.html"
    ran = run("page", "-o", target)
    assert (ran.status, ran.out) == (4, "")
    assert ran.err == f"hashguard: {target}: No such file or directory\n"


def test_the_page_goes_to_standard_output_byte_for_byte() -> None:
    """Through a real pipe, whatever the locale."""
    ran = process("page", "-o", "-", PYTHONIOENCODING="latin-1")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.encode() == web.page()


def test_digest_is_that_of_the_page(run: Run) -> None:
    ran = run("page", "--digest")
    assert (ran.status, ran.out, ran.err) == (0, f"{web.digest()}\n", "")


def test_headers_can_be_copied_to_a_server(run: Run) -> None:
    """A line each, as HTTP has them."""
    ran = run("page", "--headers")
    assert dict(line.split(": ", 1) for line in ran.lines) == web.headers()


@pytest.mark.parametrize(
    "words", [(), ("--digest", "--headers"), ("--serve", "-o", "x"), ("--serve", "--port", "70000")]
)
def test_wrong_usage_is_told(run: Run, words: tuple[str, ...]) -> None:
    ran = run("page", *words)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.count("\n") == 1


def test_headers_say_what_the_page_says_and_what_it_cannot_say() -> None:
    """The page's own policy, and what works in a header only."""
    headers = web.headers()
    policy = headers["Content-Security-Policy"].split("; ")
    own = web.page().decode().split('content="', 1)[1].split('"', 1)[0].split("; ")
    assert policy[: len(own)] == own
    assert {one.split()[0] for one in policy[len(own) :]} == {"sandbox", "frame-ancestors"}
    assert "allow-same-origin" not in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert all(one.endswith("=()") for one in headers["Permissions-Policy"].split(", "))


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST"])
def test_the_page_is_served_with_its_headers(server: PageServer, name: str) -> None:
    status, headers, body = ask(server, "GET", "/", f"{name}:{server.server_port}")
    assert (status, body) == (200, web.page())
    assert headers == {**web.headers(), "Content-Length": str(len(body))}


def test_head_is_get_without_the_page(server: PageServer) -> None:
    status, headers, body = ask(server, "HEAD", "/", here(server))
    assert (status, body) == (200, b"")
    assert headers["Content-Length"] == str(len(web.page()))


@pytest.mark.parametrize(
    "hosts",
    [
        (),
        ("evil.example",),
        ("127.0.0.1",),
        ("127.0.0.1.evil.example:{port}",),
        ("evil.example:{port}",),
        ("127.0.0.1:{port}", "evil.example"),
        ("localhost:1",),
        ("[::1]:{port}",),
    ],
)
def test_a_name_that_somebody_points_at_this_machine_is_refused(
    server: PageServer, hosts: tuple[str, ...]
) -> None:
    """DNS rebinding: a stranger's page must not read ours under its own name."""
    named = [host.format(port=server.server_port) for host in hosts]
    status, headers, body = ask(server, "GET", "/", *named)
    assert (status, headers, body) == (421, {"Content-Length": "0"}, b"")


@pytest.mark.parametrize("path", ["/page.html", "/../page.py", "/?", "/%2e", "*"])
def test_there_is_one_address(server: PageServer, path: str) -> None:
    assert ask(server, "GET", path, here(server))[::2] == (404, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "<script>"])
def test_other_methods_get_no_echo(server: PageServer, method: str) -> None:
    """Not in the body, not in the status line."""
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as connection:
        connection.sendall(f"{method} / HTTP/1.1\r\nHost: {here(server)}\r\n\r\n".encode())
        answer = b""
        while chunk := connection.recv(4096):
            answer += chunk
    assert answer.split(b"\r\n", 1)[0] == b"HTTP/1.1 501 Not Implemented"
    assert method.encode() not in answer


def test_only_this_machine_is_answered(server: PageServer) -> None:
    assert server.server_address[0] == "127.0.0.1"
    assert server.url == f"http://127.0.0.1:{server.server_port}/"


def test_a_port_that_is_taken_is_told(run: Run, server: PageServer) -> None:
    ran = run("page", "--serve", "--no-browser", "--port", str(server.server_port))
    assert (ran.status, ran.out) == (4, "")
    assert ran.err.startswith(f"hashguard: port {server.server_port} of 127.0.0.1: ")
    assert ran.err.endswith("; give another --port\n")


def test_serving_begins_with_the_address_and_ends_with_ctrl_c() -> None:
    """As a real process; nothing is said of who came."""
    started = subprocess.Popen(
        [sys.executable, "-m", "hashguard", "page", "--serve", "--no-browser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    with started:
        assert started.stdout is not None
        first = started.stdout.readline()
        address = first.split(" ", 1)[0].removeprefix("http://").removesuffix("/")
        connection = http.client.HTTPConnection(address, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", "/")
            assert connection.getresponse().read() == web.page()
        started.send_signal(signal.SIGINT)
        out, errors = started.communicate(timeout=10)
    assert first == f"http://{address}/ is open to this machine only; end it with Ctrl-C\n"
    assert (started.returncode, out, errors) == (130, "", "")
