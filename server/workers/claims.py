"""Handing a queued run to an idle worker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.checkpoints import repository as checkpoints
from server.database import clock, wake
from server.fleet import repository as fleet
from server.identifiers import new_id
from server.keys import service as keys
from server.runs import repository as runs
from server.runs.lifecycle import move
from server.runs.service import settle
from server.settings import Settings
from server.signals import POLL_SECONDS
from server.studies import limits
from server.tables import Attempt, Checkpoint, Pipeline, Project, Run
from server.workers import gangs, repository
from server.workers.capacity import Capacity, capacity_of
from server.workers.inputs import inputs_of, one_run_recipe
from server.workers.presence import hear
from server.workers.schemas import ClaimedRun, ClaimOffer, Resume

if TYPE_CHECKING:
    from server.parts import Parts


async def wait_for_run(
    parts: Parts, offer: ClaimOffer, actor: Actor, gone: Callable[[], Awaitable[bool]]
) -> ClaimedRun | None:
    """Claim a run, waiting for one as long as the offer says; None if there was none.

    `gone` tells whether the worker still listens: a run must not go to a connection that is dead.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + offer.wait
    async with parts.database.writing() as session:
        worker = await repository.find(session, offer.worker_id, actor)
        hear(worker, await clock(session), parts.settings)
        capacity = capacity_of(worker, offer.slot)
        if given := await _given_before(session, parts.settings, offer):
            return given
    while not await gone():
        seen = parts.signals.rings("queue")
        try:
            claimed = await _claim_if_queued(parts, offer, capacity, actor)
        except IntegrityError:
            # The same offer was sent again while this one was at work, and was given a run.
            async with parts.database.reading() as session:
                claimed = await _given_before(session, parts.settings, offer)
            if claimed is None:
                raise
        if claimed:
            return claimed
        left = deadline - loop.time()
        if left <= 0 or parts.signals.closing:
            break
        await parts.signals.wait("queue", seen, min(left, POLL_SECONDS))
    return await _leave(parts, offer)


async def _leave(parts: Parts, offer: ClaimOffer) -> ClaimedRun | None:
    """Give up the seat that the offer may have, unless the last one has just been taken."""
    async with parts.database.reading() as session:
        if not await gangs.is_seated(session, offer.worker_id, offer.slot, offer.claim_key):
            return None
    async with parts.database.writing() as session:
        if given := await _given_before(session, parts.settings, offer):
            return given
        await gangs.stand_up(session, [gangs.place_of(offer, 0)])
        return None


async def _claim_if_queued(
    parts: Parts, offer: ClaimOffer, capacity: Capacity, actor: Actor
) -> ClaimedRun | None:
    # A look costs no turn at the writer, and most looks find nothing.
    async with parts.database.reading() as session:
        if await repository.is_draining(session, offer.worker_id):
            return None
        if given := await _given_before(session, parts.settings, offer):
            return given
        if not await repository.anything_queued(session, actor, offer.queues, capacity):
            return None
        waiting = await fleet.queued(session, offer.queues)
        shares = await fleet.shares(session, waiting)
        # Nobody waits in a seat for a gang that the fleet is too small for.
        hopeless = await fleet.hopeless_gangs(session, waiting, shares)
        if offer.rendezvous is None:
            hopeless |= {run.run_id for run in waiting if run.nodes > 1}
    async with parts.database.writing() as session:
        if await repository.is_draining(session, offer.worker_id):
            return None
        run = await repository.next_queued(session, actor, offer.queues, capacity, shares, hopeless)
        if run is None or not await limits.still_room(session, run.pipeline_id):
            return None
        places = await _places(session, run, gangs.place_of(offer, capacity.gpus))
        if len(places) < run.nodes:
            return None
        if not await _is_within_quota(session, run, sum(place.gpus for place in places)):
            return None
        if not await repository.take(session, run):
            return None
        await _open_attempt(session, parts.settings, run.id, places)
        return await _given_before(session, parts.settings, offer)


