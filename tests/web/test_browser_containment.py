"""No data gets out of the page, whatever code somebody hid in it; nothing is left behind."""

from collections.abc import Iterator

import pytest

from hashguard.web import page
from tests.web.attempts import ATTEMPTS, BARE
from tests.web.driver import Browser
from tests.web.escaping import stored, try_all
from tests.web.hidden import hidden_in, open_page
from tests.web.listener import Listener, listening
from tests.web.tool import FRAME, opened

EVERYWHERE = {
    *("fetch", "XMLHttpRequest", "beacon", "WebSocket", "EventSource", "img", "script", "import()"),
    *("style: @import", "link: stylesheet", "worker: from a blob", "iframe", "WebRTC: TURN"),
    *("WebRTC: STUN", "message to the outer page", "location.href", "top.location", "form: POST"),
    *("a: outer page", "meta refresh", "click: a, new tab", "click: window.open"),
}
"""Attempts that reach the listener from an open page in every browser: else nothing is tested."""
GOOD_PART = 85  # of the attempts; the others are for one browser, or no longer or not yet for any


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    with listening() as listener:
        listener.pages |= {"/open.html": open_page(), "/page.html": hidden_in(page())}
        yield listener


@pytest.fixture(scope="module")
def tampered(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page with the attempts in it, on a disk."""
    path = tmp_path_factory.mktemp("tampered") / "page.html"
    path.write_bytes(hidden_in(page()))
    return path.as_uri()


def served(listener: Listener, name: str) -> str:
    return f"http://127.0.0.1:{listener.ports['http']}/{name}"


def test_most_attempts_get_data_out_of_an_open_page(browser: Browser, listener: Listener):
    """The control: listener, driver and attempts do work.

    What has not arrived is tried again: a busy browser can take longer than is waited.
    """
    url = served(listener, "open.html")
    escapes = try_all(browser, url, frame=FRAME, attempts=ATTEMPTS, listener=listener)
    reached = set(escapes.reached)
    for _ in range(2):
        late = [attempt for attempt in ATTEMPTS if attempt.name in EVERYWHERE - reached]
        if late:
            again = try_all(browser, url, frame=FRAME, attempts=late, listener=listener)
            reached |= set(again.reached)
    assert sorted(EVERYWHERE - reached) == []
    assert len(reached) >= GOOD_PART


def test_no_attempt_gets_data_out_of_the_page_on_a_disk(
    browser: Browser, tampered: str, listener: Listener
):
    escapes = try_all(browser, tampered, frame=FRAME, attempts=ATTEMPTS, listener=listener)
    assert escapes.reached == ()


def test_no_attempt_gets_data_out_of_the_page_served_without_headers(
    browser: Browser, listener: Listener
):
    """Its policy is inside it: a host that adds none takes nothing away."""
    url = served(listener, "page.html")
    escapes = try_all(browser, url, frame=FRAME, attempts=ATTEMPTS, listener=listener)
    assert escapes.reached == ()


def test_what_remains_is_an_empty_connection(
    browser: Browser, tampered: str, listener: Listener, record_property
):
    """The known residue, told in docs/page.md: browsers may connect, and send nothing."""
    before = len(listener.arrivals)
    try_all(browser, tampered, frame=FRAME, attempts=BARE, listener=listener)
    arrived = listener.arrivals[before:]
    record_property("empty connections", len(arrived))
    assert [bytes(data) for _, data in arrived if data] == []


def test_nothing_can_be_stored_in_the_page(browser: Browser, listener: Listener):
    """From an open page all of it can be; the page's frame is of no origin that could."""
    browser.open(served(listener, "open.html"))
    with browser.frame(FRAME):
        assert len(stored(browser)) >= 8
    with opened(browser, served(listener, "page.html")):
        assert stored(browser) == ()
