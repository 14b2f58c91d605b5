"""Records to JSON and back: nothing is lost, and nothing else is taken."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashguard.errors import ResultsError
from hashguard.robustness.records import dump, load
from hashguard.robustness.results import Run
from tests.robustness.samples import run_of


@dataclass(frozen=True)
class Inner:
    share: float
    flag: bool = False


@dataclass(frozen=True)
class Outer:
    name: str
    count: int
    most: float | None
    numbers: tuple[float, ...]
    inner: tuple[Inner, ...]
    reasons: dict[str, int]


GOOD = Outer("n", 3, None, (1.0, 0.1), (Inner(0.5), Inner(1.0, True)), {"crashed": 2})

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
RECORDS = st.builds(
    Outer,
    st.text(st.characters(exclude_categories=())),
    st.integers(),
    st.none() | FLOATS,
    st.lists(FLOATS).map(tuple),
    st.lists(st.builds(Inner, FLOATS, st.booleans())).map(tuple),
    st.dictionaries(st.text(), st.integers()),
)


def edited(**changes: object) -> str:
    return json.dumps({**json.loads(dump(GOOD)), **changes})


@given(RECORDS)
def test_a_record_comes_back_as_it_was(record):
    """Any text, halves of surrogate pairs among it, and floats to the last bit."""
    text = dump(record)
    assert load(Outer, text, "it") == record
    assert text.isascii()


def test_a_run_comes_back_with_names_that_are_no_unicode():
    """And can be written to a file at all."""
    run = run_of(["b\udce9.jpg", "caf\u00e9.jpg"])
    assert load(Run, dump(run).encode().decode(), "run.json") == run


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_in_json_is_not_written(number):
    with pytest.raises(ValueError, match="JSON"):
        dump(replace(GOOD, most=number))


def test_a_whole_number_may_stand_for_a_float():
    """Another program writes 1 for 1.0; it comes in as a float."""
    made = load(Outer, edited(most=2), "it")
    assert type(made.most) is float


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "3",
        edited() + "}",
        "[" * 100_000,
        '{"name":' * 100_000,
        edited(more=1),
        json.dumps({"name": "n"}),
        edited(name=3),
        edited(name=None),
        edited(count=3.0),
        edited(count=True),
        edited(count="3"),
        edited(count=None),
        edited(most="0.5"),
        edited(most=False),
        edited(most=[]),
        edited(numbers=None),
        edited(numbers={}),
        edited(numbers="12"),
        edited(numbers=[None]),
        edited(numbers=[[1.0]]),
        edited(inner=[{}]),
        edited(inner=[{"share": 1.0}]),
        edited(inner=[{"share": 1.0, "flag": 1}]),
        edited(inner=[{"share": 1.0, "flag": True, "more": 1}]),
        edited(inner=[3]),
        edited(reasons=[]),
        edited(reasons={"crashed": 2.0}),
        edited(reasons={"crashed": None}),
        edited().replace("null", "NaN"),
        edited().replace("null", "Infinity"),
        edited().replace("null", "-Infinity"),
        edited().replace("null", "1e999"),
        edited().replace("null", "1" + 400 * "0"),
        edited().replace("null", 10_000 * "1"),
    ],
)
def test_anything_else_is_an_error_of_ours_that_says_what_is_wrong(text):
    """Other fields, other types, other JSON, numbers that no float holds, nesting without end."""
    with pytest.raises(ResultsError, match=r"^it\.json is not what this version writes: ."):
        load(Outer, text, "it.json")


def test_every_cut_of_a_file_is_an_error_of_ours():
    text = dump(GOOD).rstrip()
    for end in range(len(text)):
        with pytest.raises(ResultsError):
            load(Outer, text[:end], "it.json")
