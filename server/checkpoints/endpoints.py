from __future__ import annotations

from fastapi import APIRouter

from server.access import Reader
from server.checkpoints import service
from server.checkpoints.schemas import CheckpointSnapshot
from server.parts import Reading
from server.schemas import Page

router = APIRouter(prefix="/runs", tags=["checkpoints"])


@router.get("/{run_id}/checkpoints")
async def list_checkpoints(
    run_id: str, actor: Reader, session: Reading
) -> Page[CheckpointSnapshot]:
    """Checkpoints of a run, newest first."""
    return await service.page(session, run_id)
