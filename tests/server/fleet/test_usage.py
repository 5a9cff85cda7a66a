from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from server.database import clock
from server.tables import Attempt, Pipeline, Run
from tests.server.fleet.test_endpoints import asking, claim, launch_in
from tests.server.world import World, good

HOUR = 3600.0


async def use(world: World, project_id: str, hours_ago: float, hours: float, gpus: int) -> str:
    """Have a run hold a slot with so many GPUs for some time; return its id."""
    name = f"g{gpus}"
    worker = await world.new_worker(name, [name], gpus=(gpus,))
    await launch_in(world, project_id, sft=asking(queue=name))
    claimed = await claim(world, worker, name)
    path = f"/worker/attempts/{claimed['attempt_id']}/exit"
    good(await world.worker.post(path, json={"kind": "code", "message": "x"}))
    async with world.parts.database.writing() as session:
        began = await clock(session) - timedelta(hours=hours_ago)
        times = {"claimed_at": began, "ended_at": began + timedelta(hours=hours)}
        query = update(Attempt).where(Attempt.id == claimed["attempt_id"]).values(times)
        await session.execute(query)
    return str(claimed["run_id"])


async def rows(world: World, **query: Any) -> list[tuple[Any, ...]]:
    found = good(await world.admin.get("/usage", params=query))["data"]
    return [
        (
            row["project"], row["person"], row["run"], row["runs"],
            round(row["gpu_seconds"] / HOUR, 3), round(row["slot_seconds"] / HOUR, 3),
        )
        for row in found
    ]  # fmt: skip


async def test_gpu_hours_are_attempts_times_the_gpus_of_their_slots(world: World) -> None:
    theirs, mine = await world.default_project(), await world.new_project("mine")
    first = await use(world, theirs, hours_ago=10, hours=2, gpus=8)
    await use(world, theirs, hours_ago=10, hours=1, gpus=0)
    await use(world, mine, hours_ago=30, hours=7, gpus=2)
    # Of what began before the first day that is asked for, the rest counts.
    assert await rows(world, by="project", days=1) == [
        ("default", None, None, 2, 16.0, 3.0),
        ("mine", None, None, 1, 2.0, 1.0),
    ]
    async with world.parts.database.writing() as session:
        of_first = select(Run.pipeline_id).where(Run.id == first)
        by_mara = update(Pipeline).where(Pipeline.id.in_(of_first)).values(created_by="mara")
        await session.execute(by_mara)
    assert await rows(world, by="person", days=30) == [
        ("default", "mara", None, 1, 16.0, 2.0),
        ("mine", "admin", None, 1, 14.0, 7.0),
        ("default", "admin", None, 1, 0.0, 1.0),
    ]
    assert await rows(world, by="run", project_id=theirs) == [
        ("default", "mara", "sft", 1, 16.0, 2.0),
        ("default", "admin", "sft", 1, 0.0, 1.0),
    ]
    olga = await world.person("olga", {mine: "viewer"})
    (seen,) = good(await olga.get("/usage"))["data"]
    assert seen["project"] == "mine"


async def test_what_the_devices_of_a_run_did(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    uses = [{"uuid": "GPU-1", "utilisation": 0.93, "memory": 7_000_000_000, "power": 611.5}]
    for seconds in (30.0, 31.0):
        measured = lease.event("devices_measured", "worker", seconds=seconds, devices=uses)
        await lease.send(measured, source="worker")
    found = good(await world.admin.get(f"/runs/{lease.run_id}/devices", params={"limit": 1}))
    (moment,) = found["moments"]
    assert (moment["attempt"], moment["seconds"], moment["devices"]) == (1, 31.0, uses)
    assert found["gpu_seconds"] == 0
    assert found["slot_seconds"] == pytest.approx(5, abs=5)
    # It is the worker's to tell.
    await lease.send(lease.event("devices_measured", seconds=1.0, devices=[]))
    (attempt,) = good(await world.admin.get(f"/runs/{lease.run_id}/attempts"))["data"]
    assert attempt["quarantined"] == 1
