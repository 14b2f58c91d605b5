"""Where published files come from: a web server or a folder. Bounded in bytes and in time.

What arrives is not trusted here; see verify.py. A token is sent to the one host it is for:
redirects are not followed, and plain http is refused but on this machine. No message holds
an address or a token.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import random
import re
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import SplitResult, urlsplit

from hashguard.errors import FetchError, IndexFileError, VerificationError
from hashguard.files import open_plain

CONNECT_TIMEOUT = 10.0  # seconds, also for every silence between two bytes
MIN_RATE = 50_000  # bytes a second; slower than that is given up, see `_patience`
BASE_PATIENCE = 20.0  # seconds for any file, however short
ATTEMPTS = 3
FIRST_PAUSE = 0.5  # seconds before the second attempt, doubled before each further one
_PIECE_BYTES = 2**16
_NAME = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*", re.ASCII)
_TOKEN = re.compile(r"[!-~]{1,4096}", re.ASCII)


class NotThereError(FetchError):
    """The source answered that there is no such file."""


class PassingError(FetchError):
    """Something that may be over when it is tried again."""


class Source(Protocol):
    """What has published files."""

    def read(self, name: str, limit: int) -> bytes:
        """The content of a file. name: as `metadata/timestamp.json`. limit: bytes.

        Raises FetchError, VerificationError if there are more bytes than that.
        """
        ...

    def close(self) -> None:
        """End what is open; `read` opens it again."""
        ...


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a closed list asks for, and whom to believe that it is the right server.

    token: sent as `Authorization: Bearer`. certificate: a PEM file with a client certificate
    and its key. authority: a PEM file with the certificates to trust in place of the system's.
    """

    token: str | None = field(default=None, repr=False)
    certificate: Path | None = field(default=None, repr=False)
    authority: Path | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.token is not None and not _TOKEN.fullmatch(self.token):
            raise ValueError("a token is one line of visible ASCII characters")


class FolderSource:
    """Published files in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        """folder: as `Repository` makes it, or a copy."""
        self._folder = folder

    def read(self, name: str, limit: int) -> bytes:
        """See `Source`."""
        try:
            with open_plain(self._folder / _checked(name)) as file:
                return _bounded(file.read, name, limit)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotThereError(f"{_short(name)} is not there") from error
        except (OSError, IndexFileError) as error:
            raise PassingError(f"{_short(name)} could not be read") from error

    def close(self) -> None:
        """Nothing stays open."""


class HttpSource:
    """Published files on a web server. Used by one thread."""

    def __init__(
        self, url: str, *, credentials: Credentials, dangerously_plain: bool = False
    ) -> None:
        """url: of the published folder, https; http for this machine alone.

        dangerously_plain: http for other machines, too; then whoever is between can read the
        hashes and hold back what is new, and no token is sent. Raises ValueError.
        """
        self._parts = _split(url)
        local = _is_loopback(self._parts.hostname or "")
        self._context = _context(credentials) if self._parts.scheme == "https" else None
        self._token = credentials.token
        if self._context is None and not local:
            if not dangerously_plain:
                raise ValueError("lists are fetched with https; http is for this machine alone")
            if self._token is not None:
                raise ValueError("a token is not sent over http")
        self._connection: http.client.HTTPConnection | None = None

    def read(self, name: str, limit: int) -> bytes:
        """See `Source`."""
        try:
            return self._read(_checked(name), limit)
        except FetchError:
            self.close()
            raise
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise FetchError("the certificate of the server is not one to trust") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise PassingError(f"{_short(name)} did not arrive ({_reason(error)})") from error

    def close(self) -> None:
        """See `Source`."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _read(self, name: str, limit: int) -> bytes:
        # A server that keeps an idle connection for a while closes it without a word.
        reused = self._connection is not None
        try:
            return self._attempt(name, limit)
        except (ConnectionError, http.client.BadStatusLine):
            self.close()
            if not reused:
                raise
            return self._attempt(name, limit)

    def _attempt(self, name: str, limit: int) -> bytes:
        with _Watch(_patience(limit), name) as watch:
            connection = self._connection or self._connected(watch)
            self._connection = connection
            watch.socket = connection.sock
            headers = {"Accept-Encoding": "identity", "User-Agent": "hashguard"}
            if self._token is not None:
                headers["Authorization"] = f"Bearer {self._token}"
            connection.request("GET", f"{self._parts.path.rstrip('/')}/{name}", headers=headers)
            response = connection.getresponse()
            return self._body(response, name, limit)

    def _body(self, response: http.client.HTTPResponse, name: str, limit: int) -> bytes:
        if response.status != http.HTTPStatus.OK:
            self.close()
            raise _refusal(response.status, name)
        if response.getheader("Content-Encoding", "identity") != "identity":
            raise FetchError(f"{_short(name)} came compressed, which was not asked for")
        stated = response.length
        try:
            data = _bounded(response.read1, name, limit)
        except VerificationError:
            self.close()
            raise
        if stated is not None and len(data) < stated:
            raise PassingError(f"{_short(name)} was cut off")
        # Read to its end, but `read1` does not tell the connection so.
        response.close()
        return data

    def _connected(self, watch: _Watch) -> http.client.HTTPConnection:
        """A connection that stands; the handshake is watched, too."""
        host = self._parts.hostname or ""
        port = self._parts.port or (80 if self._context is None else 443)
        connection = (
            http.client.HTTPConnection(host, port)
            if self._context is None
            else http.client.HTTPSConnection(host, port, context=self._context)
        )
        opened = socket.create_connection((host, port), CONNECT_TIMEOUT)
        connection.sock = watch.socket = opened
        if self._context is not None:
            secured = self._context.wrap_socket(
                opened, server_hostname=host, do_handshake_on_connect=False
            )
            connection.sock = watch.socket = secured
            try:
                secured.do_handshake()
            except BaseException:
                secured.close()
                raise
        return connection


