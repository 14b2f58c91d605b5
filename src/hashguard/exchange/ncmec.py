"""A client of NCMEC's hash sharing interface, version 2, in any of its environments.

Entries come in no order of time, so a range of time counts as fetched only once it was paged to its
end. Ranges grow and shrink with what they hold. Times are UTC.
"""

from __future__ import annotations

import base64
import enum
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from hashguard.errors import ExchangeError
from hashguard.exchange.credentials import NcmecLogin
from hashguard.exchange.http import Bounds, Connection, Waiting, checked_url
from hashguard.exchange.ncmec_pages import (
    Member,
    Reason,
    Update,
    read_entries,
    read_members,
    read_reasons,
    read_status,
    split_id,
    write_feedback,
)
from hashguard.lists.entry import MAX_TIME, time_text

MARGIN = 5  # seconds before now that are left for next time, for entries may still be arriving
LARGE = 20_000  # entries; a range that seems to hold more is shrunk
SMALL = 2_000  # entries; after several ranges with fewer, the next is longer
_SHRINK = 4
_GROW_AFTER = 4  # small ranges in a row
_MAX_PAGES = 1_000  # of one range; 1,000 entries each
_MAX_UPDATES = 1_000_000  # of one range; a client of the field stays under 400,000
_PDQ = "PDQ"


class Environment(enum.Enum):
    """Where to ask; which of them a member may ask is NCMEC's to say."""

    INDUSTRY = "https://report.cybertip.org/hashsharing"
    INDUSTRY_EXPLOITATIVE = "https://report.cybertip.org/exploitative-hashsharing"
    LAW_ENFORCEMENT = "https://lesp.ncmec.org/csam-hashsharing"
    NGO = "https://hashsharing.ncmec.org/npo"
    EXPLOITATIVE = "https://hashsharing.ncmec.org/exploitative"
    NGO_GENERATIVE_AI = "https://hashsharing.ncmec.org/generative-ai-csam"
    NGO_GENERATIVE_AI_EXPLOITATIVE = "https://hashsharing.ncmec.org/generative-ai-exploitative"
    TEST_INDUSTRY = "https://exttest.cybertip.org/hashsharing"
    TEST_INDUSTRY_EXPLOITATIVE = "https://exttest.cybertip.org/exploitative-hashsharing"
    TEST_LAW_ENFORCEMENT = "https://betalesp.ncmec.org/csam-hashsharing"
    TEST_NGO = "https://hashsharing-test.ncmec.org/npo"
    TEST_EXPLOITATIVE = "https://hashsharing-test.ncmec.org/exploitative"
    TEST_NGO_GENERATIVE_AI = "https://hashsharing-test.ncmec.org/generative-ai-csam"
    TEST_NGO_GENERATIVE_AI_EXPLOITATIVE = (
        "https://hashsharing-test.ncmec.org/generative-ai-exploitative"
    )


@dataclass(frozen=True, slots=True)
class Range:
    """All that changed in a range of time, fetched to its end. start, end: unix seconds."""

    start: int
    end: int
    updates: tuple[Update, ...]
    quarantined: int


class Ncmec:
    """A client. For one thread; close it, or use it in a `with`."""

    def __init__(
        self,
        login: NcmecLogin,
        *,
        base_url: str,
        bounds: Bounds | None = None,
        waiting: Waiting | None = None,
    ) -> None:
        """base_url: the value of an `Environment`. Raises ValueError as `checked_url` does."""
        self._base = checked_url(base_url)
        self._connection = Connection(base_url, bounds=bounds, waiting=waiting)
        self._login = login

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

    def status(self) -> Member:
        """Which member we are. Raises FetchError, ExchangeError; so do all below."""
        return read_status(self._get("/v2/status"))

    def members(self) -> tuple[Member, ...]:
        """Who takes part; NCMEC's Take It Down is one of them where it does."""
        return read_members(self._get("/v2/members"))

    def reasons(self) -> tuple[Reason, ...]:
        """Why a PDQ hash may be disputed."""
        return read_reasons(self._get(f"/v2/feedback/{_PDQ}/reasons"))

    def give_feedback(self, entry_id: str, *, reason: str | None) -> None:
        """Say that the PDQ hash of an entry is right, or wrong for a reason. Never sent twice.

        entry_id: "member-entry". reason: a guid of `reasons`; None to affirm. Raises ValueError.
        """
        member, entry = split_id(entry_id)
        headers = {**self._headers(), "Content-Type": "application/xml; charset=utf-8"}
        path = f"/v2/entries/{member}/{entry}/{_PDQ}/feedback"
        self._connection.send("PUT", path, write_feedback(reason), headers=headers)

    def ranges(self, *, since: int, until: int) -> Iterator[Range]:
        """What changed from `since` to `until`, unix seconds, in ranges one after the other.

        Each is whole: its end is what `since` may be next time. Fetched as they are taken.
        """
        if not 0 <= since <= MAX_TIME or not 0 <= until <= MAX_TIME:
            raise ValueError("times are unix seconds from 1970 to 9999")
        start, length, small = since, max(1, until - since), 0
        while start < until:
            end = min(until, start + length)
            # 1. Probe: a range that seems too full is asked for again, shorter.
            found = self._range(start, end)
            if found is None:
                length, small = max(1, (end - start) // _SHRINK), 0
                continue
            yield found
            # 2. Grow more slowly than we shrink: an empty range is cheap, a full one is not.
            small = small + 1 if len(found.updates) < SMALL else 0
            if small == _GROW_AFTER:
                length, small = length * 2, 0
            start = end

    def _range(self, start: int, end: int) -> Range | None:
        """All pages of a range; None if the first says that there are too many."""
        params: dict[str, str | int] = {"from": time_text(start), "to": time_text(end)}
        page = read_entries(
            self._get("/v2/entries", params=params),
            environment=self._base,
        )
        if page.following is not None and page.total > LARGE and end - start > 1:
            return None
        updates, quarantined = list(page.updates), page.quarantined
        seen: set[str] = set()
        while page.following is not None:
            too_many = len(seen) >= _MAX_PAGES or len(updates) > _MAX_UPDATES
            if page.following in seen or too_many:
                raise ExchangeError("the pages lead in a circle or have no end")
            seen.add(page.following)
            page = read_entries(self._get(page.following), environment=self._base)
            updates += page.updates
            quarantined += page.quarantined
        return Range(start, end, tuple(updates), quarantined)

    def _get(self, path: str, *, params: dict[str, str | int] | None = None) -> bytes:
        return self._connection.get(path, params=params, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        pair = f"{self._login.user.reveal()}:{self._login.password.reveal()}"
        coded = base64.b64encode(pair.encode("ascii")).decode("ascii")
        return {"Authorization": f"Basic {coded}", "Accept": "application/xml"}
