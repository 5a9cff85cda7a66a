from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from server.metrics.overlay import is_visible, visible_attempts
from server.tables import GameAudit


async def page(session: AsyncSession, run_id: str, after: int, limit: int) -> Sequence[GameAudit]:
    """Audits after a step that no later attempt has replaced, steps ascending."""
    visible = await visible_attempts(session, run_id)
    query = (
        select(GameAudit)
        .where(
            GameAudit.run_id == run_id,
            GameAudit.step > after,
            is_visible(visible, GameAudit.attempt, GameAudit.step),
        )
        .order_by(GameAudit.step, GameAudit.position)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def latest(session: AsyncSession, run_ids: Iterable[str]) -> dict[str, GameAudit]:
    """The last audit of each run that has any, from its newest attempt that made one."""
    newest = (GameAudit.attempt.desc(), GameAudit.step.desc(), GameAudit.position.desc())
    place = func.row_number().over(partition_by=GameAudit.run_id, order_by=newest)
    ranked = select(GameAudit, place.label("place")).where(GameAudit.run_id.in_(run_ids)).subquery()
    audit = aliased(GameAudit, ranked)
    rows = await session.scalars(select(audit).where(ranked.c.place == 1))
    return {row.run_id: row for row in rows}
