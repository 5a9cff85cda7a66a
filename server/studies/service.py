from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.config import InvalidRecipe
from prism_engine.contract.config import Pipeline as Recipe
from prism_engine.contract.study import Arm, Plan, expand
from server.actors import Actor
from server.database import wake
from server.errors import Invalid
from server.idempotency import made_before, remember
from server.identifiers import new_id
from server.pipelines import service as pipelines
from server.pipelines.recipes import check_registered, read_recipe, refusal
from server.pipelines.schemas import PipelineState
from server.projects import service as projects
from server.runs import repository as runs
from server.runs.lifecycle import pipeline_state
from server.runs.snapshots import columns
from server.schemas import Page
from server.studies import repository
from server.studies.schemas import (
    CellRun,
    NewStudy,
    StudyCell,
    StudyLimit,
    StudyPlan,
    StudySnapshot,
    StudySummary,
)
from server.tables import Pipeline, Run, Study


async def validate(
    session: AsyncSession, actor: Actor, body: NewStudy, hub_models: frozenset[str]
) -> StudyPlan:
    try:
        _, plan = await _plan(session, actor, body, hub_models)
    except Invalid as error:
        return StudyPlan(
            valid=False, problems=error.errors, arms=[], seeds=[], runs=[], total_runs=0,
            unshared_runs=0,
        )  # fmt: skip
    first = plan.pipelines[0]
    planned = await pipelines.planned_runs(session, actor, body.project_id, first)
    return StudyPlan(
        valid=True,
        problems=[],
        arms=list(plan.arms),
        seeds=[pipeline.seed for pipeline in plan.pipelines],
        runs=planned,
        total_runs=len(planned) * len(plan.pipelines),
        unshared_runs=plan.unshared_runs,
    )


async def _plan(
    session: AsyncSession, actor: Actor, body: NewStudy, hub_models: frozenset[str]
) -> tuple[Recipe, Plan]:
    """Read the recipe, expand the grid over it and check all that comes of it. Raises `Invalid`."""
    recipe = await read_recipe(session, actor, body.recipe, body.project_id, hub_models)
    if body.name:
        recipe = recipe.model_copy(update={"name": body.name})
    try:
        # Dozens of recipes are read: others are answered meanwhile.
        plan = await asyncio.to_thread(expand, recipe, body.grid)
    except InvalidRecipe as error:
        raise refusal(error) from error
    await check_registered(session, actor, plan.pipelines[0], hub_models)
    return recipe, plan


async def launch(
    session: AsyncSession,
    body: NewStudy,
    actor: Actor,
    key: str | None,
    hub_models: frozenset[str],
) -> StudySnapshot:
    project = await projects.lock_to_launch(session, actor, body.project_id)
    if made := await made_before(session, actor, key, body):
        return await get(session, made)
    recipe, plan = await _plan(session, actor, body, hub_models)
    study = Study(
        id=new_id("std"),
        project_id=project.id,
        name=recipe.name,
        recipe=recipe.model_dump(mode="json"),
        grid=body.grid.model_dump(mode="json"),
        arms=[arm.model_dump(mode="json") for arm in plan.arms],
        most_at_once=body.most_at_once,
        created_by=actor.name,
    )
    session.add(study)
    await session.flush()
    for of_seed in plan.pipelines:
        await pipelines.add(session, project, of_seed, actor, study_id=study.id)
    await remember(session, actor, key, body, study.id)
    await session.flush()
    return await get(session, study.id)


async def get(session: AsyncSession, study_id: str) -> StudySnapshot:
    study = await repository.find(session, study_id)
    made = (await repository.pipelines(session, [study_id])).get(study_id, [])
    by_pipeline = await _runs_by_name(session, made)
    arms = [Arm.model_validate(arm) for arm in study.arms]
    return StudySnapshot.model_validate(
        columns(study)
        | {
            "state": _state(made),
            "seeds": [pipeline.seed for pipeline in made],
            "pipelines": [pipeline.id for pipeline in made],
            "cells": [
                _cell(arm, pipeline, by_pipeline[pipeline.id]) for arm in arms for pipeline in made
            ],
        }
    )


async def _runs_by_name(
    session: AsyncSession, made: Iterable[Pipeline]
) -> Mapping[str, Mapping[str, Run]]:
    found = defaultdict[str, dict[str, Run]](dict)
    for run in await runs.of_pipelines(session, [pipeline.id for pipeline in made]):
        found[run.pipeline_id][run.name] = run
    return found


def _cell(arm: Arm, pipeline: Pipeline, by_name: Mapping[str, Run]) -> StudyCell:
    own = [by_name[name] for name in arm.runs]
    return StudyCell(
        arm=arm.label,
        seed=pipeline.seed,
        pipeline_id=pipeline.id,
        state=pipeline_state(own),
        runs=[CellRun.model_validate(columns(run)) for run in own],
    )


def _state(made: Sequence[Pipeline]) -> PipelineState:
    states = {pipeline.state for pipeline in made}
    if states <= {"queued"}:
        return "queued"
    if states & {"queued", "running"}:
        return "running"
    ends: tuple[PipelineState, ...] = ("failed", "cancelled", "stopped")
    return next((state for state in ends if state in states), "succeeded")


async def page(
    session: AsyncSession, actor: Actor, project_id: str | None, limit: int, after: str | None
) -> Page[StudySummary]:
    rows = await repository.page(session, actor, project_id, limit + 1, after)
    shown = rows[:limit]
    made = await repository.pipelines(session, [study.id for study in shown])
    summaries = [
        StudySummary.model_validate(
            columns(study)
            | {
                "state": _state(made.get(study.id, [])),
                "arms": len(study.arms),
                "seeds": len(made.get(study.id, [])),
            }
        )
        for study in shown
    ]
    return Page(data=summaries, next_cursor=shown[-1].id if len(rows) > limit else None)


async def limit(session: AsyncSession, study_id: str, body: StudyLimit) -> StudySnapshot:
    study = await repository.find(session, study_id, lock=True)
    study.most_at_once = body.most_at_once
    await session.flush()
    wake(session, "queue")
    return await get(session, study_id)


async def cancel(session: AsyncSession, study_id: str) -> StudySnapshot:
    made = await repository.pipelines(session, [study_id])
    for pipeline in made.get(study_id, []):
        await pipelines.cancel(session, pipeline.id)
    return await get(session, study_id)
