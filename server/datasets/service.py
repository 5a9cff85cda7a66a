from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.artifacts import service as artifacts
from server.corpora import repository as corpora
from server.datasets import repository
from server.datasets.schemas import DatasetPreview, DatasetSnapshot, NewDataset
from server.errors import Conflict
from server.idempotency import made_before, remember
from server.identifiers import new_id
from server.inspection import Place, find_below
from server.runs.snapshots import columns
from server.schemas import Page
from server.tables import CuratedDataset, Dataset

if TYPE_CHECKING:
    from server.parts import Parts


async def page(session: AsyncSession, limit: int, after: str | None) -> Page[DatasetSnapshot]:
    rows = await repository.page(session, limit + 1, after)
    shown = [_snapshot(row) for row in rows[:limit]]
    return Page(data=shown, next_cursor=shown[-1].id if len(rows) > limit else None)


async def get(session: AsyncSession, dataset_id: str) -> DatasetSnapshot:
    return _snapshot(await repository.find(session, dataset_id))


async def preview(session: AsyncSession, dataset_id: str) -> DatasetPreview:
    found = await repository.find(session, dataset_id)
    return DatasetPreview.model_validate({"data": found.preview})


async def register(
    parts: Parts, body: NewDataset, actor: Actor, key: str | None
) -> DatasetSnapshot:
    async with parts.database.reading() as session:
        if made := await made_before(session, actor, key, body):
            return await get(session, made)
        await _refuse_taken_name(session, body.name)
    place, found = await look_into(parts, body.location)
    async with parts.database.writing() as session:
        await _refuse_taken_name(session, body.name)
        dataset = row_of(body.name, place, found)
        if kept := await corpora.kept_for(session, body.name):
            _refuse_another_place(kept, place)
            await corpora.link(session, dataset, kept)
        session.add(dataset)
        await remember(session, actor, key, body, dataset.id)
        await session.flush()
        return _snapshot(dataset)


async def look_into(parts: Parts, location: str) -> tuple[Place, dict[str, Any]]:
    """Inspect what lies there, and store the images of its preview.

    It takes seconds, for which nobody's writing may wait.
    """
    place = await asyncio.to_thread(find_below, parts.settings.roots, location)
    with TemporaryDirectory() as pictures:
        found = await parts.inspector.inspect("data", place.path, "--pictures", pictures)
        # Images first: whoever sees the row must find what its preview names.
        for digest in sorted(_digests(found["preview"])):
            await artifacts.store_file(parts, digest, Path(pictures) / digest)
    return place, found


async def _refuse_taken_name(session: AsyncSession, name: str) -> None:
    if await repository.named(session, name):
        raise Conflict(f"There is a data set named {name} already; choose another name.")


def _refuse_another_place(kept: CuratedDataset, place: Place) -> None:
    if place.location != kept.location:
        raise Conflict(
            f"The name {kept.name} is kept for what a curation left at {kept.location} on "
            f"{kept.host}; put that there below a data root, or choose another name."
        )


def _digests(preview: list[dict[str, Any]]) -> set[str]:
    return {image["digest"] for row in preview for image in row["images"]}


def row_of(name: str, place: Place, found: dict[str, Any]) -> Dataset:
    return Dataset(
        id=new_id("dat"),
        name=name,
        location=place.location,
        rows=found["rows"],
        images=found["images"],
        demonstrations=found["demonstrations"],
        answers=found["answers"],
        splits=found["splits"],
        imported=found["imported"],
        fingerprint=found["fingerprint"],
        preview=found["preview"],
    )


def _snapshot(row: Dataset) -> DatasetSnapshot:
    return DatasetSnapshot.model_validate(columns(row))
