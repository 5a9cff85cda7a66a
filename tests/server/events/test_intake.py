from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import event, select

from server.events import intake, steps
from server.runs import repository as runs
from server.tables import Run
from tests.server.world import Lease, World, good


async def running(world: World, count: int) -> list[Lease]:
    """Return runs that have finished their first step."""
    leases = []
    for slot in range(count):
        await world.launch()
        claimed = good(await world.worker.post("/worker/claim", json=world.offer(slot=slot)))
        leases.append(lease := Lease(world, claimed))
        await lease.start()
        await lease.step(1)
    return leases


def finished(lease: Lease, *numbers: int) -> list[dict[str, Any]]:
    return [
        lease.event("step_finished", step=step, metrics={"loss": float(step)}) for step in numbers
    ]


def count_commits(world: World) -> list[int]:
    commits: list[int] = []
    writer = world.parts.database.writer.sync_engine
    event.listen(writer, "commit", lambda connection: commits.append(1))
    return commits


async def stored(world: World, lease: Lease) -> list[tuple[int, int]]:
    """Return (position, seq) of everything in a run's history."""
    page = good(await world.admin.get(f"/runs/{lease.run_id}/events"))
    return [(entry["position"], entry["event"]["seq"]) for entry in page["data"]]


async def curve(world: World, lease: Lease) -> list[tuple[int, float]]:
    (series,) = good(await world.admin.get(f"/runs/{lease.run_id}/metrics"))["series"]
    return [(point[0], point[1]) for point in series["points"]]


async def test_what_comes_together_is_committed_together(world: World) -> None:
    leases = await running(world, 6)
    batches = [finished(lease, 2, 3 + number) for number, lease in enumerate(leases)]
    commits = count_commits(world)
    replies = await asyncio.gather(
        *(lease.send(*batch) for lease, batch in zip(leases, batches, strict=True))
    )
    assert len(commits) < len(leases)
    for number, (lease, reply) in enumerate(zip(leases, replies, strict=True)):
        assert reply == {
            "accepted": 2, "quarantined": 0, "next_seq": {"engine": 5, "worker": 1},
            "superseded": False, "desired_state": "run",
        }  # fmt: skip
        newest = 3 + number
        assert await stored(world, lease) == [(1, 1), (2, 2), (3, 3), (4, 4)]
        assert await curve(world, lease) == [(1, 1.0), (2, 2.0), (newest, float(newest))]
        run = await world.run(lease.run_id)
        assert (run["step"], run["latest"]) == (newest, {"loss": float(newest)})


async def test_a_batch_that_is_sent_twice_at_once_is_stored_once(world: World) -> None:
    (lease,) = await running(world, 1)
    batch = finished(lease, 2, 3)
    replies = await asyncio.gather(*(lease.send(*batch) for _ in range(3)))
    assert sorted(reply["accepted"] for reply in replies) == [0, 0, 2]
    assert await stored(world, lease) == [(1, 1), (2, 2), (3, 3), (4, 4)]


async def test_a_bad_batch_spoils_none_of_those_beside_it(world: World) -> None:
    one, two, three = await running(world, 3)
    stranger = await world.another_worker()
    of_two = [*finished(two, 2), two.event("step_finished", step=3, metrics={"made_up": 1.0})]
    body = {"source": "engine", "events": finished(three, 2)}
    first, second, refused = await asyncio.gather(
        one.send(*finished(one, 2)),
        two.send(*of_two),
        stranger.post(f"{three.path}/events", json=body),
    )
    assert (first["accepted"], first["quarantined"]) == (1, 0)
    assert (second["accepted"], second["quarantined"]) == (1, 1)
    assert refused.status_code == 404
    assert [await curve(world, lease) for lease in (one, two, three)] == [
        [(1, 1.0), (2, 2.0)], [(1, 1.0), (2, 2.0)], [(1, 1.0)],
    ]  # fmt: skip


async def test_batches_that_fail_together_are_stored_one_by_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    leases = await running(world, 3)
    written = steps._write

    async def write_and_fail(*what: Any) -> None:
        await written(*what)
        raise RuntimeError("no room")

    monkeypatch.setattr(steps, "_write", write_and_fail)
    replies = await asyncio.gather(*(lease.send(*finished(lease, 2)) for lease in leases))
    assert [reply["accepted"] for reply in replies] == [1, 1, 1]
    for lease in leases:
        assert await stored(world, lease) == [(1, 1), (2, 2), (3, 3)]
        assert await curve(world, lease) == [(1, 1.0), (2, 2.0)]


async def test_whoever_gives_up_keeps_nobody_waiting(world: World) -> None:
    one, two = await running(world, 2)
    async with world.parts.database.writing():
        gone = asyncio.create_task(one.send(*finished(one, 2)))
        other = asyncio.create_task(two.send(*finished(two, 2)))
        await asyncio.sleep(0.05)
        gone.cancel()
    assert (await other)["accepted"] == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_run_that_somebody_holds_is_waited_for_by_its_own_batch_only(world: World) -> None:
    """On Postgres only: on SQLite whoever writes holds everything."""
    held, free = await running(world, 2)
    async with world.parts.database.writing() as session:
        await runs.lock_alone(session, held.run_id)
        waiting = asyncio.create_task(held.send(*finished(held, 2)))
        async with asyncio.timeout(5):
            assert (await free.send(*finished(free, 2)))["accepted"] == 1
        assert not waiting.done()
    assert (await waiting)["accepted"] == 1


async def test_no_more_than_so_many_go_together(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_TOGETHER", 2)
    leases = await running(world, 5)
    commits = count_commits(world)
    async with asyncio.TaskGroup() as group:
        for lease in leases:
            group.create_task(lease.send(*finished(lease, 2)))
    assert len(commits) >= 3
    async with world.parts.database.reading() as session:
        found = await session.scalars(select(Run.stream_position))
        assert list(found) == [3] * 5
