from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.config import Ask
from prism_engine.contract.config import Pipeline as Recipe
from prism_engine.contract.estimate import Lengths, estimate_pipeline
from prism_engine.contract.resources import Resources
from prism_engine.contract.shape import known_shapes
from server.actors import Actor
from server.artifacts import repository as artifacts
from server.checkpoints import repository as checkpoints
from server.database import clock, wake
from server.errors import Conflict, Invalid
from server.fleet import repository as fleet
from server.fleet.turns import Waiting
from server.idempotency import made_before, remember
from server.identifiers import new_id
from server.pipelines import repository
from server.pipelines.forks import Origin, changed, origin_of
from server.pipelines.recipes import read_recipe
from server.pipelines.schemas import (
    Fork,
    ForkedFrom,
    NewPipeline,
    PipelineLabels,
    PipelineSnapshot,
    PipelineState,
    PlannedRun,
    Validation,
)
from server.projects import repository as project_repository
from server.projects import service as projects
from server.runs import repository as run_repository
from server.runs.archive import archive_pipeline, unarchive_pipeline
from server.runs.lifecycle import ENDED, RETRY_BUDGET
from server.runs.schemas import RunSnapshot
from server.runs.service import cancel_locked, settle
from server.runs.snapshots import columns, snapshots
from server.schemas import Page
from server.search.words import remember_words
from server.tables import Pipeline, Project, Run, RunParent, RunSource


async def validate(
    session: AsyncSession, actor: Actor, body: NewPipeline, hub_models: frozenset[str]
) -> Validation:
    origin = await origin_of(session, actor, body.forked_from) if body.forked_from else None
    try:
        recipe = await read_recipe(session, actor, body.recipe, body.project_id, hub_models)
        if origin:
            origin.check(recipe)
    except Invalid as error:
        return Validation(valid=False, problems=error.errors, runs=[], changes=[])
    return Validation(
        valid=True,
        problems=[],
        runs=await planned_runs(session, actor, body.project_id, recipe),
        changes=origin.changes(recipe) if origin else [],
    )


async def _planned(session: AsyncSession, recipe: Recipe) -> list[PlannedRun]:
    # A registered model of a public one's name is what would be trained.
    shapes = known_shapes() | await repository.shapes(session, recipe.models())
    memory = estimate_pipeline(recipe, shapes, Lengths())
    return [
        PlannedRun(
            name=name,
            kind=recipe.runs[name].kind,
            parents=[parent for child, _, parent in recipe.edges() if child == name],
            memory=memory[name],
        )
        for name in recipe.in_order()
    ]


async def planned_runs(
    session: AsyncSession, actor: Actor, project_id: str | None, recipe: Recipe
) -> list[PlannedRun]:
    """The runs of a recipe, with what those would wait for that wait for no other of it."""
    planned = await _planned(session, recipe)
    if project_id is None:
        oldest = await project_repository.oldest_to_launch(session, actor)
        project_id = oldest.id if oldest else None
    if project_id is None:
        return planned
    now = await clock(session)
    first = [_waiting(recipe, run, project_id, now) for run in planned if not run.parents]
    turns = await fleet.present_turns(session, first)
    return [
        run.model_copy(update={"reason": turn.reason, "starts": turn.starts})
        if (turn := turns.get(run.name))
        else run
        for run in planned
    ]


def _waiting(recipe: Recipe, run: PlannedRun, project_id: str, now: datetime) -> Waiting:
    """The run as it would stand in its queue, under its name for an id."""
    config = recipe.runs[run.name]
    needs = config.resources
    return Waiting(
        run.name, "", project_id, needs.queue, needs.priority, now, needs.gpus, needs.gpu_memory,
        nodes=needs.nodes, kind=run.kind, steps=getattr(config, "steps", None),
        max_seconds=_longest(needs),
    )  # fmt: skip


def _longest(needs: Resources) -> int | None:
    return None if needs.hours is None else round(needs.hours * 3600)


