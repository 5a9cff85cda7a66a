from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from server.access import Reader
from server.metrics import service
from server.metrics.schemas import RunMetrics
from server.parts import Reading
from server.schemas import MOST

router = APIRouter(prefix="/runs", tags=["metrics"])


@router.get("/{run_id}/metrics", response_model=RunMetrics)
async def get_metrics(
    run_id: str,
    actor: Reader,
    session: Reading,
    names: Annotated[str | None, Query(description="Comma-separated; all if left out")] = None,
    first_step: Annotated[int, Query(alias="from", ge=0, le=MOST)] = 0,
    last_step: Annotated[int | None, Query(alias="to", ge=0, le=MOST)] = None,
    max_points: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> Response:
    """Curves of a run, in at most so many points each."""
    wanted = frozenset(names.split(",")) if names else None
    found = await service.curves(session, run_id, wanted, first_step, last_step, max_points)
    return Response(found.model_dump_json(), media_type="application/json")
