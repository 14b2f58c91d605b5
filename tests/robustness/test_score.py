"""From parts to scores: a run worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hashguard.robustness import results
from hashguard.robustness.results import Part, SystemRecord
from hashguard.robustness.same import TO_JUDGE, read_same
from hashguard.robustness.score import score
from hashguard.robustness.scores import Scores, SystemScore
from hashguard.robustness.system import Metric, Reason
from tests.robustness import samples
from tests.robustness.samples import HAND, REFERENCES, UPLOADS, Claims


def by_hand(folder: Path, *, same: Path | None = None, list_size: int = 1_000_000) -> Scores:
    samples.write(folder, HAND, REFERENCES, UPLOADS)
    return score(folder, one_in=(10, 5), same=same, list_size=list_size)


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory) -> SystemScore:
    """Copies: 2, 5, 7 at 10 %; 6, none, 10 at 50 %.

    Pairs as they are: ab 20, ac 40, ax 30, ay 60, bc 20, bx 10, by 40, cx 10, cy 20, xy 30: two at
    10, three at 20, two at 30, two at 40, one at 60.
    """
    (system,) = by_hand(tmp_path_factory.mktemp("hand")).systems
    return system


def test_thresholds_are_the_fixed_ones_and_those_that_keep_a_rate(hand):
    """One in ten pairs is one: none of the two at 10. One in five is two: both, but none at 20."""
    told = [(one.name, one.max_distance, one.false_rate) for one in hand.thresholds]
    assert told == [
        ("at 5 bits", 5, None),
        ("at 1 false match in 10 pairs", 9, 0.1),
        ("at 1 false match in 5 pairs", 19, 0.2),
    ]


def test_recall_counts_every_photograph(hand):
    """Within 5, 9, 19: 2, 3, 3 of 3 at 10 %; at 50 % none, then 6, then 10, and never the crash."""
    first, second = hand.settings
    assert [(one.count, one.n) for one in first.recall] == [(2, 3), (3, 3), (3, 3)]
    assert [(one.count, one.n) for one in second.recall] == [(0, 3), (1, 3), (2, 3)]
    assert (first.attack, first.strength, second.strength) == ("faded", 10, 50)
    assert (first.reasons, second.reasons) == ({}, {"crashed": 1})
    assert first.quartiles == (5, 5, 7)
    assert second.quartiles == (10, 10, None)
    assert (hand.references.count, hand.references.n) == (3, 3)
    assert (hand.unchanged.count, hand.unchanged.n) == (3, 3)


def test_false_matches_are_counted_of_uploads_and_of_pairs(hand):
    """Of the strangers, x is 10 from b and c, y is 20 from c. Within 19: x, and two pairs."""
    first, second, third = hand.false_matches
    for none in (first, second):
        assert (none.uploads.count, none.uploads.n) == (0, 2)
        assert (none.pairs.count, none.pairs.n, none.pairs.low) == (0, 10, 0)
        # A kind of which at most one in five pictures is here: Wilson's 0.6245, squared.
        assert none.pairs.high == pytest.approx(0.3899, abs=1e-4)
    assert (third.uploads.count, third.pairs.count, third.pairs.n) == (1, 2, 10)
    assert third.pairs.low < 0.2 < third.pairs.high
    assert hand.listed == 5


def test_few_pairs_allow_an_upper_bound_and_no_estimate(hand):
    """Per million uploads against a million references: 10 ** 12 pairs."""
    for one in hand.false_matches:
        assert one.per_million is one.per_million_low is None
        assert one.per_million_high == pytest.approx(one.pairs.high * 10**12)
        assert not one.extrapolated
    assert hand.tail is None


def test_overall_numbers_are_those_worked_by_hand(hand):
    """Copies 2, 5, 6, 7, 10, none.

    area: four are nearer than all 10 pairs, one than 8: 48 of 60.
    equal error: at 10, 1 of 6 copies is missed and 2 of 10 pairs match: .2; before, 2 of 6 missed.
    Wrong predictions up to 10: c faded to 30 against b, x against b and c. Precision at the copies:
    1, 1, 1, 1, 5/8, 0: a mean of 37/48. At precision 0.9: four of six.
    """
    overall = hand.overall
    assert overall.area == pytest.approx(0.8)
    assert overall.equal_error == pytest.approx(0.2)
    assert overall.average_precision == pytest.approx(37 / 48)
    assert overall.recall_at_precision == pytest.approx(4 / 6)
    assert (overall.copies, overall.unrelated) == (6, 10)
    assert overall.roc[0] == (0, 0)
    assert overall.roc[-1] == (1, pytest.approx(5 / 6))


def test_histograms_hold_every_pair(hand):
    """6 copies, one without a distance; 10 pairs; 5 uploads that were hashed, 2 others each."""
    assert (sum(hand.copies.counts), hand.copies.without) == (5, 1)
    assert (sum(hand.unrelated.counts), hand.unrelated.without) == (10, 0)
    assert (sum(hand.attacked.counts), hand.attacked.without) == (10, 0)
    bins = dict(zip(hand.attacked.edges, hand.attacked.counts, strict=False))
    assert [edge for edge, count in bins.items() if count] == [
        10, 14, 18, 24, 26, 30, 34, 38, 46
    ]  # fmt: skip


def test_the_worst_copy_of_each_attack_is_shown_with_its_reason(hand):
    """At the typical strength, 50 %: the crash is farther than 10 bits."""
    (worst,) = hand.missed
    assert (worst.query, worst.reference, worst.attack, worst.strength) == ("b", "b", "faded", 50)
    assert (worst.distance, worst.reason) == (None, "crashed")


def test_worst_copies_come_farthest_first_and_only_if_they_are_missed(tmp_path):
    """Three attacks, whose farthest copies are 5, which is found, 9, and 30 bits away."""
    attacks = [replace(samples.FADED, name=name, strengths=(1.0,), typical=1.0) for name in "klm"]
    run = samples.run_of(["a", "b"], attacks=attacks)
    samples.write(tmp_path, run, REFERENCES, {"a": [0, 5, 9, 8], "b": [20, 20, 20, 50]})
    (system,) = score(tmp_path).systems
    told = [(one.attack, one.query, one.distance) for one in system.missed]
    assert told == [("m", "b", 30), ("l", "a", 9)]


def test_the_closest_pairs_are_shown_once_nearest_first(hand):
    """All ten here; of equally near ones, those of the first pictures first."""
    told = [f"{one.query}{one.reference}" for one in hand.closest]
    assert told == ["bx", "cx", "ab", "bc", "cy", "ax", "xy", "ac", "by", "ay"]
    distances = [one.distance for one in hand.closest]
    assert distances == [10, 10, 20, 20, 20, 30, 30, 40, 40, 60]
    assert (hand.closest[0].query_role, hand.closest[0].reference_role) == ("photo", "stranger")


def test_pairs_that_are_the_same_picture_are_no_false_match(tmp_path):
    """Without bx, of 9 pairs one is at 10; x is still 10 from c; what was left out is told.

    Predictions lose it, too: at 10, two wrong ones, and precision 5/7 for the last copy found.
    """
    listed = tmp_path / "same.csv"
    listed.write_text("query,reference\nx,b\n")
    scores = by_hand(tmp_path, same=listed)
    (system,) = scores.systems
    assert scores.same == (("b", "x"),)
    assert [one.pairs.count for one in system.false_matches] == [0, 0, 1]
    assert system.false_matches[-1].pairs.n == system.overall.unrelated == 9
    assert system.false_matches[-1].uploads.count == 1
    assert system.closest[0].query + system.closest[0].reference == "cx"
    assert system.overall.average_precision == pytest.approx((4 + 5 / 7) / 6)


def test_photographs_that_are_the_same_do_not_count_against_attacked_copies(tmp_path):
    """Left out are one upload of b against c, two of c against b: 3 of 10."""
    listed = tmp_path / "same.csv"
    listed.write_text("c,b\n")
    (system,) = by_hand(tmp_path, same=listed).systems
    assert sum(system.attacked.counts) == 10 - 3


def test_what_is_to_be_judged_can_be_handed_back(tmp_path):
    """All lines kept: then no pair is left that could be a false match."""
    by_hand(tmp_path)
    to_judge = tmp_path / TO_JUDGE
    assert to_judge.read_text().splitlines()[:2] == [
        "query,reference,distance,system",
        "b,x,10,line",
    ]
    assert len(read_same(to_judge, HAND)) == 10
    (system,) = by_hand(tmp_path, same=to_judge).systems
    assert system.closest == ()
    assert system.overall.unrelated == 0
    assert [one.max_distance for one in system.thresholds] == [5, None, None]
    # One threshold is left; what it costs, nobody knows.
    (cost,) = system.false_matches
    assert (cost.pairs.n, cost.per_million_high) == (0, None)


def test_a_list_twice_as_long_has_twice_the_false_matches(tmp_path):
    one = by_hand(tmp_path, list_size=500).systems[0].false_matches[-1]
    two = by_hand(tmp_path, list_size=1000).systems[0].false_matches[-1]
    assert one.per_million_high is not None
    assert two.per_million_high == pytest.approx(2 * one.per_million_high)


def test_a_photograph_without_a_reference_is_missed_and_says_so(tmp_path):
    """Also where its uploads are refused: the reference is why. Nothing is compared with it."""
    samples.write(tmp_path, HAND, {**REFERENCES, "b": Reason.UNDECODABLE}, UPLOADS)
    (system,) = score(tmp_path).systems
    assert [one.reasons for one in system.settings] == [{"reference undecodable": 1}] * 2
    assert [one.recall[0].n for one in system.settings] == [3, 3]
    assert (system.references.count, system.unchanged.count, system.listed) == (2, 2, 4)
    # b is uploaded as it is, and near x: that pair is still one.
    assert system.overall.unrelated == 10
    assert system.missed[0].reason == "reference undecodable"


def test_refused_strangers_are_told_and_not_counted_as_passed(tmp_path):
    """As an upload, x is compared with nothing; its reference is, with the others."""
    samples.write(tmp_path, HAND, REFERENCES, {**UPLOADS, "x": [Reason.LOW_QUALITY]})
    (system,) = score(tmp_path, one_in=(5,)).systems
    assert system.refused == {"low quality": 1}
    assert system.false_matches[-1].uploads.n == 1
    assert system.overall.unrelated == 10


def test_several_rows_are_as_near_as_the_nearest(tmp_path):
    """Faded by 50 %, b is looked up in three variants, one of which is 3 bits away."""
    samples.write(tmp_path, HAND, REFERENCES, {**UPLOADS, "b": [20, 25, (60, 23, 0)]})
    (system,) = score(tmp_path).systems
    assert system.settings[1].recall[0].count == 1
    assert system.settings[1].quartiles == (6, 6, 10)


def test_a_run_without_attacks_or_strangers_has_scores(tmp_path):
    """Two photographs: one pair, no copies, no uploads of strangers."""
    run = samples.run_of(["a", "b"], attacks=())
    samples.write(tmp_path, run, REFERENCES, {})
    (system,) = score(tmp_path).systems
    assert (system.settings, system.missed) == ((), ())
    assert (system.overall.copies, system.overall.unrelated, system.overall.area) == (0, 1, 0)
    assert system.false_matches[0].uploads.n == 0
    assert system.unchanged.count == 2


def test_one_photograph_alone_has_scores(tmp_path):
    """No pair at all: no threshold by rate, and nothing known of false matches."""
    run = samples.run_of(["a"])
    samples.write(tmp_path, run, REFERENCES, UPLOADS)
    (system,) = score(tmp_path).systems
    assert [one.max_distance for one in system.thresholds] == [5, None, None]
    assert system.settings[0].recall[0].count == 1
    assert system.settings[0].recall[1].count == 0
    assert system.closest == ()


def test_cosine_distances_are_told_in_their_unit(tmp_path):
    """Vectors 60 degrees apart: 0.5. The copy turned by acos(0.8) is 0.2 away."""
    record = SystemRecord(
        name="vectors", about="", metric="cosine", width=2, max_distances=(0.25,), source=""
    )
    run = samples.run_of(["a", "b"], systems=(record,))
    results.parts_folder(tmp_path, run).mkdir(parents=True)
    results.write_run(tmp_path, run)
    turned = {"a": [0.0, np.arccos(0.8), 0.0], "b": [np.pi / 3] * 3}
    for picture in run.pictures:
        vectors = [np.array([[np.cos(x), np.sin(x)]], np.float32) for x in turned[picture.name]]
        for path, rows in (
            (results.reference_path(tmp_path, run, picture), vectors[:1]),
            (results.uploads_path(tmp_path, run, picture), vectors),
        ):
            claims = [(0.2, np.nan)] * len(rows)
            made = results.made_of(rows, [0] * len(rows), claims, metric=Metric.COSINE, width=2)
            results.write_part(path, Part(run.digest, picture.digest, (made,)))
    (system,) = score(tmp_path).systems
    assert system.thresholds[0].name == "at cosine 0.25"
    assert system.thresholds[1].max_distance == 0.499
    assert system.settings[0].quartiles == (0.2, 0.2, 0.2)
    assert [one.distance for one in system.closest] == [0.5]
    # 0.2 is right of one of the six uploads.
    assert (system.claims_checked, system.claims_wrong) == (6, 5)


def test_claims_of_what_has_no_distance_are_wrong(tmp_path):
    """Faded by 50 %, b crashed and claims 0; a stranger claims a reference of its own.

    Farther than everything, 65 bits, is no distance either.
    """
    claims: Claims = {"b": [(0, 20), (5, 15), (0, 65)], "x": [(3, 10)], "y": [(np.nan, np.inf)]}
    samples.write(tmp_path, HAND, REFERENCES, {**UPLOADS, "x": [30], "y": [60]}, claims)
    (system,) = score(tmp_path).systems
    assert (system.claims_checked, system.claims_wrong) == (8, 3)
