"""Curves in no more points than there are pixels to draw them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from server.metrics.schemas import MetricPoint, ProgressPoint


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
    starts, ends = _borders(count, max_points)
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


def progress(
    steps: NDArray[np.int64],
    tokens: NDArray[np.float64],
    seconds: NDArray[np.float64],
    max_points: int,
) -> list[ProgressPoint]:
    """Return at most `max_points` points (step, tokens so far, seconds so far).

    Args:
        steps, tokens, seconds: (N,), of every step by itself, steps ascending.
        max_points: how many points there may be, at least 1.
    """
    if len(steps) == 0:
        return []
    _, ends = _borders(len(steps), max_points)
    so_far = np.cumsum(tokens)[ends], np.cumsum(seconds)[ends]
    return list(zip(steps[ends].tolist(), *(column.tolist() for column in so_far), strict=True))


def _borders(count: int, max_points: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first and the last index of every bucket."""
    buckets = min(count, max_points)
    starts = np.unique(np.arange(buckets) * count // buckets)
    return starts, np.append(starts[1:], count) - 1
