from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.metrics import METRICS
from server.metrics import latest, repository
from server.metrics.buckets import drawn, level_for, progress, width_for
from server.metrics.curves import Curves, sum_up
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
    head = await latest.head(session, run_id)
    last = head.step if last_step is None else min(head.step, last_step)
    first = max(first_step, 1)
    width = width_for(first, max(first, last), max_points)
    # A part of a run does not know what went before it; whoever zooms knows the whole already.
    pace = PACE if first_step == 0 else frozenset[str]()
    wanted = names and names | pace
    level = level_for(width)
    found = await repository.curves(
        session, run_id, head.visible, wanted, first_step, last_step, level
    )
    # Made by ourselves a moment ago, thousands of numbers need no validation.
    return RunMetrics.model_construct(
        run_id=run_id,
        series=_series(found, names, width),
        progress=_progress(found, width) if pace else [],
        cursor=encode({run_id: head.position}),
    )


def _progress(found: Curves, width: int) -> list[ProgressPoint]:
    return progress(found.get("tokens"), found.get("step_seconds"), width)


def _series(found: Curves, names: frozenset[str] | None, width: int) -> list[MetricSeries]:
    wanted = found.keys() if names is None else found.keys() & names
    return [
        MetricSeries.model_construct(name=name, points=drawn(sum_up(found[name], width)))
        for name in sorted(wanted, key=lambda name: PLACES.get(name, len(PLACES)))
    ]
