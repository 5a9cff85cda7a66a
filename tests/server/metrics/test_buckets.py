from __future__ import annotations

import numpy as np
import pytest

from server.metrics.buckets import drawn, level_for, progress, width_for
from server.metrics.curves import Curve, points, sum_up


def curve(values: list[float], first: int = 1) -> Curve:
    return points(np.arange(first, first + len(values)), np.array(values, np.float64), 1)


def test_few_steps_stay_as_they_are() -> None:
    assert width_for(1, 10, 10) == 1
    assert drawn(sum_up(curve([3.0, 1.0]), 1)) == [(1, 3.0, 3.0, 3.0, 1), (2, 1.0, 1.0, 1.0, 1)]


def test_a_bucket_keeps_last_and_extremes() -> None:
    found = drawn(sum_up(curve([5.0, 1.0, 2.0, 9.0, 0.0, 4.0]), 3))
    assert found == [(2, 1.0, 1.0, 5.0, 1), (5, 0.0, 0.0, 9.0, 1), (6, 4.0, 4.0, 4.0, 1)]


@pytest.mark.parametrize(
    ("first", "last", "most", "width"),
    [
        (1, 1000, 1000, 1),
        (1, 1001, 1000, 2),
        # 1..6 is six steps, but in threes from 0 they would touch three buckets.
        (1, 6, 2, 4),
        (1, 100_000, 1000, 112),
        (1, 10_000_000, 1000, 10_240),
        (1023, 1024, 1, 3),
    ],
)
def test_widths(first: int, last: int, most: int, width: int) -> None:
    assert width_for(first, last, most) == width


@pytest.mark.parametrize("last", [1, 7, 999, 1001, 70_000, 2**31 - 1])
@pytest.mark.parametrize("most", [1, 2, 10, 1000, 10_000])
@pytest.mark.parametrize("first", [1, 5, 640, 69_999])
def test_never_more_buckets_than_asked_for_and_each_of_whole_sums(
    first: int, last: int, most: int
) -> None:
    last = max(first, last)
    width = width_for(first, last, most)
    assert last // width - first // width < most
    assert width % level_for(width) == 0


def test_no_peak_and_no_newest_value_is_lost() -> None:
    values = np.random.default_rng(0).normal(size=10_001).tolist()
    found = drawn(sum_up(curve(values), width_for(1, 10_001, 1000)))
    assert 900 < len(found) <= 1000
    assert found[-1][:2] == (10_001, values[-1])
    assert max(point[3] for point in found) == max(values)
    assert min(point[2] for point in found) == min(values)


def test_progress_counts_every_step_however_few_points_are_asked_for() -> None:
    tokens, seconds = curve([10.0] * 6), curve([0.5] * 5)
    assert progress(tokens, seconds, 4) == [(3, 30.0, 1.5), (6, 60.0, 2.5)]
    assert progress(tokens, None, 4) == [(3, 30.0, 0.0), (6, 60.0, 0.0)]
    assert progress(None, None, 2) == []
