from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from server.access import Reader
from server.lineage import service
from server.lineage.schemas import ConfigDiff, Lineage
from server.parts import Reading

router = APIRouter(prefix="/runs", tags=["lineage"])


@router.get("/{run_id}/lineage")
async def get_lineage(run_id: str, actor: Reader, session: Reading) -> Lineage:
    """All that a run goes back to, and all that came of it."""
    return await service.lineage(session, actor, run_id)


@router.get("/{run_id}/diff")
async def compare_settings(
    run_id: str,
    actor: Reader,
    session: Reading,
    other: Annotated[str, Query(description="Id of the run to compare with")],
) -> ConfigDiff:
    """The settings in which another run differs from this one."""
    return await service.compare(session, actor, run_id, other)
