from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.config import Pipeline as Recipe
from prism_engine.contract.estimate import Lengths, estimate_pipeline
from prism_engine.contract.shape import known_shapes
from server.actors import Actor
from server.database import clock, wake
from server.errors import Invalid
from server.idempotency import made_before, remember
from server.identifiers import new_id
from server.pipelines import repository
from server.pipelines.recipes import read_recipe
from server.pipelines.schemas import (
    NewPipeline,
    PipelineLabels,
    PipelineSnapshot,
    PipelineState,
    PlannedRun,
    Validation,
)
from server.projects import service as projects
from server.runs import repository as run_repository
from server.runs.lifecycle import ENDED, RETRY_BUDGET
from server.runs.schemas import RunSnapshot
from server.runs.service import cancel_locked, settle
from server.runs.snapshots import columns, snapshots
from server.schemas import Page
from server.search.words import remember_words
from server.tables import Pipeline, Project, Run, RunParent


async def validate(
    session: AsyncSession, body: NewPipeline, hub_models: frozenset[str]
) -> Validation:
    try:
        recipe = await read_recipe(session, body.recipe, hub_models)
    except Invalid as error:
        return Validation(valid=False, problems=error.errors, runs=[])
    return Validation(valid=True, problems=[], runs=await planned_runs(session, recipe))


async def planned_runs(session: AsyncSession, recipe: Recipe) -> list[PlannedRun]:
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
    recipe = await read_recipe(session, body.recipe, hub_models)
    pipeline = await add(session, project, recipe, actor)
    await remember(session, actor, key, body, pipeline.id)
    await session.flush()
    return await get(session, pipeline.id)


async def add(
    session: AsyncSession,
    project: Project,
    recipe: Recipe,
    actor: Actor,
    study_id: str | None = None,
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
    )
    session.add(pipeline)
    await session.flush()
    await _add_runs(session, pipeline, recipe)
    await settle(session, pipeline, await clock(session))
    return pipeline


async def _add_runs(session: AsyncSession, pipeline: Pipeline, recipe: Recipe) -> None:
    """Add every run as blocked; whoever waits for nobody is queued when things settle."""
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
                retries_left=RETRY_BUDGET,
                steps=getattr(config, "steps", None),
            )
        )
    await session.flush()
    await remember_words(session, ids.values())
    for name, role, parent in recipe.edges():
        session.add(RunParent(run_id=ids[name], role=role, parent_id=ids[parent]))


async def get(session: AsyncSession, pipeline_id: str) -> PipelineSnapshot:
    return (await pipeline_snapshots(session, [await repository.find(session, pipeline_id)]))[0]


async def page(
    session: AsyncSession,
    actor: Actor,
    project_id: str | None,
    state: PipelineState | None,
    limit: int,
    after: str | None,
) -> Page[PipelineSnapshot]:
    rows = await repository.page(session, actor, project_id, state, limit + 1, after)
    shown = await pipeline_snapshots(session, rows[:limit])
    return Page(data=shown, next_cursor=shown[-1].id if len(rows) > limit else None)


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
    return [
        PipelineSnapshot.model_validate(
            columns(row) | {"runs": by_pipeline[row.id], "tags": tags.get(row.id, [])}
        )
        for row in pipelines
    ]
