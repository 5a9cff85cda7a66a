from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from kombu import Connection
from sqlalchemy import select, update

from prism_engine.contract.doorbell import celery_queue, transport_options
from server.database import clock
from server.duties import Duties
from server.queue import Bell, empty_outbox
from server.settings import Settings
from server.tables import Attempt, Doorbell, Duty, Run, ServerClock
from tests.server.world import Lease, World, eventually


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Silence is noticed while a test waits for it."""
    return settings.model_copy(update={"lease_seconds": 2})


async def expire(world: World, lease: Lease) -> None:
    async with world.parts.database.writing() as session:
        ago = await clock(session) - timedelta(seconds=1)
        query = update(Attempt).where(Attempt.id == lease.claimed["attempt_id"])
        await session.execute(query.values(lease_expires_at=ago))


async def test_a_silent_attempt_is_lost_and_goes_on_elsewhere(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    await lease.start()
    await lease.step(1, 2, 3)
    assert (await lease.checkpoint(2, kind="resumable")).status_code == 201
    await expire(world, lease)

    async def queued() -> bool:
        return bool((await world.run(lease.run_id))["state"] == "queued")

    await eventually(queued)
    assert "was lost" in (await world.run(lease.run_id))["reason"]
    assert (await lease.heartbeat())["superseded"]
    assert (await lease.checkpoint(3, kind="resumable")).status_code == 409
    again = await world.claim()
    assert (again.claimed["attempt"], again.claimed["resume"]["step"]) == (2, 2)


async def test_a_heartbeat_keeps_the_lease(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    for _ in range(8):
        await lease.heartbeat()
        await asyncio.sleep(0.4)
    assert (await world.run(lease.run_id))["attempt"] == 1
    assert (await world.run(lease.run_id))["state"] == "claimed"


async def test_the_retry_budget_ends(world: World) -> None:
    await world.launch()
    for number in (1, 2, 3, 4):
        lease = await world.claim()
        assert lease.claimed["attempt"] == number
        await lease.exit("infrastructure", "node down")
    run = await world.run(lease.run_id)
    assert (run["state"], run["exit"]["kind"]) == ("failed", "infrastructure")


async def test_time_without_a_server_does_not_count(world: World) -> None:
    """As after an outage: the last stamp and the lease are long past, and a server starts."""
    await world.launch()
    lease = await world.claim()
    duties = Duties(world.parts)
    async with world.parts.database.writing() as session:
        now = await clock(session)
        row = await session.get_one(ServerClock, 1)
        row.alive_at = now - timedelta(seconds=10)
        attempt = await session.get_one(Attempt, lease.claimed["attempt_id"])
        attempt.lease_expires_at = now - timedelta(seconds=8.5)
    await duties.prepare()
    await duties.reap()
    async with world.parts.database.reading() as session:
        attempt = await session.get_one(Attempt, lease.claimed["attempt_id"])
        left = (attempt.lease_expires_at - await clock(session)).total_seconds()
    assert attempt.ended_at is None
    assert 2.0 < left < 4.0
    assert not (await lease.heartbeat())["superseded"]


async def test_a_duty_has_one_holder_until_its_hold_runs_out(world: World) -> None:
    first, second = (Duties(world.parts) for _ in range(2))
    async with world.parts.database.writing() as session:
        session.add(Duty(name="test"))
    assert await first._hold("test")
    assert await first._hold("test")
    assert not await second._hold("test")
    async with world.parts.database.writing() as session:
        past = await clock(session) - timedelta(seconds=1)
        await session.execute(update(Duty).where(Duty.name == "test").values(held_until=past))
    assert await second._hold("test")
    assert not await first._hold("test")


async def test_what_waits_for_long_is_announced_again(world: World) -> None:
    run = (await world.launch())["runs"][0]
    duties = Duties(world.parts)
    async with world.parts.database.writing() as session:
        past = await clock(session) - timedelta(seconds=31)
        await session.execute(update(Run).where(Run.id == run["id"]).values(queued_at=past))
    await duties.ring_again()
    async with world.parts.database.reading() as session:
        rung = (await session.get_one(Run, run["id"])).rung_at
    assert rung is not None
    await duties.ring_again()
    async with world.parts.database.reading() as session:
        assert (await session.get_one(Run, run["id"])).rung_at == rung


@pytest.mark.parametrize("broker", ["filesystem", "redis"])
async def test_the_doorbell_rings_after_the_commit(
    world: World, broker: str, request: pytest.FixtureRequest
) -> None:
    url = "filesystem://" if broker == "filesystem" else request.getfixturevalue("redis")
    home = world.settings.home.parent / f"bell-{broker}"
    settings = Settings(home=home, broker_url=url)
    bell = Bell(settings)
    async with world.parts.database.writing() as session:
        session.add_all([Doorbell(queue="test-queue"), Doorbell(queue="test-queue")])
    await empty_outbox(world.parts.database, bell)
    async with world.parts.database.reading() as session:
        assert (await session.scalars(select(Doorbell))).all() == []
    options = transport_options(url, home / "broker")
    with Connection(url, transport_options=options) as connection:
        queue = connection.SimpleQueue(celery_queue("test-queue"))
        message = queue.get(timeout=5)
        message.ack()
        assert message.headers["task"] == "prism.ring"
        assert message.payload[0] == ["test-queue"]
        # Two announcements of one queue are one ring.
        with pytest.raises(queue.Empty):
            queue.get(timeout=0.2)


async def test_a_broker_that_is_away_is_no_error(tmp_path: Path) -> None:
    bell = Bell(Settings(home=tmp_path, broker_url="redis://127.0.0.1:1/0"))
    assert not await bell.ring(["nobody-listens"])
