from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.audit_log import repository
from server.audit_log.repository import Filter
from server.audit_log.schemas import ChangeSnapshot
from server.runs.snapshots import columns
from server.schemas import Page


async def page(
    session: AsyncSession, actor: Actor, wanted: Filter, limit: int, after: int | None
) -> Page[ChangeSnapshot]:
    rows = await repository.page(session, actor, wanted, limit + 1, after)
    shown = [ChangeSnapshot.model_validate(columns(row)) for row in rows[:limit]]
    return Page(data=shown, next_cursor=str(shown[-1].position) if len(rows) > limit else None)
