"""Where the numbers of a run's steps lie: the one place to know how they are stored.

The newest steps stand in the tail, as they came. The compactor folds older ones into chunks of
points and a pyramid of sums, and takes them out of the tail in the same transaction: every point
is in exactly one of the two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from server.metrics import chunks
from server.metrics.curves import Curves
from server.metrics.overlay import Visible
from server.metrics.pieces import TAIL, Piece, read
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
    after_last = None if last_step is None else last_step + 1
    pieces: list[Piece] = []
    for attempt, replaced in visible:
        before = min((end for end in (replaced, after_last) if end is not None), default=None)
        pieces += _pieces(attempt, first_step, before, level)
    return chunks.joined(await read(session, run_id, pieces, names))


def _pieces(attempt: int, first: int, before: int | None, level: int) -> list[Piece]:
    """Return where steps of an attempt lie: in sums of a level, as far as those are whole."""
    start = -(-first // level) * level
    end = None if before is None else before // level * level
    if level == 1 or (end is not None and end <= start):
        spans = [(first, before, 1)]
    else:
        # In the order of their steps, so that nobody has to sort what is put together.
        spans = [(first, start, 1), (start, end, level)]
        spans += [] if end is None else [(end, before, 1)]
    folded = [Piece(attempt, of, since, to) for since, to, of in spans if to is None or since < to]
    return [*folded, Piece(attempt, TAIL, first, before)]


async def metrics_of(session: AsyncSession, events: Sequence[Event]) -> list[dict[str, float]]:
    """Return the numbers of each event; an event that is no step's has none."""
    steps = defaultdict[int, set[int]](set)
    for event in events:
        if event.type == "step_finished" and event.step is not None:
            steps[event.attempt].add(event.step)
    found = defaultdict[tuple[int, int], dict[str, float]](dict)
    for attempt, wanted in steps.items():
        span = min(wanted), max(wanted) + 1
        place = session, events[0].run_id
        parts = await read(*place, [Piece(attempt, TAIL, *span)], None)
        known = {step for curve in parts[0].values() for step in curve.steps.tolist()}
        if not wanted <= known:
            # What streams is in the tail: the chunks need not be asked.
            parts = [*await read(*place, [Piece(attempt, 1, *span)], None), *parts]
        for name, curve in (item for part in parts for item in part.items()):
            for step, value in zip(curve.steps.tolist(), curve.last.tolist(), strict=True):
                found[attempt, step][name] = value
    return [found.get((event.attempt, event.step or 0), {}) for event in events]
