from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from server.database import clock
from server.fleet.recent_use import ADDED_UP_EVERY, recently_used
from server.tables import Attempt
from tests.server.fleet.test_usage import HOUR, use
from tests.server.world import World


async def used(world: World, later: timedelta = timedelta(0)) -> dict[str, dict[str, float]]:
    async with world.parts.database.reading() as session:
        found = await recently_used(session, await clock(session) + later)
    return {
        project: {queue: round(seconds / HOUR, 2) for queue, seconds in of_project.items()}
        for project, of_project in found.items()
    }


async def test_what_has_ended_is_added_up_once_and_what_goes_on_each_time(world: World) -> None:
    theirs, mine = await world.default_project(), await world.new_project("mine")
    await use(world, theirs, hours_ago=10, hours=2, gpus=8)
    await use(world, mine, hours_ago=7 * 24 + 1, hours=3, gpus=0)
    # Of what began before the week, the rest counts.
    assert await used(world) == {theirs: {"g8": 16.0}, mine: {"g0": 2.0}}
    await use(world, theirs, hours_ago=1.5, hours=1.5, gpus=8)
    assert await used(world) == {theirs: {"g8": 28.0}, mine: {"g0": 2.0}}
    await world.launch()
    await world.claim()
    assert await used(world, timedelta(minutes=6)) == {
        theirs: {"g8": 28.0, "default": 0.1}, mine: {"g0": 2.0},
    }  # fmt: skip


async def test_a_week_is_added_up_anew_now_and_then(world: World) -> None:
    project = await world.default_project()
    await use(world, project, hours_ago=10, hours=2, gpus=1)
    assert await used(world) == {project: {"g1": 2.0}}
    async with world.parts.database.writing() as session:
        (ended_at,) = await session.scalars(select(Attempt.ended_at))
        assert isinstance(ended_at, datetime)
        await session.execute(update(Attempt).values(ended_at=ended_at + timedelta(hours=1)))
    assert await used(world) == {project: {"g1": 2.0}}
    assert await used(world, ADDED_UP_EVERY) == {project: {"g1": 3.0}}


@pytest.mark.parametrize(("gpus", "hours"), [(0, 2.0), (4, 8.0)])
async def test_a_slot_counts_by_its_gpus_and_one_without_any_as_one(
    world: World, gpus: int, hours: float
) -> None:
    project = await world.default_project()
    await use(world, project, hours_ago=10, hours=2, gpus=gpus)
    assert await used(world) == {project: {f"g{gpus}": hours}}
