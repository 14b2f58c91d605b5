"""The browsers, each started once for all tests of a worker, and the page as a file."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hashguard.web import page
from tests.web.driver import REQUIRE, Browser, BrowserName, missing, started
from tests.web.tool import Tool, opened


def need(name: BrowserName) -> None:
    """Skip the test without the browser; fail it where browsers are required."""
    if lacks := missing(name):
        if os.environ.get(REQUIRE):
            pytest.fail(f"{lacks} ({REQUIRE} is set)")
        pytest.skip(lacks)


@pytest.fixture(scope="session", params=list(BrowserName), ids=lambda name: name.value)
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Each browser in turn."""
    need(request.param)
    with started(request.param) as browser:
        yield browser


@pytest.fixture(scope="session")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page on a disk, as a person keeps it."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_bytes(page())
    return path


@pytest.fixture
def tool(browser: Browser, page_file: Path) -> Iterator[Tool]:
    """The page just opened from the disk."""
    with opened(browser, page_file.as_uri()) as tool:
        yield tool
