"""What is told while a test runs, and whether it tells on anybody.

Told is the text of every HashguardError that is made, whether it is raised further or caught;
every log line, with its traceback, of ours and of the libraries that speak to a network (httpx
and urllib3 log each address); every request to a server of the tests; and every warning. None
of it may hold a hash, a withdrawal code, a case number, or the name or the path of a picture.
The test during which it was told fails.

Not watched: what the command line writes for its user, who named the files (test_told.py pins
the difference), and processes that a test starts.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Generator

import pytest

from hashguard.case_file import ALPHABET
from hashguard.errors import HashguardError

# Not tuf: at DEBUG it speaks of digests of lists and keys, and of files that are its own.
SPEAKERS = ("hashguard", "httpx", "urllib3", "uvicorn")
_REQUESTS: list[str] = []

_GROUP = f"[{ALPHABET}]{{4}}"
_KINDS = {
    # The digests before the names of targets are those of lists, a keyid is that of a public key.
    "a hash": r"(?<!keyid )\b[0-9a-fA-F]{64}\b(?!\.(?:full|delta|feed)\b)",
    # With what errors show as examples of them left out.
    "a code": rf"\b(?!XXXX-)(?:{_GROUP}-){{3}}{_GROUP}\b",
    "a case number": rf"\b(?!XXXX-|4UDZ-XVK2){_GROUP}-{_GROUP}\b",
    "the name of a picture": r"(?i)[\w-]\.(?:jpe?g|png|gif|webp|avif|hei[cf]|tiff?|bmp)\b",
    "the path of pictures": r"fixtures/photos",
}
_ANY = re.compile("|".join(f"(?:{one})" for one in _KINDS.values()).replace("(?i)", ""), re.I)
_EACH = {name: re.compile(one) for name, one in _KINDS.items()}


def leaks_in(text: str) -> list[str]:
    """What a text tells on; nothing of a text that is fine."""
    if not _ANY.search(text):
        return []
    return [name for name, kind in _EACH.items() if kind.search(text)]


def requested(line: str) -> None:
    """For the servers of the tests: the line of a request, with its address."""
    _REQUESTS.append(line)


class Told:
    """A plugin for pytest that listens from the beginning of a session to its end."""

    def __init__(self) -> None:
        self._leaks: list[str] = []
        self._make_record = logging.getLogRecordFactory()

    def listen(self, where: str, text: str) -> None:
        """Remember what a text tells on, until the test ends."""
        self._leaks += [f"{where} tells {kind}: {text!r}" for kind in leaks_in(text)]

    def pytest_sessionstart(self) -> None:
        """Be there whenever something is told. Nothing is replaced but to be told of it, too."""

        def made(error: HashguardError, *words: object) -> None:
            super(HashguardError, error).__init__(*words)
            self.listen(type(error).__name__, str(error))

        HashguardError.__init__ = made  # type: ignore[assignment,method-assign]
        logging.setLogRecordFactory(self._record)
        for name in SPEAKERS:
            logging.getLogger(name).setLevel(logging.DEBUG)

    def _record(self, *given: object, **named: object) -> logging.LogRecord:
        record = self._make_record(*given, **named)
        text = record.getMessage()
        if record.exc_info:
            text += logging.Formatter().formatException(record.exc_info)
        self.listen(f"the log of {record.name}", text)
        return record

    def pytest_warning_recorded(self, warning_message: object) -> None:
        """Those that a test expects are here, too."""
        self.listen("a warning", str(getattr(warning_message, "message", "")))

    def check(self) -> None:
        """Fail if anything was told since the last time."""
        while _REQUESTS:
            self.listen("a request", _REQUESTS.pop())
        leaks, self._leaks = self._leaks, []
        if leaks:
            pytest.fail("\n".join(leaks), pytrace=False)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        """What was told by the fixtures and by the test."""
        result = yield
        self.check()
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        """What was told at the end."""
        result = yield
        self.check()
        return result
