"""The shipped page is what its sources say, and its policy lets nothing else happen."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from fixtures.page import make_known
from hashguard import web
from hashguard.decode import DecodeLimits, decode
from hashguard.hashers.pdq import hash_pixels
from hashguard.hashes import Algorithm, Hash
from hashguard.web.build import FOLDER, SCRIPTS
from hashguard.web.build import build as build_from

NOT_SOURCES = {"__init__.py", "__main__.py", "page.py", "serve.py", "page.html", "__pycache__"}


@dataclass
class Document(HTMLParser):
    """What a browser finds in an HTML file: elements, and the texts of scripts and styles."""

    text: str
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=lambda: {"script": [], "style": []})

    def __post_init__(self) -> None:
        super().__init__()
        self._inside = ""
        self.feed(self.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside in self.texts:
            self.texts[self._inside].append(data)
        self._inside = ""

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def policy(self) -> dict[str, list[str]]:
        (meta,) = [one for one in self.all("meta") if "http-equiv" in one]
        assert meta["http-equiv"] == "Content-Security-Policy"
        directives = [one.split() for one in meta["content"].split(";")]
        return {name: values for name, *values in directives}


@pytest.fixture(scope="module")
def outer() -> Document:
    return Document(web.page().decode())


@pytest.fixture(scope="module")
def inner(outer: Document) -> Document:
    (frame,) = outer.all("iframe")
    return Document(frame["srcdoc"])


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of the sources, as an organisation takes one to add its language."""
    folder = tmp_path / "web"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns(*NOT_SOURCES))
    return folder


