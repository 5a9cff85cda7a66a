from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from server.access import Reader
from server.environments import service
from server.environments.schemas import CodeDifference, RunEnvironment
from server.parts import Reading
from server.schemas import MOST

router = APIRouter(prefix="/runs", tags=["environments"])

AttemptNumber = Annotated[
    int | None,
    Query(ge=1, le=MOST, description="Of which attempt; the newest that recorded one if left out"),
]


@router.get("/{run_id}/environment")
async def get_environment(
    run_id: str, actor: Reader, session: Reading, attempt: AttemptNumber = None
) -> RunEnvironment:
    """Code, packages, machine, data and settings that a run was carried out with."""
    return await service.get(session, run_id, attempt)


@router.get("/{run_id}/environment/patches")
async def get_code_difference(
    run_id: str, actor: Reader, session: Reading, attempt: AttemptNumber = None
) -> CodeDifference:
    """In what the code that a run was carried out with differs from its commit."""
    return await service.code_difference(session, run_id, attempt)
