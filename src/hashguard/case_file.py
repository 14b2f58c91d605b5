"""The file a person makes of their pictures: codes alone, nothing else (docs/case-file.md).

Bytes and pictures' hashes come in, a case file or an error comes out; only `load` and `save`
touch files, and chance is passed in. No error quotes what it refuses, and no `repr` shows a hash,
a case number or a digest: both end up in logs.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hashguard.errors import InvalidCodeError, MalformedCaseError
from hashguard.files import replace_file
from hashguard.hashes import Algorithm, Hash
from hashguard.strict_json import is_whole, no_constant

if TYPE_CHECKING:
    from os import PathLike

SCHEMA = "hashguard-case"
VERSION = 1
MAX_CASE_BYTES = 131_072  # 500 pictures make under 66,000
MAX_PICTURES = 500
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32, without 0, 1, I and O
CASE_LETTERS = 8  # 40 bits: enough to name a case, no secret
CODE_LETTERS = 16  # 80 bits: more than can be guessed from the digest in the file
_GROUP = 4  # letters between two hyphens
_ENTRY_ID_DIGITS = 20  # 80 bits in hex: ids do not collide

_CASE = re.compile(rf"[{ALPHABET}]{{{_GROUP}}}-[{ALPHABET}]{{{_GROUP}}}", re.ASCII)
_CODE = re.compile(rf"[{ALPHABET}]{{{CODE_LETTERS}}}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
# What may stand between letters: white space, hyphens and dashes, also invisible ones.
_BETWEEN = re.compile(r"[\s\u00ad\u200b\ufeff_.\u2010-\u2015\u2212-]+")
_REMEDY = "of pictures, `hashguard case new` makes a case file"
_KEYS = {"case", "pictures", "schema", "version", "withdrawal"}
_PICTURE_KEYS = {"algorithm", "hash", "kind", "quality"}


class PictureKind(Enum):
    """What a person says their picture is, if they want to say it."""

    PHOTO = "photo"
    SCREENSHOT = "screenshot"
    COMPUTER_MADE = "computer-made"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a case. Raises ValueError.

    hash: PDQ. quality: 1 to 100; a picture of quality 0 has no hash worth keeping.
    kind: as its person chose; None if they chose nothing.
    """

    hash: Hash
    quality: int
    kind: PictureKind | None = None

    def __post_init__(self) -> None:
        if self.hash.algorithm is not Algorithm.PDQ:
            raise ValueError(f"the algorithm of a case is {Algorithm.PDQ.value}")
        if not is_whole(self.quality, 1, 100):
            raise ValueError("quality must be a whole number from 1 to 100")

    def fields(self) -> dict[str, object]:
        """As in the file."""
        return {
            "algorithm": self.hash.algorithm.value,
            "hash": self.hash.hex,
            "kind": None if self.kind is None else self.kind.value,
            "quality": self.quality,
        }


