"""The table of unrelated pairs: its rows, its file, and how measurements become rows."""

import json
import math
from dataclasses import replace
from functools import partial

import pytest

from hashguard.chance import CROPPINGS, MAX_TABLE_BYTES, RATIOS, Line, Row, Unrelated
from hashguard.errors import ResultsError
from hashguard.robustness.chance import Seen, least_mean, row_from_score, row_from_tail
from hashguard.robustness.scores import Histogram, Overall, Rate, SystemScore, Tail
from tests.test_budget import SHIPPED, row


def table(*rows: Row) -> Unrelated:
    return Unrelated(source="by hand", date="2026-11-25", rows=rows)


def test_the_row_is_that_of_the_quality_and_of_the_kind():
    plain, fine = row(-10.0), row(quality_from=50)
    many = [replace(one.times(8), probing="orientations", probes=8) for one in (plain, fine)]
    made = table(plain, fine, *many)
    assert made.row(49, probing="one probe", probes=1) == plain
    assert made.row(50, probing="one probe", probes=1) == fine
    assert made.row(100, probing="orientations", probes=8) == many[1]


def test_a_kind_that_was_not_measured_is_so_many_single_probes():
    """The union bound: an upload is near if one of its probes is."""
    found = table(row()).row(80, probing="of my own", probes=100)
    assert found.upper.at(30) == pytest.approx(row().upper.at(30) + 2)
    assert not found.measured


def test_weighed_rows_are_for_distances_that_can_be_weighed():
    """Without them the kind is as good as not measured; its plain rows stand where it has those."""
    deep = replace(row(-12.0), probing="deep", probes=10, weighed=True)
    made = Unrelated.of([row(), row(-23.0, quality_from=50), deep], source="", date="")
    asked = partial(made.row, probing="deep", probes=10)
    assert asked(40, weighed=True) == deep
    assert asked(40) == row().times(10)
    fine = asked(60, weighed=True)
    assert (fine.weighed, fine.measured) == (False, False)
    assert fine.upper == row(-23.0, quality_from=50).times(10).upper


def test_plain_and_weighed_rows_do_not_bind_each_other():
    """A weighed bit is another bit: more probes may come less near in it."""
    deep = replace(row(-30.0), probing="deep", probes=10, weighed=True)
    made = table(row(-10.0), deep)
    assert Unrelated.loads(made.dumps()) == made


@pytest.mark.parametrize("name", [CROPPINGS, RATIOS])
def test_what_has_a_handicap_is_bound_by_its_own_rows_only(name):
    """In its bits, uploads to which everything is near are farther away."""
    few = replace(row(-20.0), probing="few", probes=2, weighed=True)
    swept = replace(row(-30.0), probing=name, probes=1250, weighed=True)
    assert table(row(), few, swept).row(90, probing=name, probes=1250, weighed=True) == swept
    kinds = [replace(one, listed_from=at) for one in (row(), few) for at in (0, 50)]
    detailed = replace(swept, listed_from=50)
    assert len(table(*kinds, swept, detailed).rows) == 6
    nearer = replace(detailed, upper=Line(-25.0, 0.2), line=Line(-26.0, 0.2))
    with pytest.raises(ValueError, match="never come nearer"):
        table(*kinds, swept, nearer)


def test_more_probes_than_were_measured_are_multiplied():
    many = replace(row(-21.0), probing="deep", probes=500)
    made = table(row(), many)
    assert made.row(80, probing="deep", probes=500) == many
    assert made.row(80, probing="deep", probes=100) == many
    assert made.row(80, probing="deep", probes=1000).line.at(0) == pytest.approx(
        -21 + math.log10(2)
    )


def test_a_better_listed_picture_takes_the_row_of_such_lists():
    made = table(row(-10.0), row(listed_from=50))
    assert made.row(10, probing="one probe", probes=1, listed=0).line.intercept == -10.0
    assert made.row(10, probing="one probe", probes=1, listed=49).line.intercept == -10.0
    assert made.row(10, probing="one probe", probes=1, listed=50).line.intercept == -22.0
    # What PDQ's authors recommend of a list is taken to hold where nothing is said.
    assert made.row(10, probing="one probe", probes=1).line.intercept == -22.0


