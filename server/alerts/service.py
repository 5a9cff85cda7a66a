from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.alerts import repository
from server.alerts.schemas import AlertKind, AlertSnapshot
from server.runs.snapshots import columns
from server.schemas import Page
from server.tables import Alert, Pipeline


async def page(
    session: AsyncSession,
    actor: Actor,
    kind: AlertKind | None,
    run_id: str | None,
    limit: int,
    after: str | None,
) -> Page[AlertSnapshot]:
    rows = await repository.page(session, actor, kind, run_id, limit + 1, after)
    shown = [_snapshot(*row) for row in rows[:limit]]
    return Page(data=shown, next_cursor=shown[-1].id if len(rows) > limit else None)


def _snapshot(alert: Alert, pipeline: Pipeline | None, run: str | None) -> AlertSnapshot:
    about = {
        "project_id": pipeline and pipeline.project_id,
        "pipeline_name": pipeline and pipeline.name,
        "pipeline_number": pipeline and pipeline.number,
        "run": run,
    }
    return AlertSnapshot.model_validate(columns(alert) | about)