async def launch(
    session: AsyncSession,
    body: NewPipeline,
    actor: Actor,
    key: str | None,
    hub_models: frozenset[str],
) -> PipelineSnapshot:
    project = await projects.lock_to_launch(session, actor, body.project_id)
    if made := await made_before(session, actor, key, body):
        return await get(session, made)
    origin = await origin_of(session, actor, body.forked_from) if body.forked_from else None
    recipe = await read_recipe(session, actor, body.recipe, body.project_id, hub_models)
    if origin:
        origin.check(recipe)
    pipeline = await add(session, project, recipe, actor, origin=origin)
    await remember(session, actor, key, body, pipeline.id)
    await session.flush()
    return await get(session, pipeline.id)


async def add(
    session: AsyncSession,
    project: Project,
    recipe: Recipe,
    actor: Actor,
    *,
    study_id: str | None = None,
    origin: Origin | None = None,
) -> Pipeline:
    """Add a checked recipe to a project that is locked, and queue the runs that wait for nobody."""
    project.pipelines += 1
    pipeline = Pipeline(
        id=new_id("pip"),
        project_id=project.id,
        number=project.pipelines,
        name=recipe.name,
        seed=recipe.seed,
        state="queued",
        recipe=recipe.model_dump(mode="json"),
        created_by=actor.name,
        study_id=study_id,
        **_forked(origin, recipe),
    )
    session.add(pipeline)
    await session.flush()
    ids = await _add_runs(session, pipeline, recipe)
    await _add_sources(session, ids, recipe, origin)
    await settle(session, pipeline, await clock(session))
    return pipeline


def _forked(origin: Origin | None, recipe: Recipe) -> dict[str, Any]:
    if origin is None:
        return {}
    return {
        "forked_from_id": origin.pipeline.id,
        "forked_from_run_id": origin.run and origin.run.id,
        "forked_from_step": origin.state and origin.state.step,
        "changes": [change.model_dump(mode="json") for change in origin.changes(recipe)],
    }


async def fork(
    session: AsyncSession,
    source: ForkedFrom,
    changes: Mapping[str, Any],
    actor: Actor,
    key: str | None,
    hub_models: frozenset[str],
) -> PipelineSnapshot:
    """Launch again what ran before, with these settings replaced and in the same project."""
    origin = await origin_of(session, actor, source)
    body = NewPipeline(
        recipe=changed(origin, changes),
        project_id=origin.pipeline.project_id,
        forked_from=source,
    )
    return await launch(session, body, actor, key, hub_models)


async def _add_sources(
    session: AsyncSession, ids: Mapping[str, str], recipe: Recipe, origin: Origin | None
) -> None:
    """Note which checkpoints of other pipelines are needed. Raises `Conflict` if one is gone."""
    needed = [(ids[run], role, checkpoint) for run, role, checkpoint in recipe.checkpoints()]
    if origin and origin.run and origin.state:
        needed.append((ids[origin.run.name], "state", origin.state.id))
    for run_id, role, checkpoint_id in needed:
        if await checkpoints.usable(session, checkpoint_id) is None:
            raise Conflict(f"Checkpoint {checkpoint_id} was deleted in this moment.")
        session.add(RunSource(run_id=run_id, role=role, checkpoint_id=checkpoint_id))


async def _add_runs(session: AsyncSession, pipeline: Pipeline, recipe: Recipe) -> Mapping[str, str]:
    """Add every run as blocked; whoever waits for nobody is queued when things settle.

    Returns:
        The runs' ids by their names.
    """
    ids = {name: new_id("run") for name in recipe.runs}
    for place, name in enumerate(recipe.in_order()):
        config = recipe.runs[name]
        session.add(
            Run(
                id=ids[name],
                pipeline_id=pipeline.id,
                place=place,
                name=name,
                kind=config.kind,
                config=config.model_dump(mode="json"),
                state="blocked",
                queue=config.resources.queue,
                priority=config.resources.priority,
                gpus=config.resources.gpus,
                gpu_memory=config.resources.gpu_memory,
                nodes=config.resources.nodes,
                max_seconds=_longest(config.resources),
                retries_left=RETRY_BUDGET,
                steps=getattr(config, "steps", None),
            )
        )
    await session.flush()
    await remember_words(session, ids.values())
    for name, role, parent in recipe.edges():
        session.add(RunParent(run_id=ids[name], role=role, parent_id=ids[parent]))
    for name, config in recipe.runs.items():
        if isinstance(config, Ask):
            await artifacts.keep_for(session, ids[name], config.images)
    return ids


