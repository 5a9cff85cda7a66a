from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from server.access import Reader
from server.audits import service
from server.audits.schemas import RunAudit
from server.parts import Reading
from server.schemas import MOST, Page

router = APIRouter(prefix="/runs", tags=["audits"])


@router.get("/{run_id}/audits")
async def list_audits(
    run_id: str,
    actor: Reader,
    session: Reading,
    after: Annotated[int, Query(ge=0, le=MOST, description="Step of the last audit seen")] = 0,
    limit: Annotated[int, Query(ge=1, le=5000)] = 1000,
) -> Page[RunAudit]:
    """Audits of a run's game, attempts overlaid, steps ascending."""
    return await service.page(session, run_id, after, limit)
