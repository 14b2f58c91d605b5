"""Requests to a server that may be slow, broken or hostile; the one door to httpx and httpcore.

Bytes come out, or a FetchError. Every answer is bounded in bytes and in time, from the first
byte of the connection to the last of the body. Redirects are not followed and cookies not kept:
keys go to the address they were meant for. Nothing is logged: `httpx.Client`, which logs each
address with its parameters and takes proxies and passwords from the environment, is not used.
"""

from __future__ import annotations

import email.utils
import random
import re
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hashguard.errors import FetchError, MissingExtraError
from hashguard.exchange.addresses import is_loopback

try:
    import httpcore
    import httpx
except ImportError as error:
    raise MissingExtraError("clients need httpx: pip install 'hashguard[exchange]'") from error

TIMEOUT = 60.0  # seconds for one answer; what the clients of the field wait
MAX_BODY_BYTES = 32 * 2**20  # a page of 1,000 records is under 1 MB
ATTEMPTS = 5  # one, and four more, as the clients of the field do
BACKOFF = 0.2  # seconds; doubled with each attempt
MAX_WAIT = 120.0  # seconds that a server may ask us to wait before the next attempt

_AGAIN = frozenset({429, 500, 502, 503, 504})
_FAILED = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ConnectionNotAvailable,
)
_PHASES = ("connect", "read", "write", "pool")
_VISIBLE = re.compile(r"[!-~]{1,2048}", re.ASCII)
_MEANINGS = {
    400: "the request was not understood (400)",
    401: "the keys were refused (401)",
    403: "the keys do not allow this (403)",
    404: "there is no such place (404); is the address right?",
    409: "it is in conflict with what is there (409)",
    413: "the request was too large (413)",
    429: "too many requests (429)",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """How time passes for a connection; tests put in their own."""

    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    jitter: Callable[[], float] = field(default=random.SystemRandom().random)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one answer may take: seconds in all, and bytes of its body."""

    seconds: float = TIMEOUT
    body: int = MAX_BODY_BYTES


class _RefusedError(FetchError):
    """An answer with a status other than 200."""

    def __init__(self, message: str, status: int, wait: float | None) -> None:
        super().__init__(message)
        self.status = status
        self.wait = wait


class Connection:
    """One server, by its base address. For one thread; close it, or use it in a `with`."""

    def __init__(
        self, base_url: str, *, bounds: Bounds | None = None, waiting: Waiting | None = None
    ) -> None:
        """Raises ValueError for an address that keys must not be sent to; see `checked_url`."""
        self._base = checked_url(base_url)
        self._bounds = bounds or Bounds()
        self._waiting = waiting or Waiting()
        self._deadline = _Deadline(self._waiting.monotonic)
        self._pool = httpcore.ConnectionPool(
            # The authorities of certifi, or those that SSL_CERT_FILE names.
            ssl_context=httpx.create_ssl_context() if self._base.startswith("https:") else None,
            max_connections=1,
            network_backend=_Backend(self._deadline),
        )

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return "<Connection>"

    def close(self) -> None:
        """Let go of the server."""
        self._pool.close()

    def get(
        self,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str],
    ) -> bytes:
        """The body of an answer; asked again up to ATTEMPTS times if the server is in trouble.

        Raises FetchError.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._ask("GET", path, headers, params=params)
            except FetchError as error:
                wait = self._wait_after(error, attempt)
                if wait is None:
                    raise
            self._waiting.sleep(wait)

    def send(self, method: str, path: str, body: bytes, *, headers: Mapping[str, str]) -> bytes:
        """The body of the answer to a POST or PUT, which is never sent twice. Raises FetchError."""
        return self._ask(method, path, headers, body=body)

    def _wait_after(self, error: FetchError, attempt: int) -> float | None:
        """Seconds until the next attempt; None if there is none. Raises FetchError for too many."""
        if isinstance(error, _RefusedError):
            passing, asked = error.status in _AGAIN, error.wait
        else:
            passing, asked = isinstance(error.__cause__, _FAILED), None
        if not passing or attempt >= ATTEMPTS:
            return None
        # Full jitter: a thousand clients of a server that comes back must not come at once.
        mine: float = BACKOFF * 2 ** (attempt - 1) * self._waiting.jitter()
        if asked is None:
            return mine
        if asked > MAX_WAIT:
            raise FetchError(f"{error}; it asks to wait {asked:.0f} s") from error
        return asked + mine

    def _ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        params: Mapping[str, str | int] | None = None,
        body: bytes | None = None,
    ) -> bytes:
        self._deadline.start(self._bounds.seconds)
        request = httpx.Request(
            method,
            self._base + path,
            params=params,
            # Not compressed: a small body could become an endless one.
            headers={"Accept-Encoding": "identity", "User-Agent": "hashguard", **headers},
            content=body,
        )
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        try:
            with self._pool.stream(
                method,
                url,
                headers=request.headers.raw,
                content=body,
                extensions={"timeout": dict.fromkeys(_PHASES, self._bounds.seconds)},
            ) as answer:
                return self._read(answer)
        except httpcore.TimeoutException as error:
            raise FetchError(f"no answer within {self._bounds.seconds:.0f} s") from error
        except httpcore.ConnectError as error:
            # Its cause was dropped on the way, its context was not.
            refused = error.__context__
            if isinstance(refused, ssl.SSLError):
                raise FetchError("the server has no certificate that we trust") from refused
            raise FetchError("the server cannot be reached") from error
        except _FAILED as error:
            raise FetchError("the connection broke off") from error

    def _read(self, answer: httpcore.Response) -> bytes:
        headers = {name.lower(): value for name, value in answer.headers}
        # 1. The status. A body of a refusal is not read: it may quote what we sent.
        if answer.status not in (200, 201, 202, 204):
            raise self._refusal(answer.status, headers)
        if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
            raise FetchError("the answer is compressed, though we asked for it as it is")
        # 2. The length, as stated and as it comes.
        limit = self._bounds.body
        stated = headers.get(b"content-length", b"0")
        if stated.isdigit() and int(stated[:20]) > limit:
            raise FetchError(f"the answer has more than {limit} bytes")
        parts: list[bytes] = []
        length = 0
        for part in answer.iter_stream():
            length += len(part)
            if length > limit:
                raise FetchError(f"the answer has more than {limit} bytes")
            parts.append(part)
        return b"".join(parts)

    def _refusal(self, status: int, headers: Mapping[bytes, bytes]) -> _RefusedError:
        if 300 <= status < 400:
            text = f"a redirect ({status}), which is not followed: keys would go along"
        else:
            text = _MEANINGS.get(status, f"the server answered with status {status}")
        return _RefusedError(text, status, self._retry_after(headers.get(b"retry-after")))

    def _retry_after(self, value: bytes | None) -> float | None:
        """Seconds that the server asks us to wait; None if it does not say, or not legibly."""
        if value is None:
            return None
        text = value.decode("latin-1").strip()
        if text.isdecimal() and text.isascii():
            return float(int(text[:9]))
        try:
            moment = email.utils.parsedate_to_datetime(text).timestamp()
        except (ValueError, OverflowError, TypeError):
            return None
        return max(0.0, moment - self._waiting.wall())


