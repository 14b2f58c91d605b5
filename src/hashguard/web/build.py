"""Join the sources of the page into one HTML file that carries its own policy.

    python -m hashguard.web

writes page.html beside this file. Standard library only, and it can also be run by
itself in a copy of this folder: an organisation needs nothing else to add a language.
The same sources always give the same bytes. docs/page.md says why there are two documents.

The page is made for bad connections, so it is the sources without what only those who change
them need: comments (each script keeps its first paragraph) and every second space of the
indentation. Statements, names and lines stay as they are: it is there to be read.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
PAGE = "page.html"

# Joined in this order. What takes away WebRTC comes first, what starts the page last.
SCRIPTS = (
    *("close.js", "pdq.js", "untag.js", "picture.js", "selftest.js"),
    *("case.js", "words.js", "list.js", "app.js"),
)

_NOTHING = {
    "default-src": "'none'",
    "connect-src": "'none'",
    "form-action": "'none'",
    "base-uri": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}
_SLOT = re.compile(r"\{\{(\w+)\}\}")
# A comment of its own line, or behind a statement: no quote follows, so it is in no string.
_COMMENT = re.compile(r"^ *//.*\n| +// [^\"'`\n]*$", re.MULTILINE)
_EMPTY = re.compile(r"\n\n+")
_STEPS = re.compile(r"^(?:  )+", re.MULTILINE)
# Said on the outer page, or where no script runs: not among the words of the script.
_OUTSIDE = {"leave", "help", "silent"}


def build(folder: Path = FOLDER) -> bytes:
    """The page, of the sources in a folder like this one.

    Raises ValueError, which names the file and the key, if the texts do not fit together.
    """
    texts = read_texts(folder)
    helpers: list[dict[str, str]] = _json(folder / "help.json")["entries"]
    _check_helpers(helpers, texts)
    script = _script(folder, texts)
    inner_style = _shortened(_read(folder / "style.css"))
    outer_style = _shortened(_read(folder / "outer.css"))
    inner_policy = {
        "script-src": _source(script),
        "style-src": _source(inner_style),
        "frame-src": "'none'",
    }
    inner = _filled(
        _read(folder / "inner.html"),
        inner_policy=_policy(inner_policy),
        inner_style=inner_style,
        silent=_paragraphs(texts, "silent"),
        body=_body(folder, helpers),
        script=script,
    )
    # The frame inherits the policy of the outer page, so that allows what the frame needs.
    # frame-src is asked when the frame goes elsewhere; blob: is where files are saved from.
    outer_policy = {
        "script-src": _source(script),
        "style-src": f"{_source(outer_style)} {_source(inner_style)}",
        "frame-src": "blob:",
    }
    page = _filled(
        _read(folder / "outer.html"),
        outer_policy=_policy(outer_policy),
        outer_style=outer_style,
        leave=_in_all_languages(texts, "leave"),
        help=_in_all_languages(texts, "help"),
        helpers="\n".join(_helper(one) for one in helpers),
        # In single quotes, so that a reader of the file sees the frame almost as it is.
        inner=inner.replace("&", "&amp;").replace("'", "&#39;"),
    )
    return page.encode()


def read_texts(folder: Path = FOLDER) -> dict[str, dict[str, str]]:
    """Language code -> key -> text. All languages have the keys of English."""
    texts: dict[str, dict[str, str]] = {}
    for path in sorted((folder / "texts").glob("*.json")):
        said = _json(path)
        said.pop("_rules")
        texts[path.stem] = said
    for code, said in texts.items():
        for key in sorted(said.keys() ^ texts["en"].keys()):
            raise ValueError(f"texts/{code}.json: {key} is missing, or is not in texts/en.json")
        for key, text in said.items():
            if text.splitlines() != [text]:
                raise ValueError(f"texts/{code}.json: {key} is not one line")
            if _names(text) != _names(texts["en"][key]):
                raise ValueError(f"texts/{code}.json: {key} has other {{names}} than English")
    return texts


def _names(text: str) -> set[str]:
    return set(re.findall(r"\{\w+\}", text))


def _check_helpers(helpers: list[dict[str, str]], texts: Mapping[str, Mapping[str, str]]) -> None:
    for helper in helpers:
        if f"help_{helper['id']}" not in texts["en"]:
            raise ValueError(f"help.json: {helper['id']} has no text; add help_{helper['id']}")


def _body(folder: Path, helpers: list[dict[str, str]]) -> str:
    groups = {
        f"helpers_{group}": "\n".join(
            _helper_inside(one) for one in helpers if group in one["for"].split()
        )
        for group in ("now", "under18", "adult")
    }
    return _filled(_shortened(_read(folder / "body.html")), **groups)


def _script(folder: Path, texts: Mapping[str, Mapping[str, str]]) -> str:
    known = {key: said for key, said in _json(folder / "known.json").items() if key[0] != "_"}
    # The words stand before the last script, which starts the page: a reader of the file
    # finds the code first.
    parts = [_headed(name, _read(folder / name)) for name in SCRIPTS]
    data = [
        f"const KNOWN = {json.dumps(known)};\n",
        f"const LANGUAGES = {json.dumps(list(texts))};\n",
        f"const WORDS = `\n{_words(texts)}\n`;\n",
    ]
    script = "\n" + "".join(['"use strict";\n', *parts[:-1], *data, parts[-1]])
    if "</script" in script.lower() or "<!--" in script:
        raise ValueError("a script that ends or hides itself cannot be put into a page")
    return script


def _headed(name: str, source: str) -> str:
    """A script under its name and the first paragraph of its comment."""
    head = re.match(r"(?://.+\n)+", source)
    said = head[0] if head else ""
    bare = _EMPTY.sub("\n\n", _COMMENT.sub("", source)).lstrip("\n")
    return f"\n// ---- {name}\n{said}\n{_narrowed(bare)}"


def _shortened(source: str) -> str:
    """A style or markup: the same lines without the empty ones, narrowed."""
    return _narrowed(_EMPTY.sub("\n", source))


def _narrowed(source: str) -> str:
    """One space for each step of indentation, which has two in the sources."""
    return _STEPS.sub(lambda steps: " " * (len(steps[0]) // 2), source)


def _words(texts: Mapping[str, Mapping[str, str]]) -> str:
    """Each key, and below it its text in each language: what readWords in words.js reads."""
    rows = [[key, *(said[key] for said in texts.values())] for key in texts["en"]]
    lines = [line for row in rows if row[0] not in _OUTSIDE for line in row]
    words = "\n".join(lines)
    # It stands in a template literal of JavaScript, which stands in a script element.
    for letters in ("\\", "`", "${", "</"):
        words = words.replace(letters, f"{letters[:-1]}\\{letters[-1]}")
    return words


def _source(text: str) -> str:
    """How a policy names an inline script or style: by its digest."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _policy(more: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in {**_NOTHING, **more}.items())


