"""One entry of a hash list, and what its texts may look like.

Pure. The rules here are the rules of the file format (docs/hash-list.md): they name
code points outright, because a rule that asked the Unicode tables of the running Python
would accept a file today and refuse it after an upgrade.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashguard.hashes import Hash

MAX_ID_BYTES = 128  # a UUID has 36, an NCMEC key "member-entry" under 30
MAX_SOURCE_BYTES = 200  # the name of an organisation or of a feed
MAX_TAG_BYTES = 64
MAX_TAGS = 16
MAX_QUALITY = 100  # as PDQ defines quality
MAX_TIME = 253_402_300_799  # 9999-12-31T23:59:59Z, the last second with a four-digit year


class Status(enum.Enum):
    """Where an entry stands. Only ACTIVE entries match."""

    RECEIVED = "received"
    ACTIVE = "active"
    WITHDRAWN = "withdrawn"
    DELETED = "deleted"


# Controls, spaces other than U+0020, zero-width and bidirectional marks, fillers that show
# as nothing, surrogates, variation selectors, tags, noncharacters: two sources that look
# the same must be the same, and a name must not rearrange the line it is printed in.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f"
    "\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ud800-\udfff\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)
_ID = re.compile(r"[!-~]+", re.ASCII)
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z", re.ASCII)


def text_fault(text: str, *, max_bytes: int) -> str:
    """Why `text` cannot stand in a list, without quoting it; "" if it can."""
    if _HIDDEN.search(text):
        return "holds a control, invisible or direction-changing character"
    if len(text.encode()) > max_bytes:
        return f"is longer than {max_bytes} bytes of UTF-8"
    if text != text.strip(" "):
        return "begins or ends with a space"
    return ""


def id_fault(text: str, hash_hex: str) -> str:
    """Why `text` cannot be the id of the hash with these hex digits; "" if it can."""
    if not _ID.fullmatch(text):
        return "must be one or more visible ASCII characters, without spaces"
    if len(text) > MAX_ID_BYTES:
        return f"is longer than {MAX_ID_BYTES} bytes"
    if hash_hex in text.lower():
        # Ids appear in verdicts and logs; hashes must not.
        return "contains the hash itself"
    return ""


def tags_fault(tags: tuple[str, ...]) -> str:
    """Why `tags` cannot stand in a list; "" if they can."""
    if len(tags) > MAX_TAGS:
        return f"are more than {MAX_TAGS}"
    for tag in tags:
        if not tag:
            return "hold an empty one"
        if "," in tag:
            return "hold one with a comma"
        if fault := text_fault(tag, max_bytes=MAX_TAG_BYTES):
            return f"hold one that {fault}"
    return "repeat one" if len(set(tags)) < len(tags) else ""


def time_text(seconds: int) -> str:
    """Unix seconds, 0 to MAX_TIME, as `2025-01-31T09:00:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def time_seconds(text: str) -> int:
    """The inverse of `time_text`, and nothing looser. Raises ValueError."""
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError("a time is written as 2025-01-31T09:00:00Z")
    try:
        seconds = int(datetime(*map(int, found.groups()), tzinfo=UTC).timestamp())  # type: ignore[arg-type,misc]
    except ValueError:
        raise ValueError("there is no such date or time of day") from None
    if seconds < 0:
        raise ValueError("times begin in 1970")
    return seconds


@dataclass(frozen=True, slots=True)
class Entry:
    """One hash of a list.

    id: 1 to 128 visible ASCII characters; appears in verdicts, so never the hash itself.
    quality: 0 to 100; None where the source gave none or the algorithm defines none.
    source, tags: who contributed it and how it is labelled; see docs/hash-list.md.
    modified: unix seconds, UTC; None where unknown.
    Raises ValueError, which does not quote what it refuses.
    """

    id: str
    hash: Hash
    quality: int | None = None
    status: Status = Status.ACTIVE
    source: str = ""
    tags: tuple[str, ...] = ()
    modified: int | None = None

    def __post_init__(self) -> None:
        if fault := id_fault(self.id, self.hash.hex):
            raise ValueError(f"the id {fault}")
        if self.quality is not None and not _is_whole(self.quality, MAX_QUALITY):
            raise ValueError(f"quality must be a whole number from 0 to {MAX_QUALITY}")
        if self.source and (fault := text_fault(self.source, max_bytes=MAX_SOURCE_BYTES)):
            raise ValueError(f"the source {fault}")
        if self.tags and (fault := tags_fault(self.tags)):
            raise ValueError(f"the tags {fault}")
        if self.modified is not None and not _is_whole(self.modified, MAX_TIME):
            raise ValueError("modified must be whole unix seconds from 1970 to 9999")


def _is_whole(value: object, most: int) -> bool:
    # True and 1.0 equal 1, but would not come back as they went in.
    return type(value) is int and 0 <= value <= most
