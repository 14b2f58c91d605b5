"""A client of StopNCII's interface, or of whoever speaks it, such as `hashguard serve`.

Fetches records page by page, submits hashes, gives feedback. Each endpoint has a key of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from hashguard.errors import CredentialsError, ExchangeError
from hashguard.exchange.credentials import Secret, StopNciiKeys
from hashguard.exchange.http import Bounds, Connection, Waiting
from hashguard.exchange.records import FEEDBACK_WORDS
from hashguard.exchange.stopncii_pages import IMAGE_PDQ, Page, read_page
from hashguard.hashes import Algorithm, Hash

BASE_URL = "https://api.stopncii.org/v1"
FROM_START = 10  # seconds since 1970; what the interface takes for "everything"
PAGE_SIZE = 800  # records; what its own client asks for
MAX_SENT = 1_000  # hashes in one request
_MAX_RECORDS = 2**25  # of one fetch; twice the longest list
_MAX_EMPTY = 1_000  # pages in a row without a record


@dataclass(frozen=True, slots=True)
class Statement:
    """A hash, and what this platform says about it. feedback: one of FEEDBACK_WORDS."""

    hash: Hash
    feedback: str
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.hash.algorithm is not Algorithm.PDQ:
            raise ValueError("StopNCII takes PDQ hashes")
        if self.feedback not in FEEDBACK_WORDS:
            raise ValueError(f"feedback is one of {', '.join(FEEDBACK_WORDS)}")


class StopNcii:
    """A client. For one thread; close it, or use it in a `with`."""

    def __init__(
        self,
        keys: StopNciiKeys,
        *,
        base_url: str = BASE_URL,
        bounds: Bounds | None = None,
        waiting: Waiting | None = None,
    ) -> None:
        """Raises ValueError for an address that keys must not be sent to."""
        self._keys = keys
        self._connection = Connection(base_url, bounds=bounds, waiting=waiting)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the server."""
        self._connection.close()

    def pages(self, *, since: int = FROM_START, token: str | None = None) -> Iterator[Page]:
        """The pages of what changed from `since` on, unix seconds; fetched as they are taken.

        token: of a page, to go on there; the server forgets them. Raises CredentialsError,
        FetchError, and ExchangeError, also for a server whose pages have no end.
        """
        headers = self._headers(self._keys.fetch, "FETCH_KEY")
        seen: set[bytes] = set()
        records = empty = 0
        while True:
            params: dict[str, str | int] = {"startTimestamp": since, "pageSize": PAGE_SIZE}
            if token is not None:
                params["nextPageToken"] = token
            page = read_page(self._connection.get("/FetchHashes", params=params, headers=headers))
            yield page
            token = page.token
            if token is None:
                return
            records += len(page.records)
            empty = 0 if page.records else empty + 1
            digest = hashlib.sha256(token.encode("ascii")).digest()
            if digest in seen or empty > _MAX_EMPTY or records > _MAX_RECORDS:
                raise ExchangeError("the pages lead in a circle or have no end")
            seen.add(digest)

    def submit(self, statements: Sequence[Statement], *, now: int) -> None:
        """Share hashes of this platform's own, at most MAX_SENT. Never sent twice.

        now: unix seconds. Raises CredentialsError, FetchError; ValueError for too many.
        """
        records = [
            {
                "lastModtimestamp": now,
                "signalType": IMAGE_PDQ,
                "hashValue": one.hash.hex,
                "CSPFeedbacks": [{"tags": list(one.tags), "feedbackValue": one.feedback}],
            }
            for one in statements
        ]
        headers = self._headers(self._keys.submit, "SUBMIT_KEY")
        self._post("/SubmitHashes", "hashRecords", records, headers)

    def give_feedback(self, statements: Sequence[Statement]) -> None:
        """Say what became of hashes that were fetched. Bounds and errors as `submit`."""
        feedbacks = [
            {"tags": list(one.tags), "feedbackValue": one.feedback, "hashValue": one.hash.hex}
            for one in statements
        ]
        headers = self._headers(self._keys.feedback, "FEEDBACK_KEY")
        self._post("/SubmitFeedback", "hashFeedbacks", feedbacks, headers)

    def _post(self, path: str, name: str, found: Sequence[object], headers: dict[str, str]) -> None:
        if not 1 <= len(found) <= MAX_SENT:
            raise ValueError(f"one request holds 1 to {MAX_SENT} hashes, not {len(found)}")
        body = json.dumps({"count": len(found), name: found}).encode("ascii")
        # What is answered is not specified: the status says whether it was taken.
        headers = {**headers, "Content-Type": "application/json"}
        self._connection.send("POST", path, body, headers=headers)

    def _headers(self, key: Secret | None, name: str) -> dict[str, str]:
        if key is None:
            raise CredentialsError(f"HASHGUARD_STOPNCII_{name} is missing; see docs/exchange.md")
        return {
            "x-functions-key": key.reveal(),
            "Ocp-Apim-Subscription-Key": self._keys.subscription.reveal(),
        }
