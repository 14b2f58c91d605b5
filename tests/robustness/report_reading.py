"""Reads a report as a browser would, for tests."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from hashguard.robustness.report import write_report
from hashguard.robustness.results import Run
from hashguard.robustness.scores import Scores
from tests.robustness.report_samples import write

VOID = {"meta", "br", "img", "input"}


@dataclass
class HeatCell:
    """A cell of a heat map: its text, its interval, its `title` and its class."""

    text: str = ""
    interval: str = ""
    about: str = ""
    shade: str = ""


@dataclass
class HeatTable:
    """The rows of a heat map: attack with its strength, and cells."""

    rows: list[tuple[str, list[HeatCell]]] = field(default_factory=list)


class Page(HTMLParser):
    """Everything tests ask of a page. Raises AssertionError where tags do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.source = text
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.heat: list[HeatTable] = []
        self._open: list[str] = []
        self._class: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def values(self, *names: str) -> list[str]:
        """All values of attributes of these names."""
        return [value for _, name, value in self.attributes if name in names]

    @property
    def text(self) -> str:
        """What is read, in order, runs of white space as one space."""
        return " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag, attrs):
        found = {name: value or "" for name, value in attrs}
        assert len(found) == len(attrs)
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in found.items()]
        if tag not in VOID:
            self._open.append(tag)
            self._class.append(found.get("class", ""))
        if tag == "table" and found.get("class") == "heat":
            self.heat.append(HeatTable())
        if not self._in_heat():
            return
        if tag == "th" and found.get("scope") == "row":
            self.heat[-1].rows.append(("", []))
        if tag == "td" and "title" in found:
            self.heat[-1].rows[-1][1].append(
                HeatCell(about=found["title"], shade=found.get("class", ""))
            )

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag
        self._class.pop()

    def handle_data(self, data):
        if "style" in self._open:
            return
        self.texts.append(data)
        if not self._in_heat() or not self.heat[-1].rows or "tbody" not in self._open:
            return
        name, cells = self.heat[-1].rows[-1]
        if "td" in self._open and cells:
            if "small" in self._open:
                cells[-1].interval += data
            else:
                cells[-1].text += data.strip()
        elif "th" in self._open and "family" not in self._class:
            self.heat[-1].rows[-1] = (f"{name}{data}", cells)

    def _in_heat(self) -> bool:
        return "table" in self._open and "heat" in self._class


def report(folder: Path, run: Run, scored: Scores, *, pictures: bool = True) -> Page:
    """The page of a run, as it is read."""
    path = write_report(write(folder, run, scored), pictures=pictures)
    return Page(path.read_text(encoding="utf-8"))


def inert(page: Page) -> None:
    """Nothing is loaded, nothing runs, and every name in the page is there once."""
    assert not {"script", "iframe", "object", "embed", "link", "base", "form", "foreignobject"} & {
        *page.tags
    }
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    addresses = page.values("href", "src", "xlink:href", "srcset", "action", "data")
    assert all(one.startswith(("#", "data:image/jpeg;base64,")) for one in addresses)
    styles = [*page.values("style", "clip-path"), "".join(re.findall(r"url\([^)]*", page.source))]
    assert all("url(" not in re.sub(r"url\(#", "", one) for one in styles)
    assert "@import" not in page.source
    names = page.values("id")
    assert len(names) == len(set(names))
    wanted = {one[1:] for one in addresses if one.startswith("#")} | set(page.values("for"))
    assert wanted <= set(names)
