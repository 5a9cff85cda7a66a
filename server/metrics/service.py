from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.metrics import METRICS
from server.metrics import repository
from server.metrics.buckets import bucket, progress
from server.metrics.overlay import visible_attempts
from server.metrics.repository import Step
from server.metrics.schemas import MetricSeries, ProgressPoint, RunMetrics
from server.runs import repository as runs
from server.stream.cursor import encode


async def curves(
    session: AsyncSession,
    run_id: str,
    names: frozenset[str] | None,
    first_step: int,
    last_step: int | None,
    max_points: int,
) -> RunMetrics:
    # The position is read first and nothing after it is shown, so that a stream that goes on from
    # it repeats nothing and leaves nothing out.
    position = (await runs.find(session, run_id)).stream_position
    visible = await visible_attempts(session, run_id)
    steps = await repository.steps(session, run_id, visible, first_step, last_step, position)
    return RunMetrics(
        run_id=run_id,
        series=_series(steps, names, max_points),
        # A part of a run does not know what went before it; whoever zooms knows the whole already.
        progress=_progress(steps, max_points) if first_step == 0 else [],
        cursor=encode({run_id: position}),
    )


def _progress(steps: Sequence[Step], max_points: int) -> list[ProgressPoint]:
    at = np.array([step.step for step in steps], np.int64)
    tokens = np.array([step.metrics.get("tokens", 0.0) for step in steps])
    seconds = np.array([step.metrics.get("step_seconds", 0.0) for step in steps])
    return progress(at, tokens, seconds, max_points)


def _series(
    steps: Sequence[Step], names: frozenset[str] | None, max_points: int
) -> list[MetricSeries]:
    points = defaultdict[str, list[tuple[int, float, int]]](list)
    for attempt, step, metrics in steps:
        for name, value in metrics.items():
            if names is None or name in names:
                points[name].append((step, value, attempt))
    order = {name: place for place, name in enumerate(METRICS)}
    found = []
    for name in sorted(points, key=lambda name: order.get(name, len(order))):
        at, values, attempts = zip(*points[name], strict=True)
        arrays = np.array(at, np.int64), np.array(values, np.float64), np.array(attempts, np.int64)
        found.append(MetricSeries(name=name, points=bucket(*arrays, max_points)))
    return found
