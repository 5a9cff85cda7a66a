"""One metric over steps: points, sums of neighbouring points, and how the one becomes the other.

A sum keeps what is drawn of many points (the last value and the extremes) and what adds up. Sums
of sums are sums: in whatever order a curve is summed up, the same comes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """N points or sums of one metric, steps ascending."""

    steps: Integers  # (N,) the last step of each
    last: Numbers  # (N,) the value there
    minimum: Numbers  # (N,)
    maximum: Numbers  # (N,)
    total: Numbers  # (N,)
    count: Integers  # (N,) how many points it sums up
    attempts: Integers  # (N,) the attempt of the last step

    def __len__(self) -> int:
        return len(self.steps)

    def take(self, places: Integers | slice) -> Curve:
        """Return some of the curve, in the order of the places."""
        return Curve(*(column[places] for column in self._columns()))

    def between(self, first: int, before: int | None) -> Curve:
        """Return the part from a step on and before another."""
        start = int(np.searchsorted(self.steps, first))
        end = len(self) if before is None else int(np.searchsorted(self.steps, before))
        return self if (start, end) == (0, len(self)) else self.take(slice(start, end))

    def _columns(self) -> tuple[NDArray[Any], ...]:
        return (
            self.steps, self.last, self.minimum, self.maximum,
            self.total, self.count, self.attempts,
        )  # fmt: skip


Curves = dict[str, Curve]
"""Curves by the names of their metrics."""


def points(steps: Integers, values: Numbers, attempt: int) -> Curve:
    """Return the curve of single points.

    Args:
        steps, values: (N,), steps ascending.
        attempt: of which they all are.
    """
    ones = np.ones(len(steps), np.int64)
    return Curve(steps, values, values, values, values, ones, ones * attempt)


def join(parts: Sequence[Curve]) -> Curve:
    """Put parts of one curve together.

    Where two hold the same step, the later attempt comes last, and of one attempt the later part.
    """
    if len(parts) == 1:
        return parts[0]
    joined = Curve(*map(np.concatenate, zip(*(part._columns() for part in parts), strict=True)))
    # Parts nearly always follow each other, and sorting takes longer than all the rest.
    if bool((np.diff(joined.steps) > 0).all()):
        return joined
    return joined.take(np.lexsort((joined.attempts, joined.steps)))


def sum_up(curve: Curve, width: int) -> Curve:
    """Sum up what stands in the same `width` steps, counted from step 0."""
    if width == 1 or len(curve) == 0:
        return curve
    blocks = curve.steps // width
    starts = np.flatnonzero(np.diff(blocks, prepend=-1))
    ends = np.append(starts[1:], len(curve)) - 1
    return Curve(
        curve.steps[ends],
        curve.last[ends],
        np.minimum.reduceat(curve.minimum, starts),
        np.maximum.reduceat(curve.maximum, starts),
        np.add.reduceat(curve.total, starts),
        np.add.reduceat(curve.count, starts),
        curve.attempts[ends],
    )
