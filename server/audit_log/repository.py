from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.audit_log.schemas import Action
from server.scoping import within
from server.tables import Change


@dataclass(frozen=True)
class Filter:
    """Which changes; what is None is not asked for."""

    project_id: str | None = None
    actor: str | None = None
    action: Action | None = None
    kind: str | None = None
    object_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def page(
    session: AsyncSession, actor: Actor, wanted: Filter, limit: int, after: int | None
) -> Sequence[Change]:
    query = select(Change).order_by(Change.position.desc()).limit(limit)
    if not actor.may("operate"):
        query = query.where(within(Change.project_id, actor, "administer"))
    for name in ("project_id", "actor", "action", "kind", "object_id"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(getattr(Change, name) == value)
    if wanted.since:
        query = query.where(Change.at >= wanted.since)
    if wanted.until:
        query = query.where(Change.at < wanted.until)
    if after is not None:
        query = query.where(Change.position < after)
    return (await session.scalars(query)).all()