class Retrying:
    """Another source, asked again when something passing went wrong."""

    def __init__(
        self, source: Source, *, rng: random.Random, sleep: Callable[[float], object]
    ) -> None:
        """rng: of the pauses, so that a thousand followers do not come back at one moment."""
        self._source = source
        self._rng = rng
        self._sleep = sleep

    def read(self, name: str, limit: int) -> bytes:
        """See `Source`."""
        pause = FIRST_PAUSE
        for _ in range(ATTEMPTS - 1):
            try:
                return self._source.read(name, limit)
            except PassingError:
                self._sleep(pause * self._rng.uniform(0.5, 1.5))
                pause *= 2
        return self._source.read(name, limit)

    def close(self) -> None:
        """See `Source`."""
        self._source.close()


class _Watch:
    """Shuts a socket when its time is over.

    Timeouts of a socket begin anew with every byte, so one byte a second would last for ever.
    socket: to be told as soon as there is one; http.client forgets its own in between.
    """

    def __init__(self, seconds: float, name: str) -> None:
        self.socket: socket.socket | None = None
        self._name = name
        self._over = False
        self._timer = threading.Timer(seconds, self._shut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._timer.cancel()
        if self._over:
            raise PassingError(f"{_short(self._name)} came too slowly") from error

    def _shut(self) -> None:
        self._over = True
        if self.socket is not None:
            with contextlib.suppress(OSError):
                # Of the class below TLS, whose own would wait for a last word.
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)


def _bounded(read: Callable[[int], bytes], name: str, limit: int) -> bytes:
    """All that `read` gives. Raises VerificationError beyond `limit` bytes."""
    pieces: list[bytes] = []
    length = 0
    while piece := read(_PIECE_BYTES):
        length += len(piece)
        if length > limit:
            raise VerificationError(f"{_short(name)} is longer than what was signed or is allowed")
        pieces.append(piece)
    return b"".join(pieces)


def _patience(limit: int) -> float:
    """Seconds for at most `limit` bytes."""
    return BASE_PATIENCE + limit / MIN_RATE


def _split(url: str) -> SplitResult:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not the address of a web server")
    if parts.username or parts.password or parts.query or parts.fragment:
        # They end up in logs and in lists of processes.
        raise ValueError("an address holds no password, query or fragment; see --token-file")
    if not re.fullmatch(r"[!-~]*", parts.path):
        raise ValueError("an address is written in ASCII, without spaces")
    _ = parts.port  # raises ValueError where it is no number
    return parts


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _context(credentials: Credentials) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=credentials.authority)
        if credentials.certificate is not None:
            # Without a password: OpenSSL would ask for it on the terminal.
            context.load_cert_chain(credentials.certificate, password="")
    except (OSError, ssl.SSLError) as error:
        raise ValueError("the certificates given cannot be used") from error
    return context


def _refusal(status: int, name: str) -> FetchError:
    short = _short(name)
    if status in (403, 404, 410):
        return NotThereError(f"{short} is not there, or not for us (status {status})")
    if status == http.HTTPStatus.UNAUTHORIZED:
        return FetchError("the server wants other credentials (status 401)")
    if 300 <= status < 400:
        return FetchError(f"{short} was redirected, which is not followed (status {status})")
    if status == http.HTTPStatus.TOO_MANY_REQUESTS or status >= 500:
        return PassingError(f"the server could not send {short} now (status {status})")
    return FetchError(f"the server refused {short} (status {status})")


def _checked(name: str) -> str:
    """A name that leads nowhere else."""
    if not _NAME.fullmatch(name) or any(part in (".", "..") for part in name.split("/")):
        raise VerificationError("a published file has a name that none can have")
    return name


def _short(name: str) -> str:
    """The name without folders and digest."""
    last = name.rpartition("/")[2]
    return last[65:] if re.match(r"[0-9a-f]{64}\.", last) else last


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return type(error).__name__
