from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Response, status

from server.access import Launcher
from server.imports import service
from server.imports.schemas import Imported, ImportedEvents, ImportProgress, NewImport
from server.json_route import JSONRoute
from server.parts import Writing
from server.storage.disk import Room

router = APIRouter(tags=["imports"], route_class=JSONRoute)


@router.post("/imports", status_code=status.HTTP_201_CREATED, dependencies=[Room])
async def import_run(
    body: NewImport,
    response: Response,
    actor: Launcher,
    session: Writing,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> Imported:
    """Take in a finished run of another tracker; its steps follow."""
    imported = await service.create(session, body, actor, idempotency_key)
    response.headers["Location"] = f"/api/v1/runs/{imported.run_id}"
    return imported


@router.post("/runs/{run_id}/events")
async def import_events(
    run_id: str, body: ImportedEvents, actor: Launcher, session: Writing
) -> ImportProgress:
    """Add steps and lines of log to the history of an imported run."""
    return await service.add_events(session, run_id, body)
