from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import and_

from server.access import Launcher, Reader
from server.parts import PartsOf, Reading, Writing
from server.runs import again, archive, service
from server.runs.schemas import AttemptSnapshot, LogLine, RunLabels, RunSnapshot, RunState
from server.schemas import MOST, Page
from server.search.conditions import search, speaks_of
from server.tables import Run

router = APIRouter(prefix="/runs", tags=["runs"])


@router.get("")
async def list_runs(
    actor: Reader,
    session: Reading,
    text: Annotated[
        str,
        Query(
            alias="filter",
            description="Such as: state = failed and metrics.accuracy > 0.4 and tag:paper",
        ),
    ] = "",
    sort: Annotated[
        str, Query(description="created or metrics.NAME; with a - before it the largest first")
    ] = "-created",
    metrics: Annotated[
        str | None, Query(description="Whose last values are wanted, by commas; all if left out")
    ] = None,
    pipeline_id: str | None = None,
    state: RunState | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
) -> Page[RunSnapshot]:
    """Runs of all pipelines.

    Archived ones are among them where the filter speaks of `archived`, and questions, of the kind
    `ask`, where it speaks of `kind` or `id`.
    """
    conditions = [await search(session, text)]
    if pipeline_id:
        conditions.append(Run.pipeline_id == pipeline_id)
    else:
        if not speaks_of(text, "archived"):
            conditions.append(Run.archived_at.is_(None))
        if not (speaks_of(text, "kind") or speaks_of(text, "id")):
            conditions.append(Run.kind != "ask")
    if state:
        conditions.append(Run.state == state)
    names = metrics.split(",") if metrics is not None else None
    return await service.page(session, actor, and_(*conditions), sort, names, limit, after)


@router.patch("/{run_id}")
async def label_run(run_id: str, body: RunLabels, actor: Launcher, session: Writing) -> RunSnapshot:
    """Give a run tags and a note."""
    return await service.label(session, run_id, body)


@router.get("/{run_id}")
async def get_run(run_id: str, actor: Reader, session: Reading) -> RunSnapshot:
    """A run."""
    return await service.get(session, run_id)


@router.post("/{run_id}/cancel")
async def cancel_run(run_id: str, actor: Launcher, session: Writing) -> RunSnapshot:
    """End a run without saving."""
    return await service.cancel(session, run_id)


@router.post("/{run_id}/stop")
async def stop_run(run_id: str, actor: Launcher, session: Writing) -> RunSnapshot:
    """Have a run save and end."""
    return await service.stop(session, run_id)


@router.post("/{run_id}/retry")
async def retry_run(run_id: str, actor: Launcher, session: Writing) -> RunSnapshot:
    """Queue a run that did not succeed again, from its newest durable checkpoint."""
    return await again.retry(session, run_id)


@router.post("/{run_id}/resume")
async def resume_run(run_id: str, actor: Launcher, session: Writing) -> RunSnapshot:
    """Let a run that was stopped go on from what it saved."""
    return await again.resume(session, run_id)


@router.post("/{run_id}/restart")
async def restart_run(run_id: str, actor: Launcher, session: Writing) -> RunSnapshot:
    """Execute a run and all that depends on it again from their beginning.

    The runs before it are kept. What was measured stays under its attempt.
    """
    return await again.restart(session, run_id)


@router.post("/{run_id}/archive")
async def archive_run(run_id: str, actor: Launcher, session: Writing) -> RunSnapshot:
    """Hide an ended run from lists; the filter `archived = true` finds it."""
    return await archive.archive(session, run_id)


@router.post("/{run_id}/unarchive")
async def unarchive_run(run_id: str, actor: Launcher, session: Writing) -> RunSnapshot:
    """Show a run in lists again."""
    return await archive.unarchive(session, run_id)


@router.get("/{run_id}/wait")
async def wait_for_run(
    run_id: str,
    parts: PartsOf,
    actor: Reader,
    seconds: Annotated[float, Query(alias="timeout", ge=0, le=60)] = 25,
) -> RunSnapshot:
    """Answer as soon as the run has ended, or with its present state when time is up."""
    return await service.wait(parts, run_id, seconds)


@router.get("/{run_id}/attempts")
async def list_attempts(run_id: str, actor: Reader, session: Reading) -> Page[AttemptSnapshot]:
    """Attempts of a run, oldest first."""
    return await service.attempts(session, run_id)


@router.get("/{run_id}/logs")
async def list_log_lines(
    run_id: str,
    actor: Reader,
    session: Reading,
    after: Annotated[int, Query(ge=0, le=MOST, description="Number of the last line seen")] = 0,
    limit: Annotated[int, Query(ge=1, le=5000)] = 1000,
) -> Page[LogLine]:
    """Lines in the order in which they came."""
    return await service.log_lines(session, run_id, after, limit)