def _in_all_languages(texts: Mapping[str, Mapping[str, str]], key: str) -> str:
    between = '<span aria-hidden="true">\xa0·</span> '
    spans = [f'<span lang="{code}">{html.escape(said[key])}</span>' for code, said in texts.items()]
    return between.join(spans)


def _paragraphs(texts: Mapping[str, Mapping[str, str]], key: str) -> str:
    """Read by those whose browser does not run the script, which takes them away."""
    return "\n".join(
        f'<p lang="{code}">{html.escape(said[key])}</p>' for code, said in texts.items()
    )


def _helper_inside(helper: Mapping[str, str]) -> str:
    """In the tool: who it is, a number to remember, and what they do in the person's language."""
    name, say = html.escape(helper["name"]), helper["say"]
    # Kept in one line: a number that is broken in two is misread.
    number = f" <b>{say.replace(' ', chr(0xA0))}</b>" if say not in ("", helper["name"]) else ""
    return f"<li><b>{name}</b>{number}<br><span>{{help_{helper['id']}}}</span></li>"


def _helper(helper: Mapping[str, str]) -> str:
    """On the outer page, where links work: a line which no language is needed for."""
    where = f" <small>{helper['where']}</small>" if helper["where"] else ""
    parts = [f"<b>{html.escape(helper['name'])}{where}</b>"]
    if helper["call"]:
        parts.append(f'<a href="tel:{helper["call"]}">{helper["say"]}</a>')
    if helper["url"]:
        shown = helper["url"].removeprefix("https://").removeprefix("www.").rstrip("/")
        # In another tab: the list of codes on this page must not be lost.
        parts.append(f'<a href="{helper["url"]}" target="_blank" rel="noreferrer">{shown}</a>')
    return f"<li>{' '.join(parts)}</li>"


def _filled(template: str, **values: str) -> str:
    """The template with its {{slots}} filled: in one go, so that a value is never a template."""
    return _SLOT.sub(lambda slot: values[slot[1]], template)


def _read(path: Path) -> str:
    # Bytes first: line ends decide the digests, whatever the system calls them.
    return path.read_bytes().decode().replace("\r\n", "\n")


def _json(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_read(path))
    return document


def main() -> int:
    """Write the page. Gives the exit status."""
    page = build()
    (FOLDER / PAGE).write_bytes(page)
    print(f"{hashlib.sha256(page).hexdigest()}  {PAGE}")  # noqa: T201 (a script of its own)
    return 0


if __name__ == "__main__":
    sys.exit(main())
