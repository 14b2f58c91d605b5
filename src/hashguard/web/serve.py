"""Serve the page to this machine alone: one file, one address, nothing written down.

For looking at it as it is when hosted. To put it before others, use a web server that
speaks https, with the same headers: docs/hosting-the-page.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from hashguard.web.page import headers, page

ADDRESS = "127.0.0.1"
SECONDS = 10  # for one request; the page is read from memory


class PageServer(ThreadingHTTPServer):
    """The page on a port of 127.0.0.1; port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        """Raises OSError if the port is taken or not allowed."""
        self.body = page()
        self.page_headers: Mapping[str, str] = headers()
        super().__init__((ADDRESS, port), _Handler)

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{ADDRESS}:{self.server_port}/"

    @property
    def names(self) -> frozenset[str]:
        """What a Host header may say. Any other name was made to point here by a stranger."""
        return frozenset(f"{name}:{self.server_port}" for name in (ADDRESS, "localhost"))


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    timeout = SECONDS
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def _answer(self) -> None:
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self.server.names:
            self._send(HTTPStatus.MISDIRECTED_REQUEST, {}, b"")
        elif self.path != "/":
            self._send(HTTPStatus.NOT_FOUND, {}, b"")
        else:
            self._send(HTTPStatus.OK, self.server.page_headers, self.server.body)

    def _send(self, status: HTTPStatus, more: Mapping[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in more.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_error(
        self,
        code: int,
        message: str | None = None,  # noqa: ARG002 (as inherited)
        explain: str | None = None,  # noqa: ARG002
    ) -> None:
        """Other methods and broken requests: the status alone, without a page that echoes."""
        self.close_connection = True
        self.send_response_only(code)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (as inherited)
        """Nothing: who opened the page and when is nobody's business."""
