from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.errors import Conflict
from server.panels import repository
from server.panels.schemas import PanelBoard
from server.tables import OwnPanels


async def get(session: AsyncSession, actor: Actor, project_id: str) -> PanelBoard:
    row = await repository.of(session, actor.id, project_id)
    return _board(row) if row else PanelBoard(panels=[], version=0)


async def replace(
    session: AsyncSession, actor: Actor, project_id: str, body: PanelBoard
) -> PanelBoard:
    """Have somebody see these panels instead. Raises `Conflict` if others were put there since."""
    row = await repository.of(session, actor.id, project_id, lock=True)
    if row is None:
        row = OwnPanels(user_id=actor.id, project_id=project_id, panels=[], version=0)
        session.add(row)
    if body.version != row.version:
        raise Conflict("The panels were changed elsewhere; load them again, then change them.")
    row.panels = [panel.model_dump() for panel in body.panels]
    row.version += 1
    await session.flush()
    return _board(row)


def _board(row: OwnPanels) -> PanelBoard:
    return PanelBoard.model_validate({"panels": row.panels, "version": row.version})
