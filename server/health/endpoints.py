from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter

from prism_engine.contract import VERSION
from server.access import Public
from server.health import service
from server.health.schemas import Health, Readiness
from server.parts import PartsOf

router = APIRouter(tags=["health"])


@router.get("/health", dependencies=[Public])
async def get_health(parts: PartsOf) -> Health:
    """Whether the server answers: whoever does not should be started again."""
    return Health(
        status="ok",
        version=version("prism-control"),
        database=parts.database.dialect,
        contract=VERSION,
    )


@router.get("/ready", dependencies=[Public])
async def get_readiness(parts: PartsOf) -> Readiness:
    """Whether requests should come here: the database answers, and the server is not stopping."""
    return await service.readiness(parts)
