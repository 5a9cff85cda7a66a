from __future__ import annotations

from fastapi import APIRouter

from server.access import Owner
from server.panels import service
from server.panels.schemas import PanelBoard
from server.parts import Reading, Writing

router = APIRouter(prefix="/projects/{project_id}/panels", tags=["panels"])


@router.get("")
async def get_panels(project_id: str, actor: Owner, session: Reading) -> PanelBoard:
    """One's own panels for the runs of a project."""
    return await service.get(session, actor, project_id)


@router.put("")
async def replace_panels(
    project_id: str, body: PanelBoard, actor: Owner, session: Writing
) -> PanelBoard:
    """Add, change, reorder or remove own panels; `version` is the one that was read."""
    return await service.replace(session, actor, project_id, body)
