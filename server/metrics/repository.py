"""Where the numbers of a run's steps lie: the one place to know how they are stored.

The newest steps stand in the tail, as they came. The compactor folds older ones into chunks of
points and a pyramid of sums, and takes them out of the tail in the same transaction: every point
is in exactly one of the two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from server.metrics import chunks, tail
from server.metrics.curves import Curves
from server.metrics.overlay import Visible
from server.tables import Event

Names = Collection[str] | None
"""Of which metrics; None means all."""


async def curves(
    session: AsyncSession,
    run_id: str,
    visible: Sequence[Visible],
    names: Names = None,
    first_step: int = 0,
    last_step: int | None = None,
    level: int = 1,
) -> Curves:
    """Return the visible curves, as points or as sums of at most `level` steps.

    A sum never reaches over what was asked for: at its borders there are points.
    """
    parts: list[Curves] = []
    for attempt, replaced in visible:
        after_last = None if last_step is None else last_step + 1
        before = min((end for end in (replaced, after_last) if end is not None), default=None)
        parts += await _folded(session, run_id, attempt, names, first_step, before, level)
        parts.append(await tail.curves(session, run_id, attempt, names, first_step, before))
    return chunks.joined(parts)


async def _folded(
    session: AsyncSession,
    run_id: str,
    attempt: int,
    names: Names,
    first: int,
    before: int | None,
    level: int,
) -> list[Curves]:
    """Return what is in chunks, read from a level of the pyramid as far as that is whole."""
    start = -(-first // level) * level
    end = None if before is None else before // level * level
    if level == 1 or (end is not None and end <= start):
        return [await chunks.curves(session, run_id, attempt, names, first, before)]
    # In the order of their steps, so that nobody has to sort what is put together.
    spans = [(first, start, 1), (start, end, level), (end, before, 1)]
    return [
        await chunks.curves(session, run_id, attempt, names, since, until, of_level)
        for since, until, of_level in spans
        if since is not None and (until is None or since < until)
    ]


async def metrics_of(session: AsyncSession, events: Sequence[Event]) -> list[dict[str, float]]:
    """Return the numbers of each event; an event that is no step's has none."""
    steps = defaultdict[int, set[int]](set)
    for event in events:
        if event.type == "step_finished" and event.step is not None:
            steps[event.attempt].add(event.step)
    found = defaultdict[tuple[int, int], dict[str, float]](dict)
    for attempt, wanted in steps.items():
        place = (session, events[0].run_id, attempt, None, min(wanted), max(wanted) + 1)
        newest = await tail.curves(*place)
        known = {step for curve in newest.values() for step in curve.steps.tolist()}
        # What streams is in the tail: the chunks need not be asked.
        parts = [newest] if wanted <= known else [await chunks.curves(*place), newest]
        for name, curve in (item for part in parts for item in part.items()):
            for step, value in zip(curve.steps.tolist(), curve.last.tolist(), strict=True):
                found[attempt, step][name] = value
    return [found.get((event.attempt, event.step or 0), {}) for event in events]
