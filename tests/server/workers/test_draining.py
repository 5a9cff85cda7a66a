from __future__ import annotations

import asyncio

from tests.server.world import World, good


async def test_a_drained_worker_ends_what_it_has_and_is_given_no_more(world: World) -> None:
    await world.launch()
    await world.launch()
    lease = await world.claim()
    path = f"/workers/{world.worker_id}"
    drained = good(await world.admin.post(f"{path}/drain"))
    assert (drained["state"], drained["run_ids"]) == ("draining", [lease.run_id])
    assert await world.nothing_to_claim()
    (waiting,) = good(await world.admin.get("/runs", params={"state": "queued"}))["data"]
    assert waiting["reason"] == "Every worker of queue default is being drained"
    assert (await lease.heartbeat())["desired_state"] == "run"
    await lease.succeed()
    (shown,) = good(await world.admin.get("/workers"))["data"]
    assert (shown["state"], shown["slots"][0]["busy"]) == ("drained", False)
    # Starting its process again does not bring it back into service.
    assert await world.new_worker("one") == world.worker_id
    assert await world.nothing_to_claim()

    offer = asyncio.create_task(world.claim(wait=20))
    await asyncio.sleep(0.1)
    resumed = good(await world.admin.post(f"{path}/resume"))
    assert resumed["state"] == "online"
    async with asyncio.timeout(10):
        assert (await offer).run_id == waiting["id"]


async def test_draining_is_the_administrators_and_stands_in_the_log(world: World) -> None:
    project = await world.default_project()
    head = await world.person("hana", {project: "admin"})
    path = f"/workers/{world.worker_id}/drain"
    assert (await head.post(path)).status_code == 403
    assert (await world.admin.post("/workers/wrk_none/drain")).status_code == 404
    good(await world.admin.post(path))
    good(await world.admin.post(path))
    (entry,) = good(await world.admin.get("/audit-log", params={"kind": "worker"}))["data"]
    assert (entry["object_id"], entry["before"]) == (world.worker_id, {"draining_at": None})


async def test_a_slot_shows_its_devices_and_its_run(world: World) -> None:
    pipeline = await world.launch()
    lease = await world.claim()
    project = await world.default_project()
    vera = await world.person("vera", {project: "viewer"})
    stranger = await world.person("olga", {await world.new_project("mine"): "viewer"})
    await world.new_worker("gpus", gpus=(0, 2))
    gpus, one = good(await vera.get("/workers"))["data"]
    assert one["slots"] == [
        {
            "number": 0,
            "devices": [],
            "busy": True,
            "run": {
                "run_id": lease.run_id,
                "run": "sft",
                "pipeline_id": pipeline["id"],
                "pipeline": "demo",
                "number": 1,
            },
        }
    ]
    assert [len(slot["devices"]) for slot in gpus["slots"]] == [0, 2]
    assert gpus["slots"][1]["devices"][1] == {
        "uuid": "GPU-gpus-1-1", "name": "H100", "memory": 81_559, "use": None,
    }  # fmt: skip
    _, theirs = good(await stranger.get("/workers"))["data"]
    assert (theirs["slots"][0]["busy"], theirs["slots"][0]["run"]) == (True, None)
