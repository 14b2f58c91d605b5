"""A bank behind the interface of StopNCII, as an ASGI application; the one door to Starlette.

Every client of StopNCII becomes a client of a bank by changing one address. Each request: 1. keys,
2. rate, 3. size, 4. contents, 5. the bank. No hash is in any address, log line or error.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from hashguard.bank import Decision, Feedback
from hashguard.errors import (
    CredentialsError,
    ExchangeError,
    HashguardError,
    MissingExtraError,
    RateError,
    UnknownEntryError,
)
from hashguard.exchange.page_tokens import make_token, read_token
from hashguard.exchange.platforms import Endpoint, KeyFile
from hashguard.exchange.rates import Rates
from hashguard.exchange.records import Opinion, Record
from hashguard.exchange.requests import MAX_BODY_BYTES, Said, read_feedback, read_submission
from hashguard.exchange.stopncii_pages import write_page
from hashguard.hashes import Algorithm, Hashed
from hashguard.lists.entry import MAX_TIME

try:
    import anyio
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.exceptions import HTTPException
    from starlette.requests import ClientDisconnect, Request
    from starlette.responses import Response
    from starlette.routing import Route
except ImportError as error:
    raise MissingExtraError("the server needs: pip install 'hashguard[server]'") from error

if TYPE_CHECKING:
    from hashguard.bank import Intake, Page
    from hashguard.bank import Record as Kept
    from hashguard.hashes import Hash

PAGE_SIZE = 800  # records, if a client does not say; what the clients of the field ask for
MAX_PAGE_SIZE = 1_000
BODY_SECONDS = 30.0  # for a whole body to arrive

_log = logging.getLogger("hashguard.exchange")


class BankLike(Protocol):
    """What the server asks of a bank; `hashguard.bank.Bank` has it."""

    def changes(self, *, since: int, after: str | None, limit: int) -> Page:
        """Records modified at `since` or later, oldest first."""
        ...

    def submit(
        self,
        hashed: Hashed,
        *,
        source: str,
        feedback: Feedback | None = None,
        tags: tuple[str, ...] = (),
        now: int,
    ) -> Intake:
        """Take in a hash that a platform sends."""
        ...

    def give_feedback(
        self,
        hash: Hash,  # noqa: A002 (as the bank calls it)
        *,
        source: str,
        feedback: Feedback,
        tags: tuple[str, ...] = (),
        now: int,
    ) -> object:
        """Keep what a platform says. Raises UnknownEntryError."""
        ...


class _Refusal(Exception):  # noqa: N818 (it is an answer)
    """An answer other than the one that was asked for."""

    def __init__(self, status: int, error: str, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.wait = wait


def create_app(
    bank: BankLike, *, keys: KeyFile, secret: bytes, now: Callable[[], float], rates: Rates
) -> Starlette:
    """The application. Serve it with access logs off, and over TLS.

    secret: 32 random bytes that authenticate page tokens; new ones at every start are fine, for
    clients then begin again at their checkpoint. now: unix seconds.
    """
    service = _Service(bank, keys, secret, now, rates)
    routes = [
        Route(prefix + path, _guarded(handler), methods=[method])
        for prefix in ("", "/v1")  # as StopNCII's own, so that only the host changes
        for path, method, handler in (
            ("/FetchHashes", "GET", service.fetch),
            ("/SubmitHashes", "POST", service.submit),
            ("/SubmitFeedback", "POST", service.feedback),
        )
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _http_error})


class _Service:
    """The three endpoints over one bank."""

    def __init__(
        self,
        bank: BankLike,
        keys: KeyFile,
        secret: bytes,
        now: Callable[[], float],
        rates: Rates,
    ) -> None:
        self._bank = bank
        self._keys = keys
        self._secret = secret
        self._now = now
        self._rates = rates

    async def fetch(self, request: Request) -> Response:
        platform = self._who(request, Endpoint.FETCH)
        since = _number(request, "startTimestamp", default=0, most=MAX_TIME)
        limit = min(_number(request, "pageSize", default=PAGE_SIZE, most=10**6), MAX_PAGE_SIZE)
        now, token, after = int(self._now()), request.query_params.get("nextPageToken"), None
        if token:
            after = read_token(token, since=since, platform=platform, now=now, secret=self._secret)
        page = await run_in_threadpool(
            self._bank.changes, since=since, after=after, limit=max(limit, 1)
        )
        following = page.after
        if following is not None:
            following = make_token(
                following, since=since, platform=platform, now=now, secret=self._secret
            )
        records = [_record(one) for one in page.records if one.hash.algorithm is Algorithm.PDQ]
        # As far as this page reaches, no further: a client that is broken off goes on from here.
        return _json(write_page(records, newest=page.newest, token=following))

    async def submit(self, request: Request) -> Response:
        return await self._take(request, Endpoint.SUBMIT, read_submission, self._submit_one)

    async def feedback(self, request: Request) -> Response:
        return await self._take(request, Endpoint.FEEDBACK, read_feedback, self._feedback_one)

    async def _take(
        self,
        request: Request,
        endpoint: Endpoint,
        read: Callable[[bytes], Sequence[Said]],
        take: Callable[[Said, str], str],
    ) -> Response:
        platform = self._who(request, endpoint)
        said = await run_in_threadpool(read, await _body(request))
        results = await run_in_threadpool(lambda: [take(one, platform) for one in said])
        whole = {"count": len(results), "results": results}
        return _json(json.dumps(whole).encode("ascii"))

    def _submit_one(self, said: Said, platform: str) -> str:
        try:
            intake = self._bank.submit(
                Hashed(said.hash),
                source=platform,
                feedback=None if said.feedback is None else Feedback(said.feedback),
                tags=said.tags if said.feedback is not None else (),
                now=int(self._now()),
            )
        except RateError:
            # Not an error of the request: those before it were taken, and must be told.
            return "too-many-today"
        return "left-out" if intake.decision is Decision.NOTHING_LEFT else intake.decision.value

    def _feedback_one(self, said: Said, platform: str) -> str:
        try:
            self._bank.give_feedback(
                said.hash,
                source=platform,
                feedback=Feedback(said.feedback or ""),
                tags=said.tags,
                now=int(self._now()),
            )
        except UnknownEntryError:
            return "unknown"
        return "taken"

    def _who(self, request: Request, endpoint: Endpoint) -> str:
        """The platform that asks. Raises _Refusal."""
        platform = self._keys.platforms().who(
            request.headers.get("ocp-apim-subscription-key", ""),
            request.headers.get("x-functions-key", ""),
            endpoint,
        )
        if platform is None:
            raise _Refusal(401, "keys", "these keys are not for this endpoint")
        wait = self._rates.wait(platform, self._now())
        if wait:
            raise _Refusal(429, "rate", "too many requests; wait as Retry-After says", wait)
        return platform


_Handler = Callable[[Request], Awaitable[Response]]


def _guarded(handler: _Handler) -> _Handler:
    """Every error as an answer in JSON; none of them quotes what was sent."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except _Refusal as refusal:
            return _refused(refusal)
        except ExchangeError as error:
            return _refused(_Refusal(400, "request", str(error)))
        except ClientDisconnect:
            return _refused(_Refusal(400, "request", "the request broke off"))
        except (HashguardError, OSError) as error:
            # Their messages are for who runs the server, not for who asks it.
            _log.error("%s", _told(error))
            return _refused(_Refusal(503, "bank", "the bank cannot answer now; try again later"))
        except Exception as error:
            # The last resort: the server would log a traceback, whose last line may quote a hash.
            _log.error("a bug in hashguard: %s", type(error).__name__)
            return _refused(_Refusal(500, "server", "an error in the server"))

    return answer


