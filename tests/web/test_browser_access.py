"""Everybody can use the page: WCAG 2.2 A and AA, a narrow phone, fingers, a keyboard alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.web.axe import violations
from tests.web.driver import Browser
from tests.web.tool import FRAME, Tool, opened

PHOTOS = Path(__file__).parents[2] / "fixtures" / "photos"
LANGUAGES = ("en", "fr", "nl")
PHONE = (320, 640)  # CSS pixels; 320 is the width of WCAG 1.4.10
DESK = (1280, 900)
TARGET = 44  # CSS pixels of what is touched; WCAG 2.2 AA asks for 24, fingers for 44

UNFOLD = "for (const part of document.querySelectorAll('details')) part.open = true"
TOO_WIDE = """
return [...document.querySelectorAll("body *")]
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1
    && getComputedStyle(e).position !== "absolute")
  .map((e) => `${e.tagName}#${e.id}`)
  .concat(document.documentElement.scrollWidth > innerWidth ? ["the page scrolls"] : []);
"""
TOO_SMALL = """
const least = arguments[0];
const touched = "a, button, summary, select, textarea, label[for=files], input:not([type=file])";
return [...document.querySelectorAll(touched)]
  .filter((e) => e.checkVisibility())
  .map((e) => [e.tagName, e.id, e.textContent.slice(0, 20), e.getBoundingClientRect()])
  .filter(([, , , box]) => box.width && (box.width < least - 0.01 || box.height < least - 0.01))
  .map(([tag, id, text, box]) => `${tag}#${id} ${text}: ${box.width} x ${box.height}`);
"""
FOCUSED = """
const e = document.activeElement;
const name = e.id || e.lang || (e.matches("summary") ? e.parentElement.id : e.tagName);
const shown = getComputedStyle(e.id === "files" ? document.querySelector("#choose-label") : e);
return [name, e === document.body || shown.outlineStyle !== "none"];
"""


@pytest.fixture
def resized(browser: Browser) -> Iterator[Browser]:
    """A browser that gets its usual size and colours back."""
    yield browser
    browser.driver.switch_to.default_content()
    browser.size(*DESK)
    browser.dark(wanted=False)


def with_results(tool: Tool) -> None:
    """A list with a good, a plain and an unreadable picture, everything unfolded."""
    tool.choose(PHOTOS / "cat.png", PHOTOS / "rocket.jpg", Path(__file__))
    tool.browser.run(UNFOLD)


def outer(browser: Browser) -> list[str]:
    """The violations of the outer page, with its help unfolded; then back to the tool."""
    browser.driver.switch_to.default_content()
    browser.run(UNFOLD)
    found = violations(browser)
    browser.driver.switch_to.frame(browser.find(FRAME))
    return found


def test_axe_finds_no_violation(tool: Tool, resized: Browser):
    """Empty and with results, in each language, light and dark."""
    found = {}
    for state in ("empty", "results"):
        if state == "results":
            with_results(tool)
        for language in LANGUAGES:
            tool.speak(language)
            for dark in (False, True):
                resized.dark(wanted=dark)
                found[state, language, dark] = violations(resized) + outer(resized)
    assert {case: faults for case, faults in found.items() if faults} == {}


def test_axe_does_find_violations(browser: Browser):
    """Else an empty answer says nothing."""
    browser.open(
        "data:text/html,<title>x</title><img src='data:,'><input>"
        "<p style='color:silver'>hardly seen</p><p>one</p><p>two</p>"
    )
    rules = {fault.split(":")[0] for fault in violations(browser)}
    assert rules >= {"html-has-lang", "image-alt", "color-contrast", "label"}


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_everything_fits_and_can_be_touched(tool: Tool, resized: Browser, size: tuple[int, int]):
    """At 320 pixels nothing scrolls sideways, and every target has 44 by 44."""
    resized.driver.switch_to.default_content()
    resized.size(*size)
    resized.driver.switch_to.frame(resized.find(FRAME))
    with_results(tool)
    tool.browser.find("#start-over").click()
    faults: dict[tuple[str, str], list[str]] = {}
    for language in LANGUAGES:
        tool.speak(language)
        faults[language, "tool"] = resized.run(TOO_WIDE) + resized.run(TOO_SMALL, TARGET)
    resized.driver.switch_to.default_content()
    resized.run(UNFOLD)
    faults["all", "outer page"] = resized.run(TOO_WIDE) + resized.run(TOO_SMALL, TARGET)
    assert {where: found for where, found in faults.items() if found} == {}


def focused(browser: Browser) -> str:
    """What has the focus, in the page or in its frame. Asserts that it is seen to have it."""
    browser.driver.switch_to.default_content()
    name, seen = browser.run(FOCUSED)
    if name == FRAME.lstrip("#"):
        browser.driver.switch_to.frame(browser.find(FRAME))
        name, seen = browser.run(FOCUSED)
    assert seen, f"{name} has the focus, and nothing shows it"
    return str(name)


def tab_to(browser: Browser, wanted: str, limit: int = 40) -> list[str]:
    """Press Tab until something has the focus; gives all that had it on the way."""
    way: list[str] = []
    while not way or way[-1] != wanted:
        assert len(way) < limit, f"no way to {wanted} by Tab: {way}"
        browser.press(Keys.TAB)
        way.append(focused(browser))
    return way


def test_the_whole_path_goes_by_keyboard_alone(browser: Browser, page_file: Path):
    """Leave comes first; then choosing, saying what it is, saving; Shift three times blanks it."""
    with opened(browser, page_file.as_uri()) as tool:
        browser.driver.switch_to.default_content()
        way = tab_to(browser, "files")
        assert way[0] == "leave"
        assert way.index("help") < way.index("en") < way.index("files")
        # The browser's own dialog for files cannot be driven; what it gives can.
        tool.choose(PHOTOS / "cat.png")
        tab_to(browser, "kind-1")
        browser.press(Keys.ARROW_DOWN)
        tab_to(browser, "save")
        saved = browser.saved(lambda: browser.press(Keys.ENTER))
        assert '"kind":"photo"' in saved.read_text(encoding="ascii")
        browser.press(Keys.SHIFT, Keys.SHIFT, Keys.SHIFT)
        assert tool.state == "blank"
        assert browser.run("return document.body.innerText.trim()") == ""