@dataclass(frozen=True, slots=True, repr=False)
class CaseFile:
    """The codes of somebody's pictures, and what proves that they may take them back.

    case: its number, XXXX-XXXX in letters of ALPHABET.
    withdrawal: SHA-256 of the withdrawal code, 64 lower-case hex digits; see `code_matches`.
    pictures: 1 to MAX_PICTURES in the order they were chosen, no hash twice.
    Raises ValueError for what a file cannot say.
    """

    case: str
    withdrawal: str
    pictures: tuple[Picture, ...]

    def __post_init__(self) -> None:
        if not _CASE.fullmatch(self.case):
            raise ValueError("case must be a case number such as 4UDZ-XVK2")
        if not _DIGEST.fullmatch(self.withdrawal):
            raise ValueError("withdrawal must be 64 lower-case hex digits")
        if not 1 <= len(self.pictures) <= MAX_PICTURES:
            raise ValueError(f"a case has 1 to {MAX_PICTURES} pictures")
        seen: set[Hash] = set()
        for number, picture in enumerate(self.pictures, start=1):
            if picture.hash in seen:
                raise ValueError(f"picture {number}: an earlier picture has the same hash")
            seen.add(picture.hash)

    def __repr__(self) -> str:
        return f"<CaseFile: {len(self.pictures)} pictures>"

    @property
    def file_name(self) -> str:
        """What the file is called by habit; says nothing of what it is for."""
        return f"codes-{self.case}.json"

    def matches_withdrawal(self, code: str) -> bool:
        """Whether this is the withdrawal code, as people type it; see `code_matches`."""
        return code_matches(self.withdrawal, code)

    def entry_ids(self) -> tuple[str, ...]:
        """The ids of its pictures on a hash list, in their order.

        An HMAC of the hash under the withdrawal digest: who holds the case file finds its
        entries again; to others, ids in a log name no case, confirm no picture, and do not
        show which pictures belong together.
        """
        key = bytes.fromhex(self.withdrawal)
        macs = (hmac.digest(key, str(one.hash).encode("ascii"), "sha256") for one in self.pictures)
        return tuple(mac.hex()[:_ENTRY_ID_DIGITS] for mac in macs)

    @classmethod
    def loads(cls, data: bytes) -> CaseFile:
        """The case in the bytes of a case file. Raises MalformedCaseError."""
        # 1. Length.
        if not data:
            raise MalformedCaseError("the file is empty")
        if len(data) > MAX_CASE_BYTES:
            raise MalformedCaseError(f"it has more than {MAX_CASE_BYTES} bytes; {_REMEDY}")
        # 2. ASCII text of JSON.
        fields = _object(data)
        # 3. Schema and version.
        _check_schema(fields)
        # 4. Keys and values.
        try:
            case = _case_of(fields)
        except ValueError as error:
            raise MalformedCaseError(str(error)) from None
        # 5. Canonical bytes: one case, one file.
        if case.dumps() != data:
            raise MalformedCaseError(_fault_of_form(data))
        return case

    def dumps(self) -> bytes:
        """The one file that says this case: `loads(x.dumps()) == x`, and the reverse."""
        fields = {
            "case": self.case,
            "pictures": [picture.fields() for picture in self.pictures],
            "schema": SCHEMA,
            "version": VERSION,
            "withdrawal": self.withdrawal,
        }
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return text.encode("ascii") + b"\n"

    @classmethod
    def load(cls, path: str | PathLike[str]) -> CaseFile:
        """The case in a file. Raises MalformedCaseError, or OSError if it cannot be read."""
        with Path(path).open("rb") as file:
            return cls.loads(file.read(MAX_CASE_BYTES + 1))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the file, whole or not at all, readable by its owner only (mode 0600).

        A symbolic link is followed. Raises OSError, also if no regular file is there.
        """
        target = Path(path).resolve()
        if target.exists() and not target.is_file():
            # Renaming over a device would replace the device.
            raise FileExistsError(errno.EEXIST, "what is there is not a regular file")
        replace_file(target, self.dumps())


def new_case(pictures: Sequence[Picture], *, choose: Callable[[str], str]) -> tuple[CaseFile, str]:
    """A new case, and its withdrawal code, XXXX-XXXX-XXXX-XXXX, which is kept nowhere.

    choose: one letter of a text, evenly and unguessably: `secrets.choice`, except in tests.
    Raises ValueError for no pictures, too many, or the same hash twice.
    """
    case = "".join(choose(ALPHABET) for _ in range(CASE_LETTERS))
    code = "".join(choose(ALPHABET) for _ in range(CODE_LETTERS))
    return CaseFile(_grouped(case), withdrawal_digest(code), tuple(pictures)), _grouped(code)


def withdrawal_digest(code: str) -> str:
    """What a case file holds of a withdrawal code, as people type it. Raises InvalidCodeError."""
    return hashlib.sha256(_letters(code).encode("ascii")).hexdigest()


def code_matches(withdrawal: str, code: str) -> bool:
    """Whether a code, as people type it, is the one of this digest; compared in constant time.

    Small letters, spaces and hyphens make no difference. Raises InvalidCodeError for what
    cannot be a code, which is a slip and no wrong guess.
    """
    return hmac.compare_digest(withdrawal_digest(code), withdrawal)


def _letters(code: str) -> str:
    """The letters of a code as they are digested. Raises InvalidCodeError."""
    letters = _BETWEEN.sub("", code)
    # Not before this: some letters of other scripts have capitals that are ASCII.
    letters = letters.upper() if letters.isascii() else letters
    if len(letters) != CODE_LETTERS:
        raise InvalidCodeError(
            f"a withdrawal code has {CODE_LETTERS} letters and digits, this has {len(letters)}; "
            "look again whether it is complete"
        )
    if not _CODE.fullmatch(letters):
        raise InvalidCodeError(
            "a withdrawal code has digits from 2 to 9 and letters from A to Z without I and O; "
            "look again at those that are easy to confuse"
        )
    return letters


def _grouped(letters: str) -> str:
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def _object(data: bytes) -> dict[str, Any]:
    if data.startswith(b"\xef\xbb\xbf"):
        raise MalformedCaseError("it begins with a byte order mark: an editor has changed the file")
    if not data.isascii():
        raise MalformedCaseError(f"it is not ASCII text; {_REMEDY}")
    try:
        fields = json.loads(data.decode("ascii"), parse_constant=no_constant)
    except (ValueError, RecursionError):
        # RecursionError: 131,072 brackets nest deeper than the JSON reader goes.
        raise MalformedCaseError("it is not JSON, or it was cut off") from None
    if not isinstance(fields, dict):
        raise MalformedCaseError("it is JSON, but not the object of a case file")
    return fields


def _check_schema(fields: dict[str, Any]) -> None:
    if fields.get("schema") != SCHEMA:
        raise MalformedCaseError(f"it is JSON, but its schema is not {SCHEMA}")
    version = fields.get("version")
    if not is_whole(version, 1, 2**53 - 1):
        raise MalformedCaseError("version must be a whole number, 1 or more")
    if version != VERSION:
        raise MalformedCaseError(
            f"it was written by a newer hashguard: version {version}, this one reads {VERSION}"
        )


def _case_of(fields: dict[str, Any]) -> CaseFile:
    """The case of an object of our version. Raises ValueError."""
    if set(fields) != _KEYS:
        raise ValueError(f"a case has the keys {', '.join(sorted(_KEYS))}")
    for key in ("case", "withdrawal"):
        if not isinstance(fields[key], str):
            raise ValueError(f"{key} must be a text")
    listed = fields["pictures"]
    if not isinstance(listed, list) or len(listed) > MAX_PICTURES:
        raise ValueError(f"pictures must be a list of 1 to {MAX_PICTURES}")
    pictures: list[Picture] = []
    for number, one in enumerate(listed, start=1):
        try:
            pictures.append(_picture_of(one))
        except ValueError as error:
            raise ValueError(f"picture {number}: {error}") from None
    return CaseFile(fields["case"], fields["withdrawal"], tuple(pictures))


def _picture_of(fields: object) -> Picture:
    if not isinstance(fields, dict) or set(fields) != _PICTURE_KEYS:
        raise ValueError(f"a picture has the keys {', '.join(sorted(_PICTURE_KEYS))}")
    if fields["algorithm"] != Algorithm.PDQ.value:
        raise ValueError(f"the algorithm of a case is {Algorithm.PDQ.value}")
    if not isinstance(fields["hash"], str):
        raise ValueError("hash must be a text")
    kinds = {kind.value: kind for kind in PictureKind}
    kind = fields["kind"]
    if kind is not None and (not isinstance(kind, str) or kind not in kinds):
        raise ValueError(f"kind is null or one of {', '.join(kinds)}")
    return Picture(
        hash=Hash.from_hex(Algorithm.PDQ, fields["hash"]),
        quality=fields["quality"],
        kind=None if kind is None else kinds[kind],
    )


def _fault_of_form(data: bytes) -> str:
    if data.endswith(b"\r\n"):
        return "line endings were changed to CR LF; copy the file as binary, unchanged"
    if not data.endswith(b"\n"):
        return "the line feed at its end is missing; copy the file as binary, unchanged"
    return "it is not written as a case file is: it was edited or reformatted after it was saved"