@pytest.mark.parametrize("asked", [{"quality": -1}, {"listed": -1}, {"probes": 0}])
def test_rows_are_not_guessed(asked):
    with pytest.raises(ValueError, match="not"):
        table(row()).row(**{"quality": 50, "probing": "one probe", "probes": 1, **asked})


def test_chance_that_puts_a_row_below_another_is_put_right():
    """A band of a few pictures may look safer than the one above it; it is not believed."""
    plain, fine = row(-30.0), row(quality_from=50)
    made = Unrelated.of([plain, fine], source="by hand", date="")
    assert made.row(0, probing="one probe", probes=1).upper.lies_above(fine.upper)
    assert not made.row(0, probing="one probe", probes=1).measured
    with pytest.raises(ValueError, match="more quality"):
        table(plain, fine)


def test_a_kind_that_was_measured_at_one_quality_has_the_others_of_single_probes():
    plain, fine = row(-10.0), row(quality_from=50)
    deep = replace(row(-21.5), probing="deep", probes=500, quality_from=50)
    made = Unrelated.of([plain, fine, deep], source="by hand", date="")
    assert made.row(90, probing="deep", probes=500) == deep
    assert made.row(10, probing="deep", probes=500).line.at(0) == pytest.approx(
        -10 + math.log10(500)
    )


def test_two_kinds_with_as_many_probes_may_differ():
    one, other = (replace(row(at), probing=str(at), probes=9) for at in (-21.0, -20.0))
    made = Unrelated.of([row(), one, other], source="by hand", date="")
    assert made.rows == (row(), one, other)


@pytest.mark.parametrize(
    "rows",
    [
        (),
        (row(quality_from=1),),
        (row(probing="deep", probes=9),),
        (row(), row()),
        (row(), row(quality_from=50), replace(row(), probing="deep", probes=9)),
        (row(), replace(row(-23.0), probing="deep", probes=9)),
        (row(), row(-21.0, listed_from=50)),
    ],
)
def test_a_table_with_holes_or_out_of_order_is_refused(rows):
    with pytest.raises(ValueError, match=" "):
        table(*rows)


@pytest.mark.parametrize(
    "changes",
    [
        {"probing": ""},
        {"probing": "a\nb"},
        {"probes": 0},
        {"quality_from": 101},
        {"listed_from": -1},
        {"nearest": 101},
        {"farthest": 257},
        {"pairs": 0},
        {"pictures": 1},
        {"upper": Line(-23.0, 0.2)},
        {"upper": Line(-21.0, 0.1)},
    ],
)
def test_a_row_that_cannot_be_is_refused(changes):
    with pytest.raises(ValueError, match=" "):
        row(**changes)


@pytest.mark.parametrize(
    "numbers",
    [(1, 0.2), (-101, 0.2), (-9, 0), (-9, -0.1), (-9, 1.1), (math.nan, 0.2), (-9, math.nan)],
)
def test_a_line_that_cannot_be_is_refused(numbers):
    with pytest.raises(ValueError, match="slope"):
        Line(*numbers)


def test_a_table_comes_back_from_its_file():
    assert Unrelated.loads(SHIPPED.dumps()) == SHIPPED


def broken(*path: object, value: object) -> bytes:
    fields = json.loads(SHIPPED.dumps())
    place = fields
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return json.dumps(fields).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"schema": NaN}',
        b" " * (MAX_TABLE_BYTES + 1),
        broken("schema", value="hashguard-unrelated/3"),
        broken("algorithm", value="phash"),
        broken("date", value=5),
        broken("more", value=5),
        broken("rows", value={}),
        broken("rows", value=[]),
        broken("rows", value=[[]]),
        broken("rows", value=[{}] * 513),
        broken("rows", 0, "line", value=[1]),
        broken("rows", 0, "line", value=["-9", 0.2]),
        broken("rows", 0, "line", value=[True, 0.2]),
        broken("rows", 0, "line", value=[-9, 10**400]),
        broken("rows", 0, "upper", value=None),
        broken("rows", 0, "upper", value=[-99, 0.2]),
        broken("rows", 0, "pairs", value=1.5),
        broken("rows", 0, "probes", value=True),
        broken("rows", 0, "probes", value=10**9),
        broken("rows", 0, "measured", value=1),
        broken("rows", 0, "weighed", value=0),
        broken("rows", 0, "probing", value=3),
        broken("rows", 0, "extra", value=3),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_a_reason(data):
    with pytest.raises(ResultsError, match="table of unrelated pairs"):
        Unrelated.loads(data)


