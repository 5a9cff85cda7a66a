from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.database import UPDATE_LOCK
from server.tables import CuratedDataset, Dataset, Run

PARTS = ("sft", "alignment", "rlvr")


async def of_run(session: AsyncSession, run_id: str) -> Sequence[CuratedDataset]:
    """The data sets of a run's corpus, in the order of the stages that read them."""
    rows = await session.scalars(select(CuratedDataset).where(CuratedDataset.run_id == run_id))
    return sorted(rows, key=lambda row: PARTS.index(row.part))


async def lock(session: AsyncSession, run_id: str, part: str) -> CuratedDataset:
    return await session.get_one(
        CuratedDataset, (run_id, part), with_for_update=UPDATE_LOCK, populate_existing=True
    )


async def kept_for(session: AsyncSession, name: str) -> CuratedDataset | None:
    """Return the curated data set that a name is kept for and that is not registered yet."""
    query = (
        select(CuratedDataset)
        .where(CuratedDataset.name == name, CuratedDataset.dataset_id.is_(None))
        .with_for_update(key_share=True)
    )
    return (await session.scalars(query)).one_or_none()


async def any_taken(session: AsyncSession, names: Collection[str]) -> bool:
    for column in (Dataset.name, CuratedDataset.name):
        if (await session.scalars(select(column).where(column.in_(names)))).first() is not None:
            return True
    return False


async def curations(session: AsyncSession, pipeline_id: str) -> int:
    """How many curations a pipeline has."""
    query = select(Run.id).where(Run.pipeline_id == pipeline_id, Run.kind == "curate")
    return len((await session.scalars(query)).all())


async def link(session: AsyncSession, dataset: Dataset, row: CuratedDataset) -> None:
    """Add the data set that a curated one is registered as; each remembers the other."""
    dataset.run_id = row.run_id
    session.add(dataset)
    await session.flush()
    row.dataset_id, row.problem = dataset.id, None
