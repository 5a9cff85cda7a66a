from __future__ import annotations

import asyncio

import pytest

from server.runs import service
from tests.server.world import RLVR, SFT, World, good


async def test_a_child_is_queued_once_the_parents_checkpoint_is_durable(world: World) -> None:
    pipeline = await world.launch(sft=SFT, rlvr=RLVR)
    lease = await world.claim()
    await lease.start()
    await lease.exit()
    assert await world.states(pipeline) == {"sft": "succeeded", "rlvr": "blocked"}
    good(await lease.checkpoint(10, kind="resumable"))
    assert await world.states(pipeline) == {"sft": "succeeded", "rlvr": "blocked"}
    good(await lease.checkpoint(10))
    assert await world.states(pipeline) == {"sft": "succeeded", "rlvr": "queued"}
    child = await world.claim()
    assert child.claimed["run_name"] == "rlvr"
    policy = child.claimed["inputs"][1]
    assert (policy["role"], policy["kind"], policy["name"]) == ("policy", "checkpoint", "sft")
    assert policy["location"].endswith("10-exported-policy")


async def test_children_of_a_failed_run_are_cancelled_and_come_back_with_it(world: World) -> None:
    evaluate = {"kind": "evaluate", "policy": {"run": "rlvr"}, "data": "shapes"}
    pipeline = await world.launch(sft=SFT, rlvr=RLVR, test=evaluate)
    lease = await world.claim()
    await lease.start()
    failed = await lease.exit("code", "ValueError: no")
    assert failed["exit"] == {"kind": "code", "message": "ValueError: no"}
    ended = await world.pipeline(pipeline["id"])
    assert [run["state"] for run in ended["runs"]] == ["failed", "cancelled", "cancelled"]
    assert ended["runs"][1]["exit"] == {"kind": "upstream", "message": "sft is failed"}
    assert ended["state"] == "failed"
    child = await world.admin.post(f"/runs/{ended['runs'][1]['id']}/retry")
    assert child.status_code == 409
    assert "Its parent sft is failed; retry that one" in child.json()["detail"]
    retried = good(await world.admin.post(f"/runs/{lease.run_id}/retry"))
    assert (retried["state"], retried["exit"], retried["finished_at"]) == ("queued", None, None)
    assert await world.states(pipeline) == {"sft": "queued", "rlvr": "blocked", "test": "blocked"}
    again = await world.claim()
    assert again.claimed["attempt"] == 2
    await again.succeed()
    assert await world.states(pipeline) == {
        "sft": "succeeded", "rlvr": "queued", "test": "blocked",
    }  # fmt: skip


async def test_a_stopped_run_goes_on_from_its_checkpoint_when_retried(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    await lease.start()
    await lease.step(1, 2, 3, 4)
    stopping = good(await world.admin.post(f"/runs/{lease.run_id}/stop"))
    assert (stopping["state"], stopping["desired_state"]) == ("running", "stop")
    assert stopping["reason"] == "Saves and ends"
    assert (await lease.heartbeat())["desired_state"] == "stop"
    good(await lease.checkpoint(4, kind="resumable"))
    stopped = await lease.exit("stopped")
    assert stopped["state"] == "stopped"
    assert good(await world.admin.post(f"/runs/{lease.run_id}/stop"))["state"] == "stopped"
    good(await world.admin.post(f"/runs/{lease.run_id}/retry"))
    again = await world.claim()
    assert again.claimed["resume"]["step"] == 4
    assert again.claimed["resume"]["location"].endswith("4-resumable-policy")
    assert (await world.run(lease.run_id))["step"] == 4


async def test_verbs_refuse_what_the_state_does_not_allow(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    await lease.succeed()
    for verb in ("cancel", "stop", "retry"):
        response = await world.admin.post(f"/runs/{lease.run_id}/{verb}")
        assert response.status_code == 409, verb
        assert "succeeded" in response.json()["detail"]
    queued = (await world.launch())["runs"][0]
    response = await world.admin.post(f"/runs/{queued['id']}/stop")
    assert response.status_code == 409
    assert "cancel it" in response.json()["detail"]
    first = good(await world.admin.post(f"/runs/{queued['id']}/cancel"))
    again = good(await world.admin.post(f"/runs/{queued['id']}/cancel"))
    assert first["state"] == again["state"] == "cancelled"
    assert again["exit"]["kind"] == "cancelled"


async def test_waiting_ends_with_the_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "POLL_SECONDS", 60)
    await world.launch()
    lease = await world.claim()
    early = good(await world.admin.get(f"/runs/{lease.run_id}/wait", params={"timeout": 0}))
    assert early["state"] == "claimed"
    waiting = asyncio.create_task(
        world.admin.get(f"/runs/{lease.run_id}/wait", params={"timeout": 30})
    )
    await asyncio.sleep(0.1)
    await lease.exit("code", "bad")
    async with asyncio.timeout(10):
        assert good(await waiting)["state"] == "failed"


async def test_a_running_run_tells_how_long_it_still_takes(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    await lease.start()
    step = lease.event("step_finished", step=1, metrics={"loss": 2.0})
    await lease.send(step | {"at": "2026-01-01T00:00:03Z"})
    run = await world.run(lease.run_id)
    assert run["started_at"] == "2026-01-01T00:00:00Z"
    assert (run["step"], run["steps"], run["seconds_left"]) == (1, 10, 27.0)
    assert run["latest"] == {"loss": 2.0}


async def test_queued_runs_know_their_place(world: World) -> None:
    await world.launch()
    second = (await world.launch())["runs"][0]
    assert second["reason"] == "Waits for a slot on queue default; 1 run ahead"


async def test_attempts_and_lists(world: World) -> None:
    pipeline = await world.launch(sft=SFT, rlvr=RLVR)
    lease = await world.claim()
    await lease.start()
    await lease.exit("infrastructure", "disk full")
    second = await world.claim()
    (first, newest) = good(await world.admin.get(f"/runs/{lease.run_id}/attempts"))["data"]
    assert (first["number"], first["worker"], first["active"]) == (1, "one", False)
    assert first["exit"] == {"kind": "infrastructure", "message": "disk full"}
    assert (newest["number"], newest["active"], newest["exit"]) == (2, True, None)
    assert newest["id"] == second.claimed["attempt_id"]
    blocked = good(await world.admin.get("/runs", params={"state": "blocked"}))["data"]
    mine = good(await world.admin.get("/runs", params={"pipeline_id": pipeline["id"]}))["data"]
    assert [run["name"] for run in blocked] == ["rlvr"]
    assert {run["name"] for run in mine} == {"sft", "rlvr"}
    assert (await world.admin.get("/runs/run_no")).status_code == 404
