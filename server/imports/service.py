"""Runs that another tracker recorded: the same rows, events and chunks as of one's own.

An imported run has ended when it comes, in an attempt that no worker executed. Its metrics have
the names that they were given elsewhere.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.database import clock, wake
from server.errors import Conflict
from server.events.reading import read_imported
from server.events.schemas import EventBatch
from server.events.service import take
from server.idempotency import made_before, remember
from server.identifiers import new_id
from server.imports.schemas import Imported, ImportedEvents, ImportProgress, NewImport
from server.projects import service as projects
from server.runs import repository as runs
from server.search.words import remember_words
from server.tables import Attempt, Pipeline, Project, Run


async def create(session: AsyncSession, body: NewImport, actor: Actor, key: str | None) -> Imported:
    project = await projects.lock_to_launch(session, actor, body.project_id)
    if made := await made_before(session, actor, key, body):
        return await _imported(session, await runs.find(session, made))
    run = await _add(session, project, body, actor)
    await runs.set_tags(session, run.id, body.tags)
    await remember_words(session, [run.id])
    await remember(session, actor, key, body, run.id)
    wake(session, "runs")
    return await _imported(session, run)


async def _add(session: AsyncSession, project: Project, body: NewImport, actor: Actor) -> Run:
    now = await clock(session)
    config = {
        "kind": "imported",
        "source": {"tracker": body.tracker, "location": body.location},
        "parameters": body.parameters,
    }
    project.pipelines += 1
    ended = {"created_at": now, "finished_at": body.finished_at or now, "state": body.state}
    pipeline = Pipeline(
        id=new_id("pip"),
        project_id=project.id,
        number=project.pipelines,
        name=body.pipeline,
        seed=0,
        recipe={"name": body.pipeline, "runs": {body.run: config}},
        created_by=actor.name,
        **ended,
    )
    session.add(pipeline)
    await session.flush()
    run = Run(
        id=new_id("run"),
        pipeline_id=pipeline.id,
        place=0,
        name=body.run,
        kind="imported",
        config=config,
        retries_left=0,
        attempt=1,
        step=body.step,
        started_at=body.started_at,
        note=body.note,
        **ended,
    )
    session.add(run)
    await session.flush()
    attempt = Attempt(
        id=new_id("att"),
        run_id=run.id,
        number=1,
        claim_key="import",
        claimed_run={},
        claimed_at=now,
        lease_expires_at=now,
        started_at=body.started_at,
        ended_at=body.finished_at or now,
    )
    session.add(attempt)
    await session.flush()
    return run


async def add_events(session: AsyncSession, run_id: str, body: ImportedEvents) -> ImportProgress:
    run = await runs.lock_alone(session, (await runs.find(session, run_id)).id)
    if run.kind != "imported":
        raise Conflict(f"Run {run.name} was not imported: its own worker tells of it.")
    attempt = await _attempt(session, run)
    batch = EventBatch(source="engine", events=body.events)
    accepted, quarantined = await take(session, run, attempt, batch, read_imported)
    return ImportProgress(
        accepted=accepted, quarantined=quarantined, next_seq=attempt.engine_seq + 1
    )


async def _imported(session: AsyncSession, run: Run) -> Imported:
    return Imported(
        run_id=run.id,
        pipeline_id=run.pipeline_id,
        imported_at=run.created_at,
        next_seq=(await _attempt(session, run)).engine_seq + 1,
    )


async def _attempt(session: AsyncSession, run: Run) -> Attempt:
    query = (
        select(Attempt).where(Attempt.run_id == run.id).execution_options(populate_existing=True)
    )
    return (await session.scalars(query)).one()
