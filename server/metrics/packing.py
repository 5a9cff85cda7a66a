"""Curves as bytes, little endian.

A chunk holds the points of 1024 steps: their values as float64, then their steps as int32. A level
of the pyramid holds, for every 16, 256 or 4096 steps that have a point, six float64: last step,
last value, minimum, maximum, total and count, one column after the other.
"""

from __future__ import annotations

import numpy as np

from server.metrics.curves import Curve, points

LEVELS = (16, 256, 4096)
"""How many steps each level of the pyramid sums up into one."""

ROWS = 1024
"""How many points or sums at most share a row of the database."""

_BYTES_OF_POINT = 12
_COLUMNS_OF_SUM = 6


def pack_points(curve: Curve) -> bytes:
    """Return the points as bytes."""
    return curve.last.astype("<f8").tobytes() + curve.steps.astype("<i4").tobytes()


def unpack_points(content: bytes, attempt: int) -> Curve:
    """Return the points that were packed."""
    count = len(content) // _BYTES_OF_POINT
    steps = np.frombuffer(content, "<i4", count, offset=8 * count)
    return points(steps.astype(np.int64), np.frombuffer(content, "<f8", count), attempt)


def pack_sums(curve: Curve) -> bytes:
    """Return the sums as bytes."""
    columns = (
        curve.steps, curve.last, curve.minimum, curve.maximum, curve.total, curve.count,
    )  # fmt: skip
    return np.stack(columns).astype("<f8").tobytes()


def unpack_sums(content: bytes, attempt: int) -> Curve:
    """Return the sums that were packed."""
    columns = np.frombuffer(content, "<f8").reshape(_COLUMNS_OF_SUM, -1)
    steps, last, minimum, maximum, total, count = columns
    attempts = np.full(len(steps), attempt, np.int64)
    return Curve(
        steps.astype(np.int64), last, minimum, maximum, total, count.astype(np.int64), attempts
    )
