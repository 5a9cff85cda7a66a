from __future__ import annotations

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.endpoints import key_names
from server.actors import Actor
from server.database import clock
from server.errors import NotFound, Unreadable
from server.identifiers import new_id
from server.keys import repository
from server.keys.schemas import KeySnapshot, NewKey
from server.keys.sealing import Seal
from server.runs.snapshots import columns
from server.schemas import Page
from server.settings import Settings
from server.tables import EndpointKey, Pipeline, Run

log = structlog.get_logger()


async def page(session: AsyncSession, project_id: str) -> Page[KeySnapshot]:
    rows = await repository.of_project(session, project_id)
    return Page(data=[_snapshot(row) for row in rows])


async def put(
    session: AsyncSession,
    settings: Settings,
    actor: Actor,
    project_id: str,
    name: str,
    body: NewKey,
) -> KeySnapshot:
    sealed = _seal(settings).close(body.value.get_secret_value(), _owner(project_id, name))
    now = await clock(session)
    for row in await repository.named(session, project_id, [name]):
        row.sealed, row.created_by, row.created_at = sealed, actor.name, now
        return _snapshot(row)
    row = EndpointKey(
        id=new_id("key"),
        project_id=project_id,
        name=name,
        sealed=sealed,
        created_by=actor.name,
        created_at=now,
    )
    session.add(row)
    return _snapshot(row)


async def delete(session: AsyncSession, project_id: str, name: str) -> None:
    rows = await repository.named(session, project_id, [name])
    if not rows:
        raise NotFound("key", name)
    await session.delete(rows[0])


async def of_run(session: AsyncSession, settings: Settings, run: Run) -> dict[str, str]:
    """Open the keys that the endpoints of a run name, of those that its project has."""
    names = key_names(run.config)
    if not names:
        return {}
    pipeline = await session.get_one(Pipeline, run.pipeline_id)
    opened = {}
    for row in await repository.named(session, pipeline.project_id, names):
        try:
            opened[row.name] = _seal(settings).open(row.sealed, _owner(row.project_id, row.name))
        except Unreadable:
            # The worker may have one of its own; if not, it says how to set this one anew.
            log.error("key_unreadable", key=row.name, project=row.project_id)
    return opened


def _seal(settings: Settings) -> Seal:
    return Seal(settings.home / "key")


def _owner(project_id: str, name: str) -> str:
    return f"{project_id}/{name}"


def _snapshot(row: EndpointKey) -> KeySnapshot:
    return KeySnapshot.model_validate(columns(row))
