"""A browser that falsifies pixels is refused, also when files are pushed in by a script."""

from pathlib import Path

from tests.web.conftest import need
from tests.web.driver import BrowserName, started
from tests.web.tool import opened

CAT = Path(__file__).parents[2] / "fixtures" / "photos" / "cat.png"
FALSIFY = {"privacy.resistFingerprinting": True}
PUSH = """
const files = document.querySelector("#files");
files.disabled = false;
files.hidden = false;
for (let up = files; up; up = up.parentElement) up.hidden = false;
"""


def test_a_browser_that_falsifies_pixels_is_refused(page_file: Path):
    need(BrowserName.FIREFOX)
    with (
        started(BrowserName.FIREFOX, prefs=FALSIFY) as browser,
        opened(browser, page_file.as_uri()) as tool,
    ):
        # 1. It says so, and offers nothing.
        assert tool.state == "refused"
        assert tool.text("#refusal-reason")
        visible = "return document.querySelector(arguments[0]).checkVisibility()"
        assert browser.run(visible, "#refusal")
        assert not browser.run(visible, "#files")
        # 2. Files that come in all the same are not hashed.
        browser.run(PUSH)
        tool.choose(CAT)
        drop = (
            "const bag = new DataTransfer(); bag.items.add(arguments[0].files[0] ??"
            " new File(['x'], 'x.png'));"
            "document.dispatchEvent(new DragEvent('drop', {dataTransfer: bag, bubbles: true}))"
        )
        browser.run(drop, browser.find("#files"))
        assert tool.state == "refused"
        assert tool.rows() == {}
        assert tool.text("#text") == ""
        assert tool.text("#case-number") == ""
