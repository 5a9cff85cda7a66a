"""Rows of like length go through a model together, so that little of it computes padding."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

PASS_PLACES = 256
"""A pass of its own is worth it where it saves so many places: kernels take time to start."""


def alike(lengths: Sequence[int]) -> list[list[int]]:
    """Cut rows into passes of like length that compute the fewest places, each pass counted extra.

    The shortest come first. Of all ways to end a pass after the rows of one length, the cheapest
    is remembered with the length that its last pass begins at.

    Args:
        lengths: of the rows, in tokens.

    Returns:
        Every row's number once, pass by pass.
    """
    order = sorted(range(len(lengths)), key=lambda row: lengths[row])
    groups = [(length, len(list(rows))) for length, rows in groupby(lengths[row] for row in order)]
    best, starts = [0], [0]
    for end, (longest, _) in enumerate(groups, start=1):
        rows, cheapest, start = 0, None, end
        for first in range(end - 1, -1, -1):
            rows += groups[first][1]
            cost = best[first] + rows * longest + PASS_PLACES
            if cheapest is None or cost <= cheapest:
                cheapest, start = cost, first
        best.append(cheapest)
        starts.append(start)
    return _passes(order, [count for _, count in groups], starts)


def _passes(order: Sequence[int], counts: Sequence[int], starts: Sequence[int]) -> list[list[int]]:
    """Walk back from the last pass to the first."""
    passes, end, last = [], len(counts), len(order)
    while end:
        rows = sum(counts[starts[end] : end])
        passes.append(list(order[last - rows : last]))
        end, last = starts[end], last - rows
    return passes[::-1]