def sha256(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def edit(path: Path, **changes: Any) -> None:
    """Change keys of a JSON file; None removes one."""
    document = {**json.loads(path.read_text(encoding="utf-8")), **changes}
    kept = {key: value for key, value in document.items() if value is not None}
    path.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")


def test_the_shipped_page_is_what_its_sources_give() -> None:
    """Byte for byte; if not: python -m hashguard.web."""
    assert web.build() == web.page()
    assert web.digest() == hashlib.sha256(web.page()).hexdigest()


def test_the_build_script_needs_nothing_but_python(sources: Path) -> None:
    """In a folder without hashguard, isolated from all installed packages."""
    done = subprocess.run(  # noqa: S603 (our own script)
        [sys.executable, "-I", "-S", "-W", "error", sources / "build.py"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert (sources / "page.html").read_bytes() == web.page()
    assert done.stdout == f"{web.digest()}  page.html\n"


def test_line_ends_of_the_system_change_nothing(sources: Path) -> None:
    """A checkout with CR LF gives the same digests."""
    for path in sources.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert build_from(sources) == web.page()


def spoken(source: str) -> list[str]:
    """The lines of a source without their indentation; none that is empty or a comment."""
    lines = (line.strip() for line in source.splitlines())
    return [line for line in lines if line and not line.startswith("//")]


def test_every_line_of_the_sources_is_in_the_page_in_its_order(
    outer: Document, inner: Document
) -> None:
    """No minifier: what is audited in the repository is what runs, but for comments."""
    (script,) = inner.texts["script"]
    parts = re.split(r"^// ---- (\S+)$", script, flags=re.MULTILINE)
    assert tuple(parts[1::2]) == SCRIPTS
    assert set(SCRIPTS) == {path.name for path in FOLDER.glob("*.js")}
    for name, part in zip(parts[1::2], parts[2::2], strict=True):
        source = (FOLDER / name).read_text(encoding="utf-8")
        bare = [re.sub(r" +// [^\"'`]*$", "", line) for line in spoken(source)]
        lines, rest = spoken(part)[: len(bare)], spoken(part)[len(bare) :]
        assert lines == bare, name
        # Only the data stand between: the picture of the self-test, and the words.
        assert [line.split(" =")[0] for line in rest[:3]] == (
            ["const KNOWN", "const LANGUAGES", "const WORDS"] if name == SCRIPTS[-2] else []
        )
    for document, name in ((inner, "style.css"), (outer, "outer.css")):
        source = (FOLDER / name).read_text(encoding="utf-8")
        assert spoken(document.texts["style"][0]) == spoken(source)


def test_what_is_left_out_is_in_no_string() -> None:
    """A comment is known by its slashes, so no source may hide them in a text."""
    for name in SCRIPTS:
        for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
            code = re.sub(r"(^| +)// .*$|^//$", "", line)
            assert "//" not in code, (name, line)
            assert code.count("`") % 2 == 0, (name, line)
            assert "/*" not in code, (name, line)


def test_each_script_says_what_it_is(inner: Document) -> None:
    """And the page says where its sources are."""
    (script,) = inner.texts["script"]
    for name in SCRIPTS:
        first = (FOLDER / name).read_text(encoding="utf-8").splitlines()[0]
        assert f"\n// ---- {name}\n{first}\n" in script
    assert b"hashguard/web" in web.page().split(b"<html", 1)[0]


def test_webrtc_is_taken_away_before_anything_else_runs(inner: Document) -> None:
    """A policy does not govern it."""
    (script,) = inner.texts["script"]
    lines = spoken(script)
    assert lines[:2] == [
        '"use strict";',
        "for (const name of Object.getOwnPropertyNames(globalThis)) {",
    ]
    assert "delete globalThis[name];" in lines[2:4]


def test_the_outer_page_has_no_script(outer: Document) -> None:
    """Not even an attribute that holds one, nor an address that is one."""
    assert not outer.all("script")
    for tag, attributes in outer.elements:
        assert not [name for name in attributes if name.startswith("on")], tag
        assert not attributes.get("href", "").lower().startswith("javascript:")


def test_the_frame_may_run_scripts_save_files_and_print_and_nothing_else(outer: Document) -> None:
    """Above all not: another origin than its own, pop-ups, forms, the page above."""
    (frame,) = outer.all("iframe")
    assert set(frame) == {"id", "title", "sandbox", "srcdoc"}
    assert set(frame["sandbox"].split()) == {"allow-scripts", "allow-downloads", "allow-modals"}


def test_policies_name_exactly_the_scripts_and_styles_that_are_there(
    outer: Document, inner: Document
) -> None:
    """By their digests; everything else is forbidden in both documents."""
    script, inner_style, outer_style = (
        sha256(text)
        for (text,) in (inner.texts["script"], inner.texts["style"], outer.texts["style"])
    )
    nothing = {
        "default-src": ["'none'"],
        "connect-src": ["'none'"],
        "form-action": ["'none'"],
        "base-uri": ["'none'"],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["'none'"],
    }
    assert inner.policy == {
        **nothing,
        "script-src": [script],
        "style-src": [inner_style],
        "frame-src": ["'none'"],
    }
    # What the frame inherits must allow what the frame needs, and files are saved from blob:.
    assert outer.policy == {
        **nothing,
        "script-src": [script],
        "style-src": [outer_style, inner_style],
        "frame-src": ["blob:"],
    }


def test_the_policy_comes_before_all_it_governs(outer: Document, inner: Document) -> None:
    """A <meta> policy says nothing of what stands above it."""
    for document in (outer, inner):
        tags = [tag for tag, _ in document.elements]
        assert tags[:4] == ["html", "head", "meta", "meta"]
        assert "charset" in document.elements[2][1]
        assert "http-equiv" in document.elements[3][1]


def test_nothing_is_loaded_from_anywhere(outer: Document, inner: Document) -> None:
    """Addresses stand in links of the outer page only, where a person has to tap them."""
    loading = {"src", "srcset", "data", "poster", "action", "formaction", "background", "ping"}
    for document in (outer, inner):
        for tag, attributes in document.elements:
            assert not loading & set(attributes), tag
            assert "href" not in attributes or (document is outer and tag == "a")
        for style in document.texts["style"]:
            assert not re.search(r"url\(|@import|image-set|src:", style)
    (script,) = inner.texts["script"]
    assert "://" not in script


def test_the_first_thing_to_reach_is_the_way_out(outer: Document) -> None:
    """Leave comes before anything else that takes the focus, and says nothing of this page."""
    reachable = [one for one in outer.elements if one[0] in {"a", "summary", "button", "iframe"}]
    tag, attributes = reachable[0]
    assert (tag, attributes["id"]) == ("a", "leave")
    assert attributes["rel"] == "noreferrer"
    assert "target" not in attributes


def test_links_to_helpers_tell_nothing_and_open_beside(outer: Document) -> None:
    """The list of codes must survive a look at them; a telephone number needs no window."""
    links = [one for one in outer.all("a") if one.get("id") != "leave"]
    assert len(links) == sum(bool(one["url"]) + bool(one["call"]) for one in helpers())
    for link in links:
        if not link["href"].startswith("tel:"):
            assert link["rel"] == "noreferrer"
            assert link["target"] == "_blank"
            assert link["href"].startswith("https://")


def test_title_and_name_say_nothing(outer: Document, inner: Document) -> None:
    """A tab, a history and a window list are read over a shoulder."""
    for document in (outer, inner):
        assert "<title>Picture code</title>" in document.text


def test_the_page_is_small_enough_for_a_bad_connection() -> None:
    """60 kB with three languages, of which a server that compresses sends 21.

    Every byte is paid for by somebody on a phone with little credit, and read by whoever
    audits the page: what does not fit must be said shorter.
    """
    assert len(web.page()) < 60_000
    assert len(gzip.compress(web.page())) < 22_000


def test_the_known_picture_has_the_hash_that_python_gives() -> None:
    """The self-test of the page measures the browser, so the judge must be right."""
    known = json.loads((FOLDER / "known.json").read_text(encoding="utf-8"))
    data = base64.b64decode(known["jpeg"])
    golden = Hash.from_hex(Algorithm.PDQ, known["pdq"])
    assert make_known.judged(data) == known["pdq"]
    (frame,) = decode(data, DecodeLimits()).frames
    ours = hash_pixels(frame.pixels)
    assert ours.hash.distance(golden) <= 2
    assert (ours.quality or 0) >= 90
    assert ours.ties == 0


def test_a_file_more_is_a_language_more(sources: Path) -> None:
    """Its name is its code; the page finds it by itself."""
    shutil.copy(sources / "texts" / "en.json", sources / "texts" / "de.json")
    edit(sources / "texts" / "de.json", _language="Deutsch", leave="Weg hier", title="Ein Code")
    page = build_from(sources).decode()
    assert 'const LANGUAGES = ["de", "en", "fr", "nl"];' in page
    assert "\n_language\nDeutsch\nEnglish\n" in page
    assert "\ntitle\nEin Code\n" in page
    assert '<span lang="de">Weg hier</span>' in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": None}, "texts/de.json: title is missing"),
        ({"extra": "x"}, "texts/de.json: extra is missing, or is not in texts/en.json"),
        ({"picture_n": "Bild"}, r"texts/de.json: picture_n has other \{names\}"),
        ({"title": "Ein\nCode"}, "texts/de.json: title is not one line"),
        ({"title": "Ein\rCode"}, "texts/de.json: title is not one line"),
        ({"title": ""}, "texts/de.json: title is not one line"),
    ],
)
def test_a_language_that_does_not_fit_is_refused_by_name(
    sources: Path, changes: dict[str, Any], said: str
) -> None:
    """Before a person meets an empty button."""
    shutil.copy(sources / "texts" / "en.json", sources / "texts" / "de.json")
    edit(sources / "texts" / "de.json", **changes)
    with pytest.raises(ValueError, match=said):
        build_from(sources)


def test_a_helper_without_a_sentence_is_refused(sources: Path) -> None:
    """A name and a number alone tell nobody whether to call."""
    more = {**helpers()[0], "id": "neighbours"}
    edit(sources / "help.json", entries=[*helpers(), more])
    with pytest.raises(ValueError, match="add help_neighbours"):
        build_from(sources)


def test_texts_cannot_break_out_of_the_script(sources: Path) -> None:
    """A text is a text, whatever is written in it."""
    edit(sources / "texts" / "en.json", title="</script><script>alert('&amp;')//<!--")
    with pytest.raises(ValueError, match="cannot be put into a page"):
        build_from(sources)
    hostile = "</script><b>' & \" {{body}} ` ${alert(1)} \\u0041"
    for path in (sources / "texts").iterdir():
        edit(path, title=hostile)
    (frame,) = Document(build_from(sources).decode()).all("iframe")
    document = Document(frame["srcdoc"])
    (script,) = document.texts["script"]
    assert "<\\/script><b>' & \" {{body}} \\` $\\{alert(1)} \\\\u0041\n" in script
    assert sha256(script) in document.policy["script-src"]


def helpers() -> list[dict[str, str]]:
    entries: list[dict[str, str]] = json.loads((FOLDER / "help.json").read_text(encoding="utf-8"))[
        "entries"
    ]
    return entries
