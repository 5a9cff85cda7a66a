from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from server.database import UPDATE_LOCK
from server.tables import OwnPanels


async def of(
    session: AsyncSession, user_id: str, project_id: str, *, lock: bool = False
) -> OwnPanels | None:
    return await session.get(
        OwnPanels, (user_id, project_id), with_for_update=UPDATE_LOCK if lock else None
    )
