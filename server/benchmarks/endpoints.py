from __future__ import annotations

from fastapi import APIRouter

from server.access import Reader
from server.benchmarks import service
from server.benchmarks.schemas import Results
from server.parts import Reading

router = APIRouter(tags=["results"])


@router.get("/pipelines/{pipeline_id}/results")
async def get_pipeline_results(pipeline_id: str, session: Reading, actor: Reader) -> Results:
    """The results table of one pipeline."""
    return await service.of_pipeline(session, pipeline_id)


@router.get("/results")
async def list_results(session: Reading, actor: Reader, project_id: str | None = None) -> Results:
    """The results table of a project, newest pipelines first."""
    return await service.of_project(session, project_id)
