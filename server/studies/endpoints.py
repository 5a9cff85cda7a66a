from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response, status

from server.access import Launcher, Reader
from server.parts import PartsOf, Reading, Writing
from server.schemas import Page
from server.storage.disk import Room
from server.studies import service
from server.studies.schemas import NewStudy, StudyLimit, StudyPlan, StudySnapshot, StudySummary

router = APIRouter(tags=["studies"])


@router.post("/studies", status_code=status.HTTP_201_CREATED, dependencies=[Room])
async def create_study(
    body: NewStudy,
    response: Response,
    actor: Launcher,
    session: Writing,
    parts: PartsOf,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> StudySnapshot:
    """Launch a recipe over a grid of settings and seeds: a pipeline of all arms per seed."""
    hub_models = parts.settings.allowed_hub_models
    study = await service.launch(session, body, actor, idempotency_key, hub_models)
    response.headers["Location"] = f"/api/v1/studies/{study.id}"
    return study


@router.post("/studies:validate")
async def validate_study(
    body: NewStudy, actor: Reader, session: Reading, parts: PartsOf
) -> StudyPlan:
    """Say what a grid comes to, or what is wrong with it, without launching it."""
    return await service.validate(session, actor, body, parts.settings.allowed_hub_models)


@router.get("/studies")
async def list_studies(
    actor: Reader,
    session: Reading,
    project_id: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
) -> Page[StudySummary]:
    """Launched studies."""
    return await service.page(session, actor, project_id, limit, after)


@router.get("/studies/{study_id}")
async def get_study(study_id: str, actor: Reader, session: Reading) -> StudySnapshot:
    """A study with the state of every arm and seed."""
    return await service.get(session, study_id)


@router.patch("/studies/{study_id}")
async def limit_study(
    study_id: str, body: StudyLimit, actor: Launcher, session: Writing
) -> StudySnapshot:
    """Change how many of its runs are executed at once; what is executed goes on."""
    return await service.limit(session, study_id, body)


@router.post("/studies/{study_id}/cancel")
async def cancel_study(study_id: str, actor: Launcher, session: Writing) -> StudySnapshot:
    """Cancel every run of a study that has not ended."""
    return await service.cancel(session, study_id)
