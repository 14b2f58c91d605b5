"""The accessibility checks of axe-core, as tests/web/axe.txt brings it."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tests.web.driver import Browser

TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""The rules of WCAG 2.2, levels A and AA."""

_RUN: Final = """
const options = {
  runOnly: {type: "tag", values: arguments[0]},
  resultTypes: ["violations"],
  iframes: false,
};
return axe.run(document, options).then(({violations, passes}) => ({
  passed: passes.length,
  violations: violations.flatMap(({id, nodes}) =>
    nodes.map((node) => `${id}: ${node.target.join(" ")}`)),
}));
"""


@cache
def source() -> str:
    """The text of axe-core. Raises FileNotFoundError if its package is not installed."""
    package = find_spec("axe_playwright_python")
    if package is None or package.origin is None:
        raise FileNotFoundError("axe-core is missing: pip install --no-deps -r tests/web/axe.txt")
    return Path(package.origin).with_name("axe.min.js").read_text(encoding="utf-8")


def violations(browser: Browser) -> list[str]:
    """Rule and element of each violation in the document of the current frame."""
    found = browser.run(f"{source()};{_RUN}", TAGS)
    assert found["passed"] > 5, "axe-core checked next to nothing"
    return list(found["violations"])
