from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.errors import Conflict
from server.idempotency import made_before, remember
from server.identifiers import new_id
from server.inspection import Place, find_below
from server.models import repository
from server.models.schemas import ModelSnapshot, NewModel
from server.runs.snapshots import columns
from server.schemas import Page
from server.tables import Model

if TYPE_CHECKING:
    from server.parts import Parts


async def page(session: AsyncSession, limit: int, after: str | None) -> Page[ModelSnapshot]:
    rows = await repository.page(session, limit + 1, after)
    shown = [_snapshot(row) for row in rows[:limit]]
    return Page(data=shown, next_cursor=shown[-1].id if len(rows) > limit else None)


async def get(session: AsyncSession, model_id: str) -> ModelSnapshot:
    return _snapshot(await repository.find(session, model_id))


async def register(parts: Parts, body: NewModel, actor: Actor, key: str | None) -> ModelSnapshot:
    async with parts.database.reading() as session:
        if made := await made_before(session, actor, key, body):
            return await get(session, made)
        await _refuse_taken_name(session, body.name)
    place = await asyncio.to_thread(find_below, parts.settings.roots, body.location)
    # Looking takes seconds, and nobody's writing may wait for that.
    found = await parts.inspector.inspect("model", place.path)
    async with parts.database.writing() as session:
        await _refuse_taken_name(session, body.name)
        model = _row(body.name, place, found)
        session.add(model)
        await remember(session, actor, key, body, model.id)
        await session.flush()
        return _snapshot(model)


async def _refuse_taken_name(session: AsyncSession, name: str) -> None:
    if await repository.named(session, name):
        raise Conflict(f"There is a model named {name} already; choose another name.")


def _row(name: str, place: Place, found: dict[str, Any]) -> Model:
    return Model(
        id=new_id("mod"),
        name=name,
        location=place.location,
        architecture=found["architecture"],
        parameters=found["parameters"],
        shape=found["shape"],
        fingerprint=found["fingerprint"],
    )


def _snapshot(row: Model) -> ModelSnapshot:
    return ModelSnapshot.model_validate(columns(row))
