from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.ext.asyncio import AsyncSession

from server.database import insert_many
from server.errors import Conflict, NotFound
from server.tables import Artifact, ArtifactUse, Dataset, Discard


async def find(session: AsyncSession, digest: str) -> Artifact:
    artifact = await session.get(Artifact, digest)
    if artifact is None:
        raise NotFound("artifact", digest)
    return artifact


async def add(
    session: AsyncSession, digest: str, media_type: str, size: int, project_id: str | None
) -> None:
    # Whoever is about to remove the file is waited for, and does not do so any more afterwards.
    await session.execute(delete(Discard).where(Discard.name == digest))
    if await session.get(Artifact, digest) is None:
        row = Artifact(digest=digest, media_type=media_type, size=size, project_id=project_id)
        session.add(row)


async def await_use(session: AsyncSession, digest: str, until: datetime) -> None:
    """Have an image removed that nobody has asked about by then."""
    session.add(Discard(kind="image", name=digest, created_at=until))


async def keep_for(session: AsyncSession, run_id: str, digests: Collection[str]) -> None:
    """Keep uploaded images as long as a run that asks about them. Raises `Conflict`."""
    await session.execute(delete(Discard).where(Discard.name.in_(digests)))
    query = select(Artifact.digest).where(Artifact.digest.in_(digests))
    if gone := set(digests) - set(await session.scalars(query)):
        raise Conflict(f"Image {min(gone)} was deleted in this moment; upload it again.")
    await note_use(session, run_id, digests)


async def note_use(session: AsyncSession, run_id: str, digests: Iterable[str]) -> None:
    """Keep in mind that samples of a run show these images."""
    rows = [{"digest": digest, "run_id": run_id} for digest in sorted(digests)]
    await insert_many(session, ArtifactUse, rows, _leave)


def _leave(insert: Insert) -> Insert:
    return insert.on_conflict_do_nothing()


async def only_shown_by(session: AsyncSession, run_ids: Collection[str]) -> list[Artifact]:
    """Return the images that these runs show and nothing else does."""
    theirs = select(ArtifactUse.digest).where(ArtifactUse.run_id.in_(run_ids))
    others = select(ArtifactUse.digest).where(ArtifactUse.run_id.not_in(run_ids))
    query = select(Artifact).where(Artifact.digest.in_(theirs), Artifact.digest.not_in(others))
    previewed = await in_previews(session)
    return [one for one in await session.scalars(query) if one.digest not in previewed]


async def is_shown(session: AsyncSession, digest: str) -> bool:
    """Whether samples of a run, or the preview of a data set, show an image."""
    query = select(ArtifactUse.run_id).where(ArtifactUse.digest == digest).limit(1)
    used = (await session.scalars(query)).first() is not None
    return used or digest in await in_previews(session)


async def in_previews(session: AsyncSession) -> set[str]:
    """Return the images that previews of data sets show; there are few data sets."""
    previews = await session.scalars(select(Dataset.preview))
    return {image["digest"] for rows in previews for row in rows for image in row.get("images", [])}
