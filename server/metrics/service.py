from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.metrics import METRICS
from server.metrics import latest, repository
from server.metrics.buckets import drawn, level_for, progress, width_for
from server.metrics.curves import Curves, sum_up
from server.metrics.overlay import visible_attempts
from server.metrics.schemas import MetricSeries, ProgressPoint, RunMetrics
from server.stream.cursor import encode

PLACES = {name: place for place, name in enumerate(METRICS)}
PACE = frozenset({"tokens", "step_seconds"})


async def curves(
    session: AsyncSession,
    run_id: str,
    names: frozenset[str] | None,
    first_step: int,
    last_step: int | None,
    max_points: int,
) -> RunMetrics:
    position, newest = await latest.head(session, run_id)
    visible = await visible_attempts(session, run_id)
    last = newest if last_step is None else min(newest, last_step)
    first = max(first_step, 1)
    width = width_for(first, max(first, last), max_points)
    # A part of a run does not know what went before it; whoever zooms knows the whole already.
    pace = PACE if first_step == 0 else frozenset[str]()
    found = await repository.curves(
        session, run_id, visible, names and names | pace, first_step, last_step, level_for(width)
    )
    return RunMetrics(
        run_id=run_id,
        series=_series(found, names, width),
        progress=_progress(found, width) if pace else [],
        cursor=encode({run_id: position}),
    )


def _progress(found: Curves, width: int) -> list[ProgressPoint]:
    return progress(found.get("tokens"), found.get("step_seconds"), width)


def _series(found: Curves, names: frozenset[str] | None, width: int) -> list[MetricSeries]:
    wanted = found.keys() if names is None else found.keys() & names
    return [
        MetricSeries(name=name, points=drawn(sum_up(found[name], width)))
        for name in sorted(wanted, key=lambda name: PLACES.get(name, len(PLACES)))
    ]
