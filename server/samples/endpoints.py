from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from server.access import Reader
from server.parts import Reading
from server.samples import service
from server.samples.schemas import SamplePage
from server.schemas import MOST

router = APIRouter(prefix="/runs", tags=["samples"])


@router.get("/{run_id}/samples")
async def list_samples(
    run_id: str,
    actor: Reader,
    session: Reading,
    step: Annotated[int | None, Query(ge=0, le=MOST, description="Of this step only")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
    after: str | None = None,
) -> SamplePage:
    """Demonstrations and rollouts of a run."""
    return await service.page(session, run_id, step, limit, after)
