"""From the tail of unrelated pairs to radii, grades and sentences."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashguard.budget import Budget, Expected, Grade, expected, grade_of, odds_text
from hashguard.chance import MAX_RADIUS, Line, Row, Unrelated
from hashguard.robustness.chance import least_mean

MILLION = 1_000_000
SHIPPED = Unrelated.shipped()
QUALITIES = (0, 19, 20, 34, 35, 49, 50, 79, 80, 100)


def row(intercept: float = -22.0, slope: float = 0.2, **changes: object) -> Row:
    """One wrong match per million uploads at 50 bits against a million entries."""
    line = Line(intercept, slope)
    fields: dict[str, object] = {
        "probing": "one probe",
        "probes": 1,
        "quality_from": 0,
        "listed_from": 0,
        "line": line,
        "upper": line,
        "nearest": 78,
        "farthest": 100,
        "pairs": 9_000_000,
        "pictures": 4_311,
        "measured": True,
        **changes,
    }
    return Row(**fields)  # type: ignore[arg-type]


def test_wrong_matches_are_share_times_comparisons():
    cost = expected(50, MILLION, row())
    assert cost.per_million == pytest.approx(1.0)
    assert expected(40, MILLION, row()).per_million == pytest.approx(0.01)
    assert expected(50, 10 * MILLION, row()).per_million == pytest.approx(10.0)


def test_no_more_than_every_entry_matches():
    assert expected(256, 1000, row()).upper == 1000 * MILLION


def test_an_empty_list_costs_nothing():
    assert expected(63, 0, row()) == Expected(0.0, 0.0, True)
    assert Budget(0.01).radius(0, row()) == MAX_RADIUS


def test_what_was_never_seen_is_an_extrapolation():
    assert expected(77, MILLION, row()).extrapolated
    assert not expected(78, MILLION, row()).extrapolated


@pytest.mark.parametrize(("distance", "size"), [(-1, 1), (257, 1), (0, -1)])
def test_what_is_no_distance_or_no_list_is_refused(distance, size):
    with pytest.raises(ValueError, match="not "):
        expected(distance, size, row())


def test_grades_go_by_the_upper_estimate():
    """The estimate itself would be certain, ten thousand times over."""
    assert grade_of(Expected(1e-6, 0.011, True)) is Grade.PROBABLE


@pytest.mark.parametrize(
    ("upper", "grade"),
    [
        (0.0, Grade.CERTAIN),
        (0.01, Grade.CERTAIN),
        (math.nextafter(0.01, 1), Grade.PROBABLE),
        (1.0, Grade.PROBABLE),
        (math.nextafter(1.0, 2), Grade.REVIEW),
        (100.0, Grade.REVIEW),
        (math.nextafter(100.0, 200), None),
    ],
)
def test_grades_include_their_end(upper, grade):
    assert grade_of(Expected(0.0, upper, True)) is grade


def test_the_surer_grade_is_the_greater():
    assert Grade.REVIEW < Grade.PROBABLE < Grade.CERTAIN
    assert min(Grade.CERTAIN, Grade.REVIEW) is Grade.REVIEW
    assert sorted(Grade, reverse=True) == [Grade.CERTAIN, Grade.PROBABLE, Grade.REVIEW]
    with pytest.raises(TypeError):
        assert Grade.REVIEW < "certain"


def test_the_radius_is_the_last_distance_that_stays_within_the_budget():
    radius = Budget(1.000001).radius(MILLION, row())
    assert radius == 50
    assert Budget(0.999999).radius(MILLION, row()) == 49


def test_a_radius_may_be_odd_and_then_holds_the_even_one_below():
    """Tie-free hashes are an even distance apart: 49 bits find what 48 find, at no lower price."""
    assert expected(49, MILLION, row()).upper >= expected(48, MILLION, row()).upper


def test_no_radius_reaches_beyond_what_an_index_is_exact_to():
    assert Budget(1e12).radius(1, row()) == MAX_RADIUS == 63


def test_pictures_without_detail_have_no_radius():
    """Not even 0: that two of them have the same hash says nothing."""
    assert Budget(100).radius(MILLION, row(intercept=-6.0, slope=0.05)) is None
    assert Budget(100).radius(MILLION, row(intercept=-10.0)) == 0


@pytest.mark.parametrize("amount", [0, -1, math.inf, math.nan])
def test_a_budget_is_a_number_above_0(amount):
    with pytest.raises(ValueError, match="above 0"):
        Budget(amount)


lines = st.builds(Line, st.floats(-40, 0), st.floats(0.001, 1))
amounts = st.floats(1e-6, 1e6)


def reach(radius: int | None) -> int:
    return -1 if radius is None else radius


@given(lines, amounts, st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_longer_list_never_has_a_larger_radius(line, amount, one, other):
    mine = row(line=line, upper=line)
    shorter, longer = sorted((one, other))
    budget = Budget(amount)
    assert reach(budget.radius(longer, mine)) <= reach(budget.radius(shorter, mine))


@given(lines, amounts, st.floats(1, 1e5), st.floats(1, 1e5))
def test_more_probes_never_have_a_larger_radius(line, amount, one, other):
    mine = row(line=line, upper=line)
    fewer, more = (
        reach(Budget(amount).radius(MILLION, mine.times(n))) for n in sorted((one, other))
    )
    assert more <= fewer


@given(lines, amounts, st.integers(1, 10**8))
def test_radius_and_cost_agree(line, amount, size):
    mine = row(line=line, upper=line)
    radius = Budget(amount).radius(size, mine)
    if radius is not None:
        assert expected(radius, size, mine).upper <= amount
    if reach(radius) < MAX_RADIUS:
        assert expected(reach(radius) + 1, size, mine).upper > amount


@given(lines, lines)
def test_the_line_above_two_lines_lies_below_neither(one, other):
    raised = one.above(other)
    for distance in range(MAX_RADIUS + 1):
        assert raised.at(distance) >= max(one.at(distance), other.at(distance)) - 1e-9


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (2.5e-4, "once in 4 billion uploads"),
        (1 / 4999.9, "once in 4.9 billion uploads"),
        (1e-3, "once in 1 billion uploads"),
        (0.01, "once in 100 million uploads"),
        (0.099, "once in 10 million uploads"),
        (1.0, "once in 1 million uploads"),
        (1.01, "once in 990,000 uploads"),
        (100.0, "once in 10,000 uploads"),
        (5050.0, "once in 190 uploads"),
        (500_000.0, "once in 2 uploads"),
        (1e-6, "once in 1,000 billion uploads"),
        (1e-30, "once in 1,000 billion uploads or more rarely"),
    ],
)
def test_odds_are_never_told_as_rarer_than_they_are(rate, words):
    text = odds_text(Expected(rate / 100, rate, extrapolated=False))
    assert text == f"by chance, an unrelated picture comes this near at most about {words}"


def test_odds_say_when_they_are_extrapolated():
    assert odds_text(Expected(0, 1.0, True)).endswith(
        "; extrapolated, for no unrelated pair was seen so near"
    )


@pytest.mark.parametrize(
    ("rate", "entries"), [(600_000, "1"), (1e6, "1"), (3.2e6, "4"), (2.5e10, "25,000")]
)
def test_where_anything_matches_odds_are_told_by_upload(rate, entries):
    text = odds_text(Expected(0, rate, extrapolated=False))
    assert text == f"by chance, about {entries} of the list may come this near to any upload"


def test_odds_against_nothing():
    assert "nothing on the list" in odds_text(Expected(0.0, 0.0, True))


@given(st.floats(1e-300, 1e18))
def test_no_sentence_claims_certainty(rate):
    text = odds_text(Expected(0.0, rate, True))
    assert not [word for word in ("certain", "never", "impossible", "inf", "e+") if word in text]


@pytest.mark.parametrize("amount", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("probing", ["one probe", "orientations", "of my own"])
@pytest.mark.parametrize("listed", [0, 50])
def test_less_quality_never_has_a_larger_radius(amount, probing, listed):
    radii = [
        reach(
            Budget(amount).radius(MILLION, SHIPPED.row(q, probing=probing, probes=8, listed=listed))
        )
        for q in QUALITIES
    ]
    assert radii == sorted(radii)


def test_orientations_never_have_a_larger_radius_than_one_probe():
    for amount, quality, listed in itertools.product((0.01, 1.0, 100.0), QUALITIES, (0, 50)):
        one, eight = (
            SHIPPED.row(quality, probing=kind, probes=count, listed=listed)
            for kind, count in (("one probe", 1), ("orientations", 8))
        )
        budget = Budget(amount)
        assert reach(budget.radius(MILLION, eight)) <= reach(budget.radius(MILLION, one))


@pytest.mark.parametrize(("distance", "pairs"), [(68, 1), (80, 5), (85, 35), (90, 682)])
def test_the_shipped_estimate_does_not_promise_less_than_was_seen(distance, pairs):
    """In 115 million pairs of photographs of quality 50 and more: so many within the distance."""
    upper = SHIPPED.row(80, probing="one probe", probes=1).upper
    assert 10 ** upper.at(distance) * 115_000_000 >= least_mean(pairs)


def test_what_pdq_recommends_is_within_the_budget_of_the_shipped_table():
    """31 bits and good detail against a million entries: certain for one probe."""
    cost = expected(31, MILLION, SHIPPED.row(80, probing="one probe", probes=1))
    assert grade_of(cost) is Grade.CERTAIN


def test_plain_pictures_do_not_match_plain_ones_by_the_shipped_table():
    """Bare walls with something in a corner were 2 bits apart, mirrored."""
    for probing, probes in (("one probe", 1), ("orientations", 8)):
        plain = SHIPPED.row(40, probing=probing, probes=probes, listed=0)
        assert Budget(Grade.REVIEW.per_million).radius(MILLION, plain) is None
