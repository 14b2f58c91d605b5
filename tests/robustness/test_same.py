"""Pairs that a person judged: read whole or not at all, and an error names its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from hashguard.errors import ResultsError
from hashguard.robustness import same
from hashguard.robustness.same import read_same, still_there, written
from tests.robustness.samples import run_of

RUN = run_of(
    ["a.jpg", "b.jpg", "in folder/c, d.jpg", "both.jpg", "=1+1.jpg"], ["x.jpg", "both.jpg"]
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pairs.csv"


def pairs(file: Path, text: str | bytes) -> tuple[tuple[int, int], ...]:
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_same(file, RUN)


@pytest.mark.parametrize(
    "text",
    [
        "a.jpg,x.jpg\nb.jpg,a.jpg\n",
        "query,reference\na.jpg,x.jpg\nb.jpg,a.jpg\n",
        "query,reference,distance,system\na.jpg,x.jpg,12,pdq\nb.jpg,a.jpg,0.5,other\n",
        "\ufeffquery,reference\r\na.jpg,x.jpg\r\nb.jpg,a.jpg",
        '"a.jpg","x.jpg"\n\n,,\n"b.jpg",a.jpg\n',
        "x.jpg,a.jpg\na.jpg,b.jpg\na.jpg,x.jpg\nb.jpg,a.jpg\n",
    ],
)
def test_pairs_are_read_in_any_order_with_or_without_a_heading(file, text):
    """As a person, or a spreadsheet, writes them; each once."""
    assert pairs(file, text) == ((0, 5), (0, 1))


def test_a_file_may_hold_no_pair(file):
    assert pairs(file, "") == pairs(file, "query,reference\n") == ()


def test_names_may_hold_commas(file):
    assert pairs(file, '"in folder/c, d.jpg",a.jpg') == ((0, 2),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("query,reference\na.jpg,b.jpg\na.jpg,c.jpg\n", "line 3 .* second name is none"),
        ("nothing,a.jpg\n", "line 1 .* first name is none"),
        ("a.jpg,x.jpg\nquery,reference\n", "line 2 .* first name is none"),
        ("a.jpg,x.jpg\n\na.jpg\n", "line 3 .* one name"),
        ("a.jpg,\n", "line 1 .* second name is none"),
        ("a.jpg,a.jpg\n", "line 1 .* one picture"),
        ("a.jpg,both.jpg\n", "line 1 .* second name .* write photo: or stranger:"),
        ('a.jpg,"b.jpg', "line 1 .* no CSV"),
        ("a.jpg,x.jpg\na.jpg;b.jpg\n", "line 2 .* one name"),
        (b"a.jpg,\xff.jpg\n", "line 1 .* second name is none"),
        ("a.jpg,\0\n", "line 1 "),
    ],
)
def test_what_cannot_be_read_names_its_line(file, text, told):
    """None is dropped silently: it would be counted as a false match, and nobody would know."""
    with pytest.raises(ResultsError, match=told):
        pairs(file, text)


def test_errors_hold_no_name(file):
    """They end up in logs."""
    with pytest.raises(ResultsError) as caught:
        pairs(file, "a.jpg,secret.jpg\n")
    assert "secret" not in str(caught.value)


def test_a_name_that_two_pictures_share_says_which(file):
    text = "photo:both.jpg,stranger:both.jpg\nphoto:a.jpg,photo:both.jpg\n"
    assert pairs(file, text) == ((3, 6), (0, 3))
    assert [written(RUN, number) for number in (0, 3, 6)] == [
        "a.jpg",
        "photo:both.jpg",
        "stranger:both.jpg",
    ]


def test_a_name_that_is_a_formula_is_written_so_that_it_is_none(file):
    """A spreadsheet would run it; and what it is written as is read again."""
    assert written(RUN, 4) == "./=1+1.jpg"
    assert pairs(file, "./=1+1.jpg,a.jpg\n") == pairs(file, "=1+1.jpg,a.jpg\n") == ((0, 4),)


def test_names_that_are_no_unicode_are_read_as_they_were_found(file):
    """A file system may hold any bytes; Python carries them as halves of surrogate pairs."""
    run = run_of(["a.jpg", b"\xe9t\xe9.jpg".decode(errors="surrogateescape")])
    file.write_bytes(b"a.jpg,\xe9t\xe9.jpg\n")
    assert read_same(file, run) == ((0, 1),)


def test_a_file_that_is_no_list_of_pairs_is_not_read_to_its_end(file, monkeypatch):
    """A byte too long is refused, whatever it holds."""
    monkeypatch.setattr(same, "MAX_BYTES", 12)
    assert pairs(file, "a.jpg,x.jpg\n") == ((0, 5),)
    with pytest.raises(ResultsError, match="longer than 12 bytes"):
        pairs(file, "a.jpg,x.jpg\n\n")


def test_what_was_judged_before_is_kept_as_far_as_it_is_there():
    """By the names that were written; a picture that left the run takes its pairs with it."""
    judged = [(written(RUN, 0), written(RUN, 5)), (written(RUN, 6), written(RUN, 3))]
    assert still_there([*judged, ("a.jpg", "gone.jpg"), ("both.jpg", "a.jpg")], RUN) == (
        (0, 5),
        (3, 6),
    )
