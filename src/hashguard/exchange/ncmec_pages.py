"""The answers of NCMEC's hash sharing interface, version 2: XML to values, and back. Pure.

Lenient entry by entry, strict about where the next page is. Only PDQ hashes of images are taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qs
from xml.sax.saxutils import escape, quoteattr

from hashguard.errors import ExchangeError, InvalidHashError
from hashguard.exchange.records import Opinion, is_tag
from hashguard.exchange.safe_xml import Node, read_xml
from hashguard.hashes import Algorithm, Hash
from hashguard.lists.entry import (
    MAX_SOURCE_BYTES,
    Entry,
    Status,
    id_fault,
    text_fault,
    time_seconds,
    time_text,
)
from hashguard.lists.report import is_junk

NAMESPACE = "https://hashsharing.ncmec.org/hashsharing/v2"
AFFIRMATIVE, NEGATIVE = "Affirmative", "Negative"
MAX_NEXT = 2_048  # characters
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)
_ENTRY = re.compile(r"[A-Za-z0-9_.:-]{1,64}", re.ASCII)
_NEXT = re.compile(r"/v2/entries\?[A-Za-z0-9_.~%&=:+,-]*", re.ASCII)
_GUID = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Member:
    """Who takes part. id: a number, by which entries name their contributor."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a hash may be disputed. guid: how feedback names it."""

    guid: str
    name: str


@dataclass(frozen=True, slots=True)
class Update:
    """What an entry is now; it takes the place of what was known under its id.

    id: "member-entry". hash: None where the entry was deleted, or has no PDQ hash we can use.
    """

    id: str
    member: Member
    hash: Hash | None = None
    classification: str = ""
    modified: int | None = None
    feedback: tuple[Opinion, ...] = ()

    def entry(self) -> Entry | None:
        """As an entry of a list; None if it must not be on one."""
        if self.hash is None:
            return None
        words = sorted({one.feedback for one in self.feedback})
        tags = tuple(dict.fromkeys([*filter(None, [self.classification]), *words]))
        name = self.member.name or f"NCMEC member {self.member.id}"
        return Entry(
            id=self.id,
            hash=self.hash,
            status=Status.ACTIVE,
            source=name,
            tags=tags,
            modified=self.modified,
        )


@dataclass(frozen=True, slots=True)
class EntriesPage:
    """One answer of /v2/entries.

    following: where the next page is, to be put after the address of the environment.
    total: entries in the whole range, as far as can be guessed.
    quarantined: entries without an id, or with a PDQ hash that is none.
    """

    updates: tuple[Update, ...]
    following: str | None = field(default=None, repr=False)
    total: int = 0
    quarantined: int = 0


def read_entries(body: bytes, *, environment: str) -> EntriesPage:
    """A page of entries. environment: its address, which the next page must not leave.

    Raises ExchangeError.
    """
    root = _root(body, "queryResult")
    updates: list[Update] = []
    quarantined = 0
    for group in ("images", "videos"):
        for node in root.below(group):
            update, is_sound = _update(node)
            quarantined += not is_sound
            if update is not None:
                updates.append(update)
    following = _following(root, environment)
    return EntriesPage(tuple(updates), following, _total(following, len(updates)), quarantined)


def read_members(body: bytes) -> tuple[Member, ...]:
    """Who takes part. Raises ExchangeError."""
    members = [_member(node) for node in read_xml(body).children if node.name == "member"]
    return tuple(one for one in members if one is not None)


def read_status(body: bytes) -> Member:
    """Who we are. Raises ExchangeError."""
    member = _member(_root(body, "status").child("member"))
    if member is None:
        raise ExchangeError("the status does not say which member we are")
    return member


def read_reasons(body: bytes) -> tuple[Reason, ...]:
    """Why a hash may be disputed. Raises ExchangeError."""
    root = read_xml(body)
    found = root if root.name == "availableFeedbackReasons" else None
    found = found or root.child("availableFeedbackReasons")
    if found is None:
        raise ExchangeError("the answer holds no reasons")
    reasons = []
    for node in found.children:
        guid, name = node.attributes.get("guid", ""), node.attributes.get("name", "")
        if node.name == "reason" and _GUID.fullmatch(guid):
            reasons.append(Reason(guid, _name(name)))
    return tuple(reasons)


def write_feedback(reason: str | None) -> bytes:
    """The body of a feedback. reason: a guid, for a negative one. Raises ValueError."""
    if reason is None:
        inside = "<affirmative/>"
    elif _GUID.fullmatch(reason):
        inside = f"<negative><reasonIds><guid>{reason}</guid></reasonIds></negative>"
    else:
        raise ValueError("a reason is named by its guid")
    return f'<feedbackSubmission xmlns="{NAMESPACE}">{inside}</feedbackSubmission>'.encode("ascii")


