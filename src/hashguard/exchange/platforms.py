"""Who may ask our server, by keys of which only digests are kept.

Each platform has a subscription key, which says who it is, and one key for each endpoint. Keys
are 32 random bytes, so a digest without salt tells nothing; they are shown once, when made.
docs/exchange.md describes the file.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import json
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from hashguard.bank.values import check_source
from hashguard.errors import CredentialsError
from hashguard.files import replace_file
from hashguard.strict_json import no_constant

SCHEMA = "hashguard-platform-keys"
VERSION = 1
MAX_PLATFORMS = 1_000  # each request is compared with all of them
MAX_FILE_BYTES = 2**20
_KEY_BYTES = 32
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,62}[A-Za-z0-9])?", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NO_DIGEST = "0" * 64  # no key has it; compared in the place of one that is not there


class Endpoint(enum.Enum):
    """What a key is for; the value is its name in the file of keys."""

    FETCH = "fetch"
    SUBMIT = "submit"
    FEEDBACK = "feedback"


@dataclass(frozen=True, slots=True)
class Issued:
    """Keys as they were made; shown once and never kept."""

    subscription: str = field(repr=False)
    endpoints: dict[Endpoint, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform: its name, which the bank notes as source, and digests of its keys."""

    name: str
    subscription: str = field(repr=False)
    endpoints: dict[Endpoint, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Platforms:
    """All platforms that may ask."""

    platforms: tuple[Platform, ...] = ()

    def issuing(self, name: str, *, endpoints: frozenset[Endpoint]) -> tuple[Platforms, Issued]:
        """With new keys for a platform, in the place of any it has. Raises CredentialsError."""
        _check_name(name)
        issued = Issued(_new_key(), {one: _new_key() for one in Endpoint if one in endpoints})
        digests = {one: _digest(key) for one, key in issued.endpoints.items()}
        others = tuple(one for one in self.platforms if one.name != name)
        if len(others) >= MAX_PLATFORMS:
            raise CredentialsError(f"a file of keys holds at most {MAX_PLATFORMS} platforms")
        return Platforms((*others, Platform(name, _digest(issued.subscription), digests))), issued

    def revoking(self, name: str) -> Platforms:
        """Without a platform. Raises CredentialsError if it is not there."""
        others = tuple(one for one in self.platforms if one.name != name)
        if len(others) == len(self.platforms):
            raise CredentialsError("there is no platform of this name")
        return Platforms(others)

    def who(self, subscription: str, key: str, endpoint: Endpoint) -> str | None:
        """The name of the platform whose keys these are, or None.

        The time it takes tells nothing: all platforms are compared, both keys of each.
        """
        first, second = _digest(subscription), _digest(key)
        found = None
        for one in self.platforms:
            is_it = hmac.compare_digest(first, one.subscription)
            wanted = one.endpoints.get(endpoint, _NO_DIGEST)
            if is_it & hmac.compare_digest(second, wanted):
                found = one.name
        return found

    @classmethod
    def loads(cls, data: bytes) -> Self:
        """From the bytes of a file. Raises CredentialsError."""
        try:
            fields = json.loads(data, parse_constant=no_constant)
        except (ValueError, RecursionError):
            raise CredentialsError("the file of keys is no JSON") from None
        if not isinstance(fields, dict) or fields.get("schema") != SCHEMA:
            raise CredentialsError("this is no file of platforms' keys")
        if fields.get("version") != VERSION:
            raise CredentialsError("the file of keys is of another version; upgrade hashguard")
        found = fields.get("platforms")
        if not isinstance(found, list) or len(found) > MAX_PLATFORMS:
            raise CredentialsError(f"a file of keys holds at most {MAX_PLATFORMS} platforms")
        platforms = tuple(_platform(one) for one in found)
        if len({one.name for one in platforms}) < len(platforms):
            raise CredentialsError("the file of keys has a platform twice")
        return cls(platforms)

    def dumps(self) -> bytes:
        """As the bytes of a file."""
        platforms = [
            {
                "name": one.name,
                "subscription": one.subscription,
                **{endpoint.value: one.endpoints.get(endpoint) for endpoint in Endpoint},
            }
            for one in self.platforms
        ]
        whole = {"platforms": platforms, "schema": SCHEMA, "version": VERSION}
        return json.dumps(whole, indent=1, sort_keys=True).encode("ascii") + b"\n"


class KeyFile:
    """A file of platforms' keys, read again when it has changed: a revoked key ends at once."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._read: tuple[tuple[int, ...], Platforms] | None = None

    def platforms(self) -> Platforms:
        """As the file says now. Raises CredentialsError, and OSError if it cannot be read."""
        with self._path.open("rb") as file:
            about = os.fstat(file.fileno())
            state = (about.st_ino, about.st_mtime_ns, about.st_size)
            if self._read is not None and self._read[0] == state:
                return self._read[1]
            if not stat.S_ISREG(about.st_mode):
                raise CredentialsError("keys are read from a regular file")
            if os.name == "posix" and about.st_mode & 0o077:
                raise CredentialsError("others can read the file of keys; chmod 600 it")
            data = file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise CredentialsError(f"a file of keys has at most {MAX_FILE_BYTES} bytes")
        platforms = Platforms.loads(data)
        self._read = state, platforms
        return platforms

    def save(self, platforms: Platforms) -> None:
        """Replace the file, readable by its owner only. Raises OSError."""
        replace_file(self._path, platforms.dumps())


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise CredentialsError(
            "a name has 1 to 64 letters, digits, spaces, dots, hyphens or underscores"
        )
    try:
        check_source(name)
    except ValueError as error:
        raise CredentialsError(str(error)) from None


def _platform(given: object) -> Platform:
    if not isinstance(given, dict):
        raise CredentialsError("a platform in the file of keys is no object")
    name, subscription = given.get("name"), given.get("subscription")
    digests = {one: given.get(one.value) for one in Endpoint}
    if not isinstance(name, str):
        raise CredentialsError("a platform in the file of keys has no name")
    _check_name(name)
    for digest in (subscription, *digests.values()):
        if digest is not None and not (isinstance(digest, str) and _DIGEST.fullmatch(digest)):
            raise CredentialsError("a key in the file of keys is no digest")
    if subscription is None:
        raise CredentialsError("a platform in the file of keys has no subscription key")
    return Platform(name, subscription, {one: d for one, d in digests.items() if d is not None})


def _new_key() -> str:
    # URL-safe: no comma, which would end it where tx is told its keys.
    return secrets.token_urlsafe(_KEY_BYTES)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