def _told(error: Exception) -> str:
    if isinstance(error, CredentialsError):
        return f"nobody is served: {error}"
    return str(error) if isinstance(error, HashguardError) else type(error).__name__


async def _body(request: Request) -> bytes:
    """The body, within bounds of size and time. Raises _Refusal."""
    too_large = _Refusal(413, "size", f"a request has at most {MAX_BODY_BYTES} bytes")
    stated = request.headers.get("content-length", "0")
    if not stated.isdecimal() or int(stated[:20]) > MAX_BODY_BYTES:
        raise too_large
    parts: list[bytes] = []
    length = 0
    try:
        with anyio.fail_after(BODY_SECONDS):
            async for part in request.stream():
                length += len(part)
                if length > MAX_BODY_BYTES:
                    raise too_large
                parts.append(part)
    except TimeoutError:
        raise _Refusal(408, "time", f"the request took over {BODY_SECONDS:.0f} s") from None
    return b"".join(parts)


def _number(request: Request, name: str, *, default: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 15 and int(text) <= most):
        raise _Refusal(400, "request", f"{name} must be a whole number from 0 to {most}")
    return int(text)


def _record(one: Kept) -> Record:
    return Record(
        hash=one.hash,
        status=one.status,
        modified=one.modified,
        cases=one.cases,
        feedback=tuple(Opinion(g.source, g.feedback.word, g.tags) for g in one.feedback),
    )


def _json(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    safe = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(body, status, {**safe, **(headers or {})}, "application/json")


def _refused(refusal: _Refusal) -> Response:
    said = {"error": refusal.error, "message": str(refusal)}
    headers = {"WWW-Authenticate": "Key"} if refusal.status == 401 else {}
    if refusal.wait is not None:
        headers["Retry-After"] = str(max(1, round(refusal.wait)))
    return _json(json.dumps(said).encode("ascii"), refusal.status, headers)


async def _http_error(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    message = "there is no such place here" if status == 404 else "not allowed here"
    body = json.dumps({"error": "request", "message": message}).encode("ascii")
    return _json(body, status, headers)
