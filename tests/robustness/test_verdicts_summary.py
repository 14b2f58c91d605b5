"""Counts are those of the uploads, and a report of them can be passed on."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from hashguard.errors import ResultsError
from hashguard.robustness import scores
from hashguard.robustness.report import write_report, write_verdicts_report
from hashguard.robustness.results import Unreadable
from hashguard.robustness.verdicts.records import Verdicts, read_verdicts, write_verdicts
from hashguard.robustness.verdicts.summary import TO_JUDGE, summarise
from tests.robustness.report_reading import Page, inert
from tests.robustness.report_samples import SMALL, sample, write
from tests.robustness.test_report_safe import HOSTILE
from tests.robustness.verdict_samples import hand_asked, near, seen, write_parts

ASKED = hand_asked(["a", "b", "c"], ["x", "y", "z"])  # places 0, 1, 2; 3, 4, 5
EACH = {
    # As it is, faded by 10 %, by 50 %.
    "a": [
        seen("match", "certain"),
        seen("match", "review", [near(4, "review", 60.0)]),
        seen("undecided", reason="too plain"),
    ],
    "b": [
        seen("match", "certain", [near(0, "probable", 0.5)]),
        seen("match", "probable"),
        seen("match", None, [near(3, "certain", 0.0001, "perturbed"), near(4, "review", 99.0)]),
    ],
    "c": [seen("match", "certain"), seen("match", "certain"), seen("undecided", reason="torn")],
    "x": [seen("match", "certain", [near(4, "review", 40.0, "mirrored"), near(5, None, 200.0)])],
    "y": [seen("match", "certain", [near(5, "probable", 0.9), near(3, "review", 30.0)])],
    "z": [seen("match", "certain", [near(3, None, 150.0)])],
}

TWO_OF_THREE = "2 of 3 (21\N{EN DASH}94 %)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made: Path = tmp_path_factory.mktemp("verdicts") / "out"
    write_parts(made, ASKED, EACH, on_white=["c"])
    summarise(made, ASKED)
    return made


@pytest.fixture(scope="module")
def verdicts(folder) -> Verdicts:
    return read_verdicts(folder)


def test_copies_are_counted_by_setting(verdicts):
    """Found is a match of the right entry; a wrong one beside it counts, too."""
    (policy,) = verdicts.policies
    weak, strong = policy.settings
    assert (weak.found.count, weak.found.n) == (3, 3)
    assert weak.grades == {"certain": 1, "probable": 1, "review": 1}
    assert (weak.wrong, weak.undecided) == ({"review": 1}, 0)
    assert (strong.found.count, strong.found.n, strong.grades) == (0, 3, {})
    assert (strong.wrong, strong.undecided) == ({"certain": 1}, 2)
    assert strong.reasons == {"too plain": 1, "torn": 1}
    assert [(one.not_on_white.count, one.not_on_white.n) for one in (weak, strong)] == [
        (2, 2),
        (0, 2),
    ]
    assert policy.unchanged.wrong == {"probable": 1}


def test_strangers_are_counted_by_grade_or_surer(verdicts):
    strangers = verdicts.policies[0].strangers
    assert (strangers.n, strangers.wrong) == (3, {"probable": 1, "review": 1})
    counts = {grade: rate.count for grade, rate in strangers.at_least.items()}
    assert counts == {"certain": 0, "probable": 1, "review": 2, "ungraded": 2}
    assert all(rate.low <= rate.value <= rate.high for rate in strangers.at_least.values())


def test_each_pair_is_shown_once_the_surest_first(verdicts, folder):
    """What matched in any upload is a wrong match, as the surest of them."""
    (policy,) = verdicts.policies
    told = [
        (one.pair.query, one.pair.reference, one.upper, one.grade, one.way) for one in policy.wrong
    ]
    assert told == [
        ("b", "x", 0.0001, "certain", "perturbed"),
        ("b", "a", 0.5, "probable", ""),
        ("y", "z", 0.9, "probable", ""),
        ("y", "x", 30.0, "review", ""),
        ("a", "y", 60.0, "review", ""),
        ("b", "y", 99.0, "review", ""),
    ]
    assert (policy.wrong[0].pair.attack, policy.wrong[0].pair.strength) == ("faded", 50.0)
    assert [(one.pair.query, one.pair.reference) for one in policy.nearest] == [("z", "x")]
    lines = (folder / TO_JUDGE).read_text().splitlines()
    assert lines[0] == "query,reference,distance,system"
    assert len(lines) == 1 + 7


def test_the_same_parts_give_the_same_bytes(folder):
    before = {name: (folder / name).read_bytes() for name in ("verdicts.json", TO_JUDGE)}
    summarise(folder, ASKED)
    assert before == {name: (folder / name).read_bytes() for name in before}


def text_of(folder: Path) -> str:
    return (folder / "verdicts.md").read_text(encoding="utf-8")


def test_the_text_has_a_row_for_each_policy_and_setting(folder):
    """The shares are of all uploads, failures among them."""
    write_verdicts_report(folder, pictures=False)
    lines = text_of(folder).splitlines()
    rows = [line for line in lines if line.startswith("| `PDQ_BY_HAND`")]
    weak, strong = (line.removeprefix("| `PDQ_BY_HAND` | faded, ") for line in rows[1:3])
    assert weak == (
        "10 % | 3 | 1.000 (0.439 to 1.000) | 1.000 (2 of 2) | 33 / 33 / 33 | 1 review | 0 |"
    )
    assert strong == "50 % | 3 | 0.000 (0.000 to 0.561) | 0.000 (0 of 2) |  | 1 certain | 2 |"
    assert f"| {TWO_OF_THREE} |" in rows[3]


def page_of(folder: Path, *, pictures: bool = True) -> Page:
    return Page(write_verdicts_report(folder, pictures=pictures).read_text(encoding="utf-8"))


def test_the_page_tells_what_is_wrong_and_of_what_it_was_made(folder):
    page = page_of(folder)
    inert(page)
    assert "upload: b" in page.text
    assert "listed, a perturbed hash of: x" in page.text
    assert "No picture" in page.text  # there are no files behind these names
    surest = "certain · 30 bits, weighed 20 · under 0.001 wrong per million · faded, 50 %"
    assert surest in page.text
    assert "probable · 30 bits, weighed 20 · at most 0.5 wrong per million" in page.text
    assert TWO_OF_THREE in page.text


NAMED = hand_asked(["first.jpg", "second.jpg"], ["third.jpg"])


@pytest.fixture
def named(tmp_path) -> Path:
    """Every two pictures are a wrong match."""
    out: Path = tmp_path / "named"
    cheat = {
        "first.jpg": [seen("match", "certain", [near(1, "certain"), near(2, "certain")])] * 3,
        "second.jpg": [seen("match", "certain", [near(2, None)])] * 3,
    }
    asked = replace(
        NAMED,
        run=replace(
            NAMED.run, unreadable=(Unreadable(name="torn.jpg", role="photo", reason="it is torn"),)
        ),
    )
    write_parts(out, asked, cheat)
    same = tmp_path / "same.csv"
    same.write_text("first.jpg,second.jpg\n")
    summarise(out, asked, same=same)
    return out


@pytest.mark.parametrize("pictures", [True, False])
def test_the_text_never_names_a_picture_and_the_page_only_if_it_may(named, pictures):
    page = page_of(named, pictures=pictures)
    inert(page)
    for name in ("first.jpg", "second.jpg", "third.jpg", "torn.jpg", "photos"):
        assert name not in text_of(named)
        assert (name in page.source and pictures) or name not in page.source
    assert ("first.jpg" in page.text) == pictures
    assert "1 pair that the user listed as the same picture left out." in page.text
    assert "1 pair that the user listed" in text_of(named)


def _hostile(verdicts: Verdicts) -> Verdicts:
    asked = verdicts.asked
    attacks = tuple(
        replace(one, name=HOSTILE, family=HOSTILE, about=HOSTILE, unit=HOSTILE)
        for one in asked.run.attacks
    )
    run = replace(
        asked.run,
        attacks=attacks,
        pictures=tuple(replace(one, name=f"{HOSTILE}{one.name}") for one in asked.run.pictures),
        machine=HOSTILE,
        versions={HOSTILE: HOSTILE},
        unreadable=(Unreadable(name=HOSTILE, role="photo", reason=HOSTILE),),
    )
    policies = []
    for one in verdicts.policies:
        pairs = tuple(
            replace(pair, pair=replace(pair.pair, query=HOSTILE, attack=HOSTILE), way=HOSTILE)
            for pair in one.wrong
        )
        settings = tuple(
            replace(setting, attack=HOSTILE, reasons={HOSTILE: 1}, wrong={HOSTILE: 1})
            for setting in one.settings
        )
        policies.append(replace(one, settings=settings, wrong=pairs, nearest=pairs))
    records = tuple(replace(one, name=HOSTILE, about=HOSTILE) for one in asked.policies)
    asked = replace(asked, run=run, policies=records)
    same = ((HOSTILE, HOSTILE),)
    return replace(verdicts, asked=asked, policies=tuple(policies), same=same)


def test_names_are_inert_wherever_they_stand(verdicts, tmp_path):
    write_verdicts(tmp_path, _hostile(verdicts))
    page = page_of(tmp_path)
    inert(page)
    assert "img" not in page.tags
    assert "alert(1)</script>" in page.text
    assert all(one.isprintable() or one == "\n" for one in page.source)
    rows = [line for line in text_of(tmp_path).splitlines() if line.startswith("| `")]
    bars = [len(re.findall(r"(?<!\\)\|", line)) for line in rows]
    # One for each column, and one more.
    assert bars == [9, 9, 9, 7]


def test_verdicts_that_do_not_fit_together_are_refused(verdicts, tmp_path):
    """Cut off, of another version, of other settings: told as results that are not sound."""
    (policy,) = verdicts.policies
    odd = [
        replace(verdicts, schema="hashguard-robustness-verdicts/2"),
        replace(verdicts, policies=()),
        replace(verdicts, policies=(replace(policy, settings=policy.settings[:1]),)),
        replace(verdicts, policies=(replace(policy, settings=policy.settings[::-1]),)),
    ]
    for one in odd:
        write_verdicts(tmp_path, one)
        with pytest.raises(ResultsError, match="another version"):
            write_verdicts_report(tmp_path)
    write_verdicts(tmp_path, verdicts)
    whole = (tmp_path / "verdicts.json").read_text()
    for text in (whole[:-20], "", "[]", json.dumps({**json.loads(whole), "more": 1})):
        (tmp_path / "verdicts.json").write_text(text)
        with pytest.raises(ResultsError, match=re.escape("verdicts.json")):
            write_verdicts_report(tmp_path)


def test_the_page_of_systems_leads_to_that_of_verdicts_and_back(verdicts, tmp_path):
    """Where both are; a page alone leads nowhere."""
    run, scored = sample(SMALL)
    out = write(tmp_path / "both", run, scored)
    assert (out / scores.SCORES).exists()
    alone = Page(write_report(out).read_text(encoding="utf-8"))
    inert(alone)
    write_verdicts(out, verdicts)
    both = Page(write_report(out).read_text(encoding="utf-8"))
    assert {one for one in both.values("href") if not one.startswith("#")} == {"verdicts.html"}
    back = page_of(out)
    assert {one for one in back.values("href") if not one.startswith("#")} == {"index.html"}
