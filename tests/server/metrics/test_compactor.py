from __future__ import annotations

import random
from typing import Any

import pytest
from sqlalchemy import func, select

from server.metrics import chunks, compactor, packing
from server.metrics.compactor import compact, fold_block
from server.metrics.latest import _sum_up_anew
from server.runs import repository as runs
from server.tables import Attempt, MetricChunk, MetricLatest, MetricTail
from tests.server.metrics.test_endpoints import retried
from tests.server.world import Lease, World, good

QUERIES: list[dict[str, Any]] = [
    {},
    {"max_points": 1},
    {"max_points": 9},
    {"max_points": 100},
    {"max_points": 10_000},
    {"from": 100, "to": 700, "max_points": 10_000},
    {"from": 100, "to": 700, "max_points": 8},
    {"from": 300, "to": 303},
    {"names": "loss,tokens", "max_points": 9},
    {"names": "absent"},
    {"to": 0},
]


BLOCK = 64


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small blocks, folded when a test says so and at no other time."""

    async def not_by_itself(_: object) -> None:
        return None

    monkeypatch.setattr("server.duties.compact", not_by_itself)
    monkeypatch.setattr(packing, "POINTS_OF_BLOCK", BLOCK)
    monkeypatch.setattr(packing, "SUMS_OF_BLOCK", BLOCK // 16)
    monkeypatch.setattr(compactor, "KEPT_LOOSE", 2 * BLOCK)
    monkeypatch.setattr(compactor, "FEWEST", BLOCK // 4)


async def send(lease: Lease, chance: random.Random, first: int, last: int) -> None:
    """Finish the steps of a range, some left out, each with some of its metrics."""
    events = []
    for step in range(first, last + 1):
        if chance.random() < 0.1:
            continue
        metrics = {"loss": chance.gauss(0, 1e-3), "tokens": float(chance.randrange(1000))}
        if chance.random() < 0.05:
            metrics["accuracy"] = chance.random()
        if chance.random() < 0.5:
            del metrics["loss"]
        events.append(lease.event("step_finished", step=step, metrics=metrics))
    while events:
        size = chance.choice((1, 30, 400))
        await lease.send(*events[:size])
        del events[:size]


async def three_attempts(world: World, seed: int) -> Lease:
    """The second goes on from before the end of the first, the third from before the second."""
    chance = random.Random(seed)
    await world.launch()
    lease = await world.claim()
    await lease.start()
    await send(lease, chance, 1, 600)
    for first, last in ((310, 420), (300, 900)):
        lease = await retried(world, lease)
        await send(lease, chance, first, last)
    return lease


async def answers(world: World, run_id: str) -> list[Any]:
    path = f"/runs/{run_id}/metrics"
    return [good(await world.admin.get(path, params=query)) for query in QUERIES]


async def sums(world: World) -> list[Any]:
    names = ("name", "step", "last", "minimum", "maximum", "count")
    columns = [getattr(MetricLatest, name) for name in names]
    async with world.parts.database.reading() as session:
        rows = await session.execute(select(*columns).order_by(*columns))
    return [tuple(row) for row in rows]


async def count(world: World, *of: Any) -> int:
    async with world.parts.database.reading() as session:
        return int(await session.scalar(select(func.count()).where(*of)) or 0)


async def test_no_answer_changes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = await three_attempts(world, 1)
    before = await answers(world, lease.run_id)
    history = await events(world, lease.run_id)
    # Some are folded, then more, then all: every state of the storage gives the same.
    for kept in (300, 70):
        monkeypatch.setattr(compactor, "KEPT_LOOSE", kept)
        await compact(world.parts.database)
        assert await count(world, MetricTail.position > 0) > 0
        assert await answers(world, lease.run_id) == before
        assert await events(world, lease.run_id) == history
    await lease.exit("infrastructure", "node down")
    await compact(world.parts.database)
    assert await count(world, MetricTail.position > 0) == 0
    assert await answers(world, lease.run_id) == before
    assert await events(world, lease.run_id) == history


async def events(world: World, run_id: str) -> list[Any]:
    found: list[Any] = []
    while True:
        query = {"limit": 1000, "after": found[-1]["position"] if found else 0}
        page = good(await world.admin.get(f"/runs/{run_id}/events", params=query))
        found += page["data"]
        if not page["next_cursor"]:
            return found


async def test_twice_is_as_once(world: World) -> None:
    lease = await three_attempts(world, 2)
    await lease.exit("infrastructure", "node down")
    await compact(world.parts.database)
    before, chunks = await answers(world, lease.run_id), await count(world, MetricChunk.block >= 0)
    await compact(world.parts.database)
    for attempt in (1, 2, 3):
        async with world.parts.database.writing() as session:
            query = select(Attempt.id).where(Attempt.number == attempt)
            await runs.lock_alone(session, lease.run_id)
            assert not await fold_block(session, (await session.scalars(query)).one())
    assert await answers(world, lease.run_id) == before
    assert await count(world, MetricChunk.block >= 0) == chunks


async def test_what_fails_halfway_has_not_happened(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = await three_attempts(world, 3)
    await lease.exit("infrastructure", "node down")
    before, loose = (
        await answers(world, lease.run_id),
        await count(world, MetricTail.position > 0),
    )

    fold_level = chunks._fold_level

    async def die(session: Any, run_id: str, attempt: int, level: int, added: Any) -> None:
        if level > 1:
            raise KeyboardInterrupt
        await fold_level(session, run_id, attempt, level, added)

    with monkeypatch.context() as patch:
        patch.setattr(chunks, "_fold_level", die)
        with pytest.raises(KeyboardInterrupt):
            await compact(world.parts.database)
    assert await count(world, MetricChunk.block >= 0) == 0
    assert await count(world, MetricTail.position > 0) == loose
    await compact(world.parts.database)
    assert await answers(world, lease.run_id) == before


async def test_steps_that_come_late_join_their_chunk(world: World) -> None:
    lease = await three_attempts(world, 4)
    await lease.exit("infrastructure", "node down")
    await compact(world.parts.database)
    late = [
        lease.event("step_finished", step=step, metrics={"loss": float(step), "reward": 1.0})
        for step in (901, 902, 350)
    ]
    await lease.send(*late)
    before, latest = await answers(world, lease.run_id), await sums(world)
    async with world.parts.database.writing() as session:
        attempt = (await session.scalars(select(Attempt).where(Attempt.number == 3))).one()
        await runs.lock_alone(session, lease.run_id)
        while await fold_block(session, attempt.id):
            pass
    assert await count(world, MetricTail.position > 0) == 0
    assert await answers(world, lease.run_id) == before
    assert await sums(world) == latest
    assert attempt.loose_steps == 0
    assert ("loss", 902) in [row[:2] for row in latest]


async def test_sums_are_made_anew_from_chunks(world: World) -> None:
    """A new attempt begins with the sums of what it builds upon, wherever that lies."""
    lease = await three_attempts(world, 5)
    await lease.exit("infrastructure", "node down")
    fourth = await world.claim()
    await fourth.start()
    await fourth.step(500, loss=1.0)
    loose = await sums(world)
    await fourth.exit("infrastructure", "node down")
    await compact(world.parts.database)
    async with world.parts.database.writing() as session:
        await _sum_up_anew(session, fourth.run_id)
    assert await sums(world) == loose


async def test_a_living_attempt_keeps_its_newest_steps_in_the_tail(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    await lease.start()
    await lease.step(*range(1, 3 * BLOCK - 1))
    await compact(world.parts.database)
    assert await count(world, MetricChunk.block >= 0) == 0
    await lease.step(*range(3 * BLOCK - 1, 4 * BLOCK + 1))
    await compact(world.parts.database)
    async with world.parts.database.reading() as session:
        assert await session.scalar(select(func.min(MetricTail.first_step))) == 2 * BLOCK
