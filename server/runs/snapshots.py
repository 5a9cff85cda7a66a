"""Rows into what the API and the stream show of a run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncSession

from server.audits import repository as audits
from server.audits.schemas import RunAudit
from server.fleet import repository as fleet
from server.fleet.turns import Turn
from server.runs import repository
from server.runs.lifecycle import RETRY_BUDGET, longest_time
from server.runs.obstacles import obstacles
from server.runs.pace import seconds_left
from server.runs.schemas import Exit, RunSnapshot
from server.tables import GameAudit, Run


def columns(row: object) -> dict[str, Any]:
    """Return a row's columns by name."""
    return {attribute.key: attribute.value for attribute in inspect(row).attrs}


async def snapshots(
    session: AsyncSession, runs: Sequence[Run], metrics: Collection[str] | None = None
) -> list[RunSnapshot]:
    """Build the snapshots of many runs with a fixed number of queries.

    Args:
        metrics: whose last values are wanted; all if left out.
    """
    run_ids = [run.id for run in runs]
    parents = await repository.parents(session, run_ids)
    pipelines = await repository.pipelines(session, {run.pipeline_id for run in runs})
    sources = await repository.sources(session, run_ids)
    tags = await repository.tags(session, run_ids)
    latest = await repository.latest_metrics(session, run_ids, metrics)
    audited = await audits.latest(session, run_ids)
    attempts = await repository.current_attempts(session, [r for r in runs if r.state == "running"])
    blocked = await obstacles(session, runs, parents)
    waiting = any(run.state == "queued" for run in runs)
    turns = await fleet.present_turns(session) if waiting else {}
    return [
        RunSnapshot.model_validate(
            columns(run)
            | pipelines[run.pipeline_id]
            | {
                "parents": parents.get(run.id, []),
                "sources": sources.get(run.id, []),
                "tags": tags.get(run.id, []),
                "latest": latest.get(run.id, {}),
                "audit": run_audit(audited[run.id]) if run.id in audited else None,
                "exit": run.exit_kind and Exit.model_validate(_exit(run)),
                "stalled_at": attempts[run.id].stalled_at if run.id in attempts else None,
                "seconds_left": seconds_left(run, attempts.get(run.id)),
                "ahead": turns[run.id].ahead if run.id in turns else None,
                "starts": turns[run.id].starts if run.id in turns else None,
                "reason": blocked.get(run.id) or _reason(run, turns.get(run.id)),
            }
        )
        for run in runs
    ]


def run_audit(row: GameAudit) -> RunAudit:
    """Return what is shown of an audit."""
    return RunAudit.model_validate(columns(row) | row.audit)


def _exit(row: Run) -> dict[str, str | None]:
    return {"kind": row.exit_kind, "message": row.exit_message or ""}


def _reason(run: Run, turn: Turn | None) -> str | None:
    if run.state in ("claimed", "running") and run.out_of_time_at:
        return f"{longest_time(run)} is over: it saves and ends"
    if run.state in ("claimed", "running") and run.desired_state != "run":
        return "Saves and ends" if run.desired_state == "stop" else "Is being cancelled"
    if turn is None:
        return None
    lost = RETRY_BUDGET - run.retries_left
    return f"{turn.reason}; attempt {run.attempt} was lost" if lost else turn.reason