def test_every_byte_of_a_table_may_break():
    """Nothing but our own error comes out, whichever byte is another."""
    data = table(row(), row(quality_from=50)).dumps()
    for at in range(len(data)):
        try:
            Unrelated.loads(data[:at] + bytes([data[at] ^ 0x15]) + data[at + 1 :])
        except ResultsError:
            continue


def tail(**changes: object) -> Tail:
    fields: dict[str, object] = {
        "intercept": -20.0,
        "slope": 0.2,
        "nearest": 78.0,
        "farthest": 90.0,
        "band": ((0.0, 1e-22, 1e-18), (45.0, 1e-12, 1e-10), (90.0, 5e-3, 2e-2)),
        **changes,
    }
    return Tail(**fields)  # type: ignore[arg-type]


def made(tail: Tail, *seen: Seen) -> Row:
    return row_from_tail(
        tail, probing="one probe", probes=1, quality_from=0, pairs=10**7, pictures=4000, seen=seen
    )


def test_the_upper_line_lies_above_the_band():
    found = made(tail())
    assert (found.line, found.nearest, found.farthest) == (Line(-20.0, 0.2), 78, 90)
    for distance, _, high in tail().band:
        assert found.upper.at(distance) >= math.log10(high) - 1e-9


def test_a_near_pair_flattens_the_upper_line():
    """One pair of 115 million at 30 bits, of which the line has 1 in 10**14: a rare kind."""
    found = made(tail(), Seen(30, 1, 115_000_000))
    assert found.upper.at(30) >= math.log10(least_mean(1) / 115e6)
    assert found.upper.slope < made(tail()).upper.slope
    assert found.nearest == 30


def test_what_was_seen_as_often_as_expected_changes_nothing():
    assert made(tail(), Seen(85, 1000, 10**7)).upper == made(tail()).upper


@pytest.mark.parametrize(("count", "mean"), [(1, -math.log(0.95)), (5, 1.9701), (35, 25.87)])
def test_the_least_mean_is_that_of_poisson(count, mean):
    """Half the 5 % quantile of chi square with twice as many degrees of freedom."""
    assert least_mean(count) == pytest.approx(mean, rel=1e-3)


def score(tail: Tail | None) -> SystemScore:
    none = Rate(count=0, n=1, low=0.0, high=1.0)
    return SystemScore(
        name="hashguard deep",
        thresholds=(),
        references=none,
        unchanged=none,
        settings=(),
        overall=Overall(
            area=0.0,
            equal_error=1.0,
            average_precision=0.0,
            recall_at_precision=0.0,
            copies=0,
            unrelated=0,
            roc=(),
        ),
        false_matches=(),
        tail=tail,
        copies=Histogram(edges=(0.0, 2.0), counts=(0,)),
        unrelated=Histogram(edges=(76.0, 78.0, 80.0, 82.0), counts=(0, 2, 10**6)),
        attacked=Histogram(edges=(0.0, 2.0), counts=(0,)),
        missed=(),
        closest=(),
        claims_checked=0,
        claims_wrong=0,
        listed=4300,
    )


def test_a_run_of_the_harness_becomes_a_row():
    found = row_from_score(score(tail()), probes=625, quality_from=80)
    assert (found.probing, found.probes, found.quality_from) == ("hashguard deep", 625, 80)
    assert (found.pairs, found.pictures, found.nearest) == (10**6 + 2, 4300, 78)


def test_a_run_with_too_few_pictures_becomes_none():
    with pytest.raises(ValueError, match="more unrelated pictures"):
        row_from_score(score(None), probes=1, quality_from=0)
