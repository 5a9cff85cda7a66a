from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter
from sqlalchemy import text

from prism_engine.contract import VERSION
from server.access import Public
from server.health.schemas import Health
from server.parts import PartsOf, Reading

router = APIRouter(tags=["health"])


@router.get("/health", dependencies=[Public])
async def get_health(session: Reading, parts: PartsOf) -> Health:
    """Whether the server and its database answer."""
    await session.execute(text("SELECT 1"))
    return Health(
        status="ok",
        version=version("prism-control"),
        database=parts.database.dialect,
        contract=VERSION,
    )
