"""What becomes of a finished curation: three data sets with names, registered by who sees them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.corpora import repository
from server.corpora.repository import PARTS, link
from server.corpora.schemas import CuratedDatasetSnapshot, NewCorpus, Part
from server.datasets.service import look_into, row_of
from server.errors import Conflict, PrismError, Superseded
from server.runs import repository as runs
from server.runs.snapshots import columns
from server.schemas import Page
from server.tables import CuratedDataset, Pipeline, Run
from server.workers import repository as workers
from server.workers.service import superseded

if TYPE_CHECKING:
    from server.parts import Parts

LONGEST_STEM = 48
"""Characters; with a number and the longest part it is still a name."""


async def page(session: AsyncSession, run_id: str) -> Page[CuratedDatasetSnapshot]:
    await runs.find(session, run_id)
    rows = await repository.of_run(session, run_id)
    return Page(data=[CuratedDatasetSnapshot.model_validate(columns(row)) for row in rows])


async def register(
    parts: Parts, attempt_id: str, body: NewCorpus, actor: Actor
) -> Page[CuratedDatasetSnapshot]:
    """Register what a curation ended in; saying it twice registers nothing twice.

    A data set that this host cannot see, or that the inspection refuses, keeps its name and says
    why: whoever puts it where the server looks for it can register it by that name.
    """
    async with parts.database.writing() as session:
        run_id = await _keep(session, attempt_id, body, actor)
    async with parts.database.reading() as session:
        unregistered = [
            row for row in await repository.of_run(session, run_id) if row.dataset_id is None
        ]
    for row in unregistered:
        await _register(parts, row)
    async with parts.database.reading() as session:
        return await page(session, run_id)


async def _keep(session: AsyncSession, attempt_id: str, body: NewCorpus, actor: Actor) -> str:
    """Give every data set a name, and note where it lies."""
    attempt = await workers.leased(session, attempt_id, actor)
    pipeline, run = await runs.lock(session, attempt.run_id)
    await session.refresh(attempt)
    if superseded(run, attempt):
        raise Superseded(attempt.number, run.attempt)
    if run.kind != "curate":
        raise Conflict(f"Run {run.name} is no curation and leaves no corpus.")
    known = {row.part: row for row in await repository.of_run(session, run.id)}
    new = [offered.part for offered in body.datasets if offered.part not in known]
    if known:
        base = next(iter(known.values())).name.rpartition("-")[0]
        added = _rows(run, base, new)
        session.add_all(added)
    else:
        added = await _name(session, pipeline, run, new)
    known |= {row.part: row for row in added}
    for offered in body.datasets:
        row = known[offered.part]
        if row.dataset_id is None:
            row.host, row.location = body.host, offered.location
    return run.id


async def _name(
    session: AsyncSession, pipeline: Pipeline, run: Run, new: Sequence[Part]
) -> list[CuratedDataset]:
    """Call them by the pipeline, with a number where somebody else has one of the names."""
    several = await repository.curations(session, pipeline.id) > 1
    stem = (f"{pipeline.name}-{run.name}" if several else pipeline.name)[:LONGEST_STEM]
    for number in count(1):
        base = stem if number == 1 else f"{stem}-{number}"
        if await repository.any_taken(session, [f"{base}-{part}" for part in PARTS]):
            continue
        rows = _rows(run, base, new)
        try:
            async with session.begin_nested():
                session.add_all(rows)
        except IntegrityError:
            # Another curation of that name ended in the same moment.
            continue
        return rows
    raise AssertionError("there is always a next number")


def _rows(run: Run, base: str, parts: Sequence[Part]) -> list[CuratedDataset]:
    return [
        CuratedDataset(run_id=run.id, part=part, name=f"{base}-{part}", host="", location="")
        for part in parts
    ]


async def _register(parts: Parts, kept: CuratedDataset) -> None:
    try:
        place, found = await look_into(parts, kept.location)
    except PrismError as error:
        async with parts.database.writing() as session:
            row = await repository.lock(session, kept.run_id, kept.part)
            row.problem = error.detail
        return
    async with parts.database.writing() as session:
        row = await repository.lock(session, kept.run_id, kept.part)
        # The same may have been said twice, or somebody was quicker by hand.
        if row.dataset_id is None:
            await link(session, row_of(row.name, place, found), row)
