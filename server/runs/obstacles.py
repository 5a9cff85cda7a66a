"""What a blocked run waits for: runs that have not succeeded, or checkpoints that are not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.runs.schemas import Parent
from server.tables import Checkpoint, Run


async def obstacles(
    session: AsyncSession, runs: Iterable[Run], parents: Mapping[str, Sequence[Parent]]
) -> dict[str, str]:
    """Say of each blocked run what it waits for."""
    blocked = [run.id for run in runs if run.state == "blocked"]
    if not blocked:
        return {}
    needed = {parent.run_id for run_id in blocked for parent in parents.get(run_id, [])}
    states = await _states(session, needed)
    exports = await _exports(session, needed)
    return {run_id: _obstacle(parents.get(run_id, []), states, exports) for run_id in blocked}


def _obstacle(
    parents: Sequence[Parent],
    states: Mapping[str, str],
    exports: Mapping[tuple[str, str], Checkpoint],
) -> str:
    going_on = sorted({one.run for one in parents if states[one.run_id] != "succeeded"})
    said = [f"Blocked by {' and '.join(going_on)}"] if going_on else []
    for parent in parents:
        export = exports.get((parent.run_id, parent.role))
        if states[parent.run_id] == "succeeded" and (export is None or not export.durable_at):
            said.append(_missing(parent, export))
    return "; ".join(said) or f"Blocked by {' and '.join(sorted({one.run for one in parents}))}"


def _missing(parent: Parent, export: Checkpoint | None) -> str:
    if export is None:
        return f"{parent.run} has succeeded but saved no {parent.role}: restart {parent.run}"
    if export.deleted_at:
        return f"The {parent.role} of {parent.run} was deleted: restart {parent.run}"
    return f"The {parent.role} of {parent.run} is on its way to the artifact store"


async def _states(session: AsyncSession, run_ids: Iterable[str]) -> dict[str, str]:
    query = select(Run.id, Run.state).where(Run.id.in_(run_ids))
    return dict((await session.execute(query)).all())


async def _exports(
    session: AsyncSession, run_ids: Iterable[str]
) -> dict[tuple[str, str], Checkpoint]:
    """The export of each run in each role that says most: a durable one, else the newest."""
    query = (
        select(Checkpoint)
        .join(Run, Run.id == Checkpoint.run_id)
        .where(
            Checkpoint.run_id.in_(run_ids),
            Checkpoint.kind == "exported",
            Checkpoint.attempt > Run.restarted_after,
        )
        .order_by(Checkpoint.id)
    )
    found = dict[tuple[str, str], Checkpoint]()
    for checkpoint in await session.scalars(query):
        known = found.get((checkpoint.run_id, checkpoint.role))
        if known is None or not known.durable_at or checkpoint.durable_at:
            found[checkpoint.run_id, checkpoint.role] = checkpoint
    return found
