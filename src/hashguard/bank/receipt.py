"""A sheet to print: what became of a case, for its person, a support worker or the police. Pure.

One HTML page without script, picture, link or anything from elsewhere. It holds no hash; nor
does anything that it is made from.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from hashguard.bank.receipt_words import LANGUAGES, REFUSED, Words
from hashguard.bank.values import CaseState, PictureState
from hashguard.lists.entry import time_text
from hashguard.printable import shown

_STYLE = """
body { font: 11pt/1.5 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem;
  color: #111; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0;
  border-bottom: 1px solid #999; overflow-wrap: anywhere; }
tr { break-inside: avoid; } .number { font-size: 1.3rem; font-weight: 600; }
@media print { body { margin: 0; max-width: none; } }
"""


def receipt(state: CaseState, *, language: str, now: int) -> str:
    """The sheet of a case. language: one of LANGUAGES. Raises ValueError for another."""
    words = LANGUAGES.get(language)
    if words is None:
        raise ValueError(f"the languages of a receipt are {', '.join(LANGUAGES)}")
    return "\n".join(_page(state, words, language, now)) + "\n"


def _page(state: CaseState, words: Words, language: str, now: int) -> Iterator[str]:
    yield "<!doctype html>"
    yield f'<html lang="{language}"><head><meta charset="utf-8">'
    yield (
        '<meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    )
    yield '<meta name="viewport" content="width=device-width">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>{_text(words.title)}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{_text(words.title)}</h1><p>{_text(words.intro)}</p>"
    yield from _facts(state, words, now)
    yield f"<h2>{_text(words.pictures)}</h2><table><thead><tr>"
    for heading in (words.picture, words.kind, words.answers):
        yield f'<th scope="col">{_text(heading)}</th>'
    yield "</tr></thead><tbody>"
    for picture in state.pictures:
        yield _picture(picture, words)
    yield "</tbody></table>"
    if state.left_out:
        yield f"<h2>{_text(words.left_out)}</h2><ul>"
        for finding, count in state.left_out:
            yield f"<li>{count} &times; {_text(words.left_out_words[finding])}</li>"
        yield "</ul>"
    yield f"<p>{_text(words.closing)} {_text(words.time_note)}</p></body></html>"


def _facts(state: CaseState, words: Words, now: int) -> Iterator[str]:
    yield "<table><tbody>"
    name = state.case if state.number is None else state.number
    yield _fact(words.number, name, ' class="number"')
    status = REFUSED if state.reason else state.status.value
    yield _fact(words.status, words.statuses[status])
    for heading, time in (
        (words.received, state.received),
        (words.decided, state.decided),
        (words.ended, state.ended),
        (words.printed, now),
    ):
        if time is not None:
            yield _fact(heading, _time(time))
    yield "</tbody></table>"


def _fact(heading: str, text: str, style: str = "") -> str:
    return f'<tr><th scope="row">{_text(heading)}</th><td{style}>{_text(text)}</td></tr>'


def _picture(picture: PictureState, words: Words) -> str:
    said = [
        words.answer.format(
            platform=one.source,
            word=words.words.get(one.feedback.word, one.feedback.word),
            time=_time(one.given),
        )
        for one in picture.feedback
    ] or [words.none]
    kind = words.kinds.get(picture.kind, words.kinds[None])
    lines = "<br>".join(_text(line) for line in said)
    return f"<tr><td>{picture.place}</td><td>{_text(kind)}</td><td>{lines}</td></tr>"


def _time(seconds: int) -> str:
    return time_text(seconds).replace("T", " ")[: len("2025-01-31 09:00")]


def _text(text: str) -> str:
    """Text of anybody, as text."""
    return escape(shown(text))
