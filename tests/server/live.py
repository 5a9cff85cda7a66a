"""A server that really listens, and a browser's eye on its stream."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from fastapi import FastAPI
from httpx import AsyncClient

from tests.services.redis import free_port


@dataclass(frozen=True)
class SseEvent:
    """One server-sent event as a browser dispatches it."""

    id: str
    kind: str
    data: Any


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[str]:
    """Serve an application whose lifespan somebody else runs; yield its address."""
    port = free_port()
    config = uvicorn.Config(
        app, port=port, log_level="warning", lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def watching(
    url: str, token: str, topics: str, last: str | None = None, **query: Any
) -> AsyncIterator[AsyncIterator[SseEvent]]:
    """Open a stream, resumed after an event id if one is given."""
    headers = {"Authorization": f"Bearer {token.strip()}"}
    if last:
        headers["Last-Event-ID"] = last
    async with AsyncClient(base_url=url, headers=headers, timeout=30) as client:
        params = {"topics": topics} | query
        async with client.stream("GET", "/api/v1/stream", params=params) as response:
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            yield parse(response.aiter_lines())


async def parse(lines: AsyncIterator[str]) -> AsyncIterator[SseEvent]:
    fields: dict[str, str] = {}
    async for line in lines:
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield SseEvent(fields["id"], fields["event"], json.loads(fields["data"]))
            fields = {}


async def take(events: AsyncIterator[SseEvent], *kinds: str, seconds: float = 10) -> SseEvent:
    """Return the next event of one of the kinds."""
    async with asyncio.timeout(seconds):
        async for event in events:
            if event.kind in kinds:
                return event
    raise AssertionError(f"the stream ended without {kinds}")
