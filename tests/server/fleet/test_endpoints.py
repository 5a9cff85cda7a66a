from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from server.database import clock
from server.tables import Attempt, Run
from tests.server.world import RLVR, SFT, World, good, recipe


def asking(**resources: Any) -> dict[str, Any]:
    return SFT | {"resources": resources}


async def launch_in(world: World, project_id: str, **runs: dict[str, Any]) -> Any:
    body = {"recipe": recipe(**runs), "project_id": project_id}
    return good(await world.admin.post("/pipelines", json=body))


async def queues(world: World) -> dict[str, Any]:
    return {queue["name"]: queue for queue in good(await world.admin.get("/queues"))["data"]}


async def claim(world: World, worker_id: str, queue: str, slot: int = 0) -> Any:
    """Take a run of a queue; None if there is none to be had."""
    offer = world.offer(worker_id=worker_id, slot=slot, queues=[queue])
    response = await world.worker.post("/worker/claim", json=offer)
    return response.json() if response.status_code == 200 else None


async def end(world: World, claimed: Any) -> None:
    path = f"/worker/attempts/{claimed['attempt_id']}/exit"
    good(await world.worker.post(path, json={"kind": "code", "message": "x"}))


async def test_claims_follow_the_order_that_is_shown(world: World) -> None:
    """Among three projects of which one has used the queue before."""
    theirs = await world.default_project()
    mine, ours = await world.new_project("mine"), await world.new_project("ours")
    worker = await world.new_worker("gpus", ["a100"], gpus=(8,))
    used = asking(queue="a100", gpus=8)
    await launch_in(world, theirs, sft=used)
    spent = await claim(world, worker, "a100")
    await end(world, spent)
    async with world.parts.database.writing() as session:
        hour_ago = await clock(session) - timedelta(hours=1)
        await session.execute(update(Attempt).values(claimed_at=hour_ago))
    await launch_in(world, theirs, a=used, b=asking(queue="a100", priority=5))
    await launch_in(world, mine, c=used, d=asking(queue="a100", gpus=9), e=used)
    await launch_in(world, ours, f=used, g=asking(queue="default"))

    queue = (await queues(world))["a100"]
    assert (queue["slots"], queue["free"], queue["gpus"]) == (1, 1, 8)
    shown = [(run["run"], run["project"], run["ahead"]) for run in queue["waiting"]]
    assert shown == [
        ("b", "default", 0), ("c", "mine", 1), ("d", "mine", 2), ("e", "mine", 2), ("f", "ours", 3),
        ("a", "default", 4),
    ]  # fmt: skip
    reasons = [run["reason"] for run in queue["waiting"]]
    assert reasons[0] == "Waits for a slot on queue a100; it is next"
    assert reasons[2] == "No worker of queue a100 has a slot with 9 GPUs"
    assert reasons[5] == "Waits for 8 GPUs on queue a100; 4 runs ahead"

    # Every claim takes the one that is shown as next, and counts for its project at once.
    taken = []
    while (await queues(world))["a100"]["waiting"][1:]:
        waiting = (await queues(world))["a100"]["waiting"]
        (following,) = [run["run"] for run in waiting if "it is next" in run["reason"]]
        claimed = await claim(world, worker, "a100")
        assert claimed["run_name"] == following
        taken.append(following)
        await end(world, claimed)
    assert taken == ["b", "c", "f", "e", "a"]


async def test_a_run_says_what_it_waits_for(world: World) -> None:
    pipeline = await world.launch(a=asking(queue="a100", gpus=8), b=asking(), c=asking(priority=1))
    shown = {run["name"]: run for run in (await world.pipeline(pipeline["id"]))["runs"]}
    assert (shown["a"]["reason"], shown["a"]["ahead"]) == ("No worker serves queue a100", 0)
    assert (shown["b"]["reason"], shown["b"]["ahead"]) == (
        "Waits for a slot on queue default; 1 run ahead", 1,
    )  # fmt: skip
    lease = await world.claim()
    assert lease.claimed["run_name"] == "c"
    assert (await world.run(lease.run_id))["ahead"] is None
    await lease.exit("lost")
    assert (await world.run(lease.run_id))["reason"] == (
        "Waits for a slot on queue default; it is next; attempt 1 was lost"
    )
    assert (await queues(world))["default"]["free"] == 1


async def test_quotas_hold_back_what_goes_beyond_them(world: World) -> None:
    project = await world.default_project()
    worker = await world.new_worker("gpus", ["a100"], gpus=(4, 4))
    four = asking(queue="a100", gpus=4)
    pipeline = await world.launch(a=four, b=four, c=asking())
    quota = {"max_gpus": 4, "max_runs": None}
    set_ = good(await world.admin.put(f"/projects/{project}/quota", json=quota))
    assert (set_["max_gpus"], set_["max_runs"], set_["gpus"], set_["runs"]) == (4, None, 0, 0)

    offers = [claim(world, worker, "a100", slot) for slot in (0, 1)]
    held = [claimed for claimed in await asyncio.gather(*offers) if claimed]
    assert len(held) == 1
    assert await claim(world, worker, "a100", 1) is None
    waiting = next(r for r in (await world.pipeline(pipeline["id"]))["runs"]
                   if r["name"] in "ab" and r["state"] == "queued")  # fmt: skip
    assert waiting["reason"] == "The quota of 4 GPUs of this project is used"
    (shown,) = good(await world.admin.get("/quotas"))["data"]
    assert (shown["project"], shown["gpus"], shown["runs"]) == ("default", 4, 1)
    # A slot without GPUs takes none of them.
    await (await world.claim()).exit("code")

    good(await world.admin.put(f"/projects/{project}/quota", json={"max_runs": 1}))
    assert await claim(world, worker, "a100", 1) is None
    good(await world.admin.put(f"/projects/{project}/quota", json={}))
    assert await claim(world, worker, "a100", 1) is not None


