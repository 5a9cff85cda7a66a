"""How long runs will wait: between so many seconds and so many, or nobody knows.

The fleet is played forward twice, with everything as quick and as slow as it may be: the runs in
the order in which they are claimed, each on the slots that are free first of those that it fits.
What will be launched, cancelled or lost meanwhile is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite

from server.fleet.turns import OpenSlot, Waiting

STRAY = 1.25
"""A pace that was seen is taken to hold within a quarter."""

MOST = 200
"""For runs that are further behind it is not asked."""


@dataclass(frozen=True)
class Span:
    """Between `low` and `high` (s); infinite where nothing is known."""

    low: float = 0.0
    high: float = inf

    def times(self, number: float) -> Span:
        return Span(self.low * number, self.high * number if number else 0.0)

    def after(self, seconds: float) -> Span:
        """What is left of it after so many seconds."""
        return Span(max(0.0, self.low - seconds), max(0.0, self.high - seconds))

    def at_most(self, seconds: float | None) -> Span:
        """The same under a limit."""
        if seconds is None:
            return self
        return Span(min(self.low, seconds), min(self.high, seconds))


UNKNOWN = Span()
NOW = Span(0.0, 0.0)


def around(seen: Iterable[float]) -> Span:
    """Where the next may lie, after those that were seen."""
    values = list(seen)
    return Span(min(values) / STRAY, max(values) * STRAY) if values else UNKNOWN


def waiting_times(
    order: Sequence[Waiting],
    slots: Sequence[OpenSlot],
    free_in: Sequence[Span],
    durations: Mapping[str, Span],
    limits: Mapping[str, str],
) -> dict[str, Span]:
    """Return how long each run waits, by its id, where it is known.

    Args:
        order: runs that may be claimed, in the order in which they are.
        slots: of all workers that are heard of.
        free_in: when each of the slots comes free, in the same order.
        durations: how long each run takes, by its id.
        limits: by run, what several share of which not all may be executed at once, such as a
            project with a quota. Of these only the first one's time is known.
    """
    soonest = _starts(order, slots, [one.low for one in free_in], _lows(durations))
    latest = _starts(order, slots, [one.high for one in free_in], _highs(durations))
    found, seen = dict[str, Span](), set[str]()
    for run in order:
        limit = limits.get(run.run_id)
        if limit in seen:
            continue
        if limit is not None:
            seen.add(limit)
        if isfinite(latest[run.run_id]):
            low, high = sorted((soonest[run.run_id], latest[run.run_id]))
            found[run.run_id] = Span(low, high)
    return found


def _lows(durations: Mapping[str, Span]) -> dict[str, float]:
    return {run_id: span.low for run_id, span in durations.items()}


def _highs(durations: Mapping[str, Span]) -> dict[str, float]:
    return {run_id: span.high for run_id, span in durations.items()}


def _starts(
    order: Sequence[Waiting],
    slots: Sequence[OpenSlot],
    free_in: Sequence[float],
    durations: Mapping[str, float],
) -> dict[str, float]:
    """Play the fleet forward; return when each run starts."""
    free_at, found = list(free_in), dict[str, float]()
    for run in order:
        fitting = [place for place, slot in enumerate(slots) if slot.could_take(run)]
        taken = sorted(fitting, key=lambda place: free_at[place])[: run.nodes]
        start = free_at[taken[-1]] if len(taken) == run.nodes else inf
        found[run.run_id] = start
        for place in taken:
            free_at[place] = start + durations.get(run.run_id, inf)
    return found