def checked_url(text: str) -> str:
    """A base address without a slash at its end. Raises ValueError, which does not quote it.

    Only https, or http to this machine itself; no user, parameters or fragment in it.
    """
    try:
        url = httpx.URL(text if _VISIBLE.fullmatch(text) else "")
        port = url.port or 0
    except (httpx.InvalidURL, UnicodeError):
        raise ValueError("this is no address of a server") from None
    if not url.host or url.scheme not in ("https", "http") or port > 65_535:
        raise ValueError("the address of a server begins with https://")
    if url.scheme == "http" and not is_loopback(url.host):
        raise ValueError("keys are sent over https only, and over http within this machine")
    if url.userinfo or url.query or url.fragment:
        raise ValueError("the address of a server has no password, parameters or fragment")
    return str(url).rstrip("/")


class _Deadline:
    """When the answer that is waited for must be complete."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._until = 0.0

    def start(self, seconds: float) -> None:
        self._until = self._monotonic() + seconds

    def left(self) -> float:
        """Seconds. Raises ReadTimeout if there are none."""
        left = self._until - self._monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left


class _Backend(httpcore.NetworkBackend):
    """The network, within a deadline: httpx alone bounds each read, so a drip has no end."""

    def __init__(self, deadline: _Deadline) -> None:
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 (the deadline counts)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        inner = self._inner.connect_tcp(
            host, port, self._deadline.left(), local_address, socket_options
        )
        return _Stream(inner, self._deadline)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._inner.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._inner.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        left = self._deadline.left()
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