async def test_a_quota_is_the_administrators_and_stands_in_the_log(world: World) -> None:
    project = await world.default_project()
    head = await world.person("hana", {project: "admin"})
    path = f"/projects/{project}/quota"
    assert (await head.put(path, json={"max_runs": 9})).status_code == 403
    assert (await world.admin.put(path, json={"max_runs": -1})).status_code == 422
    good(await world.admin.put(path, json={"max_runs": 9}))
    (entry,) = good(await world.admin.get("/audit-log", params={"kind": "project"}))["data"]
    assert (entry["before"], entry["after"]) == ({"max_runs": None}, {"max_runs": 9})


async def test_who_waits_in_other_projects_is_counted_and_not_named(world: World) -> None:
    await world.launch(secret=asking(), other=asking())
    mine = await world.new_project("mine")
    await launch_in(world, mine, own=asking())
    olga = await world.person("olga", {mine: "viewer"})
    (queue,) = good(await olga.get("/queues"))["data"]
    assert [run["run"] for run in queue["waiting"]] == ["own"]
    assert (queue["waiting"][0]["ahead"], queue["elsewhere"]) == (2, 2)
    assert "secret" not in str(queue)
    assert [row["project"] for row in good(await olga.get("/quotas"))["data"]] == ["mine"]


async def test_a_waiting_run_says_when_it_will_probably_start(world: World) -> None:
    """Ten seconds a step were seen, and nine steps are left; a pace may stray by a quarter."""
    first, second = [(await world.launch(a=SFT))["runs"][0]["id"] for _ in range(2)]
    assert (await world.run(first))["starts"] is not None
    lease = await world.claim()
    assert (await world.run(second))["starts"] is None
    await lease.start()
    step = lease.event("step_finished", step=1, metrics={"loss": 1.0})
    await lease.send(step | {"at": "2026-01-01T00:00:10Z"})

    async with world.parts.database.reading() as session:
        now = await clock(session)

    def seconds(starts: dict[str, str]) -> list[float]:
        moments = (datetime.fromisoformat(starts[name]) for name in ("earliest", "latest"))
        return [(moment - now).total_seconds() for moment in moments]

    waits = await world.run(second)
    assert seconds(waits["starts"]) == pytest.approx([72, 112.5], abs=5)
    (queue,) = [queue for queue in (await queues(world)).values() if queue["waiting"]]
    assert seconds(queue["waiting"][0]["starts"]) == pytest.approx([72, 112.5], abs=5)

    # A run behind it starts once it is done, which takes ten steps at the pace that was seen.
    body = {"recipe": recipe(next=SFT, after=RLVR | {"policy": {"run": "next"}})}
    following, after = good(await world.admin.post("/pipelines:validate", json=body))["runs"]
    assert following["reason"] == "Waits for a slot on queue default; 1 run ahead"
    assert seconds(following["starts"]) == pytest.approx([72 + 80, 112.5 + 125], abs=5)
    assert (after["reason"], after["starts"]) == (None, None)

    # Nobody has seen how long an RLVR run takes: there is its limit, or nothing.
    good(await world.admin.post(f"/runs/{second}/cancel"))
    other = {"kind": "rlvr", "policy": {"model": "tiny"}, "data": "shapes", "steps": 4}
    third = (await world.launch(a=other))["runs"][0]["id"]
    assert seconds((await world.run(third))["starts"]) == pytest.approx([72, 112.5], abs=5)
    following, _ = good(await world.admin.post("/pipelines:validate", json=body))["runs"]
    assert following["starts"] is None
    good(await world.admin.post(f"/runs/{third}/cancel"))
    await world.launch(a=other | {"resources": {"hours": 0.01}})
    following, _ = good(await world.admin.post("/pipelines:validate", json=body))["runs"]
    assert seconds(following["starts"]) == pytest.approx([72, 112.5 + 36], abs=5)


async def test_it_learns_how_long_runs_take_from_those_that_succeeded(world: World) -> None:
    await world.launch(a=SFT)
    await (await world.claim()).succeed()
    async with world.parts.database.writing() as session:
        ended = (await session.scalars(select(Run))).one()
        assert ended.finished_at is not None
        ended.claimed_at = ended.finished_at - timedelta(seconds=1000)
    await world.launch(a=SFT)
    await world.claim()
    waiting = (await world.launch(a=SFT))["runs"][0]["id"]
    async with world.parts.database.reading() as session:
        now = await clock(session)
    starts = (await world.run(waiting))["starts"]
    found = [(datetime.fromisoformat(at) - now).total_seconds() for at in starts.values()]
    assert found == pytest.approx([800, 1250], abs=5)
