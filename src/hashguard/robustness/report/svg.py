"""What Matplotlib draws, made fit to stand in a page beside other plots. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

_SHARED = "shared."
_HEAD = re.compile(r"^.*?<svg[^>]*viewBox=\"([^\"]*)\"[^>]*>", re.DOTALL)
_SHEET = re.compile(r"<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_FONT = re.compile(r"font-family: [^;\"]*;? ?")
_ID = re.compile(r"\bid=\"([^\"]*)\"")
_LONG = re.compile(r"(\d\.\d\d)\d+")
_TAG = re.compile(r"<[^>]*>")
_NO_TURN = re.compile(r" transform=\"rotate\(-?0 [^)]*\)\"")


def shared(name: str) -> str:
    """The id of a part of a plot that becomes a class, for the page to hide it by."""
    return _SHARED + name


def inlined(drawn: str, name: str, told: str, variables: Mapping[str, str]) -> str:
    """An `<svg>` element without names that another plot has, nor fonts, nor fixed colours.

    drawn: the file. name: unique in the page. told: what it shows, for those who do not see it;
    "" if it only decorates. variables: of the page, by the colour that stands in for each.
    """
    text = _METADATA.sub("", _SHEET.sub("", drawn))
    found = _HEAD.match(text)
    if found is None:
        raise ValueError("this is no drawing of Matplotlib's")
    text = text[found.end() :].replace("xlink:href", "href")
    text = _TAG.sub(lambda tag: _shortened(tag[0], variables), text)
    # Only what is referred to needs a name.
    text = _ID.sub(lambda one: _named(one[1], text, name), text)
    text = text.replace('href="#', f'href="#{name}-').replace("url(#", f"url(#{name}-")
    text = re.sub(r"\s*\n\s*", " ", text).replace("> <", "><")
    return f'<svg viewBox="{found[1]}"{_alternative(name, told)}{text}'.rstrip()


def _shortened(tag: str, variables: Mapping[str, str]) -> str:
    tag = _FONT.sub("", _NO_TURN.sub("", _LONG.sub(r"\1", tag)))
    for colour, variable in variables.items():
        tag = tag.replace(colour, variable)
    return tag


def _named(identity: str, text: str, name: str) -> str:
    if identity.startswith(_SHARED):
        return f'class="{identity.removeprefix(_SHARED)}"'
    if f'"#{identity}"' in text or f"url(#{identity})" in text:
        return f'id="{name}-{identity}"'
    return ""


def _alternative(name: str, told: str) -> str:
    if not told:
        return ' aria-hidden="true">'
    title = f"{name}-title"
    return f' role="img" aria-labelledby="{title}"><title id="{title}">{escape(told)}</title>'
