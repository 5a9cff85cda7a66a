"""Executing again what has ended: from where it was, or from its beginning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from server.database import clock
from server.errors import Conflict
from server.runs import repository
from server.runs.lifecycle import ACTIVE, ENDED, move
from server.runs.schemas import Parent, RunSnapshot
from server.runs.service import settle, snapshot
from server.tables import Pipeline, Run

Parents = Mapping[str, Sequence[Parent]]


async def retry(session: AsyncSession, run_id: str) -> RunSnapshot:
    """Queue what did not succeed again, from its newest durable checkpoint."""
    pipeline, run = await _lock(session, run_id)
    if run.state == "succeeded":
        raise Conflict(f"Run {run.name} has succeeded; restart it to execute it again.")
    if run.state in ENDED:
        await _go_on(session, pipeline, run)
    elif run.desired_state != "run":
        raise Conflict(f"Run {run.name} has not ended yet.")
    return await snapshot(session, run)


async def resume(session: AsyncSession, run_id: str) -> RunSnapshot:
    """Let a run that was stopped go on from what it saved."""
    pipeline, run = await _lock(session, run_id)
    if run.state == "stopped":
        await _go_on(session, pipeline, run)
    elif run.state in ENDED:
        raise Conflict(f"Run {run.name} is {run.state}; only what was stopped can be resumed.")
    elif run.desired_state != "run":
        raise Conflict(f"Run {run.name} has not ended yet.")
    return await snapshot(session, run)


async def _lock(session: AsyncSession, run_id: str) -> tuple[Pipeline, Run]:
    pipeline, run = await repository.lock(session, run_id)
    if run.kind == "imported":
        raise Conflict(f"Run {run.name} was imported; where it came from it can be run again.")
    return pipeline, run


async def _go_on(session: AsyncSession, pipeline: Pipeline, run: Run) -> None:
    now = await clock(session)
    runs = {other.id: other for other in await repository.of_pipelines(session, [pipeline.id])}
    parents = await repository.parents(session, runs)
    for parent in parents.get(run.id, []):
        if (state := runs[parent.run_id].state) in ENDED - {"succeeded"}:
            raise Conflict(f"Its parent {parent.run} is {state}; retry that one.")
    move(run, "blocked", now)
    # Children that were cancelled on this run's account wait for it again.
    back = {run.id}
    for other in runs.values():
        needs = {parent.run_id for parent in parents.get(other.id, [])}
        if other.exit_kind == "upstream" and needs & back:
            move(other, "blocked", now)
            back.add(other.id)
    await settle(session, pipeline, now)


async def restart(session: AsyncSession, run_id: str) -> RunSnapshot:
    """Execute a run and all that depends on it again from their beginning; earlier runs stay."""
    pipeline, run = await _lock(session, run_id)
    now = await clock(session)
    runs = await repository.of_pipelines(session, [pipeline.id])
    parents = await repository.parents(session, [other.id for other in runs])
    again = [
        await repository.lock_alone(session, other.id)
        for other in _with_dependents(run, runs, parents)
    ]
    if busy := [other.name for other in again if other.state in ACTIVE]:
        raise Conflict(f"{_listed(busy)} is executed at this moment; stop or cancel it first.")
    await _require_parents(session, run, {other.id: other for other in runs}, parents)
    for other in again:
        _forget_progress(other, now)
    await settle(session, pipeline, now)
    return await snapshot(session, run)


def _with_dependents(run: Run, runs: Sequence[Run], parents: Parents) -> list[Run]:
    """Return the run and what depends on it; parents stand before children in `runs`."""
    found = {run.id}
    for other in runs:
        if {parent.run_id for parent in parents.get(other.id, [])} & found:
            found.add(other.id)
    return [other for other in runs if other.id in found]


async def _require_parents(
    session: AsyncSession, run: Run, runs: Mapping[str, Run], parents: Parents
) -> None:
    own = parents.get(run.id, [])
    exported = await repository.exported(session, [parent.run_id for parent in own])
    for parent in own:
        if runs[parent.run_id].state != "succeeded":
            state = runs[parent.run_id].state
            raise Conflict(f"Its parent {parent.run} is {state}; restart that one.")
        if (parent.run_id, parent.role) not in exported:
            raise Conflict(f"The {parent.role} of {parent.run} was deleted; restart that one.")


def _forget_progress(run: Run, now: datetime) -> None:
    run.restarted_after = run.attempt
    run.step = 0
    if run.state != "blocked":
        move(run, "blocked", now)


def _listed(names: Iterable[str]) -> str:
    return " and ".join(sorted(names))
