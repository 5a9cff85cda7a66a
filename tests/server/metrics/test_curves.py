from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from server.metrics.curves import Curve, join, points, sum_up
from server.metrics.packing import pack, unpack

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)
STEPS = st.integers(1, 2**31 - 1)


@st.composite
def curves(draw: st.DrawFn, attempt: int = 1) -> Curve:
    values = draw(st.dictionaries(STEPS, st.integers(-(2**40), 2**40), min_size=1, max_size=60))
    steps = sorted(values)
    numbers = [float(values[step]) for step in steps]
    return points(np.array(steps, np.int64), np.array(numbers), attempt)


def rows(curve: Curve) -> list[list[float]]:
    return [column.tolist() for column in curve._columns()]


def test_a_sum_holds_last_extremes_total_and_count() -> None:
    curve = points(np.array([14, 15, 16, 40]), np.array([5.0, 1.0, 2.0, 9.0]), 3)
    assert rows(sum_up(curve, 16)) == [
        [15, 16, 40], [1.0, 2.0, 9.0], [1.0, 2.0, 9.0], [5.0, 2.0, 9.0], [6.0, 2.0, 9.0],
        [2, 1, 1], [3, 3, 3],
    ]  # fmt: skip


@given(curves(), st.integers(1, 50), st.integers(1, 50))
def test_sums_of_sums_are_sums(curve: Curve, width: int, times: int) -> None:
    assert rows(sum_up(sum_up(curve, width), width * times)) == rows(sum_up(curve, width * times))


@given(curves(), curves(attempt=2), st.integers(1, 5000))
def test_parts_may_be_summed_up_before_they_are_joined(a: Curve, b: Curve, width: int) -> None:
    early = sum_up(join([sum_up(a, width), sum_up(b, width)]), width)
    assert rows(early) == rows(sum_up(join([a, b]), width))


def test_of_one_step_the_later_attempt_and_the_later_part_come_last() -> None:
    one = points(np.array([7]), np.array([1.0]), 2)
    two = points(np.array([7]), np.array([2.0]), 2)
    older = points(np.array([7]), np.array([3.0]), 1)
    assert join([one, two, older]).last.tolist() == [3.0, 1.0, 2.0]


@given(st.lists(st.tuples(STEPS, NUMBERS), min_size=1, max_size=50))
def test_packed_is_bit_for_bit(pairs: list[tuple[int, float]]) -> None:
    steps, values = zip(*sorted(pairs), strict=True)
    curve = points(np.array(steps, np.int64), np.array(values, np.float64), 4)
    assert rows(unpack([pack(curve, 1)], 1, 4)) == rows(curve)
    sums = sum_up(curve, 16)
    assert rows(unpack([pack(sums, 16)], 16, 4)) == rows(sums)


@given(curves(), st.integers(0, 60))
def test_blocks_that_follow_each_other_are_one_curve(curve: Curve, place: int) -> None:
    parts = [
        part for part in (curve.take(slice(place)), curve.take(slice(place, None))) if len(part)
    ]
    assert rows(unpack([pack(part, 1) for part in parts], 1, 1)) == rows(curve)
    sums = [pack(sum_up(part, 16), 16) for part in parts]
    assert rows(sum_up(unpack(sums, 16, 1), 16)) == rows(sum_up(curve, 16))


def test_packed_is_small_and_what_was_float32_is_half_as_large() -> None:
    steps = np.arange(1, 1025)
    values = np.random.default_rng(1).normal(size=1024)
    assert len(pack(points(steps, values, 1), 1)) < 7.6 * 1024
    assert len(pack(points(steps, values.astype(np.float32).astype(np.float64), 1), 1)) < 4.2 * 1024
    sums = sum_up(points(np.arange(16 * 256), np.tile(values, 4), 1), 16)
    assert len(pack(sums, 16)) < 32.5 * 256


def test_between_takes_the_first_and_leaves_the_end() -> None:
    curve = points(np.array([1, 5, 9]), np.array([1.0, 5.0, 9.0]), 1)
    assert curve.between(5, 9).steps.tolist() == [5]
    assert curve.between(0, None).steps.tolist() == [1, 5, 9]
