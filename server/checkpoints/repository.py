from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.identifiers import new_id
from server.tables import Attempt, Checkpoint


async def page(session: AsyncSession, run_id: str) -> Sequence[Checkpoint]:
    query = (
        select(Checkpoint)
        .where(Checkpoint.run_id == run_id)
        .order_by(Checkpoint.step.desc(), Checkpoint.attempt.desc(), Checkpoint.kind)
    )
    return (await session.scalars(query)).all()


async def record(
    session: AsyncSession, attempt: Attempt, step: int, kind: str, role: str, size: int
) -> Checkpoint:
    """Return the row of a checkpoint, made now if it is not known yet."""
    query = select(Checkpoint).where(
        Checkpoint.run_id == attempt.run_id,
        Checkpoint.attempt == attempt.number,
        Checkpoint.step == step,
        Checkpoint.kind == kind,
        Checkpoint.role == role,
    )
    known = (await session.scalars(query)).one_or_none()
    if known is not None:
        return known
    checkpoint = Checkpoint(
        id=new_id("ckp"),
        run_id=attempt.run_id,
        attempt=attempt.number,
        step=step,
        kind=kind,
        role=role,
        size=size,
    )
    session.add(checkpoint)
    await session.flush()
    return checkpoint
