"""What a person takes away from the page is a case file; what stays on the device is nothing."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hashguard.case_file import CaseFile, PictureKind
from hashguard.web import page
from tests.web.comparing import hash_of_pixels
from tests.web.conftest import need
from tests.web.driver import Browser, BrowserName, started, until
from tests.web.driver_firefox import Firefox
from tests.web.listener import listening
from tests.web.tool import Outcome, Tool, opened

PHOTOS = Path(__file__).parents[2] / "fixtures" / "photos"
CHOSEN = (PHOTOS / "cat.png", PHOTOS / "rocket.jpg", PHOTOS / "coffee.png")
WRITE_SECONDS = 3.0  # for the browser to write down the session, should it crash
PIECE = 12  # letters: no two texts have as many in a row by chance
EAGER = {"browser.sessionstore.interval": 500}  # milliseconds; usually 15,000
CHOOSE_KIND = """
const choice = document.querySelector("#kind-1");
choice.value = arguments[0];
choice.dispatchEvent(new Event("change", {bubbles: true}));
"""

STORED = """
return (async () => ({
  localStorage: localStorage.length,
  sessionStorage: sessionStorage.length,
  databases: (await indexedDB.databases()).length,
  caches: (await caches.keys()).length,
  name: globalThis.name,
}))();
"""


def kept(browser: Browser) -> dict[str, object]:
    """What the origin of the page has stored, and the cookies of the whole browser."""
    cookies = browser.driver.get_cookies()
    if isinstance(browser.driver, Firefox):
        cookies += browser.driver.privileged("return Services.cookies.cookies.map((c) => c.name)")
    return {"cookies": cookies, **browser.run(STORED)}


def pieces(text: str) -> set[bytes]:
    """Parts of a text that are telling, in two encodings; a compressed file holds some whole."""
    parts = [text[start : start + PIECE] for start in range(0, len(text) - PIECE + 1, 4)]
    return {part.encode(code) for part in parts for code in ("ascii", "utf-16-le")}


def files_of(browser: Browser) -> Iterator[tuple[str, bytes]]:
    """Path and contents of all that a browser that has ended wrote, but for what was saved."""
    for path in browser.folder.rglob("*"):
        if path.is_file() and path.parent != browser.downloads:
            yield str(path.relative_to(browser.folder)), path.read_bytes()


def test_the_saved_file_is_a_case_file_and_holds_nothing_else(tool: Tool):
    """The bytes that Python would write: read back and written again, they are the same."""
    assert [one.outcome for one in tool.hashes(CHOSEN)] == [Outcome.SAVED] * len(CHOSEN)
    tool.browser.run(CHOOSE_KIND, PictureKind.SCREENSHOT.value)
    saved = tool.save()
    data = saved.read_bytes()
    case = CaseFile.loads(data)
    assert case.dumps() == data
    assert saved.name == case.file_name
    assert [one.hash for one in case.pictures] == [hash_of_pixels(path).hash for path in CHOSEN]
    assert [one.kind for one in case.pictures] == [PictureKind.SCREENSHOT, None, None]
    assert [one.quality for one in case.pictures] == [hash_of_pixels(p).quality for p in CHOSEN]


def test_the_codes_shown_belong_to_the_file(tool: Tool):
    """The case number names it, the withdrawal code opens it, the text is that of the file."""
    tool.choose(*CHOSEN)
    case = CaseFile.loads(tool.save().read_bytes())
    assert tool.text("#case-number") == case.case
    assert case.matches_withdrawal(tool.text("#withdrawal-code"))
    assert tool.text("#text").encode() == case.dumps()


def test_each_case_has_numbers_of_its_own(browser: Browser, page_file: Path):
    seen = set()
    for _ in range(2):
        with opened(browser, page_file.as_uri()) as tool:
            tool.choose(CHOSEN[0])
            seen |= {tool.text("#case-number"), tool.text("#withdrawal-code")}
    assert len(seen) == 4


def test_a_picture_taken_off_the_list_is_not_in_the_file(tool: Tool):
    tool.choose(*CHOSEN)
    tool.browser.find("#take-off-2").click()
    until(lambda: tool.text("#text").count('"hash"') == 2, "a file of two pictures")
    case = CaseFile.loads(tool.save().read_bytes())
    kept = (CHOSEN[0], CHOSEN[2])
    assert [one.hash for one in case.pictures] == [hash_of_pixels(path).hash for path in kept]


@pytest.mark.parametrize("name", list(BrowserName), ids=lambda name: name.value)
def test_after_use_the_browser_remembers_nothing_of_it(name: BrowserName):
    """Served over HTTP, where pages may store; asked from outside, and from all files it wrote.

    The name of the saved file stays in the list of downloads: docs/page.md says so.
    """
    need(name)
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(listening())
        listener.pages["/page.html"] = page()
        url = f"http://127.0.0.1:{listener.ports['http']}/page.html"
        browser = stack.enter_context(started(name, prefs=EAGER))
        with opened(browser, url) as tool:
            tool.choose(*CHOSEN)
            code = tool.text("#withdrawal-code")
            case = CaseFile.loads(tool.save().read_bytes())
            hashes = [one.hash.hex for one in case.pictures]
            tool.browser.find("#copy-numbers").click()
            time.sleep(WRITE_SECONDS)
        assert kept(browser) == {
            "cookies": [],
            "localStorage": 0,
            "sessionStorage": 0,
            "databases": 0,
            "caches": 0,
            "name": "",
        }
        browser.quit()
        written = dict(files_of(browser))
    assert any(b"127.0.0.1" in data for data in written.values()), "nothing was written yet"
    secrets = {
        "withdrawal code": pieces(code) | pieces(code.replace("-", "")),
        "codes": set().union(*(pieces(one) for one in [case.withdrawal, *hashes])),
        "name of a picture": {path.name.encode() for path in CHOSEN},
    }
    found = {
        f"{secret} in {path}"
        for path, data in written.items()
        for secret, texts in secrets.items()
        if any(text in data for text in texts)
    }
    assert found == set()
