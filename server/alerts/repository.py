from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.alerts.schemas import AlertKind
from server.scoping import within
from server.tables import Alert, Pipeline, Run


async def page(
    session: AsyncSession,
    actor: Actor,
    kind: AlertKind | None,
    run_id: str | None,
    limit: int,
    after: str | None,
) -> list[tuple[Alert, Pipeline | None, str | None]]:
    """Alerts with their pipelines and the names of their runs, newest first.

    Those of the whole installation are everybody's.
    """
    query = (
        select(Alert, Pipeline, Run.name)
        .outerjoin(Pipeline, Pipeline.id == Alert.pipeline_id)
        .outerjoin(Run, Run.id == Alert.run_id)
        .where(or_(Alert.pipeline_id.is_(None), within(Pipeline.project_id, actor)))
        .order_by(Alert.id.desc())
        .limit(limit)
    )
    if kind:
        query = query.where(Alert.kind == kind)
    if run_id:
        query = query.where(Alert.run_id == run_id)
    if after:
        query = query.where(Alert.id < after)
    return [(alert, pipeline, run) for alert, pipeline, run in await session.execute(query)]
