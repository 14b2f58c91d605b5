"""Run every attempt to get data out of a page, and tell which of them did."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from selenium.common.exceptions import WebDriverException

from tests.web.attempts import STORES, Attempt, Way
from tests.web.driver import Browser
from tests.web.listener import Listener

LEAVE_SECONDS: Final = 0.1  # a browser needs to begin to leave a page
_SET_OFF: Final = """
document.body.dataset.attempt = arguments[0];
dispatchEvent(new Event("attempt"));
"""
_STORE: Final = """
const data = arguments[0];
return (async () => { SCRIPT })().catch(String);
"""
"""A script that throws, at once or later, gives the error's text."""


@dataclass(frozen=True)
class Escapes:
    """reached: names of the attempts whose data arrived. tried: of all of them."""

    tried: tuple[str, ...]
    reached: tuple[str, ...]


def try_all(
    browser: Browser, page: str, *, frame: str, attempts: Sequence[Attempt], listener: Listener
) -> Escapes:
    """Set off attempts hidden in a frame of a page, opened anew whenever one has left it."""
    first = browser.driver.current_window_handle
    marks = {attempt: f"x{secrets.token_hex(12)}" for attempt in attempts}
    before = {attempt: listener.count(attempt.port) for attempt in attempts}
    _open(browser, page, frame)
    for attempt in sorted(attempts, key=lambda attempt: attempt.way is not Way.STAYS):
        if not _alive(browser):
            _open(browser, page, frame)
        _try(browser, attempt, marks[attempt], listener)
    listener.settle()
    for handle in browser.driver.window_handles:
        if handle != first:
            browser.driver.switch_to.window(handle)
            browser.driver.close()
    browser.driver.switch_to.window(first)
    reached = [
        attempt.name
        for attempt, mark in marks.items()
        if listener.got(mark) or (attempt.port and listener.count(attempt.port) > before[attempt])
    ]
    return Escapes(tuple(attempt.name for attempt in attempts), tuple(reached))


def stored(browser: Browser) -> tuple[str, ...]:
    """Names of the ways in which the current frame could leave something behind."""
    mark = f"x{secrets.token_hex(12)}"
    return tuple(
        name
        for name, script in STORES.items()
        if browser.run(_STORE.replace("SCRIPT", script), mark) is True
    )


def _open(browser: Browser, page: str, frame: str) -> None:
    """Be in the frame of a page in a new tab; the old one stays, for what it sent is on its way."""
    browser.driver.switch_to.new_window("tab")
    browser.open(page)
    browser.driver.switch_to.frame(browser.find(frame))
    browser.run("document.body.dataset.alive = 1")


def _alive(browser: Browser) -> bool:
    """Whether the page of the last attempt is still there."""
    try:
        return bool(browser.run("return document.body.dataset.alive"))
    except WebDriverException:
        return False


def _try(browser: Browser, attempt: Attempt, mark: str, listener: Listener) -> None:
    what = {
        "name": attempt.name,
        "url": f"http://127.0.0.1:{listener.ports['http']}/{mark}",
        "data": mark,
        "ports": listener.ports,
    }
    try:
        browser.run(_SET_OFF, json.dumps(what))
        if attempt.way is Way.CLICK:
            browser.find("#attempt").click()
    except WebDriverException:
        pass  # the page went away under the script, or what it made cannot be clicked
    if attempt.way is not Way.STAYS:
        time.sleep(LEAVE_SECONDS)
