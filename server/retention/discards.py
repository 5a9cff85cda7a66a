"""Removing from the artifact store what nobody needs any more."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import select

from server.artifacts import repository as artifacts
from server.artifacts.store import ArtifactStore
from server.checkpoints.files import CheckpointFiles
from server.database import UPDATE_LOCK, Database, clock
from server.errors import Conflict
from server.tables import Artifact, Checkpoint, Discard

log = structlog.get_logger()

GRACE = timedelta(seconds=60)
"""A worker that was told that an image is there has named it by then, if it wanted to."""
AT_ONCE = 100


async def empty_discards(
    database: Database,
    images: ArtifactStore,
    checkpoints: CheckpointFiles,
    grace: timedelta = GRACE,
) -> None:
    """Remove what was discarded; what cannot be removed now stays for the next time."""
    async with database.reading() as session:
        due = await clock(session) - grace
        query = select(Discard.id, Discard.kind).where(
            (Discard.kind == "checkpoint") | (Discard.created_at <= due)
        )
        waiting = (await session.execute(query.order_by(Discard.id).limit(AT_ONCE))).all()
    for discard_id, kind in waiting:
        if kind == "image":
            await _forget_image(database, discard_id)
            await _remove_image(database, images, discard_id)
        else:
            await _remove_checkpoint(database, checkpoints, discard_id)


async def _forget_image(database: Database, discard_id: int) -> None:
    """Take the row of an image away, unless somebody shows it again."""
    async with database.writing() as session:
        discard = await session.get(Discard, discard_id, with_for_update=UPDATE_LOCK)
        if discard is None:
            return
        if await artifacts.is_shown(session, discard.name):
            await session.delete(discard)
            return
        artifact = await session.get(Artifact, discard.name)
        if artifact is not None:
            await session.delete(artifact)


async def _remove_image(database: Database, images: ArtifactStore, discard_id: int) -> None:
    """Remove the file of an image whose row is gone: whoever finds the row must find the file."""
    async with database.writing() as session:
        discard = await session.get(Discard, discard_id, with_for_update=UPDATE_LOCK)
        if discard is None:
            return
        if await session.get(Artifact, discard.name) is None:
            await images.remove(discard.name)
        await session.delete(discard)


async def _remove_checkpoint(
    database: Database, checkpoints: CheckpointFiles, discard_id: int
) -> None:
    async with database.writing() as session:
        discard = await session.get(Discard, discard_id, with_for_update=UPDATE_LOCK)
        if discard is None:
            return
        used = select(Checkpoint.id).where(Checkpoint.location == discard.name).limit(1)
        if (await session.scalars(used)).first() is None:
            try:
                await checkpoints.remove(discard.name)
            except Conflict as error:
                log.warning("a checkpoint's files stay where they are", reason=error.detail)
        await session.delete(discard)
