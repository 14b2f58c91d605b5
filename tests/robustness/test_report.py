"""The report: it says what the scores say, it is safe to open, and it is there for any run."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashguard.errors import MissingExtraError, ResultsError
from hashguard.robustness import score
from hashguard.robustness.report import heat, words, write_report
from hashguard.robustness.report.answer import answer
from hashguard.robustness.report.joined import join
from hashguard.robustness.report.tables import csv_text, markdown_text
from hashguard.robustness.results import Run
from hashguard.robustness.scores import Rate, Scores
from tests.robustness.report_reading import Page, inert, report
from tests.robustness.report_samples import SMALL, Size, nothing_apart, sample, wilson, write


@pytest.fixture(scope="module")
def small():
    return sample(SMALL)


@pytest.fixture(scope="module")
def small_folder(tmp_path_factory, small) -> Path:
    folder = write(tmp_path_factory.mktemp("report") / "small", *small)
    write_report(folder)
    return folder


@pytest.fixture(scope="module")
def small_page(small_folder) -> Page:
    return Page((small_folder / "index.html").read_text(encoding="utf-8"))


# --- What it says ---


@pytest.mark.parametrize("number", [0, 1])
def test_every_cell_of_the_heat_maps_is_its_score(small, small_page, number):
    run, scored = small
    threshold = (0, 2)[number]  # as run; at equal false matches
    table = small_page.heat[number]
    assert len(table.rows) == len(run.attacks)
    for (head, cells), attack in zip(table.rows, run.attacks, strict=True):
        assert head.split() == f"{attack.name} {attack.label(attack.typical)}".split()
        for cell, system in zip(cells, scored.systems, strict=True):
            (setting,) = (
                one
                for one in system.settings
                if (one.attack, one.strength) == (attack.name, attack.typical)
            )
            rate = setting.recall[threshold]
            assert abs(float(cell.text) - 100 * rate.value) <= 0.5
            assert f"{rate.count:,} of {rate.n:,}" in cell.about
            assert system.name in cell.about
            low, high = (float(one) for one in cell.interval.split("\N{EN DASH}"))
            assert abs(low - 100 * rate.low) <= 0.5
            assert abs(high - 100 * rate.high) <= 0.5
            assert cell.shade == f"h{int(10 * rate.value + 1e-9)}"


def test_tables_over_strength_have_every_setting(small, small_page):
    run, _ = small
    rows = [head for table in small_page.heat[2:] for head, _ in table.rows]
    assert len(rows) == len(run.settings)


def test_a_system_without_a_distance_for_a_rate_has_no_number_there(tmp_path, small):
    run, scored = small
    page = report(tmp_path / "r", run, nothing_apart(scored))
    assert len(page.heat) == 1 + len({attack.family for attack in run.attacks}) + 1
    assert {cell.text for _, cells in page.heat[1].rows for cell in cells} == {words.NOTHING}


def test_csv_has_the_scores(small, small_folder):
    run, scored = small
    text = (small_folder / "results.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    expected = [
        (system, setting, threshold, rate)
        for system in scored.systems
        for setting in system.settings
        for threshold, rate in zip(system.thresholds, setting.recall, strict=True)
    ]
    families = {attack.name: attack.family for attack in run.attacks}
    for row, (system, setting, threshold, rate) in zip(rows, expected, strict=True):
        assert (row["system"], row["attack"]) == (system.name, setting.attack)
        assert (row["family"], row["threshold"]) == (families[setting.attack], threshold.name)
        assert float(row["strength"]) == setting.strength
        assert float(row["max_distance"]) == threshold.max_distance
        assert (int(row["found"]), int(row["n"])) == (rate.count, rate.n)
        assert float(row["recall"]) == round(rate.value, 4)
        assert (float(row["low"]), float(row["high"])) == (round(rate.low, 4), round(rate.high, 4))
        assert int(row["undecodable"]) == setting.reasons.get("undecodable", 0)
        assert float(row["median_distance"]) == setting.quartiles[1]


def test_csv_tells_failures_of_the_copy_from_those_of_the_reference(small):
    run, scored = small
    reasons = {
        "undecodable": 1,
        "low quality": 2,
        "crashed": 3,
        "reference crashed": 4,
        "reference undecodable": 5,
    }
    text = csv_text(join(run, _in_settings(scored, reasons=reasons)))
    for row in csv.DictReader(io.StringIO(text)):
        fields = ("undecodable", "low_quality", "crashed", "reference_failed")
        assert [row[one] for one in fields] == ["1", "2", "3", "9"]


def test_markdown_has_the_recall_of_every_attack_and_the_false_matches(small, small_folder):
    run, scored = small
    lines = (small_folder / "results.md").read_text(encoding="utf-8").splitlines()
    cells = [[one.strip() for one in line.split("|")[1:-1]] for line in lines if line[:1] == "|"]
    recall = cells[3 : 3 + len(run.attacks)]
    for row, attack in zip(recall, run.attacks, strict=True):
        assert row[0] == f"{attack.name}, {attack.label(attack.typical)}"
        for told, system in zip(row[1:], scored.systems, strict=True):
            (rate,) = (
                one.recall[0]
                for one in system.settings
                if (one.attack, one.strength) == (attack.name, attack.typical)
            )
            assert abs(float(told.split()[0]) - 100 * rate.value) <= 0.5
    prices = cells[3 + len(run.attacks) + 2 :]
    expected = [(system, one) for system in scored.systems for one in system.false_matches]
    for row, (system, one) in zip(prices, expected, strict=True):
        assert row[:2] == [system.name, one.threshold]
        assert row[3] == f"{one.pairs.count:,} of {one.pairs.n:,}"
        assert row[4].endswith("*") == one.extrapolated


# --- The answer ---


def test_the_answer_counts_what_is_survived_and_what_is_lost():
    """Three attacks at their typical strength: 90 %, 89 % and 9 % found."""
    run, scored = sample(Size(attacks=3, strengths=1, systems=1, photos=100, strangers=10))
    (system,) = scored.systems
    settings = tuple(
        replace(one, recall=(wilson(count, 100),) * 3)
        for one, count in zip(system.settings, (90, 89, 9), strict=True)
    )
    (told,) = answer(join(run, replace(scored, systems=(replace(system, settings=settings),))))
    assert "survives 1 of 3 attacks" in told
    assert f"{run.attacks[0].name}, " in told
    assert "90.0 % (82.6 to 94.5)" in told
    _, _, lost = told.partition("After 1 it finds less than 10 %: ")
    assert lost[1:].startswith(f"{run.attacks[2].name}, ")
    assert "The other 1 is in between" in told
    assert "none is within 31 bits" in told
    assert "the nearest two are 76.8 bits apart" in told
    assert "by the fitted tail" in told


def test_the_answer_names_the_system_that_survives_most(small):
    run, scored = small
    joined = join(run, scored)
    most = max(joined.survived(one, 0) for one in joined.columns)
    best = [one.score.name for one in joined.columns if joined.survived(one, 0) == most]
    assert len(best) == 2  # both are named
    _, compared = answer(joined)
    assert f"{best[0]} and {best[1]} survive the most attacks" in compared
    assert f"{most} of {len(run.attacks)} attacks" in compared


def test_without_unrelated_pairs_nothing_is_claimed_of_false_matches(small):
    run, scored = small
    told = " ".join(answer(join(run, nothing_apart(scored))))
    assert "nothing is known of its false matches" in told
    assert "million" not in told


def test_systems_are_compared_at_a_rate_only_if_there_were_pairs_enough_to_count_it():
    """One pair in a million takes a million pairs; one fewer is too few."""
    run, scored = sample(Size(attacks=9, strengths=1, systems=2))
    assert "1 in 1,000,000 unrelated pairs match, " in answer(join(run, scored))[1]
    assert "1 in 1,000,000" in heat.tables(join(run, scored))[1].title
    for pairs, enough in ((1_000_000, True), (999_999, False)):
        joined = join(run, _with_pairs(scored, pairs))
        assert (joined.equal_price() is not None) == enough
        assert ("At the same price" in answer(joined)[1]) == enough
        assert (heat.tables(joined)[1].title == "without a false match") == (not enough)


def test_a_bound_of_a_match_for_every_upload_is_not_told():
    """From so few pairs: a number of billions would look as if something were known."""
    run, scored = sample(Size(attacks=2, strengths=1, systems=1, photos=14, strangers=0))
    (system,) = scored.systems
    costs = tuple(
        replace(one, per_million=None, per_million_low=None, per_million_high=99e9)
        for one in system.false_matches
    )
    joined = join(run, replace(scored, systems=(replace(system, false_matches=costs),)))
    assert "cannot be told from so few pairs" in answer(joined)[0]
    assert "billion" not in answer(joined)[0]
    assert markdown_text(joined).count("cannot be told") == len(costs)


def test_distances_that_are_not_a_systems_own_are_a_loud_warning(tmp_path, small):
    run, scored = small
    wrong = replace(scored.systems[1], claims_checked=120, claims_wrong=7)
    page = report(
        tmp_path / "r", run, replace(scored, systems=(scored.systems[0], wrong, scored.systems[2]))
    )
    assert ("p", "class", "alarm") in page.attributes
    assert "7 of the 120 that were checked" in page.text


@given(count=st.integers(0, 5000), n=st.integers(1, 5000))
def test_only_all_is_a_hundred_per_cent_and_only_none_is_nothing(count, n):
    count = min(count, n)
    told = words.percent(Rate(count=count, n=n, low=0.0, high=1.0))
    assert (told == "100") == (count == n)
    assert (told == "0") == (count == 0)
    assert abs(float(told) - 100 * count / n) <= 0.5


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, words.NOTHING),
        (0.0, "0"),
        (0.00042, "under 0.001"),
        (0.0123, "0.012"),
        (0.5, "0.5"),
        (3.74, "3.7"),
        (9.96, "10"),
        (31.5, "32"),
        (999_499.0, "1,000,000"),
        (1_234_567.0, "1.2 million"),
        (99e9, "99 billion"),
    ],
)
def test_expected_numbers_have_two_digits_that_count(value, told):
    assert words.few(value) == told


# --- Any run ---


def _one_system(run: Run, scored: Scores) -> tuple[Run, Scores]:
    return replace(run, systems=run.systems[:1]), replace(scored, systems=scored.systems[:1])


def _no_attacks(run: Run, scored: Scores) -> tuple[Run, Scores]:
    bare = tuple(replace(one, settings=(), missed=()) for one in scored.systems)
    return replace(run, attacks=()), replace(scored, systems=bare)


def _none_missed(run: Run, scored: Scores) -> tuple[Run, Scores]:
    n = len(run.of_role("photo"))
    found = _in_settings(scored, recall=(wilson(n, n),) * 3, reasons={})
    return run, replace(found, systems=tuple(replace(one, missed=()) for one in found.systems))


def _all_refused(run: Run, scored: Scores) -> tuple[Run, Scores]:
    n = len(run.of_role("photo"))
    refused = _in_settings(
        scored,
        recall=(wilson(0, n),) * 3,
        reasons={"crashed": n},
        quartiles=(None, None, None),
    )
    made = (
        replace(one, references=wilson(0, n), unchanged=wilson(0, n)) for one in refused.systems
    )
    return run, nothing_apart(replace(refused, systems=tuple(made)))


def _ten_systems(run: Run, scored: Scores) -> tuple[Run, Scores]:
    """More than there are colours."""
    names = [f"system {number}" for number in range(10)]
    return (
        replace(run, systems=tuple(replace(run.systems[0], name=one) for one in names)),
        replace(scored, systems=tuple(replace(scored.systems[0], name=one) for one in names)),
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_one_system, "1 system"),
        (_no_attacks, "without attacks"),
        (_none_missed, "None was missed."),
        (_all_refused, "made nothing of any photograph"),
        (_ten_systems, "system 9"),
    ],
)
def test_there_is_a_page_for_any_run(
    tmp_path, small, change: Callable[..., tuple[Run, Scores]], said
):
    run, scored = change(*small)
    scored = replace(scored, run=score._key(run))
    page = report(tmp_path / "r", run, scored)
    inert(page)
    assert said in page.text
    assert "None" not in page.text.replace("None was missed.", "")
    assert "nan" not in page.text.split()


def test_a_run_with_one_strength_and_no_strangers_has_a_page(tmp_path):
    """As `--quick` without a folder of strangers makes it."""
    page = report(
        tmp_path / "r", *sample(Size(attacks=4, strengths=1, systems=1, photos=2, strangers=0))
    )
    inert(page)
    assert "0 unrelated pictures" in page.text
    assert "--distractors" not in page.text


# --- What is refused ---


def test_scores_of_another_run_are_not_shown(tmp_path, small):
    run, scored = small
    folder = write(tmp_path / "r", replace(run, digest="cd" * 32), scored)
    with pytest.raises(ResultsError, match="another run"):
        write_report(folder)
    (folder / "scores.json").unlink()
    with pytest.raises(ResultsError, match="no scores"):
        write_report(folder)


@pytest.mark.parametrize("library", ["jinja2", "matplotlib"])
def test_a_missing_library_is_named_with_its_extra(tmp_path, monkeypatch, library):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtraError, match=rf"{library}.*hashguard\[robustness\]"):
        write_report(tmp_path)


def _with_pairs(scored: Scores, pairs: int) -> Scores:
    systems = (
        replace(
            one,
            false_matches=tuple(
                replace(cost, pairs=wilson(0, pairs)) for cost in one.false_matches
            ),
        )
        for one in scored.systems
    )
    return replace(scored, systems=tuple(systems))


def _in_settings(scored: Scores, **changes) -> Scores:
    systems = (
        replace(one, settings=tuple(replace(setting, **changes) for setting in one.settings))
        for one in scored.systems
    )
    return replace(scored, systems=tuple(systems))
