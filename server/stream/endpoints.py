from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from server.access import Reader
from server.parts import PartsOf
from server.stream import service
from server.stream.cursor import decode

router = APIRouter(prefix="/stream", tags=["stream"])


@router.get(
    "",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def open_stream(
    parts: PartsOf,
    actor: Reader,
    topics: Annotated[str, Query(description="Comma-separated: pipeline:ID, run:ID")],
    since: Annotated[
        list[str] | None, Query(description="Cursors that the metrics endpoint gave")
    ] = None,
    last_event_id: Annotated[str | None, Query()] = None,
    last_event_id_header: Annotated[str | None, Header(alias="Last-Event-ID")] = None,
) -> StreamingResponse:
    """Server-sent events of several pipelines and runs, resumable without gap or double."""
    resumed = last_event_id_header or last_event_id
    positions = decode([resumed] if resumed else since or [])
    watched = service.parse_topics(topics)
    permit = await parts.permits.ask(actor, watched)
    return StreamingResponse(
        service.frames(parts, permit, positions),
        media_type="text/event-stream",
        # Proxies that buffer would turn a live curve into one that comes in lumps.
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )
