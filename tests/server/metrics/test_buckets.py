from __future__ import annotations

import numpy as np
import pytest

from server.metrics.buckets import bucket, progress


def arrays(values: list[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    count = len(values)
    return np.arange(1, count + 1), np.array(values, np.float64), np.ones(count, np.int64)


def test_few_points_stay_as_they_are() -> None:
    assert bucket(*arrays([3.0, 1.0]), 10) == [(1, 3.0, 3.0, 3.0, 1), (2, 1.0, 1.0, 1.0, 1)]


def test_a_bucket_keeps_last_and_extremes() -> None:
    points = bucket(*arrays([5.0, 1.0, 2.0, 9.0, 0.0, 4.0]), 2)
    assert points == [(3, 2.0, 1.0, 5.0, 1), (6, 4.0, 0.0, 9.0, 1)]


@pytest.mark.parametrize(("count", "most"), [(1, 1), (999, 10), (10_001, 1000), (7, 5)])
def test_no_peak_and_no_newest_value_is_lost(count: int, most: int) -> None:
    values = np.random.default_rng(0).normal(size=count).tolist()
    points = bucket(*arrays(values), most)
    assert len(points) == min(count, most)
    assert points[-1][:2] == (count, values[-1])
    assert max(point[3] for point in points) == max(values)
    assert min(point[2] for point in points) == min(values)


def test_nothing_gives_nothing() -> None:
    assert bucket(*arrays([]), 5) == []


def test_progress_counts_every_step_however_few_points_are_asked_for() -> None:
    steps, tokens, seconds = np.arange(1, 7), np.full(6, 10.0), np.full(6, 0.5)
    assert progress(steps, tokens, seconds, 2) == [(3, 30.0, 1.5), (6, 60.0, 3.0)]
    assert progress(steps[:0], tokens[:0], seconds[:0], 2) == []
