from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response, status

from server.access import Launcher, Reader
from server.parts import PartsOf, Reading, Writing
from server.pipelines import service
from server.pipelines.schemas import (
    NewPipeline,
    PipelineLabels,
    PipelineSnapshot,
    PipelineState,
    Validation,
)
from server.schemas import Page

router = APIRouter(tags=["pipelines"])


@router.post("/pipelines", status_code=status.HTTP_201_CREATED)
async def create_pipeline(
    body: NewPipeline,
    response: Response,
    actor: Launcher,
    session: Writing,
    parts: PartsOf,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
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
    return await service.validate(session, body, parts.settings.allowed_hub_models)


@router.get("/pipelines")
async def list_pipelines(
    actor: Reader,
    session: Reading,
    project_id: str | None = None,
    state: PipelineState | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
) -> Page[PipelineSnapshot]:
    """Launched pipelines."""
    return await service.page(session, actor, project_id, state, limit, after)


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
