from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from server.alerts.rules import ALARMING, raise_alert
from server.audits import repository
from server.audits.schemas import RunAudit
from server.runs import repository as runs
from server.runs.snapshots import run_audit
from server.schemas import Page
from server.tables import Run
from server.webhooks.outbox import announce, of_run


async def page(session: AsyncSession, run_id: str, after: int, limit: int) -> Page[RunAudit]:
    await runs.find(session, run_id)
    rows = await repository.page(session, run_id, after, limit + 1)
    shown = [run_audit(row) for row in rows[:limit]]
    return Page(data=shown, next_cursor=str(shown[-1].step) if len(rows) > limit else None)


async def announce_verdicts(
    session: AsyncSession, run: Run, audits: Sequence[Mapping[str, Any]]
) -> None:
    """Announce every verdict that differs from the one before it; `audits` are not stored yet."""
    last = (await repository.latest(session, [run.id])).get(run.id)
    former = last.audit["verdict"] if last else None
    for row in audits:
        verdict = row["audit"]["verdict"]
        if verdict != former:
            data = {
                "run": of_run(run),
                "step": row["step"],
                "former_verdict": former,
                "verdict": verdict,
                "reason": row["audit"]["reason"],
            }
            await session.run_sync(announce, run.pipeline_id, "audit.verdict_changed", data)
            if verdict in ALARMING:
                reason = row["audit"]["reason"]
                await session.run_sync(raise_alert, run.pipeline_id, verdict, reason, run)
        former = verdict