async def get(session: AsyncSession, pipeline_id: str) -> PipelineSnapshot:
    return (await pipeline_snapshots(session, [await repository.find(session, pipeline_id)]))[0]


async def page(
    session: AsyncSession,
    actor: Actor,
    project_id: str | None,
    state: PipelineState | None,
    archived: bool,
    limit: int,
    after: str | None,
) -> Page[PipelineSnapshot]:
    rows = await repository.page(session, actor, project_id, state, archived, limit + 1, after)
    shown = await pipeline_snapshots(session, rows[:limit])
    return Page(data=shown, next_cursor=shown[-1].id if len(rows) > limit else None)


async def of_runs(
    session: AsyncSession, actor: Actor, run_ids: Sequence[str]
) -> Page[PipelineSnapshot]:
    runs = await run_repository.readable(session, actor, run_ids)
    found = dict.fromkeys(run.pipeline_id for run in runs)
    pipelines = [await repository.find(session, pipeline_id) for pipeline_id in found]
    return Page(data=await pipeline_snapshots(session, pipelines), next_cursor=None)


async def label(
    session: AsyncSession, pipeline_id: str, labels: PipelineLabels
) -> PipelineSnapshot:
    pipeline = await repository.find(session, pipeline_id, lock=True)
    if labels.tags is not None:
        await repository.set_tags(session, pipeline.id, labels.tags)
    if labels.note is not None:
        pipeline.note = labels.note
    pipeline.version += 1
    await session.flush()
    runs = await run_repository.of_pipelines(session, [pipeline.id])
    await remember_words(session, [run.id for run in runs])
    wake(session, "runs")
    return await get(session, pipeline.id)


async def cancel(session: AsyncSession, pipeline_id: str) -> PipelineSnapshot:
    pipeline = await repository.find(session, pipeline_id, lock=True)
    now = await clock(session)
    for run in await run_repository.of_pipelines(session, [pipeline_id]):
        run = await run_repository.lock_alone(session, run.id)
        if run.state not in ENDED and run.desired_state != "cancel":
            cancel_locked(run, now)
    await settle(session, pipeline, now)
    await session.flush()
    return await get(session, pipeline_id)


async def archive(session: AsyncSession, pipeline_id: str) -> PipelineSnapshot:
    await archive_pipeline(session, await repository.find(session, pipeline_id, lock=True))
    return await get(session, pipeline_id)


async def unarchive(session: AsyncSession, pipeline_id: str) -> PipelineSnapshot:
    await unarchive_pipeline(session, await repository.find(session, pipeline_id, lock=True))
    return await get(session, pipeline_id)


async def pipeline_snapshots(
    session: AsyncSession, pipelines: Sequence[Pipeline]
) -> list[PipelineSnapshot]:
    """Build the snapshots of many pipelines with a fixed number of queries."""
    ids = [pipeline.id for pipeline in pipelines]
    runs = await run_repository.of_pipelines(session, ids)
    tags = await repository.tags(session, ids)
    by_pipeline = defaultdict[str, list[RunSnapshot]](list)
    for snapshot in await snapshots(session, runs):
        by_pipeline[snapshot.pipeline_id].append(snapshot)
    pipeline_names, run_names = await repository.names(
        session,
        [row.forked_from_id for row in pipelines if row.forked_from_id],
        [row.forked_from_run_id for row in pipelines if row.forked_from_run_id],
    )
    return [
        PipelineSnapshot.model_validate(
            columns(row)
            | {
                "runs": by_pipeline[row.id],
                "tags": tags.get(row.id, []),
                "forked_from": _fork(row, pipeline_names, run_names),
            }
        )
        for row in pipelines
    ]


def _fork(
    row: Pipeline, pipelines: Mapping[str, tuple[str, int]], runs: Mapping[str, str]
) -> Fork | None:
    if row.forked_from_id is None:
        return None
    name, number = pipelines.get(row.forked_from_id, (None, None))
    return Fork(
        pipeline_id=row.forked_from_id,
        pipeline=name,
        number=number,
        run_id=row.forked_from_run_id,
        run=runs.get(row.forked_from_run_id or ""),
        step=row.forked_from_step,
        changes=row.changes,
    )
