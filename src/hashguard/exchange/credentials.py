"""Keys of exchanges: from a private file or the environment, and never printed again.

Both hold the same names, such as HASHGUARD_STOPNCII_FETCH_KEY; docs/exchange.md lists them.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hashguard.errors import CredentialsError

MAX_FILE_BYTES = 16_384
_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}", re.ASCII)
_VALUE = re.compile(r"[!-~]{1,512}", re.ASCII)  # what a header can carry, and nothing that ends it


class Secret:
    """A text that neither `str()` nor `repr()` tells, nor pickling; only `reveal`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Raises CredentialsError if a header could not carry it."""
        if not _VALUE.fullmatch(text):
            raise CredentialsError("a key has 1 to 512 visible ASCII characters, without spaces")
        self._text = text

    def reveal(self) -> str:
        """The text, for the header it belongs in."""
        return self._text

    def __repr__(self) -> str:
        return "<Secret>"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written down")


@dataclass(frozen=True, slots=True)
class StopNciiKeys:
    """The subscription key, and one key for each endpoint that the platform may use."""

    subscription: Secret
    fetch: Secret | None = None
    submit: Secret | None = None
    feedback: Secret | None = None

    @classmethod
    def of(cls, given: Mapping[str, Secret]) -> StopNciiKeys:
        """From named keys. Raises CredentialsError if the subscription key is missing."""
        prefix = "HASHGUARD_STOPNCII_"
        return cls(
            subscription=_wanted(given, prefix + "SUBSCRIPTION_KEY"),
            fetch=given.get(prefix + "FETCH_KEY"),
            submit=given.get(prefix + "SUBMIT_KEY"),
            feedback=given.get(prefix + "FEEDBACK_KEY"),
        )


@dataclass(frozen=True, slots=True)
class NcmecLogin:
    """User and password of the hash sharing interface."""

    user: Secret
    password: Secret

    def __post_init__(self) -> None:
        if ":" in self.user.reveal():
            raise CredentialsError("a user name has no colon")

    @classmethod
    def of(cls, given: Mapping[str, Secret]) -> NcmecLogin:
        """From named keys. Raises CredentialsError if one is missing."""
        prefix = "HASHGUARD_NCMEC_"
        return cls(_wanted(given, prefix + "USER"), _wanted(given, prefix + "PASSWORD"))


def from_environment(environment: Mapping[str, str]) -> dict[str, Secret]:
    """Every variable that begins with HASHGUARD_STOPNCII_ or HASHGUARD_NCMEC_."""
    prefixes = ("HASHGUARD_STOPNCII_", "HASHGUARD_NCMEC_")
    return {
        name: _named(name, value)
        for name, value in environment.items()
        if name.startswith(prefixes) and value
    }


def from_file(path: str | os.PathLike[str]) -> dict[str, Secret]:
    """`NAME=value` lines, comments and blank lines of a file that only its owner can read.

    Raises CredentialsError, which names the line, and OSError if it cannot be read.
    """
    # Without waiting: the other end of a pipe may never come.
    handle = os.open(Path(path), os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise CredentialsError("keys are read from a regular file")
        if os.name == "posix" and about.st_mode & 0o077:
            raise CredentialsError("others can read this file; make it private with chmod 600")
        raw = file.read(MAX_FILE_BYTES + 1)
    if len(raw) > MAX_FILE_BYTES:
        raise CredentialsError(f"a file of keys has at most {MAX_FILE_BYTES} bytes")
    return _read(raw)


def _read(raw: bytes) -> dict[str, Secret]:
    given: dict[str, Secret] = {}
    for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not _NAME.fullmatch(name):
            raise CredentialsError(f"line {number}: a key is written NAME=value")
        if name in given:
            raise CredentialsError(f"line {number}: {name} is there twice")
        given[name] = _named(name, value)
    return given


def _named(name: str, value: str) -> Secret:
    try:
        return Secret(value)
    except CredentialsError as error:
        raise CredentialsError(f"{name}: {error}") from None


def _wanted(given: Mapping[str, Secret], name: str) -> Secret:
    if name not in given:
        raise CredentialsError(f"{name} is missing; see docs/exchange.md for where to put it")
    return given[name]
