from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response, status

from server.access import Launcher, Reader
from server.parts import PartsOf, Reading, Writing
from server.pipelines import forks, service
from server.pipelines.schemas import (
    ForkDraft,
    ForkedFrom,
    NewFork,
    NewPipeline,
    NewRunFork,
    PipelineLabels,
    PipelineSnapshot,
    PipelineState,
    Validation,
)
from server.runs.chosen import Chosen
from server.schemas import Page
from server.storage.disk import Room

router = APIRouter(tags=["pipelines"])

Key = Annotated[str | None, Header(alias="idempotency-key", max_length=200)]


@router.post("/pipelines", status_code=status.HTTP_201_CREATED, dependencies=[Room])
async def create_pipeline(
    body: NewPipeline,
    response: Response,
    actor: Launcher,
    session: Writing,
    parts: PartsOf,
    idempotency_key: Key = None,
) -> PipelineSnapshot:
    """Launch a recipe."""
    hub_models = parts.settings.allowed_hub_models
    pipeline = await service.launch(session, body, actor, idempotency_key, hub_models)
    response.headers["Location"] = f"/api/v1/pipelines/{pipeline.id}"
    return pipeline


@router.post("/pipelines:validate")
async def validate_pipeline(
    body: NewPipeline, actor: Reader, session: Reading, parts: PartsOf
) -> Validation:
    """Say what is wrong with a recipe, without launching it."""
    return await service.validate(session, actor, body, parts.settings.allowed_hub_models)


@router.get("/pipelines")
async def list_pipelines(
    actor: Reader,
    session: Reading,
    project_id: str | None = None,
    state: PipelineState | None = None,
    archived: bool = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
) -> Page[PipelineSnapshot]:
    """Launched pipelines; either those in sight, or those that were archived."""
    return await service.page(session, actor, project_id, state, archived, limit, after)


@router.get("/compared-pipelines")
async def list_compared_pipelines(
    actor: Reader, session: Reading, runs: Chosen
) -> Page[PipelineSnapshot]:
    """The pipelines that several runs belong to, in the order of the runs."""
    return await service.of_runs(session, actor, runs)


@router.get("/pipelines/{pipeline_id}")
async def get_pipeline(pipeline_id: str, actor: Reader, session: Reading) -> PipelineSnapshot:
    """A pipeline with its runs."""
    return await service.get(session, pipeline_id)


@router.patch("/pipelines/{pipeline_id}")
async def label_pipeline(
    pipeline_id: str, body: PipelineLabels, actor: Launcher, session: Writing
) -> PipelineSnapshot:
    """Give a pipeline tags and a note."""
    return await service.label(session, pipeline_id, body)


@router.post("/pipelines/{pipeline_id}/cancel")
async def cancel_pipeline(pipeline_id: str, actor: Launcher, session: Writing) -> PipelineSnapshot:
    """Cancel every run of a pipeline that has not ended."""
    return await service.cancel(session, pipeline_id)


@router.post("/pipelines/{pipeline_id}/archive")
async def archive_pipeline(pipeline_id: str, actor: Launcher, session: Writing) -> PipelineSnapshot:
    """Hide an ended pipeline and its runs from lists."""
    return await service.archive(session, pipeline_id)


@router.post("/pipelines/{pipeline_id}/unarchive")
async def unarchive_pipeline(
    pipeline_id: str, actor: Launcher, session: Writing
) -> PipelineSnapshot:
    """Show a pipeline and its runs in lists again."""
    return await service.unarchive(session, pipeline_id)


@router.get("/pipelines/{pipeline_id}/fork")
async def draft_pipeline_fork(pipeline_id: str, actor: Reader, session: Reading) -> ForkDraft:
    """The recipe to begin a fork of a pipeline with."""
    return await forks.draft(session, actor, ForkedFrom(pipeline_id=pipeline_id))


@router.get("/runs/{run_id}/fork")
async def draft_run_fork(
    run_id: str, actor: Reader, session: Reading, alone: bool = False
) -> ForkDraft:
    """The recipe to begin a fork of a run with: the run, and what depends on it."""
    return await forks.draft(session, actor, ForkedFrom(run_id=run_id, alone=alone))


@router.post(
    "/pipelines/{pipeline_id}/fork", status_code=status.HTTP_201_CREATED, dependencies=[Room]
)
async def fork_pipeline(
    pipeline_id: str,
    body: NewFork,
    actor: Launcher,
    session: Writing,
    parts: PartsOf,
    idempotency_key: Key = None,
) -> PipelineSnapshot:
    """Launch a pipeline again with changed settings."""
    source = ForkedFrom(pipeline_id=pipeline_id)
    hub_models = parts.settings.allowed_hub_models
    return await service.fork(session, source, body.changes, actor, idempotency_key, hub_models)


@router.post("/runs/{run_id}/fork", status_code=status.HTTP_201_CREATED, dependencies=[Room])
async def fork_run(
    run_id: str,
    body: NewRunFork,
    actor: Launcher,
    session: Writing,
    parts: PartsOf,
    idempotency_key: Key = None,
) -> PipelineSnapshot:
    """Launch a run, and what depends on it, again with changed settings.

    What stands before it is not trained again: the checkpoints that it started from are used.
    """
    source = ForkedFrom(run_id=run_id, alone=body.alone, step=body.step)
    hub_models = parts.settings.allowed_hub_models
    return await service.fork(session, source, body.changes, actor, idempotency_key, hub_models)


@router.post(
    "/pipelines/{pipeline_id}/clone", status_code=status.HTTP_201_CREATED, dependencies=[Room]
)
async def clone_pipeline(
    pipeline_id: str,
    actor: Launcher,
    session: Writing,
    parts: PartsOf,
    idempotency_key: Key = None,
) -> PipelineSnapshot:
    """Launch a pipeline again as it was."""
    source = ForkedFrom(pipeline_id=pipeline_id)
    hub_models = parts.settings.allowed_hub_models
    return await service.fork(session, source, {}, actor, idempotency_key, hub_models)


@router.post("/runs/{run_id}/clone", status_code=status.HTTP_201_CREATED, dependencies=[Room])
async def clone_run(
    run_id: str,
    actor: Launcher,
    session: Writing,
    parts: PartsOf,
    idempotency_key: Key = None,
) -> PipelineSnapshot:
    """Launch a run, and what depends on it, again as it was."""
    source = ForkedFrom(run_id=run_id)
    hub_models = parts.settings.allowed_hub_models
    return await service.fork(session, source, {}, actor, idempotency_key, hub_models)
