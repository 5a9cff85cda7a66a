from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from server.access import Reader
from server.parts import Reading
from server.schemas import Page
from server.tags import repository
from server.tags.schemas import TagUse

router = APIRouter(prefix="/tags", tags=["tags"])


@router.get("")
async def list_tags(
    actor: Reader, session: Reading, limit: Annotated[int, Query(ge=1, le=1000)] = 200
) -> Page[TagUse]:
    """Tags that runs carry, the most used first."""
    used = await repository.most_used(session, actor, limit)
    return Page(data=[TagUse(tag=tag, runs=runs) for tag, runs in used])
