from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from server.access import Reader
from server.alerts import service
from server.alerts.schemas import AlertKind, AlertSnapshot
from server.parts import Reading
from server.schemas import Page

router = APIRouter(prefix="/alerts", tags=["alerts"])


@router.get("")
async def list_alerts(
    actor: Reader,
    session: Reading,
    kind: AlertKind | None = None,
    run_id: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
) -> Page[AlertSnapshot]:
    """What wanted somebody's eye, newest first."""
    return await service.page(session, actor, kind, run_id, limit, after)