async def _places(session: AsyncSession, run: Run, place: gangs.Place) -> list[gangs.Place]:
    """Return who would execute the run: the slot that asks, or those that sit for it so far."""
    if run.nodes == 1:
        return [place]
    now = await clock(session)
    await gangs.sit(session, run, place, now)
    return (await gangs.seated(session, run.id, now))[: run.nodes]


async def _is_within_quota(session: AsyncSession, run: Run, gpus: int) -> bool:
    """Look again, as the only one who claims in this project; another who does comes back to it."""
    pipeline = await session.get_one(Pipeline, run.pipeline_id)
    project = await repository.quota_alone(session, pipeline.project_id)
    if project is None:
        return False
    (share,) = (await fleet.share_of(session, Project.id == project.id)).values()
    return share.objection(gpus) is None


async def _given_before(
    session: AsyncSession, settings: Settings, offer: ClaimOffer
) -> ClaimedRun | None:
    """Return what an offer was given, as a run's only slot, as its first, or as another node."""
    attempt = await repository.claimed_with(session, offer.worker_id, offer.claim_key)
    if attempt is not None:
        return await _given(session, settings, attempt)
    found = await gangs.member_with(session, offer.worker_id, offer.claim_key)
    if found is None:
        return None
    member, attempt = found
    return gangs.as_member(await _given(session, settings, attempt), member)


async def _given(session: AsyncSession, settings: Settings, attempt: Attempt) -> ClaimedRun:
    claimed = ClaimedRun.model_validate(attempt.claimed_run)
    run = await runs.find(session, attempt.run_id)
    # Who has lost the run, or is done with it, needs no keys of it.
    if attempt.exit_kind is None and attempt.number == run.attempt:
        claimed.keys = await keys.of_run(session, settings, run)
    return claimed


async def _start(session: AsyncSession, run: Run) -> Checkpoint | None:
    """Return the resumable checkpoint that the next attempt goes on from."""
    for own in await checkpoints.resumable(session, run.id):
        if own.attempt > run.restarted_after:
            return own
    return (await checkpoints.sources_of(session, run.id)).get("state")


async def _open_attempt(
    session: AsyncSession, settings: Settings, run_id: str, places: Sequence[gangs.Place]
) -> None:
    """Give a run to the slots that will execute it, of which the first speaks for it."""
    head = places[0]
    run = await runs.lock_alone(session, run_id)
    pipeline = await session.get_one(Pipeline, run.pipeline_id)
    now = await clock(session)
    move(run, "claimed", now)
    run.worker_id, run.claimed_at = head.worker_id, now
    checkpoint = await _start(session, run)
    resume = checkpoint and Resume(step=checkpoint.step, location=checkpoint.location or "")
    run.step = resume.step if resume else 0
    attempt_id = new_id("att")
    claimed = ClaimedRun(
        run_id=run.id,
        run_name=run.name,
        attempt_id=attempt_id,
        attempt=run.attempt,
        kind=run.kind,
        recipe=one_run_recipe(pipeline, run),
        inputs=await inputs_of(session, run),
        gpus=run.gpus,
        gang=gangs.gang_of(places),
        resume=resume,
        lease_seconds=settings.lease_seconds,
    )
    attempt = Attempt(
        id=attempt_id,
        run_id=run.id,
        number=run.attempt,
        worker_id=head.worker_id,
        slot=head.slot,
        gpus=sum(place.gpus for place in places),
        nodes=len(places),
        claim_key=head.claim_key,
        claimed_run=claimed.model_dump(mode="json", exclude={"keys"}),
        resumed_from=resume and resume.step,
        lease_expires_at=now + timedelta(seconds=settings.lease_seconds),
    )
    session.add(attempt)
    await session.flush()
    gangs.add_members(session, attempt, places, attempt.lease_expires_at)
    await gangs.stand_up(session, places)
    await settle(session, pipeline, now)
    # Other claims passed over this pipeline while it was locked, and the other nodes of a gang wait
    # to be told; they look again.
    wake(session, "queue")
