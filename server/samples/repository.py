from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from server.metrics.overlay import is_visible, visible_attempts
from server.tables import StepSample


async def _visible(session: AsyncSession, run_id: str) -> ColumnElement[bool]:
    visible = await visible_attempts(session, run_id)
    if not visible:
        # A run without steps, such as an evaluation, has nothing to overlay.
        return StepSample.run_id == run_id
    return is_visible(visible, StepSample.attempt, StepSample.step)


def _of_item(item: str | None) -> ColumnElement[bool]:
    return true() if item is None else StepSample.sample["item"].as_string() == item


async def steps(session: AsyncSession, run_id: str, item: str | None) -> list[int]:
    query = (
        select(StepSample.step)
        .where(StepSample.run_id == run_id, await _visible(session, run_id), _of_item(item))
        .distinct()
        .order_by(StepSample.step)
    )
    return list(await session.scalars(query))


async def page(
    session: AsyncSession,
    run_id: str,
    step: int | None,
    item: str | None,
    limit: int,
    after: tuple[int, int, int] | None,
) -> Sequence[StepSample]:
    place = tuple_(StepSample.step, StepSample.position, StepSample.number)
    query = (
        select(StepSample)
        .where(StepSample.run_id == run_id, await _visible(session, run_id), _of_item(item))
        .order_by(StepSample.step, StepSample.position, StepSample.number)
        .limit(limit)
    )
    if step is not None:
        query = query.where(StepSample.step == step)
    if after is not None:
        query = query.where(place > after)
    return (await session.scalars(query)).all()


async def items(session: AsyncSession, run_id: str) -> set[str]:
    """Every item that a run has a sample of."""
    item = StepSample.sample["item"].as_string()
    query = select(item).where(StepSample.run_id == run_id, await _visible(session, run_id))
    return {found for found in await session.scalars(query.distinct()) if found is not None}


async def newest_of_item(session: AsyncSession, run_id: str, item: str) -> StepSample | None:
    query = (
        select(StepSample)
        .where(
            StepSample.run_id == run_id,
            await _visible(session, run_id),
            _of_item(item),
        )
        .order_by(StepSample.step.desc(), StepSample.position.desc(), StepSample.number)
        .limit(1)
    )
    return (await session.scalars(query)).first()


async def newest(session: AsyncSession, run_id: str, limit: int) -> Sequence[StepSample]:
    query = (
        select(StepSample)
        .where(StepSample.run_id == run_id, await _visible(session, run_id))
        .order_by(StepSample.step.desc(), StepSample.position.desc(), StepSample.number)
        .limit(limit)
    )
    return (await session.scalars(query)).all()
