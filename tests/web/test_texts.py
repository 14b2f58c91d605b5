"""What the page says: complete in every language, kind, plain, and promising nothing."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest

from hashguard.web.build import FOLDER, read_texts

TEXTS = read_texts()
ENTRIES: list[dict[str, str]] = json.loads((FOLDER / "help.json").read_text(encoding="utf-8"))[
    "entries"
]

FORBIDDEN = {
    "en": r"revenge|porn|victim|nude|naked|sext|shame|blame|fault|guilt|should|why\b|irreversibl"
    r"|cannot be reversed|guarantee|never|anonymous|hash|upload|impossible|don't worry",
    "fr": r"vengeance|porn|victime|\bnue?s?\b|sext|honte|faute|coupable|aurais d|pourquoi"
    r"|irréversib|garanti|jamais|anonym|hash|impossible|ne t.inqui",
    "nl": r"wraak|porno|slachtoffer|naakt|sext|schaam|schuld|had moeten|waarom|onomkeerbaar"
    r"|garantie|gegarandeerd|nooit|anoniem|hash|upload|onmogelijk|geen zorgen",
}
"""Words that judge, that make a story of it, that promise, or that nobody of sixteen uses."""

CALM = {
    "en": "You did nothing wrong",
    "fr": "Tu n\u2019as rien fait de mal",
    "nl": "Jij hebt niets verkeerd gedaan",
}

languages = pytest.mark.parametrize("code", sorted(TEXTS))


def words(code: str) -> dict[str, str]:
    return {key: text for key, text in TEXTS[code].items() if not key.startswith("_")}


def test_dutch_french_and_english_are_there() -> None:
    assert set(TEXTS) >= {"nl", "fr", "en"}
    assert {TEXTS[code]["_language"] for code in ("nl", "fr", "en")} == {
        "Nederlands",
        "Français",
        "English",
    }


@languages
def test_every_text_is_said_and_none_is_said_in_english_elsewhere(code: str) -> None:
    """Same keys, nothing empty; a sentence that equals the English one was not written."""
    assert TEXTS[code].keys() == TEXTS["en"].keys()
    for key, text in words(code).items():
        assert text == text.strip(), key
        assert text, key
        if code != "en" and " " in text:
            assert text != TEXTS["en"][key], key


@languages
def test_no_text_blames_promises_or_names_what_hurts(code: str) -> None:
    """A language that is added must add its words here."""
    for key, text in words(code).items():
        found = re.search(FORBIDDEN[code], text, re.IGNORECASE)
        assert found is None, (key, found)
        assert "!" not in text, key


@languages
def test_it_is_said_once_that_nothing_was_done_wrong(code: str) -> None:
    """Calmly. Twice would sound like a doubt."""
    everything = "\n".join(words(code).values())
    assert everything.count(CALM[code]) == 1
    assert TEXTS[code]["calm"].startswith(CALM[code])


@languages
def test_sentences_are_short(code: str) -> None:
    """At most 24 words, so that one breath is enough; no text is a wall."""
    for key, text in words(code).items():
        for sentence in re.split(r"(?<=[.?:])\s", text):
            assert len(sentence.split()) <= 24, (key, sentence)
        assert len(text) <= 320, key


@languages
def test_rules_stand_at_the_head_of_the_file(code: str) -> None:
    """Who changes a text has read them."""
    document: dict[str, Any] = json.loads(
        (FOLDER / "texts" / f"{code}.json").read_text(encoding="utf-8")
    )
    assert next(iter(document)) == "_rules"
    assert len(document["_rules"]) >= 6


def test_every_text_is_used_and_every_text_used_exists() -> None:
    """A key in the sources without a text would be an empty button."""
    sources = "".join(
        (FOLDER / name).read_text(encoding="utf-8")
        for name in ("body.html", "app.js", "list.js", "words.js", "build.py")
    )
    body = (FOLDER / "body.html").read_text(encoding="utf-8")
    fixed = set(re.findall(r">\{(\w+)\}<", body))
    assert fixed <= TEXTS["en"].keys()
    # Keys that are put together of a stem and a state.
    stems = ("help_", "kind_", "bad_", "refused_", "status_ready_")
    for key in words("en"):
        assert key in fixed or f'"{key}"' in sources or key.startswith(stems), key


def test_what_the_scripts_put_together_exists() -> None:
    """Reasons, kinds, faults and helpers: each has its words."""
    picture = (FOLDER / "picture.js").read_text(encoding="utf-8")
    stated = re.search(r"`reason` is one of: ([\w, ]+)\.", picture)
    assert stated is not None
    wanted = {f"bad_{reason}" for reason in stated[1].split(", ")}
    wanted |= {f"kind_{kind}" for kind in ("none", "photo", "screenshot", "computer-made")}
    wanted |= {f"refused_{fault}{end}" for fault in ("pixels", "insecure") for end in ("", "_do")}
    wanted |= {f"help_{entry['id']}" for entry in ENTRIES}
    wanted |= {"waiting", "working", "ready", "weak", "none", "failed"}
    assert wanted <= TEXTS["en"].keys()


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["id"])
def test_a_helper_can_be_reached_and_was_checked(entry: dict[str, str]) -> None:
    """A number or a site, for somebody, with the day on which it was last compared."""
    assert set(entry) == {"id", "for", "where", "name", "say", "call", "url", "checked"}
    assert set(entry["for"].split()) <= {"now", "under18", "adult"}
    assert entry["call"] or entry["url"]
    assert bool(entry["say"]) == bool(entry["call"])
    assert re.fullmatch(r"(\+\d+|\d*)", entry["call"])
    assert entry["call"].lstrip("+").endswith(re.sub(r"\D", "", entry["say"]).lstrip("0"))
    assert entry["url"] == "" or entry["url"].startswith("https://")
    assert date(2026, 11, 29) <= date.fromisoformat(entry["checked"])


def test_the_file_of_helpers_wants_to_be_checked_again() -> None:
    """A wrong number costs a frightened person the courage to call a second one."""
    about = " ".join(json.loads((FOLDER / "help.json").read_text(encoding="utf-8"))["_about"])
    assert "AGAIN BEFORE YOU PUBLISH THE PAGE" in about


def test_there_is_help_now_for_the_young_and_for_adults_in_both_countries() -> None:
    """Emergency and suicide lines, and an organisation near."""
    reached = {
        (group, entry["where"]): entry["say"]
        for entry in ENTRIES
        for group in entry["for"].split()
        if entry["id"] != "cps"
    }
    assert reached == {
        ("now", "EU"): "112",
        ("now", "NL"): "113",
        ("now", "BE"): "1813",
        ("under18", ""): "",
        ("under18", "NL"): "020-261 52 75",
        ("under18", "BE"): "116 000",
        ("adult", ""): "",
        ("adult", "NL"): "020-261 52 75",
        ("adult", "BE"): "0800 12 800",
    }
    # 1813 answers in Dutch; who speaks French in Belgium needs another.
    assert "0800 32 123" in {entry["say"] for entry in ENTRIES}
