from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from prism_engine.contract.events import Source
from server.access import Reader
from server.events import service
from server.events.schemas import StoredEvent
from server.parts import Reading
from server.schemas import MOST, Page

router = APIRouter(prefix="/runs", tags=["events"])


@router.get("/{run_id}/events")
async def list_events(
    run_id: str,
    actor: Reader,
    session: Reading,
    after: Annotated[int, Query(ge=0, le=MOST, description="Position of the last event seen")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    source: Source | None = None,
) -> Page[StoredEvent]:
    """Events of all attempts in the order in which the server took them."""
    return await service.page(session, run_id, after, limit, source)
