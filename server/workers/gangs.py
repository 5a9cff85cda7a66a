"""Runs over several slots, which are claimed together or not at all.

A slot whose turn it is on such a run takes a seat, and goes on waiting for that run. Whoever takes
the last seat forms the gang: one attempt, whose node 0 is the slot that sat down first. The others
find what they are given when they look again. Looking is also what keeps a seat.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.errors import NotFound
from server.identifiers import new_id
from server.tables import Attempt, GangMember, Run, Seat, Worker
from server.workers.schemas import ClaimedRun, ClaimOffer, Gang

KEPT = timedelta(seconds=5)
"""A slot that waits looks every second."""


class Place(NamedTuple):
    """A slot that executes a run, or one of its nodes."""

    worker_id: str
    slot: int
    claim_key: str
    gpus: int
    address: str
    port: int


def place_of(offer: ClaimOffer, gpus: int) -> Place:
    """Return the place that an offer speaks of."""
    at = offer.rendezvous
    return Place(
        offer.worker_id,
        offer.slot,
        offer.claim_key,
        gpus,
        at.address if at else "",
        at.port if at else 0,
    )


async def sit(session: AsyncSession, run: Run, place: Place, now: datetime) -> None:
    """Take a seat for a run, or keep it."""
    seat = await session.get(Seat, (place.worker_id, place.slot))
    if seat is None:
        seat = Seat(worker_id=place.worker_id, slot=place.slot, run_id="", claim_key="")
        session.add(seat)
    if (seat.run_id, seat.claim_key) != (run.id, place.claim_key):
        seat.run_id, seat.claim_key, seat.taken_at = run.id, place.claim_key, now
        seat.gpus, seat.address, seat.port = place.gpus, place.address, place.port
    seat.seen_at = now
    await session.flush()


async def seated(session: AsyncSession, run_id: str, now: datetime) -> list[Place]:
    """Who sits for a run, the first first."""
    query = (
        select(Seat)
        .where(Seat.run_id == run_id, Seat.seen_at > now - KEPT)
        .order_by(Seat.taken_at, Seat.worker_id, Seat.slot)
    )
    return [
        Place(seat.worker_id, seat.slot, seat.claim_key, seat.gpus, seat.address, seat.port)
        for seat in await session.scalars(query)
    ]


async def is_seated(session: AsyncSession, worker_id: str, slot: int, key: str) -> bool:
    """Whether an offer has a seat, or has just become a node of what it sat for."""
    seat = await session.get(Seat, (worker_id, slot))
    return (seat is not None and seat.claim_key == key) or (
        await member_with(session, worker_id, key) is not None
    )


async def stand_up(session: AsyncSession, places: Sequence[Place]) -> None:
    """Give up the seats that these slots may have."""
    for place in places:
        query = delete(Seat).where(Seat.worker_id == place.worker_id, Seat.slot == place.slot)
        await session.execute(query)


def gang_of(places: Sequence[Place]) -> Gang | None:
    """Return what node 0 is told of its gang; None where it is alone."""
    if len(places) == 1:
        return None
    head = places[0]
    return Gang(
        rank=0,
        nodes=len(places),
        master_address=head.address,
        master_port=head.port,
        member_id=None,
    )


def add_members(
    session: AsyncSession, attempt: Attempt, places: Sequence[Place], until: datetime
) -> None:
    """Note the nodes but the first, each with a lease of its own."""
    for rank, place in enumerate(places):
        if rank > 0:
            session.add(
                GangMember(
                    id=new_id("mem"),
                    attempt_id=attempt.id,
                    rank=rank,
                    worker_id=place.worker_id,
                    slot=place.slot,
                    claim_key=place.claim_key,
                    lease_expires_at=until,
                )
            )


async def member_with(
    session: AsyncSession, worker_id: str, key: str
) -> tuple[GangMember, Attempt] | None:
    """Return the node that an offer has become."""
    query = (
        select(GangMember, Attempt)
        .join(Attempt, Attempt.id == GangMember.attempt_id)
        .where(GangMember.worker_id == worker_id, GangMember.claim_key == key)
    )
    row = (await session.execute(query)).first()
    return row and (row[0], row[1])


def as_member(claimed: ClaimedRun, member: GangMember) -> ClaimedRun:
    """Return what node 0 was given as another node is given it."""
    assert claimed.gang is not None, "a member has a gang"
    gang = claimed.gang.model_copy(update={"rank": member.rank, "member_id": member.id})
    return claimed.model_copy(update={"gang": gang})


async def leased(
    session: AsyncSession, member_id: str, actor: Actor
) -> tuple[GangMember, Attempt, Worker]:
    """Return a node if its lease was given to a worker of this actor."""
    query = (
        select(GangMember, Attempt, Worker)
        .join(Attempt, Attempt.id == GangMember.attempt_id)
        .join(Worker, Worker.id == GangMember.worker_id)
        .where(GangMember.id == member_id, Worker.token_id == actor.credential)
    )
    row = (await session.execute(query)).first()
    if row is None:
        raise NotFound("member", member_id)
    return row[0], row[1], row[2]


async def expired(session: AsyncSession, now: datetime) -> list[tuple[str, str]]:
    """Attempts of which a node was not heard of for a lease, each with what to say of it."""
    query = (
        select(Attempt.id, GangMember.rank, Worker.name)
        .join(Attempt, Attempt.id == GangMember.attempt_id)
        .join(Worker, Worker.id == GangMember.worker_id)
        .where(
            Attempt.ended_at.is_(None),
            GangMember.ended_at.is_(None),
            GangMember.lease_expires_at < now,
        )
        .order_by(Attempt.id, GangMember.rank)
    )
    return [
        (attempt_id, f"Node {rank}, on worker {name}, was not heard of for a lease")
        for attempt_id, rank, name in await session.execute(query)
    ]


async def extend_leases(session: AsyncSession, by: timedelta) -> None:
    """Give every lease of a node that is held so much longer."""
    query = select(GangMember).where(GangMember.ended_at.is_(None)).order_by(GangMember.id)
    for member in await session.scalars(query.with_for_update(key_share=True)):
        member.lease_expires_at += by


async def renew(session: AsyncSession, member_id: str, until: datetime) -> None:
    """Move the end of a lease that is still held."""
    query = update(GangMember).where(GangMember.id == member_id, GangMember.ended_at.is_(None))
    await session.execute(query.values(lease_expires_at=until))
