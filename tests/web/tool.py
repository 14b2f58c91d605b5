"""What a person does on the page, done by a browser; and what the page then shows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from tests.web.driver import Browser

FRAME: Final = "#tool"
_CHECKED: Final = """
const state = document.body.dataset.state;
return state === "checking" ? null : state;
"""
_DONE: Final = """
return document.body.dataset.state === "refused"
  || document.querySelector("#pictures").getAttribute("aria-busy") === "false";
"""
_ROWS: Final = """
return [...document.querySelectorAll("#pictures > li")].map((row) =>
  [Number(row.querySelector("h3").id.split("-")[1]), row.dataset.state]);
"""


class Outcome(Enum):
    """What became of a chosen file."""

    SAVED = "its hash is in the case file"
    TWICE = "its hash is that of an earlier file"
    PLAIN = "its quality is 0"
    FAILED = "the browser cannot open it"


_OUTCOMES: Final[Mapping[str, Outcome]] = {
    "ready": Outcome.SAVED,
    "weak": Outcome.SAVED,
    "none": Outcome.PLAIN,
    "failed": Outcome.FAILED,
}


@dataclass(frozen=True, slots=True)
class PageHash:
    """What the page made of a file: 64 hex digits and a quality, if that is SAVED."""

    outcome: Outcome
    hash: str = ""
    quality: int = 0


@dataclass(frozen=True)
class Tool:
    """The page in a browser, whose current frame is the one with the tool."""

    browser: Browser

    @property
    def state(self) -> str:
        """`ready`, `refused` or `blank`."""
        return str(self.browser.wait(_CHECKED))

    def choose(self, *paths: Path) -> None:
        """Choose files, and wait until the page has looked at all of them."""
        self.browser.run("document.querySelector('#pictures').removeAttribute('aria-busy')")
        self.browser.choose("#files", paths)
        self.browser.wait(_DONE)

    def rows(self) -> dict[int, str]:
        """The list: number of each picture, counted as chosen, and the state of its row."""
        return dict(self.browser.run(_ROWS))

    def hashes(self, paths: Sequence[Path]) -> list[PageHash]:
        """What the page makes of each file, if they are the first that are chosen."""
        self.choose(*paths)
        rows = self.rows()
        text = self.text("#text")
        pictures = iter(json.loads(text)["pictures"] if text else ())
        found = []
        for number in range(1, len(paths) + 1):
            outcome = _OUTCOMES[rows[number]] if number in rows else Outcome.TWICE
            saved = next(pictures) if outcome is Outcome.SAVED else {}
            found.append(PageHash(outcome, saved.get("hash", ""), saved.get("quality", 0)))
        return found

    def text(self, selector: str) -> str:
        """The text of an element."""
        script = "return document.querySelector(arguments[0]).textContent"
        return str(self.browser.run(script, selector))

    def speak(self, language: str) -> None:
        """Choose the language of the page."""
        self.browser.find(f"#languages [lang={language}]").click()

    def save(self) -> Path:
        """Save the file, and give its place."""
        return self.browser.saved(self.browser.find("#save").click)


@contextmanager
def opened(browser: Browser, url: str) -> Iterator[Tool]:
    """The page, loaded anew, and its check of the browser done."""
    browser.open(url)
    with browser.frame(FRAME):
        tool = Tool(browser)
        assert tool.state
        yield tool
