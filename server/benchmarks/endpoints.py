from __future__ import annotations

from fastapi import APIRouter

from server.access import Reader
from server.benchmarks import service
from server.benchmarks.schemas import Results
from server.parts import Reading

router = APIRouter(tags=["results"])


@router.get("/pipelines/{pipeline_id}/results")
async def get_pipeline_results(pipeline_id: str, actor: Reader, session: Reading) -> Results:
    """The results table of one pipeline."""
    return await service.of_pipeline(session, actor, pipeline_id)


@router.get("/results")
async def list_results(actor: Reader, session: Reading, project_id: str | None = None) -> Results:
    """The results table of a project, newest pipelines first."""
    return await service.of_project(session, actor, project_id)
