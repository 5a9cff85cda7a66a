from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from server.access import Reader
from server.benchmarks import service
from server.benchmarks.schemas import Comparison, Results
from server.parts import Reading
from server.runs.chosen import Chosen

router = APIRouter(tags=["results"])

Baseline = Annotated[
    str | None,
    Query(
        max_length=80,
        description="Arm that all others of its pipeline are compared with; left out, each is "
        "compared with the policy that it was trained from",
    ),
]


@router.get("/pipelines/{pipeline_id}/results")
async def get_pipeline_results(
    pipeline_id: str, actor: Reader, session: Reading, baseline: Baseline = None
) -> Results:
    """The results table of one pipeline."""
    return await service.of_pipeline(session, actor, pipeline_id, baseline)


@router.get("/studies/{study_id}/results")
async def get_study_results(
    study_id: str, actor: Reader, session: Reading, baseline: Baseline = None
) -> Results:
    """The results table of all pipelines of a study."""
    return await service.of_study(session, actor, study_id, baseline)


@router.get("/results")
async def list_results(
    actor: Reader, session: Reading, project_id: str | None = None, baseline: Baseline = None
) -> Results:
    """The results table of a project, newest pipelines first."""
    return await service.of_project(session, actor, project_id, baseline)


@router.get("/comparison")
async def compare_runs(
    actor: Reader,
    session: Reading,
    runs: Chosen,
    baseline: Annotated[
        str | None, Query(max_length=40, description="One of the runs; the first if left out")
    ] = None,
) -> Comparison:
    """Scores of several runs, each by an exact paired test against the baseline's."""
    return await service.of_runs(session, actor, runs, baseline)
