"""Curves in no more points than there are pixels to draw them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from server.metrics.schemas import MetricPoint


def bucket(
    steps: NDArray[np.int64],
    values: NDArray[np.float64],
    attempts: NDArray[np.int64],
    max_points: int,
) -> list[MetricPoint]:
    """Return at most `max_points` points (step, last, min, max, attempt).

    Neighbouring points are put into buckets of nearly equal number. A bucket is drawn at its last
    step, so that the newest value is always exact, and keeps its extremes, so that no peak is lost.

    Args:
        steps, values, attempts: (N,), steps ascending.
        max_points: how many points there may be, at least 1.
    """
    count = len(steps)
    if count == 0:
        return []
    starts = np.unique(np.arange(min(count, max_points)) * count // min(count, max_points))
    ends = np.append(starts[1:], count) - 1
    return list(
        zip(
            steps[ends].tolist(),
            values[ends].tolist(),
            np.minimum.reduceat(values, starts).tolist(),
            np.maximum.reduceat(values, starts).tolist(),
            attempts[ends].tolist(),
            strict=True,
        )
    )
