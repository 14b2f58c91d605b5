"""Distances as the harness computes them: by hand, by a slow readable twin, and at the borders."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashguard.robustness.distances import COSINE_STEPS, Scale, Table
from hashguard.robustness.system import Metric, Rows
from tests.timing import fastest

BITS = Scale(Metric.HAMMING, 2)
PLANE = Scale(Metric.COSINE, 2)


def bits(*rows: str) -> Rows:
    """Rows of bits, as they are read; blanks are for the eye."""
    return np.packbits([[int(one) for one in row.replace(" ", "")] for row in rows], axis=1)


def vectors(*rows: Sequence[float]) -> Rows:
    return np.array(rows, dtype=np.float32)


def nothing(scale: Scale) -> Rows:
    dtype = np.uint8 if scale.metric is Metric.HAMMING else np.float32
    return np.empty((0, scale.width), dtype)


def slowly(query: Rows, picture: Rows, scale: Scale) -> int:
    """The readable twin: the rule of system.py, one pair of rows at a time."""
    found = [scale.never]
    for one in query:
        for other in picture:
            if scale.metric is Metric.HAMMING:
                pairs = zip(one.tobytes(), other.tobytes(), strict=True)
                found.append(sum((left ^ right).bit_count() for left, right in pairs))
                continue
            lengths = (
                sum(float(x) ** 2 for x in one) ** 0.5,
                sum(float(x) ** 2 for x in other) ** 0.5,
            )
            dot = sum(float(x) * float(y) for x, y in zip(one, other, strict=True))
            cosine = dot / (lengths[0] * lengths[1]) if min(lengths) > 0 else 0.0
            found.append(round((1 - cosine) * COSINE_STEPS))
    return min(found)


def test_differing_bits_are_counted_by_hand():
    pictures = [
        bits("00000000 00000000"),
        bits("11111111 11111111"),
        bits("10000000 00000001"),
        bits("01010101 01010101"),
    ]
    table = Table(pictures, BITS)
    assert table.steps(bits("00000000 00000000")).tolist() == [0, 16, 2, 8]
    assert table.steps(bits("10101010 10101010")).tolist() == [8, 8, 8, 16]
    assert table.steps(bits("11111111 00000000")).tolist() == [8, 8, 8, 8]


def test_the_nearest_two_rows_count_on_either_side():
    pictures = [
        bits("11111111 11111111", "00000000 00000111"),
        bits("11111111 00000000"),
        bits("00000001 00000000", "11111111 11111110", "11110000 11110000"),
    ]
    table = Table(pictures, BITS)
    assert table.steps(bits("00000000 00000000")).tolist() == [3, 8, 1]
    assert table.steps(bits("00000000 00000000", "11111111 11111111")).tolist() == [0, 8, 1]


@pytest.mark.parametrize("width", [1, 6, 7, 8, 9, 32, 72, 121])
def test_every_single_bit_of_a_row_counts_once(width):
    """Widths that fill no whole word among them: 42 bits in 6 bytes, 968 bits in 121."""
    scale = Scale(Metric.HAMMING, width)
    singles = np.packbits(np.eye(8 * width, dtype=np.uint8), axis=1)
    zeros, ones = np.zeros((1, width), np.uint8), np.full((1, width), 255, np.uint8)
    table = Table([zeros, ones, *singles[:, np.newaxis]], scale)
    assert table.steps(zeros).tolist() == [0, 8 * width] + [1] * (8 * width)
    assert table.steps(ones).tolist() == [8 * width, 0] + [8 * width - 1] * (8 * width)
    assert scale.last == 8 * width


@pytest.mark.parametrize("scale", [BITS, PLANE])
def test_what_has_no_rows_is_farther_than_everything(scale):
    """On the side of the pictures, first, in the middle and last, and on that of the upload."""
    there = np.ones((1, 2), np.uint8) if scale is BITS else vectors((1, 0))
    none, never = nothing(scale), scale.never
    pictures = [none, there, none, none, there, none]
    table = Table(pictures, scale)
    assert table.steps(there).tolist() == [never, 0, never, never, 0, never]
    assert table.steps(none).tolist() == [never] * 6
    many = table.steps_many([none, there, none])
    assert many.tolist() == [[never] * 6, table.steps(there).tolist(), [never] * 6]
    assert never > scale.last


@pytest.mark.parametrize("scale", [BITS, PLANE])
def test_tables_of_nothing_are_asked_without_harm(scale):
    there = np.ones((1, 2), np.uint8) if scale is BITS else vectors((1, 0))
    assert Table([], scale).steps(there).shape == (0,)
    assert Table([], scale).steps_many([there] * 3).shape == (3, 0)
    assert Table([nothing(scale)] * 2, scale).steps(there).tolist() == [scale.never] * 2
    assert Table([there], scale).steps_many([]).shape == (0, 1)


def test_cosines_are_those_of_the_angles():
    """Equal, longer, opposite, at right angles, at 60 degrees, and without direction."""
    pictures = [
        vectors((1, 0)),
        vectors((1e-30, 0)),
        vectors((3e38, 0)),
        vectors((-2, 0)),
        vectors((0, 5)),
        vectors((0.5, 3**0.5 / 2)),
        vectors((0, 0)),
    ]
    table = Table(pictures, PLANE)
    assert table.steps(vectors((7, 0))).tolist() == [0, 0, 0, 2000, 1000, 500, 1000]
    assert table.steps(vectors((0, 0))).tolist() == [1000] * 7
    assert table.steps(vectors((0, 0), (0, 1), (-1, 0)))[:5].tolist() == [1000, 1000, 1000, 0, 0]


@pytest.mark.parametrize("degrees", range(0, 181, 5))
def test_a_cosine_distance_is_rounded_to_the_nearest_step(degrees):
    angle = np.deg2rad(degrees)
    table = Table([vectors((1, 0))], PLANE)
    (step,) = table.steps(vectors((np.cos(angle), np.sin(angle))))
    assert abs(step / COSINE_STEPS - (1 - np.cos(angle))) <= 0.5 / COSINE_STEPS + 1e-6


def test_a_picture_is_at_distance_0_from_itself_whatever_its_vector():
    """Rounding may not make a copy of a vector a little less near than equal, or nearer."""
    rng = np.random.default_rng(3)
    scattered = rng.normal(size=(200, 1, 384)) * rng.lognormal(0, 9, (200, 1, 1))
    rows = scattered.astype(np.float32)
    table = Table(list(rows), Scale(Metric.COSINE, 384))
    assert np.diagonal(table.steps_many(list(rows))).tolist() == [0] * 200


def test_steps_of_max_distances_include_their_end():
    scale = Scale(Metric.HAMMING, 32)
    assert [scale.step_of(one) for one in (0, 31, 31.9, 256, 257, np.inf)] == [
        0,
        31,
        31,
        256,
        256,
        256,
    ]
    assert scale.step_of(-1) == -1
    cosine = Scale(Metric.COSINE, 512)
    # 0.29, 0.57 and 1.13 times 1000 are less than whole in floating point.
    for step in range(2001):
        assert cosine.step_of(step / 1000) == step
    assert [cosine.step_of(one) for one in (0.2504, 2, 3, np.inf, -0.001)] == [
        250,
        2000,
        2000,
        2000,
        -1,
    ]
    with pytest.raises(ValueError, match="NaN"):
        scale.step_of(np.nan)


@pytest.mark.parametrize("scale", [Scale(Metric.HAMMING, 32), Scale(Metric.COSINE, 512)])
def test_distances_and_steps_are_inverse(scale):
    for step in range(scale.last + 1):
        assert scale.step_of(scale.distance_of(step)) == step


@pytest.mark.parametrize(("width", "bytes_"), [(1, 2), (4095, 2), (4096, 4)])
def test_the_type_of_steps_holds_what_is_farthest(width, bytes_):
    """Of rows of 4,096 bytes the last step is one more than 16 bits hold."""
    scale = Scale(Metric.HAMMING, width)
    assert np.dtype(scale.dtype).itemsize == bytes_
    assert np.array([scale.never], dtype=scale.dtype).tolist() == [8 * width + 1]
    zeros, ones = np.zeros((1, width), np.uint8), np.full((1, width), 255, np.uint8)
    assert Table([ones, zeros[:0]], scale).steps_many([zeros]).tolist() == [
        [8 * width, 8 * width + 1]
    ]


@pytest.mark.parametrize("rows", [np.zeros((1, 3), np.uint8), np.zeros((1, 1), np.uint8)])
def test_rows_of_another_width_are_refused_not_filled_up(rows):
    """One byte would be repeated over the whole row by the rules of NumPy."""
    with pytest.raises(ValueError, match=r"rows are \(k, 2\)"):
        Table([rows], BITS)
    with pytest.raises(ValueError, match=r"rows are \(k, 2\)"):
        Table([np.zeros((1, 2), np.uint8)], BITS).steps(rows)


@st.composite
def some_pictures(draw: st.DrawFn) -> tuple[list[Rows], list[Rows], Scale]:
    metric = draw(st.sampled_from(Metric))
    width = draw(st.integers(1, 17))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sides = []
    for _ in range(2):
        counts = draw(st.lists(st.integers(0, 3), max_size=6))
        if metric is Metric.HAMMING:
            sides.append([rng.integers(0, 256, (k, width), dtype=np.uint8) for k in counts])
        else:
            sides.append([rng.normal(size=(k, width)).astype(np.float32) for k in counts])
    return sides[0], sides[1], Scale(metric, width)


@settings(max_examples=150)
@given(some_pictures())
def test_many_at_once_one_by_one_and_slowly_agree(case):
    queries, pictures, scale = case
    table = Table(pictures, scale)
    many = table.steps_many(queries)
    assert many.shape == (len(queries), len(pictures))
    for number, query in enumerate(queries):
        assert table.steps(query).tolist() == many[number].tolist()
        expected = [slowly(query, picture, scale) for picture in pictures]
        # Two ways to add up a cosine may fall on either side of half a step.
        assert np.abs(many[number] - np.array(expected)).max(initial=0) <= (
            scale.metric is Metric.COSINE
        )


def test_blocks_change_nothing():
    """More rows than are computed at once, of uploads with one, none, and very many."""
    rng = np.random.default_rng(9)
    scale = Scale(Metric.HAMMING, 8)
    counts = [1, 0, 500, 1, 2, 0, *([1] * 400), 0, 16, 300]
    queries = [rng.integers(0, 256, (k, 8), dtype=np.uint8) for k in counts]
    pictures = [rng.integers(0, 256, (k, 8), dtype=np.uint8) for k in [1, 2, 0] * 300]
    table = Table(pictures, scale)
    many = table.steps_many(queries)
    assert sum(counts) * sum(map(len, pictures)) > 1_000_000
    for number in (0, 1, 2, 3, 4, 5, 6, 200, 405, 406, 407, 408):
        assert many[number].tolist() == table.steps(queries[number]).tolist()
    for number in (2, 4, 407):
        for picture in (0, 1, 2, 899):
            assert many[number, picture] == slowly(queries[number], pictures[picture], scale)


def test_five_thousand_uploads_and_three_hundred_pictures_take_a_fraction_of_a_second():
    """The best of three, in processor time: a busy machine must not fail it."""
    rng = np.random.default_rng(1)
    pictures = list(rng.integers(0, 256, (311, 1, 32), dtype=np.uint8))
    queries = list(rng.integers(0, 256, (5000, 1, 32), dtype=np.uint8))
    table = Table(pictures, Scale(Metric.HAMMING, 32))
    assert fastest(lambda: table.steps_many(queries), under=0.15) < 0.15