def split_id(entry_id: str) -> tuple[int, str]:
    """Member and entry of an id. Raises ValueError."""
    member, hyphen, entry = entry_id.partition("-")
    if not hyphen or not _NUMBER.fullmatch(member) or not _ENTRY.fullmatch(entry):
        raise ValueError("the id of an entry of NCMEC is MEMBER-ENTRY")
    return int(member), entry


def write_entries(entries: Iterable[Entry]) -> bytes:
    """An answer that holds these entries, of ids as `split_id` takes them. Raises ValueError."""
    images = "".join(_written(entry) for entry in entries)
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<queryResult xmlns="{NAMESPACE}">'
        f"<images>{images}</images></queryResult>\n"
    )
    return text.encode()


def _written(entry: Entry) -> str:
    member, number = split_id(entry.id)
    name = escape(entry.source)
    timestamp = "" if entry.modified is None else time_text(entry.modified)
    head = (
        f"<member id={quoteattr(str(member))}>{name}</member>"
        f"<timestamp>{timestamp}</timestamp><id>{number}</id>"
    )
    if entry.status is not Status.ACTIVE:
        return f"<deletedImage>{head}</deletedImage>"
    label = next((tag for tag in entry.tags if tag not in (AFFIRMATIVE, NEGATIVE)), None)
    label = "" if label is None else f"<classification>{escape(label)}</classification>"
    pdq = f"<fingerprints><pdq>{entry.hash.hex}</pdq></fingerprints>"
    return f"<image>{head}{label}{pdq}</image>"


def _root(body: bytes, name: str) -> Node:
    root = read_xml(body)
    if root.name != name:
        raise ExchangeError("the answer is of another kind than was asked for")
    return root


def _update(node: Node) -> tuple[Update | None, bool]:
    """An entry, or None without an id; and whether it is sound."""
    number, member = node.text_of("id"), _member(node.child("member"))
    if number is None or not _ENTRY.fullmatch(number) or member is None:
        return None, False
    id_ = f"{member.id}-{number}"
    # Whatever else it says: what is not an image any more must be dropped.
    if node.name != "image":
        return Update(id_, member), True
    given = next((one.text.strip() for one in node.below("fingerprints") if one.name == "pdq"), "")
    hash_ = _hash(given)
    if hash_ is not None and id_fault(id_, hash_.hex):
        hash_ = None  # ids are logged
    label = node.text_of("classification") or ""
    update = Update(
        id=id_,
        member=member,
        hash=hash_,
        classification=label if is_tag(label) else "",
        modified=_time(node.text_of("timestamp")),
        feedback=tuple(_opinions(node)),
    )
    return update, not given or hash_ is not None


def _hash(digits: str) -> Hash | None:
    try:
        hash_ = Hash.from_hex(Algorithm.PDQ, digits)
    except InvalidHashError:
        return None
    return None if is_junk(hash_.packed) else hash_


def _member(node: Node | None) -> Member | None:
    if node is None or not _NUMBER.fullmatch(node.attributes.get("id", "")):
        return None
    return Member(int(node.attributes["id"]), _name(node.text.strip()))


def _name(text: str) -> str:
    return "" if text_fault(text, max_bytes=MAX_SOURCE_BYTES) else text


def _time(text: str | None) -> int | None:
    try:
        return None if text is None else time_seconds(text)
    except ValueError:
        return None


def _opinions(node: Node) -> Iterable[Opinion]:
    """What members say of the PDQ hash. Reasons come with or without their members inside."""
    for said in node.below("feedback"):
        word = {"affirmativeFeedback": AFFIRMATIVE, "negativeFeedback": NEGATIVE}.get(said.name)
        if word is not None and said.attributes.get("type", "").lower() == "pdq":
            for id_ in sorted(_members_in(said)):
                yield Opinion(f"NCMEC member {id_}", word)


def _members_in(node: Node) -> set[int]:
    found: set[int] = set()
    for child in node.children:
        member = _member(child) if child.name == "member" else None
        found |= {member.id} if member is not None else _members_in(child)
    return found


def _following(root: Node, environment: str) -> str | None:
    paging = root.child("paging")
    text = None if paging is None else paging.text_of("next")
    if text is None:
        return None
    text = text.removeprefix(environment)
    if len(text) > MAX_NEXT or not _NEXT.fullmatch(text):
        raise ExchangeError("the next page is not in the environment that was asked")
    return text


def _total(following: str | None, here: int) -> int:
    """A guess from `start` and `max` of the link to the next page."""
    if following is None:
        return here
    asked = parse_qs(following.partition("?")[2])
    start, most = (asked.get(name, [""])[0] for name in ("start", "max"))
    if not _NUMBER.fullmatch(start) or not _NUMBER.fullmatch(most):
        return here + 1
    return here + max(1, int(most) - int(start) + 1)
