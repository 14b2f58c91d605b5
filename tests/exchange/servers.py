"""Servers for the clients to meet: one that answers what a test says, one that only drips."""

import contextlib
import http.server
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from hashguard.exchange.http import Waiting
from tests.told import requested


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What to say."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Site:
    """A running server: its address, and what it was asked."""

    url: str
    asked: list[Asked] = field(default_factory=list)


@contextlib.contextmanager
def site(answer: Callable[[Asked], Answer]) -> Iterator[Site]:
    """A server on this machine that answers each request by calling `answer`."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            url = urlsplit(self.path)
            asked = Asked(
                self.command,
                url.path,
                dict(parse_qsl(url.query)),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(int(self.headers.get("Content-Length", 0))),
            )
            running.asked.append(asked)
            said = answer(asked)
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            if "Content-Length" not in said.headers:
                self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(said.body)

        do_GET = do_POST = do_PUT = handle_any  # noqa: N815 (as the library names them)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            requested(format % args)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    running = Site(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def dripping(first: bytes, drip: bytes, *, every: float) -> Iterator[str]:
    """The address of a server that says `first`, and then `drip` again and again."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.05)
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            try:
                peer, _ = listening.accept()
            except TimeoutError:
                continue
            with peer, contextlib.suppress(OSError):
                peer.settimeout(1)
                peer.recv(65536)
                peer.sendall(first)
                while not ended.wait(every):
                    peer.sendall(drip)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        ended.set()
        thread.join()
        listening.close()


@dataclass
class Slept:
    """How long a client waited, without waiting."""

    naps: list[float] = field(default_factory=list)
    jitter: float = 1.0

    def waiting(self) -> Waiting:
        return Waiting(sleep=self.naps.append, jitter=lambda: self.jitter)


def one_by_one(answers: Iterable[Answer]) -> Callable[[Asked], Answer]:
    """For `site`: these answers in their order, whatever is asked."""
    rest = iter(answers)
    return lambda _: next(rest)
