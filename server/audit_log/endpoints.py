from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from server.access import ProjectAdmin
from server.audit_log import service
from server.audit_log.repository import Filter
from server.audit_log.schemas import Action, ChangeSnapshot
from server.parts import Reading
from server.schemas import MOST, Page

router = APIRouter(prefix="/audit-log", tags=["audit log"])


@router.get("")
async def list_changes(
    actor: ProjectAdmin,
    session: Reading,
    project_id: str | None = None,
    by: Annotated[str | None, Query(description="Name of the account")] = None,
    action: Action | None = None,
    kind: Annotated[str | None, Query(description="Such as pipeline or membership")] = None,
    object_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[int | None, Query(ge=0, le=MOST)] = None,
) -> Page[ChangeSnapshot]:
    """Who changed what and when, newest first; a project's admin sees the project's."""
    wanted = Filter(project_id, by, action, kind, object_id, since, until)
    return await service.page(session, actor, wanted, limit, after)
