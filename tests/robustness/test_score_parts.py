"""Scores are always those of the whole run that is there, and of nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hashguard.errors import ResultsError
from hashguard.robustness import results
from hashguard.robustness.results import Part
from hashguard.robustness.same import TO_JUDGE
from hashguard.robustness.score import is_current, score, scores_for
from hashguard.robustness.scores import SCORES, Scores, read_scores
from hashguard.robustness.system import Metric, Reason
from tests.robustness import samples
from tests.robustness.samples import HAND, REFERENCES, UPLOADS


def by_hand(folder: Path) -> Scores:
    samples.write(folder, HAND, REFERENCES, UPLOADS)
    return score(folder, one_in=(10, 5))


def test_the_same_run_gives_the_same_bytes(tmp_path):
    """Scored twice, and from parts written twice."""
    texts = set()
    for number in (1, 1, 2):
        folder = tmp_path / str(number)
        by_hand(folder)
        texts.add((folder / SCORES).read_bytes() + (folder / TO_JUDGE).read_bytes())
    assert len(texts) == 1


def test_scores_are_private_and_read_again(tmp_path):
    scores = by_hand(tmp_path)
    assert read_scores(tmp_path) == scores
    assert (tmp_path / SCORES).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / TO_JUDGE).stat().st_mode & 0o777 == 0o600


def test_scores_are_current_until_the_run_changes(tmp_path):
    """Another configuration, another picture, another order; not another time of the same run."""
    samples.write(tmp_path, HAND, REFERENCES, UPLOADS)
    assert not is_current(tmp_path)
    scores = score(tmp_path)
    assert scores_for(tmp_path) == scores
    results.write_run(tmp_path, replace(HAND, began="2026-01-01T00:00:00"))
    assert is_current(tmp_path)
    for other in (
        replace(HAND, digest="d" * 64),
        replace(HAND, pictures=HAND.pictures[:-1]),
        replace(HAND, pictures=HAND.pictures[::-1]),
    ):
        results.write_run(tmp_path, other)
        assert scores_for(tmp_path) is None
    (tmp_path / results.RUN).unlink()
    with pytest.raises(ResultsError, match="no results"):
        is_current(tmp_path)


def test_scores_of_another_version_are_made_anew(tmp_path):
    by_hand(tmp_path)
    (tmp_path / SCORES).write_text("{}")
    assert not is_current(tmp_path)


def test_pictures_that_are_not_measured_are_counted(tmp_path):
    """After a kill: uploads of b are missing, both parts of x; the reference of y is torn."""
    samples.write(tmp_path, HAND, REFERENCES, UPLOADS)
    b, x, y = HAND.pictures[1], HAND.pictures[3], HAND.pictures[4]
    results.uploads_path(tmp_path, HAND, b).unlink()
    for path in (results.uploads_path, results.reference_path):
        path(tmp_path, HAND, x).unlink()
    torn = results.reference_path(tmp_path, HAND, y)
    torn.write_bytes(torn.read_bytes()[:-30])
    with pytest.raises(ResultsError, match="3 of 5 pictures are not measured yet"):
        score(tmp_path)
    assert not (tmp_path / SCORES).exists()


def stale(part: Part) -> Part:
    return replace(part, digest="e" * 64)


def of_another_picture(part: Part) -> Part:
    return replace(part, picture="e" * 64)


def of_two_systems(part: Part) -> Part:
    return replace(part, made=part.made * 2)


def of_no_system(part: Part) -> Part:
    return replace(part, made=())


def of_fewer_settings(part: Part) -> Part:
    return replace(part, made=(samples.made([0, 2]),))


def with_rows_of_what_was_refused(part: Part) -> Part:
    made = part.made[0]
    return replace(part, made=(replace(made, reasons=np.full_like(made.reasons, 3)),))


def without_rows_of_what_was_hashed(part: Part) -> Part:
    made = samples.made([Reason.CRASHED] * 3)
    return replace(part, made=(replace(made, reasons=np.zeros_like(made.reasons)),))


def with_an_unknown_reason(part: Part) -> Part:
    made = samples.made([Reason.CRASHED] * 3)
    return replace(part, made=(replace(made, reasons=np.full_like(made.reasons, 9)),))


def with_rows_of_another_width(part: Part) -> Part:
    return replace(part, made=(replace(part.made[0], rows=part.made[0].rows[:, :-1]),))


def with_rows_of_another_kind(part: Part) -> Part:
    rows = part.made[0].rows.astype(np.float32)
    return replace(part, made=(replace(part.made[0], rows=rows),))


def with_rows_that_end_before_they_begin(part: Part) -> Part:
    lims = np.array([0, 2, 1, 3], dtype=np.int64)
    return replace(part, made=(replace(part.made[0], lims=lims),))


def with_a_single_number_for_limits(part: Part) -> Part:
    return replace(part, made=(replace(part.made[0], lims=np.array(3)),))


@pytest.mark.parametrize(
    "spoil",
    [
        stale,
        of_another_picture,
        of_two_systems,
        of_no_system,
        of_fewer_settings,
        with_rows_of_what_was_refused,
        without_rows_of_what_was_hashed,
        with_an_unknown_reason,
        with_rows_of_another_width,
        with_rows_of_another_kind,
        with_rows_that_end_before_they_begin,
        with_a_single_number_for_limits,
    ],
)
def test_a_part_that_is_not_what_this_run_writes_is_a_missing_one(tmp_path, spoil):
    """It is never mixed in, and no other error comes of it."""
    samples.write(tmp_path, HAND, REFERENCES, UPLOADS)
    path = results.uploads_path(tmp_path, HAND, HAND.pictures[0])
    part = results.read_part(path, digest=HAND.digest, picture=HAND.pictures[0].digest)
    assert part is not None
    results.write_part(path, spoil(part))
    with pytest.raises(ResultsError, match="1 of 5 pictures are not measured yet"):
        score(tmp_path)


def test_a_wrong_list_of_pairs_leaves_the_scores_as_they_were(tmp_path):
    by_hand(tmp_path)
    before = (tmp_path / SCORES).read_bytes()
    listed = tmp_path / "same.csv"
    listed.write_text("a,nobody\n")
    with pytest.raises(ResultsError, match="line 1"):
        score(tmp_path, same=listed)
    assert (tmp_path / SCORES).read_bytes() == before


def test_rows_that_are_no_numbers_are_a_missing_part(tmp_path):
    """A vector with NaN in it has no distance to anything, and no rounding gives it one."""
    record = replace(samples.LINE, metric="cosine", width=2)
    run = samples.run_of(["a"], systems=(record,), attacks=())
    results.parts_folder(tmp_path, run).mkdir(parents=True)
    results.write_run(tmp_path, run)
    (picture,) = run.pictures
    for value, path in (
        (1.0, results.reference_path(tmp_path, run, picture)),
        (np.nan, results.uploads_path(tmp_path, run, picture)),
    ):
        rows = np.array([[1.0, value]], dtype=np.float32)
        claims = [(np.nan, np.nan)]
        made = results.made_of([rows], [0], claims, metric=Metric.COSINE, width=2)
        results.write_part(path, Part(run.digest, picture.digest, (made,)))
    with pytest.raises(ResultsError, match="1 of 1 pictures"):
        score(tmp_path)
