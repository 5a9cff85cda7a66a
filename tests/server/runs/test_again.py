from __future__ import annotations

from tests.server.world import RLVR, SFT, World, good


async def test_a_pipeline_is_restarted_from_a_stage(world: World) -> None:
    """The stage and what depends on it begin anew; the stages before it are kept."""
    pipeline = await world.launch(
        sft=SFT, rlvr=RLVR, test={"kind": "evaluate", "policy": {"run": "rlvr"}, "data": "shapes"}
    )
    first = await world.claim()
    await first.succeed()
    lease = await world.claim()
    early = await world.admin.post(f"/runs/{first.run_id}/restart")
    assert early.status_code == 409
    assert "rlvr is executed at this moment" in early.json()["detail"]
    good(await lease.checkpoint(2, kind="resumable"))
    await lease.succeed()
    refused = await world.admin.post(f"/runs/{lease.run_id}/retry")
    assert "restart it" in refused.json()["detail"]
    again = good(await world.admin.post(f"/runs/{lease.run_id}/restart"))
    assert (again["state"], again["step"]) == ("queued", 0)
    assert await world.states(pipeline) == {
        "sft": "succeeded", "rlvr": "queued", "test": "blocked",
    }  # fmt: skip
    second = await world.claim()
    assert (second.claimed["run_name"], second.claimed["attempt"]) == ("rlvr", 2)
    assert second.claimed["resume"] is None
    await second.start()
    await second.exit()
    # What the first attempt exported is not what the evaluation waits for.
    assert (await world.states(pipeline))["test"] == "blocked"
    good(await second.checkpoint(4))
    assert (await world.states(pipeline))["test"] == "queued"
    tested = await world.claim()
    assert f"{second.run_id}/4-exported" in tested.claimed["inputs"][1]["location"]


async def test_only_what_was_stopped_is_resumed(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    assert good(await world.admin.post(f"/runs/{lease.run_id}/resume"))["state"] == "claimed"
    good(await world.admin.post(f"/runs/{lease.run_id}/stop"))
    assert (await world.admin.post(f"/runs/{lease.run_id}/resume")).status_code == 409
    good(await lease.checkpoint(4, kind="resumable"))
    await lease.exit("stopped")
    assert good(await world.admin.post(f"/runs/{lease.run_id}/resume"))["state"] == "queued"
    resumed = await world.claim()
    assert resumed.claimed["resume"]["step"] == 4
    await resumed.exit("code", "no")
    refused = await world.admin.post(f"/runs/{lease.run_id}/resume")
    assert "only what was stopped can be resumed" in refused.json()["detail"]
