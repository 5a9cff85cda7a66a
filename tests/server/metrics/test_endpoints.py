from __future__ import annotations

from typing import Any

from sqlalchemy import select

from server.stream.cursor import decode
from server.tables import MetricLatest
from tests.server.world import Lease, World, good


async def curves(world: World, lease: Lease, **query: Any) -> dict[str, list[list[float]]]:
    found = good(await world.admin.get(f"/runs/{lease.run_id}/metrics", params=query))
    return {series["name"]: series["points"] for series in found["series"]}


async def retried(world: World, lease: Lease) -> Lease:
    await lease.exit("infrastructure", "node down")
    again = await world.claim()
    await again.start()
    return again


async def test_a_curve_has_every_step_with_its_exact_value(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    await lease.start()
    await lease.step(1, 2, 3, loss=0.1, reward=1e-17)
    found = await curves(world, lease)
    assert found["loss"] == [[step, 0.1 * step, 0.1 * step, 0.1 * step, 1] for step in (1, 2, 3)]
    assert found["reward"][2][1] == 3e-17
    assert list(found) == ["loss", "reward"]
    assert list(await curves(world, lease, names="reward")) == ["reward"]
    assert [p[0] for p in (await curves(world, lease, **{"from": 2, "to": 2}))["loss"]] == [2]


async def test_attempts_are_overlaid(world: World) -> None:
    await world.launch()
    first = await world.claim()
    await first.start()
    await first.step(1, 2, 3, 4, loss=1.0)
    second = await retried(world, first)
    await second.step(3, 4, 5, loss=10.0)
    third = await retried(world, second)
    await third.step(5, 6, loss=100.0)
    assert [(p[0], p[1], p[4]) for p in (await curves(world, first))["loss"]] == [
        (1, 1.0, 1), (2, 2.0, 1), (3, 30.0, 2), (4, 40.0, 2), (5, 500.0, 3), (6, 600.0, 3),
    ]  # fmt: skip
    await first.send(first.event("step_finished", step=5, metrics={"loss": -1.0}))
    assert len((await curves(world, first))["loss"]) == 6
    assert (await world.run(first.run_id))["latest"] == {"loss": 600.0}


async def test_the_sums_are_those_of_the_overlaid_series(world: World) -> None:
    await world.launch()
    first = await world.claim()
    await first.start()
    await first.step(1, 2, 3, loss=1.0)
    second = await retried(world, first)
    await second.step(3, loss=-1.0)
    # Late news of what the second attempt built upon.
    await first.send(first.event("step_finished", step=2, metrics={"loss": 50.0}))
    async with world.parts.database.reading() as session:
        row = (await session.scalars(select(MetricLatest))).one()
    assert (row.step, row.last, row.minimum, row.maximum) == (3, -3.0, -3.0, 50.0)
    # Steps 1, 2, 2 again and 3.
    assert row.count == 4


async def test_many_points_come_in_as_many_buckets_as_asked_for(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    await lease.start()
    await lease.step(*range(1, 101))
    points = (await curves(world, lease, max_points=10))["loss"]
    assert len(points) == 10
    assert points[0] == [10, 10.0, 1.0, 10.0, 1]
    assert points[-1] == [100, 100.0, 99.0, 100.0, 1]


async def test_progress_follows_the_attempts_that_count(world: World) -> None:
    await world.launch()
    first = await world.claim()
    await first.start()
    await first.step(1, 2, 3, tokens=100.0, step_seconds=1.0)
    second = await retried(world, first)
    await second.step(3, tokens=10.0)
    path = f"/runs/{first.run_id}/metrics"
    whole = good(await world.admin.get(path))
    # A step that does not say how long it took adds nothing.
    assert whole["progress"] == [[1, 100.0, 1.0], [2, 300.0, 3.0], [3, 330.0, 3.0]]
    part = good(await world.admin.get(path, params={"from": 2}))
    assert part["progress"] == []


async def test_the_cursor_stands_behind_the_last_event(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    await lease.start()
    await lease.step(1, 2)
    found = good(await world.admin.get(f"/runs/{lease.run_id}/metrics"))
    assert decode([found["cursor"]]) == {lease.run_id: 3}
