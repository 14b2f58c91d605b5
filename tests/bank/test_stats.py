"""Figures point at nobody: not alone, not by their totals, not to those who know the rule."""

import itertools
from collections import defaultdict

import pytest

from hashguard.bank import Acceptance, Bank, Feedback, Row
from hashguard.bank.plot import draw
from hashguard.bank.stats import joined, joined_labels, month_start, months
from hashguard.case_file import PictureKind
from tests.bank.samples import DAY, DESK, NOW, a_bank, a_case, a_hash

AUGUST = month_start("2025-08")


@pytest.mark.parametrize(("cells", "most"), [(1, 20), (2, 14), (3, 11), (4, 8)])
@pytest.mark.parametrize("least", [3, 4, 5])
def test_no_small_count_can_be_worked_out(least, cells, most):
    """All tables of so many cells up to `most`: what is shown fits at least two of each small one.

    Whoever reads it knows the rule, and which tables lead to what they read. A zero that turns
    out to be one shows nobody; each count from 1 to least - 1 has an alternative.
    """
    names = [str(one) for one in range(cells)]
    fitting = defaultdict(list)
    for counts in itertools.product(range(most + 1), repeat=cells):
        fitting[joined(list(zip(names, counts, strict=True)), least=least)].append(counts)
    for shown, tables in fitting.items():
        assert all(row.cases >= least for row in shown)
        if any(row.cases > most for row in shown):
            continue  # tables with larger counts, which are not among ours, fit as well
        for cell in range(cells):
            possible = {counts[cell] for counts in tables}
            small = {one for one in possible if 0 < one < least}
            assert not small or len(possible) >= 2, (shown, cell)


def test_every_row_counts_enough_and_nothing_is_lost():
    """Neighbours join until there are enough; what is left at the end joins the row before."""
    counts = [("a", 2), ("b", 3), ("c", 9), ("d", 0), ("e", 4)]
    rows = joined(counts, least=5)
    assert rows == (Row(("a", "b"), 5), Row(("c", "d", "e"), 13))
    assert joined(counts[:1], least=5) == ()
    assert [joined_labels(row) for row in rows] == ["a or b", "c or d or e"]
    assert joined_labels(Row(("2025-01", "2025-02", "2025-03"), 5)) == "2025-01 to 2025-03"


def test_months_are_those_of_the_calendar():
    assert months("2024-11", "2025-03") == ["2024-11", "2024-12", "2025-01", "2025-02"]
    assert months("2025-03", "2025-03") == []


@pytest.fixture
def counted(tmp_path):
    """20 cases in June, 6 of them with answers; 3 in July, one in August."""
    with Bank.open(a_bank(tmp_path)) as bank:
        for number in range(20):
            kind = PictureKind.PHOTO if number < 12 else None
            bank.intake(a_case(number, kind=kind)[0], source=DESK, now=NOW + number)
        for number in range(6):
            said = Feedback.BLOCKED if number else Feedback.NOT_BLOCKED
            bank.give_feedback(a_hash(number), source="Platform A", feedback=said, now=NOW + DAY)
        said = Feedback.BLOCKED
        bank.give_feedback(a_hash(9), source="Platform B", feedback=said, now=NOW + DAY)
        for number in range(20, 23):
            bank.intake(a_case(number)[0], source=DESK, now=NOW + 20 * DAY)
        bank.intake(a_case(30)[0], source=DESK, now=AUGUST)
        yield bank


def test_figures_are_of_months_that_are_over(counted):
    """The three of July join June; that of August is not counted yet."""
    found = counted.statistics(now=AUGUST)
    assert (found.first, found.last, found.cases) == ("2025-06", "2025-07", 23)
    by_month, by_outcome, by_kind = found.tables
    assert by_month.rows == (Row(("2025-06", "2025-07"), 23),)
    assert by_outcome.rows[0].cases == 23
    assert [(row.labels[0], row.cases) for row in by_kind.rows] == [
        ("photo", 12),
        ("screenshot", 11),
    ]


def test_every_table_adds_up_to_all_cases(counted):
    """So two tables together say no more than one."""
    found = counted.statistics(now=AUGUST)
    for table in (*found.tables, *found.platforms):
        assert sum(row.cases for row in table.rows) == found.cases


def test_a_platform_with_few_answers_is_not_named(counted):
    """Platform B answered in one case."""
    (platform,) = counted.statistics(now=AUGUST).platforms
    assert platform.name == "Platform A"
    assert platform.rows == (
        Row(("blocked",), 5),
        Row(("not blocked", "pending", "other answers", "no answer"), 18),
    )


def test_few_cases_are_no_figures(tmp_path):
    """Four are too few for anything; five are a total."""
    with Bank.open(a_bank(tmp_path)) as bank:
        for number in range(5):
            if number == 4:
                found = bank.statistics(now=AUGUST)
                assert (found.cases, found.tables, found.platforms) == (None, (), ())
                with pytest.raises(ValueError, match="fewer than 5"):
                    draw(found, kind="svg")
            bank.intake(a_case(number)[0], source=DESK, now=NOW)
        assert bank.statistics(now=AUGUST).cases == 5
        assert bank.statistics(now=NOW).cases is None


def test_outcomes_are_told_apart(tmp_path):
    """Refused is not deleted; both survive that the case is forgotten."""
    with Bank.open(a_bank(tmp_path, cases=Acceptance.BY_HAND, case_days=1)) as bank:
        made = [a_case(number) for number in range(25)]
        for case, _ in made:
            bank.intake(case, source=DESK, now=NOW)
        for number, (case, code) in enumerate(made):
            if number < 5:
                bank.refuse(case.case, reason="why", source=DESK, now=NOW)
            elif number < 20:
                bank.accept(case.case, source=DESK, now=NOW)
            if 10 <= number < 15:
                bank.withdraw(case.case, code, source="web", now=NOW)
            if 15 <= number < 20:
                bank.delete(case.case, at_once=True, source=DESK, now=NOW)
        bank.tidy(now=NOW + DAY)
        rows = bank.statistics(now=AUGUST).tables[1].rows
        assert {row.labels: row.cases for row in rows} == {
            ("active",): 5,
            ("waiting",): 5,
            ("withdrawn",): 5,
            ("deleted",): 5,
            ("refused",): 5,
        }


def test_several_kinds_and_several_answers_count_once(tmp_path):
    """A case counts by the strongest answer that a platform gave to any of its pictures."""
    with Bank.open(a_bank(tmp_path, least_count=3)) as bank:
        for number in range(3):
            hashes = [a_hash(2 * number), a_hash(2 * number + 1)]
            bank.intake(a_case(number, hashes)[0], source=DESK, now=NOW)
            for hash_, said in zip(hashes, ("NotBlocked", "Blocked"), strict=True):
                bank.give_feedback(hash_, source="$p$", feedback=Feedback(said), now=NOW)
        found = bank.statistics(now=AUGUST)
        assert found.platforms[0].rows[0] == Row(_ALL_ANSWERS, 3)
        assert draw(found, kind="svg") == draw(found, kind="svg")
        assert draw(found, kind="png").startswith(b"\x89PNG")


_ALL_ANSWERS = ("blocked", "not blocked", "pending", "other answers", "no answer")
