"""The sheet for the person of a case: all that it should say, nothing that it must not."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from hashguard.bank import Acceptance, Bank, CaseState, Feedback, Finding
from hashguard.bank.receipt import receipt
from hashguard.bank.receipt_words import LANGUAGES, REFUSED
from hashguard.case_file import PictureKind
from hashguard.hashes import Algorithm, Hash, Hashed
from hashguard.lists import Status
from tests.bank.samples import DAY, DESK, NOW, a_bank, a_case, a_hash

LEFT_OUT = (Finding.JUNK, Finding.ODD_WEIGHT, Finding.LOW_QUALITY, Finding.REVIEWED)


class Reader(HTMLParser):
    """The tags, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text += data + "\n"


@pytest.fixture
def state(bank: Bank) -> CaseState:
    """A case with a picture that is left out, answers, and a hostile platform."""
    junk = Hash(Algorithm.PDQ, bytes(32))
    case, code = a_case(1, [a_hash(1), junk, a_hash(2)], kind=PictureKind.SCREENSHOT)
    bank.intake(case, source=DESK, now=NOW)
    for source, word in (("Platform A", "Blocked"), ("<b>& \"'", "<script>alert(1)</script>")):
        bank.give_feedback(a_hash(1), source=source, feedback=Feedback(word), now=NOW + 60)
    bank.withdraw(case.case, code, source="web", now=NOW + DAY)
    return bank.case(case.case)


def test_it_says_number_dates_status_and_answers(state):
    text = Reader(receipt(state, language="en", now=NOW + 2 * DAY)).text
    for wanted in (
        state.number,
        "withdrawn by the person who made the case",
        "2025-06-15 15:06",  # received
        "2025-06-16 15:06",  # ended
        "2025-06-17 15:06",  # printed
        "screenshot",
        "Platform A: blocked (2025-06-15 15:07)",
        "no answer yet",
        "1 \N{MULTIPLICATION SIGN} shows nothing that could be recognised",
    ):
        assert wanted in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_holds_no_hash_no_script_and_nothing_from_elsewhere(state, language):
    """What a platform calls itself, or answers, is text."""
    page = receipt(state, language=language, now=NOW)
    read = Reader(page)
    assert not {"script", "img", "link", "a", "iframe", "b"} & read.tags
    assert not {"src", "href", "onload", "style"} & read.attributes
    assert "<script>alert(1)</script>" in read.text
    assert "://" not in page
    for one in (a_hash(1), a_hash(2)):
        assert one.hex[:16] not in page
    assert state.case not in page  # the id that platforms know the case by


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_word(state, language):
    words = LANGUAGES[language]
    assert set(words.statuses) == {one.value for one in Status} | {REFUSED}
    assert set(words.kinds) == {one.value for one in PictureKind} | {None}
    assert set(words.left_out_words) == set(LEFT_OUT)
    everything = replace(state, left_out=tuple((one, 1) for one in LEFT_OUT), reason="x")
    assert words.statuses[REFUSED] in Reader(receipt(everything, language=language, now=NOW)).text


def test_another_language_is_refused(state):
    with pytest.raises(ValueError, match="en, nl, fr"):
        receipt(state, language="xx", now=NOW)


def test_it_tells_nothing_of_other_cases_with_the_same_picture(bank):
    """Neither that somebody else has it, nor what was answered before or after."""
    bank.submit(Hashed(a_hash(1)), source="P", feedback=Feedback.BLOCKED, now=NOW)
    case, code = a_case(1)
    bank.intake(case, source=DESK, now=NOW + DAY)
    (picture,) = bank.case(case.case).pictures
    assert [one.given for one in picture.feedback] == [NOW + DAY]
    bank.withdraw(case.case, code, source="web", now=NOW + 2 * DAY)
    bank.give_feedback(a_hash(1), source="Q", feedback=Feedback.BLOCKED, now=NOW + 3 * DAY)
    (picture,) = bank.case(case.case).pictures
    assert [one.source for one in picture.feedback] == ["P"]
    assert picture.status is Status.WITHDRAWN


def test_the_reason_of_a_refusal_is_not_printed(tmp_path):
    """It is for those who look after the bank."""
    with Bank.open(a_bank(tmp_path, cases=Acceptance.BY_HAND)) as bank:
        case, _ = a_case(1)
        bank.intake(case, source=DESK, now=NOW)
        bank.refuse(case.case, reason="a secret thought", source=DESK, now=NOW)
        page = receipt(bank.case(case.case), language="en", now=NOW)
    assert "secret" not in page
    assert "not accepted after review" in page
