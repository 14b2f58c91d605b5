"""What data that left a page would reach: ports of the loopback address that keep all they get.

TCP answers HTTP and WebSocket handshakes under any path, and asks TURN clients for their user
name, as TURN servers do; UDP only listens. An empty connection is kept, too.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import socketserver
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

QUIET_SECONDS: Final = 1.5  # nothing came for so long: nothing more will
MOST_SECONDS: Final = 15.0
HANG_UP_SECONDS: Final = 1.0  # after the last byte of a client that stays connected
MAX_BYTES: Final = 65536

STUN_COOKIE: Final = bytes.fromhex("2112a442")  # RFC 8489, section 5
WEBSOCKET_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
PAGE: Final = b"<!doctype html><title>arrived</title>"
HEADERS: Final = (
    b"Content-Type: text/html\r\nAccess-Control-Allow-Origin: *\r\n"
    b"Access-Control-Allow-Headers: *\r\nConnection: close\r\n"
)


@dataclass
class Listener:
    """The ports, and what each connection or datagram brought."""

    ports: dict[str, int] = field(default_factory=dict)
    arrivals: list[tuple[str, bytearray]] = field(default_factory=list)
    changed: float = field(default_factory=time.monotonic)
    pages: dict[str, bytes] = field(default_factory=dict)
    """Path to contents of the pages that it serves over HTTP, without headers of their own."""

    def open(self, port: str) -> bytearray:
        """Note a connection or datagram; its bytes are to be added with `note`."""
        data = bytearray()
        self.arrivals.append((port, data))
        self.changed = time.monotonic()
        return data

    def note(self, data: bytearray, more: bytes) -> None:
        """Add what a connection brought."""
        data += more
        self.changed = time.monotonic()

    def settle(self) -> None:
        """Return when nothing has come for `QUIET_SECONDS`."""
        started = self.changed = time.monotonic()
        while time.monotonic() < min(self.changed + QUIET_SECONDS, started + MOST_SECONDS):
            time.sleep(0.05)

    def got(self, data: str) -> bool:
        """Whether a text arrived anywhere."""
        return any(data.encode() in arrived for _, arrived in self.arrivals)

    def count(self, port: str) -> int:
        """How many connections or datagrams reached a port."""
        return sum(name == port for name, _ in self.arrivals)


@contextlib.contextmanager
def listening() -> Iterator[Listener]:
    """A listener on free ports: http, turn and bare over TCP, stun and quic over UDP."""
    listener = Listener()
    with contextlib.ExitStack() as stack:
        for port in ("http", "turn", "bare", "stun", "quic"):
            server = _server(listener, port)
            stack.enter_context(server)
            listener.ports[port] = server.server_address[1]
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            stack.callback(server.shutdown)
        yield listener


def _server(listener: Listener, port: str) -> Any:
    if port in ("stun", "quic"):

        class Datagram(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                listener.note(listener.open(port), self.request[0])

        return socketserver.UDPServer(("127.0.0.1", 0), Datagram)

    class Connection(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            _converse(listener, port, self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 64

    return Server(("127.0.0.1", 0), Connection)


def _converse(listener: Listener, port: str, client: Any) -> None:
    """Keep what a client sends, and answer so that it sends the rest."""
    kept = listener.open(port)
    client.settimeout(HANG_UP_SECONDS)
    with contextlib.suppress(OSError):  # the client may go at any time
        while len(kept) < MAX_BYTES and (more := client.recv(4096)):
            listener.note(kept, more)
            if kept[4:8] == STUN_COOKIE:
                client.sendall(_who_are_you(bytes(more)))
            elif (answer := _http(bytes(kept), listener.pages)) is not None:
                client.sendall(answer)
                if b" 101 " not in answer[:16]:
                    return


def _http(request: bytes, pages: dict[str, bytes]) -> bytes | None:
    """The answer to a request; None if its head has not come in whole, or it is none."""
    head, ended, body = request.partition(b"\r\n\r\n")
    if not ended:
        return None
    length = re.search(rb"(?i)^content-length: *(\d+)", head, re.MULTILINE)
    if length and len(body) < int(length[1]):
        return None
    key = re.search(rb"(?i)^sec-websocket-key: *(\S+)", head, re.MULTILINE)
    if key:
        accept = base64.b64encode(hashlib.sha1(key[1] + WEBSOCKET_GUID).digest())  # noqa: S324
        return (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: %b\r\n\r\n" % accept
        )
    path = head.split(b" ", 2)[1].decode(errors="replace") if head.count(b" ") > 1 else ""
    page = pages.get(path, PAGE)
    return b"HTTP/1.1 200 OK\r\n%bContent-Length: %d\r\n\r\n%b" % (HEADERS, len(page), page)


def _who_are_you(request: bytes) -> bytes:
    """The answer 401 of a TURN server, on which clients repeat their request with a user name."""
    attributes = (
        _attribute(0x0009, b"\0\0\4\1Unauthorized")  # ERROR-CODE: class 4, number 1
        + _attribute(0x0014, b"realm")
        + _attribute(0x0015, b"nonce")
    )
    kind = int.from_bytes(request[:2]) | 0x0110  # the same method, as an error
    return kind.to_bytes(2) + len(attributes).to_bytes(2) + request[4:20] + attributes


def _attribute(kind: int, value: bytes) -> bytes:
    """An attribute of STUN: type, length, value, filled up to four bytes."""
    padding = bytes(-len(value) % 4)
    return kind.to_bytes(2) + len(value).to_bytes(2) + value + padding
