from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.retention import deletion
from server.retention.needs import refusals_by_run
from server.retention.schemas import ChosenRemoval, Undeletable
from server.scoping import within
from server.tables import Pipeline, Run


async def preview(session: AsyncSession, actor: Actor, run_ids: Sequence[str]) -> ChosenRemoval:
    """Say which of the runs can go, and what that would free."""
    projects = await _projects(session, actor, run_ids)
    refused = {run_id: ["it is not there any more"] for run_id in run_ids if run_id not in projects}
    for run_id, project_id in projects.items():
        if not actor.may("administer", project_id):
            refused[run_id] = ["only an administrator of its project deletes it"]
    going = [run_id for run_id in projects if run_id not in refused]
    # What stays keeps what it started from: look until nothing more has to stay.
    while kept := await refusals_by_run(session, going):
        refused |= kept
        going = [run_id for run_id in going if run_id not in kept]
    return ChosenRemoval(
        removal=await deletion.preview(session, going),
        order=going,
        refused=[
            Undeletable(run_id=run_id, reasons=refused[run_id])
            for run_id in dict.fromkeys(run_ids)
            if run_id in refused
        ],
    )


async def _projects(session: AsyncSession, actor: Actor, run_ids: Sequence[str]) -> dict[str, str]:
    """The projects of those runs that the actor sees, what came last before what it came from."""
    query = (
        select(Run.id, Pipeline.project_id)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(Run.id.in_(run_ids), within(Pipeline.project_id, actor))
        .order_by(Pipeline.id.desc(), Run.place.desc())
    )
    return {row.id: row.project_id for row in await session.execute(query)}
