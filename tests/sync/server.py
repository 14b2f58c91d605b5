"""A web server on this machine that serves a folder, and misbehaves where it is told to."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.told import requested

Trick = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Site:
    """What is served. tricks: what to do in place of sending a file, by the end of its name.

    token: what has to be sent. seen: the paths asked for, and the tokens sent.
    """

    folder: Path
    url: str = ""
    token: str | None = None
    tricks: dict[str, Trick] = field(default_factory=dict)
    seen: list[tuple[str, str | None]] = field(default_factory=list)


@contextmanager
def served(folder: Path, *, tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """The folder at `site.url`, until the block ends."""
    site = Site(folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def do_GET(self) -> None:
            _answer(self, site)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            requested(format % args)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # a client that hangs up on a trick

    with Server(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        site.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_port}"
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()


def _answer(handler: BaseHTTPRequestHandler, site: Site) -> None:
    sent = handler.headers.get("Authorization")
    site.seen.append((handler.path, sent))
    for end, trick in site.tricks.items():
        if handler.path.endswith(end):
            trick(handler)
            return
    path = site.folder / handler.path.lstrip("/")
    if site.token is not None and sent != f"Bearer {site.token}":
        send(handler, 401, b"")
    elif not path.is_file():
        send(handler, 404, b"no such file")
    else:
        send(handler, 200, path.read_bytes())


def send(handler: BaseHTTPRequestHandler, status: int, data: bytes, **headers: str) -> None:
    """An ordinary answer."""
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(data)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(data)


@dataclass(frozen=True)
class Certificate:
    """A PEM file that holds a certificate and its key; it vouches for itself."""

    path: Path

    @classmethod
    def made(cls, path: Path) -> Certificate:
        """For 127.0.0.1, good for an hour."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
        now = datetime.datetime.now(datetime.UTC)
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(hours=1))
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        form = serialization
        pem = certificate.public_bytes(form.Encoding.PEM)
        pem += key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
        path.write_bytes(pem)
        path.chmod(0o600)
        return cls(path)

    def server_side(self, *, client: Certificate | None = None) -> ssl.SSLContext:
        """For a server; client: the one certificate that clients must show."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path)
        if client is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(client.path)
        return context
