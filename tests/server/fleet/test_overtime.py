from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from server.database import clock
from server.fleet.overtime import stop_overdue
from server.tables import Attempt, Run
from tests.server.world import SFT, Lease, World, good

HALF_AN_HOUR = SFT | {"resources": {"hours": 0.5}}


async def as_if_begun(world: World, minutes: float) -> None:
    """Move all that has happened to the past."""
    async with world.parts.database.writing() as session:
        past = await clock(session) - timedelta(minutes=minutes)
        await session.execute(update(Attempt).values(claimed_at=past))
        await session.execute(update(Run).values(queued_at=past))


async def begun(world: World) -> Lease:
    await world.launch(sft=HALF_AN_HOUR)
    lease = await world.claim()
    await lease.start()
    return lease


async def test_a_run_saves_and_ends_when_its_time_is_over(world: World) -> None:
    lease = await begun(world)
    await as_if_begun(world, 29)
    await stop_overdue(world.parts.database)
    assert (await lease.heartbeat())["desired_state"] == "run"
    await as_if_begun(world, 31)
    await stop_overdue(world.parts.database)
    assert (await lease.heartbeat())["desired_state"] == "stop"
    shown = await world.run(lease.run_id)
    assert shown["reason"] == "Its longest time of 0.5 h is over: it saves and ends"
    ended = await lease.exit("stopped", "stopped on request")
    assert (ended["state"], ended["exit"]) == (
        "stopped",
        {
            "kind": "out_of_time",
            "message": "Its longest time of 0.5 h was over: stopped on request",
        },
    )
    # Whoever retries it gives it as much time again.
    good(await world.admin.post(f"/runs/{lease.run_id}/retry"))
    again = await world.claim()
    await stop_overdue(world.parts.database)
    assert (await again.heartbeat())["desired_state"] == "run"
    assert (await world.run(lease.run_id))["exit"] is None


async def test_time_that_was_lost_counts_and_a_cancellation_is_not_taken_back(
    world: World,
) -> None:
    lease = await begun(world)
    await as_if_begun(world, 31)
    await lease.exit("infrastructure", "the disk was full")
    lease = await world.claim()
    good(await world.admin.post(f"/runs/{lease.run_id}/cancel"))
    await stop_overdue(world.parts.database)
    assert (await lease.heartbeat())["desired_state"] == "cancel"
    await lease.exit("cancelled")

    good(await world.admin.post(f"/runs/{lease.run_id}/retry"))
    lease = await world.claim()
    await as_if_begun(world, 16)
    await lease.exit("lost")
    lease = await world.claim()
    await as_if_begun(world, 16)
    await stop_overdue(world.parts.database)
    assert (await lease.heartbeat())["desired_state"] == "stop"
