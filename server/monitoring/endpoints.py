from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from server.access import Monitor
from server.monitoring import service
from server.parts import PartsOf

router = APIRouter(tags=["monitoring"])


@router.get("/metrics", response_class=PlainTextResponse)
async def get_monitoring(actor: Monitor, parts: PartsOf) -> Response:
    """What Prometheus scrapes, with a token that may `monitor` and nothing else."""
    return Response(await service.exposition(parts), media_type=CONTENT_TYPE_PLAIN_0_0_4)
