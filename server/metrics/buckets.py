"""Curves in no more points than there are pixels to draw them."""

from __future__ import annotations

import numpy as np

from server.metrics.curves import Curve
from server.metrics.packing import LEVELS
from server.metrics.schemas import MetricPoint, ProgressPoint


def width_for(first: int, last: int, max_points: int) -> int:
    """Return how many steps share a bucket, so that steps `first` to `last` fill few enough.

    Buckets are counted from step 0, and wide ones are as wide as so many sums of a pyramid's level:
    then a bucket is the same whatever part of the run is looked at, and is read from sums alone.
    """
    width = -(-(last - first + 1) // max_points)
    level = level_for(width)
    width = -(-width // level) * level
    while last // width - first // width >= max_points:
        # By a 64th at least, which ends soon, and is hardly seen.
        width += -(-width // (64 * level)) * level
    return width


def level_for(width: int) -> int:
    """Return the level of the pyramid from which buckets are made; 1 are the points.

    With four of a level in the narrowest bucket, rounding widths up to it costs little.
    """
    return max((level for level in LEVELS if 4 * level <= width), default=1)


def drawn(curve: Curve) -> list[MetricPoint]:
    """Return (step, last, min, max, attempt) of every bucket.

    A bucket is drawn at its last step, so that the newest value is always exact, and keeps its
    extremes, so that no peak is lost.
    """
    columns = (curve.steps, curve.last, curve.minimum, curve.maximum, curve.attempts)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def progress(tokens: Curve | None, seconds: Curve | None, width: int) -> list[ProgressPoint]:
    """Return (step, tokens so far, seconds so far) of every bucket that has any."""
    parts = [curve.steps for curve in (tokens, seconds) if curve is not None]
    if not parts:
        return []
    steps = np.unique(np.concatenate(parts))
    ends = steps[np.flatnonzero(np.diff(steps // width, append=-1))]
    so_far = (_so_far(curve, ends).tolist() for curve in (tokens, seconds))
    return list(zip(ends.tolist(), *so_far, strict=True))


def _so_far(curve: Curve | None, steps: np.ndarray) -> np.ndarray:
    """Return what the curve adds up to at every step."""
    if curve is None:
        return np.zeros(len(steps))
    so_far = np.append(0.0, np.cumsum(curve.total))
    return so_far[np.searchsorted(curve.steps, steps, side="right")]
