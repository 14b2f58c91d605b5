"""Real browsers behind one interface: Debian's Chromium and Firefox, headless, each profile new.

Both are driven by Selenium; it is told every path and downloads nothing. Used by the tests of the
page and by benchmarks/page.py.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from tests.web.driver_firefox import Firefox

REQUIRE: Final = "HASHGUARD_REQUIRE_BROWSERS"
"""Environment variable under which a missing browser fails the tests instead of skipping them."""

SECONDS: Final = 60.0  # at most, for anything a page does; a loaded machine is slow
PAUSE: Final = 0.02  # seconds between two looks

# Off, so that a page from a file may reach 127.0.0.1: what keeps data in must be its own policy.
LOCAL_NETWORK_CHECKS: Final = (
    "LocalNetworkAccessChecks",
    "BlockInsecurePrivateNetworkRequests",
    "PrivateNetworkAccessForNavigations",
    "PrivateNetworkAccessForWorkers",
)
CHROMIUM_FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",  # of processes, which root has none of; that of frames is not touched
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    f"--disable-features={','.join(LOCAL_NETWORK_CHECKS)}",
)
CHROMIUM_PREFS: Final = {
    "download.prompt_for_download": False,
    "profile.default_content_setting_values.automatic_downloads": 1,
    "safebrowsing.enabled": False,
}

UNFINISHED: Final = (".part", ".crdownload")  # what a download is called while it runs

_T = TypeVar("_T")


class BrowserName(Enum):
    """The browsers that are driven."""

    CHROMIUM = "chromium"
    FIREFOX = "firefox"


@dataclass(frozen=True)
class Browser:
    """One running browser. Scripts and look-ups are in its current frame."""

    name: BrowserName
    driver: WebDriver
    folder: Path

    @property
    def downloads(self) -> Path:
        """Where files are saved."""
        return self.folder / "downloads"

    def open(self, url: str) -> None:
        """Load a page and be in its outermost frame."""
        self.driver.switch_to.default_content()
        self.driver.get(url)

    def run(self, script: str, *args: object) -> Any:
        """What a script returns."""
        return self.driver.execute_script(script, *args)

    def wait(self, script: str, *args: object) -> Any:
        """What a script returns as soon as it is true. Raises TimeoutError after `SECONDS`."""
        return until(lambda: self.run(script, *args), f"true: {script}")

    def find(self, selector: str) -> WebElement:
        """The first element of a CSS selector."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    @contextlib.contextmanager
    def frame(self, selector: str = "iframe") -> Iterator[None]:
        """Be in a frame of the current one for a while."""
        self.driver.switch_to.frame(self.find(selector))
        try:
            yield
        finally:
            self.driver.switch_to.default_content()

    def choose(self, selector: str, paths: Sequence[Path]) -> None:
        """Give files to an <input type=file>, as a person does."""
        self.find(selector).send_keys("\n".join(map(str, paths)))

    def press(self, *keys: str) -> None:
        """Press keys one after the other, where the focus is."""
        chain = ActionChains(self.driver, duration=0)
        for key in keys:
            chain.send_keys(key)
        chain.perform()

    def saved(self, act: Callable[[], object]) -> Path:
        """The file that is downloaded because of an act."""
        before = set(self.downloads.iterdir())
        act()

        def arrived() -> Path | None:
            new = [p for p in self.downloads.iterdir() if p not in before]
            done = [p for p in new if not p.name.startswith(".") and p.suffix not in UNFINISHED]
            return done[0] if len(done) == len(new) == 1 and done[0].stat().st_size else None

        return until(arrived, "a download")

    def size(self, width: int, height: int) -> None:
        """Give the page a viewport of that many CSS pixels, narrower than a window may be."""
        if isinstance(self.driver, Firefox):
            self.driver.privileged(
                "const style = gBrowser.selectedBrowser.style;"
                "[style.width, style.height] = [`${arguments[0]}px`, `${arguments[1]}px`];",
                width,
                height,
            )
        else:
            metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            self._chromium("Emulation.setDeviceMetricsOverride", metrics)
        self.wait("return innerWidth === arguments[0]", width)

    def dark(self, *, wanted: bool) -> None:
        """Set whether the person prefers dark colours."""
        scheme = "dark" if wanted else "light"
        if isinstance(self.driver, Firefox):
            script = "gBrowser.selectedBrowser.browsingContext.prefersColorSchemeOverride"
            self.driver.privileged(f"{script} = arguments[0]", scheme)
        else:
            feature = {"name": "prefers-color-scheme", "value": scheme}
            self._chromium("Emulation.setEmulatedMedia", {"features": [feature]})

    def quit(self) -> None:
        """End the browser; what it wrote stays in `folder` for as long as it is `started`."""
        if self.driver.session_id is not None:
            self.driver.quit()
            self.driver.session_id = None

    def _chromium(self, command: str, params: dict[str, Any]) -> Any:
        assert isinstance(self.driver, webdriver.Chrome)
        return self.driver.execute_cdp_cmd(command, params)


def until(attempt: Callable[[], _T | None], wanted: str) -> _T:
    """What an attempt gives, once it gives something. Raises TimeoutError after `SECONDS`."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if found := attempt():
            return found
        time.sleep(PAUSE)
    raise TimeoutError(f"not within {SECONDS:.0f} s: {wanted}")


def missing(name: BrowserName) -> str | None:
    """What must be installed to drive a browser; None if nothing."""
    wanted = {
        BrowserName.CHROMIUM: (("chromium", "chromedriver"), "chromium chromium-driver"),
        BrowserName.FIREFOX: (("firefox-esr",), "firefox-esr"),
    }
    programs, packages = wanted[name]
    if all(map(shutil.which, programs)):
        return None
    return f"no {' or no '.join(programs)} on PATH; Debian: apt-get install {packages}"


@contextlib.contextmanager
def started(
    name: BrowserName, *, prefs: Mapping[str, bool | int | str] | None = None
) -> Iterator[Browser]:
    """A browser with an empty profile, ended for sure. prefs: of Firefox, beyond the usual."""
    with TemporaryDirectory(prefix="hashguard-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        downloads = folder / "downloads"
        downloads.mkdir()
        if name is BrowserName.FIREFOX:
            driver: WebDriver = Firefox(_program("firefox-esr"), folder=folder, prefs=prefs)
        else:
            driver = _chromium(folder, downloads)
        browser = Browser(name, driver, folder)
        try:
            driver.set_script_timeout(SECONDS)
            yield browser
        finally:
            browser.quit()


def _chromium(folder: Path, downloads: Path) -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    options.binary_location = str(_program("chromium"))
    for flag in (*CHROMIUM_FLAGS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(flag)
    prefs = {**CHROMIUM_PREFS, "download.default_directory": str(downloads)}
    options.add_experimental_option("prefs", prefs)
    service = Service(str(_program("chromedriver")), env={**os.environ, "HOME": str(folder)})
    return webdriver.Chrome(options=options, service=service)


def _program(name: str) -> Path:
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not on PATH")
    return Path(found)
