"""Join the sources of the page into one HTML file that carries its own policy.

    python -m hashguard.web

writes page.html beside this file. Standard library only, and it can also be run by
itself in a copy of this folder: an organisation needs nothing else to add a language.
The same sources always give the same bytes. docs/page.md says why there are two documents.
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


def build(folder: Path = FOLDER) -> bytes:
    """The page, of the sources in a folder like this one.

    Raises ValueError, which names the file and the key, if the texts do not fit together.
    """
    texts = read_texts(folder)
    helpers: list[dict[str, str]] = _json(folder / "help.json")["entries"]
    _check_helpers(helpers, texts)
    script = _script(folder, texts, helpers)
    inner_style = _read(folder / "style.css")
    outer_style = _read(folder / "outer.css")
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
        body=_read(folder / "body.html"),
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
            if _names(text) != _names(texts["en"][key]):
                raise ValueError(f"texts/{code}.json: {key} has other {{names}} than English")
    return texts


def _names(text: str) -> set[str]:
    return set(re.findall(r"\{\w+\}", text))


def _check_helpers(helpers: list[dict[str, str]], texts: Mapping[str, Mapping[str, str]]) -> None:
    for helper in helpers:
        if f"help_{helper['id']}" not in texts["en"]:
            raise ValueError(f"help.json: {helper['id']} has no text; add help_{helper['id']}")


def _script(folder: Path, texts: Any, helpers: Any) -> str:
    known = {key: said for key, said in _json(folder / "known.json").items() if key[0] != "_"}
    data = {"TEXTS": texts, "HELP": helpers, "KNOWN": known}
    parts = [f"const {name} = {_literal(value)};\n" for name, value in data.items()]
    sources = [f"// ---- {name} ----\n{_read(folder / name)}" for name in SCRIPTS]
    # The words stand before the last script, which starts the page: a reader of the file
    # finds the code first.
    script = "\n" + "\n".join(['"use strict";\n', *sources[:-1], *parts, sources[-1]])
    if "</script" in script.lower() or "<!--" in script:
        raise ValueError("a script that ends or hides itself cannot be put into a page")
    return script


def _literal(value: Any) -> str:
    """JSON that is also JavaScript and can stand in a script element; a text a line."""
    return json.dumps(value, ensure_ascii=False, indent=0, separators=(",", ":")).replace(
        "</", "<\\/"
    )


def _source(text: str) -> str:
    """How a policy names an inline script or style: by its digest."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _policy(more: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in {**_NOTHING, **more}.items())


def _in_all_languages(texts: Mapping[str, Mapping[str, str]], key: str) -> str:
    between = '<span class="between" aria-hidden="true">·</span> '
    spans = [f'<span lang="{code}">{html.escape(said[key])}</span>' for code, said in texts.items()]
    return between.join(spans)


def _paragraphs(texts: Mapping[str, Mapping[str, str]], key: str) -> str:
    """Read by those whose browser does not run the script, which takes them away."""
    return "\n".join(
        f'<p lang="{code}">{html.escape(said[key])}</p>' for code, said in texts.items()
    )


def _helper(helper: Mapping[str, str]) -> str:
    """A line of the outer page, which no language is needed for."""
    where = f" <small>{helper['where']}</small>" if helper["where"] else ""
    parts = [f"<b>{html.escape(helper['name'])}{where}</b>"]
    if helper["call"]:
        parts.append(f'<a href="tel:{helper["call"]}">{helper["say"]}</a>')
    if helper["url"]:
        shown = helper["url"].removeprefix("https://").removeprefix("www.").rstrip("/")
        # In another tab: the list of codes on this page must not be lost.
        parts.append(
            f'<a href="{helper["url"]}" target="_blank" rel="noopener noreferrer">{shown}</a>'
        )
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
