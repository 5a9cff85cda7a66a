from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from server.audits import repository
from server.audits.schemas import RunAudit
from server.runs import repository as runs
from server.runs.snapshots import run_audit
from server.schemas import Page


async def page(session: AsyncSession, run_id: str, after: int, limit: int) -> Page[RunAudit]:
    await runs.find(session, run_id)
    rows = await repository.page(session, run_id, after, limit + 1)
    shown = [run_audit(row) for row in rows[:limit]]
    return Page(data=shown, next_cursor=str(shown[-1].step) if len(rows) > limit else None)
